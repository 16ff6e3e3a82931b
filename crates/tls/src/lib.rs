//! Whom TLS trusts, and when that is found out: the settings that kendra-sync's transports share.
//!
//! A program does not name this crate; it sets these through a transport's builder.

use std::error::Error as StdError;
use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use rustls::crypto::{CryptoProvider, ring};
use rustls::{ClientConfig, ConfigBuilder, RootCertStore, WantsVerifier};

mod platform;

/// A TLS configuration, or the way to one.
#[derive(Debug)]
pub struct Tls {
    /// Filled from the platform's roots on first use unless it was given.
    config: OnceLock<Arc<ClientConfig>>,
    /// Held while loading, so that it is done once.
    loading: Mutex<()>,
}

impl Tls {
    /// Trusts the platform's roots, which are loaded when they are first needed.
    pub fn platform() -> Self {
        Self { config: OnceLock::new(), loading: Mutex::new(()) }
    }

    /// Trusts `roots`.
    pub fn with_roots(roots: RootCertStore) -> Self {
        Self { config: OnceLock::from(Arc::new(trusting(roots))), ..Self::platform() }
    }

    /// Uses `config`, but for its ALPN protocols: HTTP/1.1 is what the transports speak.
    pub fn with_config(mut config: Arc<ClientConfig>) -> Self {
        if !config.alpn_protocols.is_empty() {
            Arc::make_mut(&mut config).alpn_protocols.clear();
        }
        Self { config: OnceLock::from(config), ..Self::platform() }
    }

    /// The configuration, if it is there without loading anything.
    pub fn loaded(&self) -> Option<Arc<ClientConfig>> {
        self.config.get().cloned()
    }

    /// The configuration. The first call may read many files.
    ///
    /// # Errors
    ///
    /// [`NoRoots`] when the platform has none; the next call tries again.
    pub fn config(&self) -> Result<Arc<ClientConfig>, NoRoots> {
        if let Some(config) = self.config.get() {
            return Ok(Arc::clone(config));
        }
        let _one_at_a_time = self.loading.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(config) = self.config.get() {
            return Ok(Arc::clone(config));
        }
        let config = Arc::new(trusting_platform()?);
        Ok(Arc::clone(self.config.get_or_init(|| config)))
    }
}

fn trusting(roots: RootCertStore) -> ClientConfig {
    versions(ring()).with_root_certificates(roots).with_no_client_auth()
}

fn trusting_platform() -> Result<ClientConfig, NoRoots> {
    let provider = ring();
    let verifier = platform::verifier(&provider)?;
    let trusting = versions(provider).dangerous().with_custom_certificate_verifier(verifier);
    Ok(trusting.with_no_client_auth())
}

fn ring() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

fn versions(provider: Arc<CryptoProvider>) -> ConfigBuilder<ClientConfig, WantsVerifier> {
    #[expect(clippy::expect_used, reason = "ring has suites for both versions")]
    ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("ring speaks TLS 1.2 and 1.3")
}

/// The platform has no roots that can be used, and perhaps why.
#[derive(Debug)]
pub struct NoRoots(Option<rustls_native_certs::Error>);

impl fmt::Display for NoRoots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the platform has no trusted root certificates")?;
        // Its own cause alone would not say where it looked.
        self.0.as_ref().map_or(Ok(()), |error| write!(f, " ({error})"))
    }
}

impl StdError for NoRoots {}

/// Whether rustls itself refused, which no other connection mends; `io::Error` hides what it wraps
/// from `source()`.
pub fn is_refusal(error: &(dyn StdError + 'static)) -> bool {
    error.is::<rustls::Error>()
        || error
            .downcast_ref::<std::io::Error>()
            .and_then(std::io::Error::get_ref)
            .is_some_and(|inner| is_refusal(inner))
}
