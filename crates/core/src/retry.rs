//! What is tried again, and when.

use std::time::Duration;

use http::StatusCode;

use crate::error::ErrorKind;
use crate::service_error::{ErrorCode, ServiceError};
use crate::transport::TransportErrorKind;

/// How often and how soon a failed attempt is followed by another.
#[derive(Clone, Debug)]
pub(crate) struct RetryPolicy {
    /// The wait before each further attempt, in order; none left means no further attempt.
    waits: &'static [Duration],
}

impl RetryPolicy {
    /// One attempt.
    pub(crate) const OFF: Self = Self::waits(&[]);

    pub(crate) const fn waits(waits: &'static [Duration]) -> Self {
        Self { waits }
    }

    /// How many attempts a call may make.
    pub(crate) fn max_attempts(&self) -> u32 {
        u32::try_from(self.waits.len()).map_or(u32::MAX, |waits| waits.saturating_add(1))
    }

    /// The wait before the next attempt, after `attempts` of them and an error of `kind`; `None` to
    /// stop.
    pub(crate) fn wait(&self, attempts: u32, kind: &ErrorKind) -> Option<Duration> {
        if !is_retryable(kind) {
            return None;
        }
        let waited = usize::try_from(attempts).ok()?.checked_sub(1)?;
        self.waits.get(waited).copied()
    }
}

/// Whether the same call can succeed later without anybody mending anything.
pub(crate) fn is_retryable(kind: &ErrorKind) -> bool {
    match kind {
        ErrorKind::Credentials(_) => false,
        ErrorKind::Deadline => true,
        ErrorKind::Service(error) => is_retryable_answer(error),
        ErrorKind::Transport(error) => match error.kind() {
            TransportErrorKind::Connect
            | TransportErrorKind::Interrupted
            | TransportErrorKind::Timeout => true,
            TransportErrorKind::InvalidRequest
            | TransportErrorKind::InvalidResponse
            | TransportErrorKind::Other
            | TransportErrorKind::Tls
            | TransportErrorKind::Unrecorded => false,
        },
    }
}

/// The code decides whatever the status is; then the status, for answers that are not Kendra's.
fn is_retryable_answer(error: &ServiceError) -> bool {
    let by_code = match error.code() {
        Some(ErrorCode::Throttling | ErrorCode::InternalServer) => true,
        Some(ErrorCode::Other(code)) => {
            THROTTLING_CODES.contains(&&**code) || TRANSIENT_CODES.contains(&&**code)
        }
        _ => false,
    };
    by_code
        || matches!(
            error.status(),
            StatusCode::TOO_MANY_REQUESTS
                | StatusCode::INTERNAL_SERVER_ERROR
                | StatusCode::BAD_GATEWAY
                | StatusCode::SERVICE_UNAVAILABLE
                | StatusCode::GATEWAY_TIMEOUT
        )
}

/// The codes by which AWS's services say "too many requests", as the SDKs' standard retry mode lists
/// them; `ThrottlingException`, the fourteenth, is [`ErrorCode::Throttling`].
const THROTTLING_CODES: [&str; 13] = [
    "BandwidthLimitExceeded",
    "EC2ThrottledException",
    "LimitExceededException",
    "PriorRequestNotComplete",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "SlowDown",
    "ThrottledException",
    "Throttling",
    "TooManyRequestsException",
    "TransactionInProgressException",
];

/// The codes of a request that did not reach the service in time.
const TRANSIENT_CODES: [&str; 2] = ["RequestTimeout", "RequestTimeoutException"];
