//! The same names without async: for programs that run no executor.
//!
//! [`Client`], [`HttpTransport`] and [`ProvideCredentials`] are those of the crate's root, method for
//! method; a call blocks its thread until it ends.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};

use crate::call::{Call, Output, Shared, Step};
use crate::config::Config;
use crate::credentials::{Credentials, CredentialsError};
use crate::driver::{now, random};
use crate::error::Error;
use crate::ids::{DataSourceId, IndexId};
use crate::operation::Operation;
use crate::operations::{StopDataSourceSyncJob, Stopped};
use crate::transport::TransportError;

/// One HTTP exchange at a time, and a timer; each blocks the calling thread.
///
/// The contract is that of the async [`HttpTransport`](crate::HttpTransport), point by point, but for
/// number 12: there is no future to drop, so `timeout` is the only thing that ends `send` early.
pub trait HttpTransport: fmt::Debug + Send + Sync {
    /// Sends `request` at most once and reads the whole answer, all within `timeout`.
    ///
    /// # Errors
    ///
    /// [`TransportError`] when there is no whole answer. No status is an error.
    fn send(
        &self,
        request: Request<Bytes>,
        timeout: Duration,
    ) -> Result<Response<Bytes>, TransportError>;

    /// Returns after `duration`.
    fn sleep(&self, duration: Duration);
}

impl<T: HttpTransport + ?Sized> HttpTransport for Arc<T> {
    fn send(
        &self,
        request: Request<Bytes>,
        timeout: Duration,
    ) -> Result<Response<Bytes>, TransportError> {
        (**self).send(request, timeout)
    }

    fn sleep(&self, duration: Duration) {
        (**self).sleep(duration);
    }
}

/// Where credentials come from.
///
/// An implementation
/// 1. returns within `timeout`, with an error if it must;
/// 2. can be called from many calls at once, and before each attempt: it caches what is costly;
/// 3. puts no secret into its `Debug` or its errors.
///
/// [`Credentials`] themselves are the simplest implementation: always the same.
pub trait ProvideCredentials: fmt::Debug + Send + Sync {
    /// Returns credentials to sign one attempt with. `timeout` is what is left of the call's limit.
    ///
    /// # Errors
    ///
    /// [`CredentialsError`] says why there are none; the call ends with it.
    fn provide(&self, timeout: Duration) -> Result<Credentials, CredentialsError>;

    /// Hears that Kendra took `credentials` for expired. Whoever caches gets new ones before the next
    /// call; by default nothing is done.
    fn refused(&self, credentials: &Credentials) {
        let _ = credentials;
    }
}

impl ProvideCredentials for Credentials {
    fn provide(&self, _timeout: Duration) -> Result<Self, CredentialsError> {
        Ok(self.clone())
    }
}

impl<C: ProvideCredentials + ?Sized> ProvideCredentials for Arc<C> {
    fn provide(&self, timeout: Duration) -> Result<Credentials, CredentialsError> {
        (**self).provide(timeout)
    }

    fn refused(&self, credentials: &Credentials) {
        (**self).refused(credentials);
    }
}

/// Calls Kendra over any blocking transport.
///
/// Clones share what is learned in calls (retry quota, clock, the signing key of the day) and are
/// cheap if the transport's and the credentials' are. Calls may run at the same time, on one client or
/// on clones.
#[derive(Clone, Debug)]
pub struct Client<T, C = Credentials> {
    transport: T,
    credentials: C,
    shared: Arc<Shared>,
}

impl<T: HttpTransport, C: ProvideCredentials> Client<T, C> {
    /// A client that sends over `transport` and signs with `credentials`. Opens no connection.
    pub fn new(transport: T, credentials: C, config: Config) -> Self {
        Self { transport, credentials, shared: Arc::new(Shared::new(config)) }
    }

    /// Stops the sync job that is running for a data source. A scheduled job cannot be stopped.
    ///
    /// Success means that Kendra took the request: the job is `STOPPING`, then `ABORTED`.
    ///
    /// Source: [StopDataSourceSyncJob][api].
    ///
    /// [api]: https://docs.aws.amazon.com/kendra/latest/APIReference/API_StopDataSourceSyncJob.html
    ///
    /// # Errors
    ///
    /// [`Error`] has the kind, AWS's code, and whether Kendra may have received the request.
    pub fn stop_data_source_sync_job(
        &self,
        index: &IndexId,
        source: &DataSourceId,
    ) -> Result<Stopped, Error> {
        self.call(StopDataSourceSyncJob::new(index.clone(), source.clone()))
    }

    fn call<O: Operation>(&self, operation: O) -> Result<Output<O>, Error> {
        // When the step that is to be done was known.
        let mut at = now();
        let mut step = Call::start(&self.shared, operation, random(), at);
        loop {
            step = match step {
                Step::Send(mut attempt) => {
                    let provided = self.credentials.provide(attempt.remaining(at));
                    let credentials = match provided {
                        Ok(credentials) => credentials,
                        Err(error) => return Err(attempt.without_credentials(error, now())),
                    };
                    let signed = now();
                    let request = attempt.sign(&credentials, signed)?;
                    let outcome = self.transport.send(request, attempt.timeout(signed));
                    at = now();
                    let step = attempt.complete(outcome, at);
                    if step.refused_as_expired() {
                        self.credentials.refused(&credentials);
                    }
                    step
                }
                Step::Wait(pause) => {
                    self.transport.sleep(pause.duration());
                    at = now();
                    pause.resume(at)
                }
                Step::Done(result) => return result,
            }
        }
    }
}
