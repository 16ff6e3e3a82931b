//! What an outcome that was recorded tells of its own time.

use std::time::SystemTime;

use bytes::Bytes;
use http::Response;

use crate::transport::TransportError;

/// What a transport that replays tells of the exchange which an outcome was recorded from, so that
/// the call takes the course that it took then.
///
/// The clock is measured against the time of the recording, not against today; and where the recorded
/// call had no time left for another attempt, neither has the replayed one, although it never waits.
///
/// # Examples
///
/// ```
/// use std::time::SystemTime;
///
/// use kendra_sync_core::transport::Recorded;
///
/// let outcome = Ok(http::Response::default());
/// let outcome = Recorded::sent(Some(SystemTime::UNIX_EPOCH)).mark(outcome);
/// # assert!(outcome.is_ok());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recorded {
    pub(crate) sent: Option<SystemTime>,
    pub(crate) out_of_time: bool,
}

impl Recorded {
    /// An exchange that was sent at this time; where it is not known, the answer's `Date` says nothing
    /// of the clock.
    pub fn sent(at: Option<SystemTime>) -> Self {
        Self { sent: at, out_of_time: false }
    }

    /// After this exchange the call's limit left no time for another attempt.
    #[must_use]
    pub fn out_of_time(self) -> Self {
        Self { out_of_time: true, ..self }
    }

    /// Puts it on an outcome, for the call to find.
    ///
    /// # Errors
    ///
    /// The outcome's own.
    pub fn mark(
        self,
        mut outcome: Result<Response<Bytes>, TransportError>,
    ) -> Result<Response<Bytes>, TransportError> {
        match &mut outcome {
            Ok(response) => drop(response.extensions_mut().insert(self)),
            Err(error) => error.recorded = Some(self),
        }
        outcome
    }

    /// What was put on an outcome.
    pub(crate) fn of(outcome: &Result<Response<Bytes>, TransportError>) -> Option<Self> {
        match outcome {
            Ok(response) => response.extensions().get().copied(),
            Err(error) => error.recorded,
        }
    }
}
