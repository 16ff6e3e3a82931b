//! As whom to call.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use kendra_sync_config as config;
use kendra_sync_hyper::Credentials;
use kendra_sync_hyper::kendra_sync_core::{
    CredentialsError, HttpTransport, ProvideCredentials, blocking,
};
use kendra_sync_replay::Redaction;

use crate::failure::Failure;

/// Where the credentials of a call come from.
#[derive(Debug)]
pub(crate) enum Identity {
    /// Where AWS tools find them.
    Found(Box<config::Settings>),
    Given(Credentials),
}

impl Identity {
    /// Asked for over `transport`, which records nothing; kept out of what `redaction` is for, if there is a
    /// recording.
    pub(crate) fn provider<T: HttpTransport + 'static>(
        self,
        transport: Arc<T>,
        redaction: Option<Redaction>,
    ) -> Result<Hidden<Arc<dyn ProvideCredentials>>, Failure> {
        let provider: Arc<dyn ProvideCredentials> = match self {
            Self::Found(settings) => {
                Arc::new(settings.credentials(transport).map_err(Failure::settings)?)
            }
            Self::Given(credentials) => Arc::new(credentials),
        };
        Ok(Hidden { provider, redaction })
    }

    /// The same for a blocking call.
    pub(crate) fn blocking_provider<T: blocking::HttpTransport + 'static>(
        self,
        transport: Arc<T>,
        redaction: Option<Redaction>,
    ) -> Result<Hidden<Arc<dyn blocking::ProvideCredentials>>, Failure> {
        let provider: Arc<dyn blocking::ProvideCredentials> = match self {
            Self::Found(settings) => {
                Arc::new(settings.blocking_credentials(transport).map_err(Failure::settings)?)
            }
            Self::Given(credentials) => Arc::new(credentials),
        };
        Ok(Hidden { provider, redaction })
    }
}

/// Credentials that a recording does not get, whichever they turn out to be.
#[derive(Debug)]
pub(crate) struct Hidden<P> {
    provider: P,
    redaction: Option<Redaction>,
}

#[async_trait]
impl<P: ProvideCredentials> ProvideCredentials for Hidden<P> {
    async fn provide(&self, timeout: Duration) -> Result<Credentials, CredentialsError> {
        let credentials = self.provider.provide(timeout).await?;
        if let Some(redaction) = &self.redaction {
            redaction.credentials(&credentials);
        }
        Ok(credentials)
    }

    fn refused(&self, credentials: &Credentials) {
        self.provider.refused(credentials);
    }
}

impl<P: blocking::ProvideCredentials> blocking::ProvideCredentials for Hidden<P> {
    fn provide(&self, timeout: Duration) -> Result<Credentials, CredentialsError> {
        let credentials = self.provider.provide(timeout)?;
        if let Some(redaction) = &self.redaction {
            redaction.credentials(&credentials);
        }
        Ok(credentials)
    }

    fn refused(&self, credentials: &Credentials) {
        self.provider.refused(credentials);
    }
}
