//! StopDataSourceSyncJob: stops a sync job that is running.

use bytes::Bytes;

use crate::ids::{DataSourceId, IndexId};
use crate::operation::{Answer, InvalidOutput, Operation};

/// Stops the sync job that is running for a data source. A scheduled job cannot be stopped.
///
/// Source: [StopDataSourceSyncJob][api].
///
/// [api]: https://docs.aws.amazon.com/kendra/latest/APIReference/API_StopDataSourceSyncJob.html
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StopDataSourceSyncJob {
    index: IndexId,
    source: DataSourceId,
}

impl StopDataSourceSyncJob {
    /// Stops the job of `source` in `index`.
    pub fn new(index: IndexId, source: DataSourceId) -> Self {
        Self { index, source }
    }
}

impl Operation for StopDataSourceSyncJob {
    const NAME: &'static str = "StopDataSourceSyncJob";

    type Output = Stopped;

    /// No character of an id needs escaping in JSON.
    fn body(&self) -> Bytes {
        let (id, index) = (self.source.as_str(), self.index.as_str());
        Bytes::from([r#"{"Id":""#, id, r#"","IndexId":""#, index, r#""}"#].concat())
    }

    /// Any 2xx is success, whatever its body holds: the operation has no output.
    fn output(&self, answer: Answer) -> Result<Stopped, InvalidOutput> {
        Ok(Stopped { request_id: answer.request_id, attempts: answer.attempts })
    }
}

/// Kendra accepted the stop: the job is `STOPPING`, and soon `ABORTED`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stopped {
    request_id: Option<Box<str>>,
    attempts: u32,
}

impl Stopped {
    /// The request id, for AWS support.
    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }

    /// How many requests were handed to the transport.
    pub fn attempts(&self) -> u32 {
        self.attempts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_body_is_the_two_ids_in_the_models_order() {
        let index = IndexId::new("0a1b2c3d-4e5f-6789-abcd-ef0123456789").unwrap();
        let operation = StopDataSourceSyncJob::new(index, DataSourceId::new("wiki_1").unwrap());
        assert_eq!(
            operation.body(),
            r#"{"Id":"wiki_1","IndexId":"0a1b2c3d-4e5f-6789-abcd-ef0123456789"}"#
        );
    }
}
