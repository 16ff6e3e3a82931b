//! What a factory is given.

use std::time::Duration;

use crate::server::root_der;
use crate::subject::BoxError;

/// What a transport is to be built with in a scenario.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Env {
    roots_der: Vec<Vec<u8>>,
    connect_timeout: Duration,
}

impl Env {
    pub(crate) fn new(time_scale: f64) -> Result<Self, BoxError> {
        let connect_timeout = Duration::from_secs(3).mul_f64(time_scale);
        Ok(Self { roots_der: vec![root_der()?], connect_timeout })
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
