//! Configurations of TLS that trust too much, or speak too little.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{
    DangerousClientConfigBuilder, HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier,
};
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
};

use crate::faulty::Make::Tls;
use crate::faulty::{BoxError, Faulty, trusting};

pub(crate) fn rows() -> Vec<Faulty> {
    vec![
        Faulty::new(
            "S15",
            "verifies no certificate",
            Tls(|roots| forgiving(roots, |_| true)),
            &["tls/untrusted-ca", "tls/wrong-host", "tls/expired"],
        ),
        Faulty::new(
            "S16",
            "verifies the chain, and not the name",
            Tls(|roots| forgiving(roots, is_of_the_name)),
            &["tls/wrong-host", "tls/wrong-host-lookalike"],
        ),
        Faulty::new(
            "S17",
            "does not look at dates",
            Tls(|roots| forgiving(roots, is_of_the_date)),
            &["tls/expired"],
        ),
        Faulty::new(
            "S18",
            "verifies the name on the first connection alone",
            Tls(|roots| verified_by(roots, is_of_the_name, When::AfterTheFirst)),
            &["tls/every-connection-verified"],
        ),
        Faulty::new(
            "S20a",
            "speaks TLS 1.3 alone",
            Tls(|roots| {
                let builder = ClientConfig::builder_with_provider(ring::default_provider().into())
                    .with_protocol_versions(&[&rustls::version::TLS13])?;
                Ok(builder.with_root_certificates(roots).with_no_client_auth())
            }),
            &["tls/valid-versions"],
        ),
        Faulty::new(
            "S20b",
            "does not name the host",
            Tls(|roots| {
                let mut config = trusting(roots)?;
                config.enable_sni = false;
                Ok(config)
            }),
            &["tls/client-hello"],
        ),
    ]
}

/// What is wrong with a certificate, and forgiven.
type Forgiven = fn(&Error) -> bool;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum When {
    Always,
    AfterTheFirst,
}

pub(crate) fn forgiving(
    roots: RootCertStore,
    forgiven: Forgiven,
) -> Result<ClientConfig, BoxError> {
    verified_by(roots, forgiven, When::Always)
}

fn verified_by(
    roots: RootCertStore,
    forgiven: Forgiven,
    when: When,
) -> Result<ClientConfig, BoxError> {
    let provider = Arc::new(ring::default_provider());
    let good = WebPkiServerVerifier::builder_with_provider(roots.into(), Arc::clone(&provider));
    let builder = ClientConfig::builder_with_provider(provider);
    let verifier =
        Forgiving { good: good.build()?, forgiven, when, first_is_over: AtomicBool::new(false) };
    Ok(DangerousClientConfigBuilder { cfg: builder.with_safe_default_protocol_versions()? }
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth())
}

/// Takes any signature in the handshake: a certificate is public, its key is not.
pub(crate) fn without_signatures(roots: RootCertStore) -> Result<ClientConfig, BoxError> {
    let mut config = trusting(roots.clone())?;
    let provider = Arc::new(ring::default_provider());
    let good = WebPkiServerVerifier::builder_with_provider(roots.into(), provider).build()?;
    config.dangerous().set_certificate_verifier(Arc::new(WithoutSignatures(good)));
    Ok(config)
}

/// Not by more than half an hour.
pub(crate) fn is_just_expired(error: &Error) -> bool {
    use CertificateError::ExpiredContext;
    let Error::InvalidCertificate(ExpiredContext { time, not_after }) = error else { return false };
    time.as_secs() < not_after.as_secs() + 1800
}

pub(crate) fn is_of_the_name(error: &Error) -> bool {
    use CertificateError::{NotValidForName, NotValidForNameContext};
    matches!(error, Error::InvalidCertificate(NotValidForName | NotValidForNameContext { .. }))
}

pub(crate) fn is_of_the_date(error: &Error) -> bool {
    use CertificateError::{Expired, ExpiredContext, NotValidYet, NotValidYetContext};
    matches!(
        error,
        Error::InvalidCertificate(
            Expired | ExpiredContext { .. } | NotValidYet | NotValidYetContext { .. }
        )
    )
}

/// Verifies the certificate alone.
#[derive(Debug)]
struct WithoutSignatures(Arc<WebPkiServerVerifier>);

impl ServerCertVerifier for WithoutSignatures {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        self.0.verify_server_cert(certificate, intermediates, name, ocsp, now)
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_verify_schemes()
    }
}

/// Verifies, and forgives what it finds.
#[derive(Debug)]
struct Forgiving {
    good: Arc<WebPkiServerVerifier>,
    forgiven: Forgiven,
    when: When,
    first_is_over: AtomicBool,
}

impl ServerCertVerifier for Forgiving {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let first = !self.first_is_over.swap(true, Ordering::Relaxed);
        let strict = first && self.when == When::AfterTheFirst;
        match self.good.verify_server_cert(certificate, intermediates, name, ocsp, now) {
            Err(error) if (self.forgiven)(&error) && !strict => Ok(ServerCertVerified::assertion()),
            verified => verified,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.good.verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.good.verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.good.supported_verify_schemes()
    }
}
