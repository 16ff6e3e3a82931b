//! The async driver: does what each [`Step`] says.

use std::sync::Arc;

use crate::call::{Call, Output, Shared, Step};
use crate::config::Config;
use crate::credentials::{Credentials, ProvideCredentials};
use crate::driver::{now, random};
use crate::error::Error;
use crate::ids::{DataSourceId, IndexId};
use crate::operation::Operation;
use crate::operations::{StopDataSourceSyncJob, Stopped};
use crate::transport::HttpTransport;

/// Calls Kendra over any transport.
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
        // When the step that is to be done was known.
        let mut at = now();
        let mut step = Call::start(&self.shared, operation, random(), at);
        loop {
            step = match step {
                Step::Send(mut attempt) => {
                    let provided = self.credentials.provide(attempt.remaining(at)).await;
                    let credentials = match provided {
                        Ok(credentials) => credentials,
                        Err(error) => return Err(attempt.without_credentials(error, now())),
                    };
                    let signed = now();
                    let request = attempt.sign(&credentials, signed)?;
                    let outcome = self.transport.send(request, attempt.timeout(signed)).await;
                    at = now();
                    let step = attempt.complete(outcome, at);
                    if step.refused_as_expired() {
                        self.credentials.refused(&credentials);
                    }
                    step
                }
                Step::Wait(pause) => {
                    self.transport.sleep(pause.duration()).await;
                    at = now();
                    pause.resume(at)
                }
                Step::Done(result) => return result,
            }
        }
    }
}
