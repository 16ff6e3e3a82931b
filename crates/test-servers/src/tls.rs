//! HTTPS with certificates made on the spot.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject;
use rustls::{RootCertStore, ServerConfig, SupportedProtocolVersion};
use time::{Duration as Days, OffsetDateTime};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;

use crate::raw::read_request;

/// A certificate authority.
#[derive(Debug)]
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    roots: RootCertStore,
    pem: String,
}

impl Authority {
    /// One with this common name. Two of the same name would be told apart by their keys alone.
    pub fn new(name: &str) -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new([]).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let certificate = params.self_signed(&key).unwrap();
        let mut roots = RootCertStore::empty();
        roots.add(certificate.der().clone()).unwrap();
        Self { issuer: Issuer::new(params, key), roots, pem: certificate.pem() }
    }

    /// What a client that trusts it trusts.
    pub fn roots(&self) -> RootCertStore {
        self.roots.clone()
    }

    /// Its own certificate, as a CA bundle holds it.
    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// A server's configuration with a certificate for `name`, valid for these days from today.
    pub fn server(&self, name: &str, from: i64, to: i64) -> ServerConfig {
        self.server_of_versions(name, from, to, rustls::ALL_VERSIONS)
    }

    /// [`Authority::server`] that speaks these versions of TLS.
    pub fn server_of_versions(
        &self,
        name: &str,
        from: i64,
        to: i64,
        versions: &[&'static SupportedProtocolVersion],
    ) -> ServerConfig {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new([name.to_owned()]).unwrap();
        params.not_before = OffsetDateTime::now_utc() + Days::days(from);
        params.not_after = OffsetDateTime::now_utc() + Days::days(to);
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let key = PrivateKeyDer::from_pem_slice(key.serialize_pem().as_bytes()).unwrap();
        ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_protocol_versions(versions)
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap()
    }
}

/// Whether a server says that its stream ends (close_notify) before it closes the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "for this workspace's tests only")]
pub enum Notify {
    /// It does.
    Yes,
    /// It does not: a client cannot tell the end from a cut.
    No,
}

/// HTTPS on 127.0.0.1; each connection's first request gets the same answer, then the end.
#[derive(Debug)]
pub struct TlsServer {
    port: u16,
    handshakes: watch::Receiver<usize>,
}

impl TlsServer {
    /// Starts it.
    pub async fn start(config: ServerConfig, answer: &'static str, notify: Notify) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let (count, handshakes) = watch::channel(0);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                // A client that does not trust us leaves in the handshake.
                let Ok(mut stream) = acceptor.accept(stream).await else { continue };
                count.send_modify(|count| *count += 1);
                let Ok(_) = read_request(&mut stream).await else { continue };
                stream.write_all(answer.as_bytes()).await.unwrap();
                stream.flush().await.unwrap();
                match notify {
                    Notify::Yes => stream.shutdown().await.unwrap(),
                    Notify::No => stream.get_mut().0.shutdown().await.unwrap(),
                }
            }
        });
        Self { port, handshakes }
    }

    /// The port it listens on.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// How many handshakes succeeded.
    pub fn handshakes(&self) -> usize {
        *self.handshakes.borrow()
    }
}
