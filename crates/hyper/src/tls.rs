//! Whom TLS trusts, and when that is found out.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

use rustls::crypto::ring;
use rustls::{ClientConfig, RootCertStore};
use tokio::sync::OnceCell;

type BoxError = Box<dyn StdError + Send + Sync>;

/// A TLS configuration, or the way to one.
#[derive(Debug)]
pub(crate) struct Tls {
    /// Filled from the platform's roots on first use unless it was given.
    config: OnceCell<Arc<ClientConfig>>,
}

impl Tls {
    pub(crate) fn platform() -> Self {
        Self { config: OnceCell::new() }
    }

    pub(crate) fn with_roots(roots: RootCertStore) -> Self {
        Self { config: OnceCell::new_with(Some(Arc::new(trusting(roots)))) }
    }

    pub(crate) fn with_config(mut config: Arc<ClientConfig>) -> Self {
        if !config.alpn_protocols.is_empty() {
            Arc::make_mut(&mut config).alpn_protocols.clear();
        }
        Self { config: OnceCell::new_with(Some(config)) }
    }

    pub(crate) async fn config(&self) -> Result<Arc<ClientConfig>, BoxError> {
        let load = || async {
            // Reading and parsing some hundred files' worth of roots would hold up the executor.
            let roots = tokio::task::spawn_blocking(platform_roots).await??;
            Ok::<_, BoxError>(Arc::new(trusting(roots)))
        };
        self.config.get_or_try_init(load).await.cloned()
    }
}

fn platform_roots() -> Result<RootCertStore, NoRoots> {
    let found = rustls_native_certs::load_native_certs();
    let mut roots = RootCertStore::empty();
    // Old platform roots that webpki cannot read are of no use; the others are.
    let (usable, _) = roots.add_parsable_certificates(found.certs);
    match (usable, found.errors.into_iter().next()) {
        (0, error) => Err(NoRoots(error)),
        _ => Ok(roots),
    }
}

fn trusting(roots: RootCertStore) -> ClientConfig {
    #[expect(clippy::expect_used, reason = "ring has suites for both versions")]
    let versions = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("ring speaks TLS 1.2 and 1.3");
    versions.with_root_certificates(roots).with_no_client_auth()
}

/// The platform has no roots that can be used, and perhaps why.
#[derive(Debug)]
struct NoRoots(Option<rustls_native_certs::Error>);

impl fmt::Display for NoRoots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the platform has no trusted root certificates")?;
        // Its own cause alone would not say where it looked.
        self.0.as_ref().map_or(Ok(()), |error| write!(f, " ({error})"))
    }
}

impl StdError for NoRoots {}
