//! The async driver: does what each [`Step`] says.

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::time::{Instant, SystemTime};

use crate::call::{Call, Now, Output, Shared, Step};
use crate::config::Config;
use crate::credentials::{Credentials, ProvideCredentials};
use crate::error::Error;
use crate::ids::{DataSourceId, IndexId};
use crate::operation::Operation;
use crate::operations::{StopDataSourceSyncJob, Stopped};
use crate::transport::HttpTransport;

/// Calls Kendra over any transport.
///
/// Clones share what is learned in calls, the signing key of the day for one, and are cheap if the
/// transport's and the credentials' are. Calls may run at the same time, on one client or on clones.
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
    /// Success means that Kendra took the request: the job is `STOPPING`, then `ABORTED`. Dropping
    /// the future cancels the call, which does not undo what was sent.
    ///
    /// Source: [StopDataSourceSyncJob][api].
    ///
    /// [api]: https://docs.aws.amazon.com/kendra/latest/APIReference/API_StopDataSourceSyncJob.html
    ///
    /// # Errors
    ///
    /// [`Error`] has the kind, AWS's code, and whether Kendra may have received the request.
    pub async fn stop_data_source_sync_job(
        &self,
        index: &IndexId,
        source: &DataSourceId,
    ) -> Result<Stopped, Error> {
        self.call(StopDataSourceSyncJob::new(index.clone(), source.clone())).await
    }

    async fn call<O: Operation>(&self, operation: O) -> Result<Output<O>, Error> {
        let mut step = Call::start(&self.shared, operation, random(), now());
        loop {
            step = match step {
                Step::Send(mut attempt) => {
                    let provided = self.credentials.provide(attempt.remaining(now())).await;
                    let credentials = match provided {
                        Ok(credentials) => credentials,
                        Err(error) => return Err(attempt.without_credentials(error, now())),
                    };
                    let now_sent = now();
                    let request = attempt.sign(&credentials, now_sent)?;
                    let outcome = self.transport.send(request, attempt.timeout(now_sent)).await;
                    attempt.complete(outcome, now())
                }
                Step::Wait(pause) => {
                    self.transport.sleep(pause.duration()).await;
                    pause.resume(now())
                }
                Step::Done(result) => return result,
            }
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the driver is where clocks are read")]
fn now() -> Now {
    Now { instant: Instant::now(), system: SystemTime::now() }
}

/// A number that differs from call to call and from process to process: the standard library seeds
/// its hashers from the system's randomness.
fn random() -> u64 {
    RandomState::new().hash_one(0)
}
