//! What a client is told: where to call, for which region, within which limits.

use std::time::Duration;

use crate::endpoint::{Endpoint, EndpointVariant};
use crate::region::Region;
use crate::retry::RetryPolicy;

/// The settings of a [`Client`](crate::Client).
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// use kendra_sync_core::{Config, Endpoint, Region};
///
/// let config = Config::new(Region::new("eu-west-1")?)
///     .endpoint(Endpoint::parse("http://localhost:8080")?)
///     .operation_timeout(Duration::from_secs(10));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Config {
    pub(crate) region: Region,
    pub(crate) endpoint: Endpoint,
    pub(crate) operation_timeout: Duration,
    pub(crate) attempt_timeout: Duration,
    pub(crate) retry: RetryPolicy,
    pub(crate) execution_environment: Option<String>,
    pub(crate) app_id: Option<String>,
    pub(crate) trace_id: Option<String>,
}

impl Config {
    /// Kendra's standard endpoint in `region`; 30 s for each attempt, 60 s for the whole operation;
    /// the standard retry policy.
    pub fn new(region: Region) -> Self {
        Self {
            endpoint: Endpoint::of_region(&region, EndpointVariant::Standard),
            region,
            operation_timeout: Duration::from_secs(60),
            attempt_timeout: Duration::from_secs(30),
            retry: RetryPolicy::standard(),
            execution_environment: None,
            app_id: None,
            trace_id: None,
        }
    }

    /// Calls `endpoint` instead. Requests are still signed for the region.
    #[must_use]
    pub fn endpoint(mut self, endpoint: Endpoint) -> Self {
        self.endpoint = endpoint;
        self
    }

    /// Limits the whole operation: credentials, attempts, and waits between them. 60 s by default.
    #[must_use]
    pub fn operation_timeout(mut self, limit: Duration) -> Self {
        self.operation_timeout = limit;
        self
    }

    /// Limits each attempt, from connecting to the last byte of the answer. 30 s by default.
    #[must_use]
    pub fn attempt_timeout(mut self, limit: Duration) -> Self {
        self.attempt_timeout = limit;
        self
    }

    /// What is tried again, and when. [`RetryPolicy::standard`] by default.
    #[must_use]
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = policy;
        self
    }

    /// Names the application in `User-Agent` (`app/…`), as `AWS_SDK_UA_APP_ID` does for the AWS SDKs.
    /// AWS recommends at most 50 characters; what the header cannot carry becomes `-`.
    #[must_use]
    pub fn app_id(mut self, id: impl Into<String>) -> Self {
        self.app_id = Some(id.into());
        self
    }

    /// Names the platform in `User-Agent` (`exec-env/…`): what `AWS_EXECUTION_ENV` holds.
    #[must_use]
    pub fn execution_environment(mut self, name: impl Into<String>) -> Self {
        self.execution_environment = Some(name.into());
        self
    }

    /// Sends `X-Amzn-Trace-Id`: on Lambda, what `_X_AMZN_TRACE_ID` holds. It changes with each
    /// invocation of the function.
    #[must_use]
    pub fn trace_id(mut self, id: impl Into<String>) -> Self {
        self.trace_id = Some(id.into());
        self
    }
}
