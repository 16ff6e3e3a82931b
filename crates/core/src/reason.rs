//! What is tried again, and why it can succeed then.

use http::StatusCode;

use crate::error_kind::ErrorKind;
use crate::service_error::{ErrorCode, ServiceError};
use crate::transport::TransportErrorKind;

/// Why another attempt can succeed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    /// The request was signed with a clock that was off, and that is corrected now.
    ClockSkew,
    /// The server or the network had a fault.
    Other,
    /// The server was asked too much.
    Throttling,
    /// A time limit passed.
    Timeout,
}

impl Reason {
    /// Why the same call can succeed later without anybody mending anything; `None` if it cannot.
    pub(crate) fn of(kind: &ErrorKind) -> Option<Self> {
        match kind {
            ErrorKind::Credentials(_) => None,
            ErrorKind::Deadline => Some(Self::Timeout),
            ErrorKind::Service(error) => Self::of_answer(error),
            ErrorKind::Transport(error) => match error.kind() {
                TransportErrorKind::Connect | TransportErrorKind::Interrupted => Some(Self::Other),
                TransportErrorKind::Timeout => Some(Self::Timeout),
                TransportErrorKind::InvalidRequest
                | TransportErrorKind::InvalidResponse
                | TransportErrorKind::Other
                | TransportErrorKind::Tls
                | TransportErrorKind::Unrecorded => None,
            },
        }
    }

    /// A code that is known decides, whatever the status is; then the status, for other codes and for
    /// answers that are not Kendra's.
    fn of_answer(error: &ServiceError) -> Option<Self> {
        match error.code() {
            Some(ErrorCode::Throttling) => return Some(Self::Throttling),
            Some(ErrorCode::InternalServer) => return Some(Self::Other),
            Some(ErrorCode::Other(code)) if THROTTLING_CODES.contains(&&**code) => {
                return Some(Self::Throttling);
            }
            Some(ErrorCode::Other(code)) if TRANSIENT_CODES.contains(&&**code) => {
                return Some(Self::Other);
            }
            Some(ErrorCode::AccessDenied | ErrorCode::ResourceNotFound | ErrorCode::Validation) => {
                return None;
            }
            Some(ErrorCode::Other(code)) if CREDENTIAL_CODES.contains(&&**code) => return None,
            _ => {}
        }
        match error.status() {
            StatusCode::TOO_MANY_REQUESTS => Some(Self::Throttling),
            StatusCode::INTERNAL_SERVER_ERROR
            | StatusCode::BAD_GATEWAY
            | StatusCode::SERVICE_UNAVAILABLE
            | StatusCode::GATEWAY_TIMEOUT => Some(Self::Other),
            _ => None,
        }
    }
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

/// The codes of credentials that are wrong or have expired, whatever status comes with them.
const CREDENTIAL_CODES: [&str; 9] = [
    "ExpiredToken",
    "ExpiredTokenException",
    "IncompleteSignatureException",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "MissingAuthenticationTokenException",
    "NotAuthorized",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
];
