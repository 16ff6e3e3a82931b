//! What a factory is given.

use std::time::Duration;

/// What a transport is to be built with in a scenario.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Env {
    roots_der: Vec<Vec<u8>>,
    connect_timeout: Duration,
}

impl Env {
    pub(crate) fn new(time_scale: f64) -> Self {
        Self { roots_der: Vec::new(), connect_timeout: Duration::from_secs(3).mul_f64(time_scale) }
    }

    /// The certificates, in DER, that are to be trusted instead of the platform's.
    pub fn roots_der(&self) -> &[Vec<u8>] {
        &self.roots_der
    }

    /// The limit for connecting.
    pub fn connect_timeout(&self) -> Duration {
        self.connect_timeout
    }
}
