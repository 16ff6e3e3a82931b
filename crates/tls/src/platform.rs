//! The platform's roots: its bundle at first, and all the rest as soon as the bundle alone does not do.
//!
//! Where there is a bundle there mostly is a directory as well, of as many files as the bundle has
//! certificates, and mostly the same ones. Reading it takes longer than anything else in a program that
//! makes one call.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use crate::NoRoots;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{DigitallySignedStruct, Error, RootCertStore, SignatureScheme};

/// Trusts what the platform trusts.
pub(crate) fn verifier(
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<dyn ServerCertVerifier>, NoRoots> {
    match bundle().and_then(|file| of_bundle(&file, provider)) {
        Some(bundle) => Ok(Arc::new(BundleFirst::new(bundle, Arc::clone(provider), everything))),
        None => Ok(everything(provider)?),
    }
}

/// Stops at what it cannot read: that is for [`everything`].
fn of_bundle(file: &Path, provider: &Arc<CryptoProvider>) -> Option<Arc<WebPkiServerVerifier>> {
    let mut roots = RootCertStore::empty();
    // One after the other, so that no more than one of them is in memory.
    for certificate in CertificateDer::pem_file_iter(file).ok()?.map_while(Result::ok) {
        roots.add_parsable_certificates([certificate]);
    }
    trusting(roots, provider)
}

fn everything(provider: &Arc<CryptoProvider>) -> Result<Arc<WebPkiServerVerifier>, NoRoots> {
    let found = rustls_native_certs::load_native_certs();
    let mut roots = RootCertStore::empty();
    // Old platform roots that webpki cannot read are of no use; the others are.
    roots.add_parsable_certificates(found.certs);
    trusting(roots, provider).ok_or_else(|| NoRoots(found.errors.into_iter().next()))
}

/// None where there is no root to trust.
fn trusting(
    roots: RootCertStore,
    provider: &Arc<CryptoProvider>,
) -> Option<Arc<WebPkiServerVerifier>> {
    // The only error that there is without revocation lists.
    WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider)).build().ok()
}

/// The file that rustls-native-certs reads among others, where it reads one.
#[cfg(all(unix, not(target_os = "macos")))]
fn bundle() -> Option<PathBuf> {
    use std::env;
    let directories = env::var_os("SSL_CERT_DIR").unwrap_or_default();
    match env::var_os("SSL_CERT_FILE") {
        Some(file) => Some(file.into()),
        None if env::split_paths(&directories).any(|path| !path.as_os_str().is_empty()) => None,
        None => openssl_probe::probe().cert_file,
    }
}

/// Roots are not in files.
#[cfg(not(all(unix, not(target_os = "macos"))))]
fn bundle() -> Option<PathBuf> {
    None
}

type Load = fn(&Arc<CryptoProvider>) -> Result<Arc<WebPkiServerVerifier>, NoRoots>;

/// Trusts whom `bundle` trusts, and whom `load` says once somebody else is met.
#[derive(Debug)]
struct BundleFirst {
    bundle: Arc<WebPkiServerVerifier>,
    all: OnceLock<Option<Arc<WebPkiServerVerifier>>>,
    load: Load,
    provider: Arc<CryptoProvider>,
}

impl BundleFirst {
    fn new(bundle: Arc<WebPkiServerVerifier>, provider: Arc<CryptoProvider>, load: Load) -> Self {
        Self { bundle, all: OnceLock::new(), load, provider }
    }

    /// Reads many files, once, in a handshake that would fail otherwise.
    fn all(&self) -> Option<&WebPkiServerVerifier> {
        self.all.get_or_init(|| (self.load)(&self.provider).ok()).as_deref()
    }
}

impl ServerCertVerifier for BundleFirst {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let by = |verifier: &WebPkiServerVerifier| {
            verifier.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
        };
        // Whatever is wrong: a root of the same name but of another key or date may be elsewhere.
        by(&self.bundle).or_else(|error| self.all().map_or(Err(error), by))
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.bundle.verify_tls12_signature(message, cert, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.bundle.verify_tls13_signature(message, cert, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.bundle.supported_verify_schemes()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
    use rustls::CertificateError;

    use super::*;

    /// One authority's certificate, and that of a server that it vouches for.
    struct Vouched {
        authority: CertificateDer<'static>,
        server: CertificateDer<'static>,
    }

    fn vouched(name: &str) -> Vouched {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new([]).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = params.self_signed(&key).unwrap().der().clone();
        let issuer = Issuer::new(params, key);
        let server = CertificateParams::new(["a.example".to_owned()]).unwrap();
        let server = server.signed_by(&KeyPair::generate().unwrap(), &issuer).unwrap();
        Vouched { authority, server: server.der().clone() }
    }

    static IN_BUNDLE: LazyLock<Vouched> = LazyLock::new(|| vouched("in the bundle"));
    /// Of the same name, so that only the key tells them apart.
    static ELSEWHERE: LazyLock<Vouched> = LazyLock::new(|| vouched("in the bundle"));
    static LOADS: AtomicUsize = AtomicUsize::new(0);

    fn of(trusted: &[&Vouched]) -> Option<Arc<WebPkiServerVerifier>> {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(trusted.iter().map(|vouched| vouched.authority.clone()));
        trusting(roots, &provider())
    }

    fn provider() -> Arc<CryptoProvider> {
        Arc::new(rustls::crypto::ring::default_provider())
    }

    fn load(_: &Arc<CryptoProvider>) -> Result<Arc<WebPkiServerVerifier>, NoRoots> {
        LOADS.fetch_add(1, Ordering::Relaxed);
        of(&[&IN_BUNDLE, &ELSEWHERE]).ok_or(NoRoots(None))
    }

    fn verify(verifier: &dyn ServerCertVerifier, of: &Vouched, name: &str) -> Result<(), Error> {
        let name = ServerName::try_from(name).unwrap();
        verifier.verify_server_cert(&of.server, &[], &name, &[], UnixTime::now()).map(drop)
    }

    #[test]
    fn the_rest_is_loaded_once_and_only_for_whom_the_bundle_does_not_know() {
        let bundle = of(&[&IN_BUNDLE]).unwrap();
        let platform = BundleFirst::new(bundle, provider(), load);
        let loads = || LOADS.load(Ordering::Relaxed);
        assert_eq!((verify(&platform, &IN_BUNDLE, "a.example"), loads()), (Ok(()), 0));
        assert_eq!((verify(&platform, &ELSEWHERE, "a.example"), loads()), (Ok(()), 1));

        let all = of(&[&IN_BUNDLE, &ELSEWHERE]).unwrap();
        let stranger = vouched("a stranger");
        for (of, name) in [(&stranger, "a.example"), (&*IN_BUNDLE, "b.example")] {
            let refused = verify(&platform, of, name);
            assert!(matches!(refused, Err(Error::InvalidCertificate(_))), "{refused:?}");
            assert_eq!(refused, verify(&*all, of, name));
        }
        assert_eq!(loads(), 1);
    }

    #[test]
    fn without_anything_else_the_bundle_decides() {
        let nothing: Load = |_| Err(NoRoots(None));
        let platform = BundleFirst::new(of(&[&IN_BUNDLE]).unwrap(), provider(), nothing);
        assert_eq!(verify(&platform, &IN_BUNDLE, "a.example"), Ok(()));
        let unknown = Error::InvalidCertificate(CertificateError::UnknownIssuer);
        assert_eq!(verify(&platform, &vouched("a stranger"), "a.example"), Err(unknown));
    }

    #[test]
    fn no_roots_are_no_verifier() {
        assert!(of(&[]).is_none());
    }
}
