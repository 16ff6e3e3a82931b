//! What a call ends with when it does not succeed.

use std::error::Error as StdError;
use std::fmt;

use http::StatusCode;

use crate::error_kind::ErrorKind;
use crate::reason::Reason;
use crate::service_error::ErrorCode;
use crate::transport::Delivery;

/// Why a call failed, after how many attempts, and whether Kendra may have received it.
///
/// `Display` says what went wrong on one line; causes are under `source()`. Neither ever holds a
/// secret.
///
/// # Examples
///
/// ```
/// use kendra_sync_core::{Delivery, Error, ErrorCode};
///
/// fn advice(error: &Error) -> &'static str {
///     match (error.code(), error.delivery()) {
///         (Some(ErrorCode::ResourceNotFound), _) => "check the ids and the region",
///         (_, Delivery::NotSent) => "nothing was sent: try again",
///         _ if error.retryable() => "try again, the job may already be stopping",
///         _ => "look at the job",
///     }
/// }
/// ```
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    attempts: u32,
    delivery: Delivery,
    answer: Option<AnswerHead>,
    retryable: bool,
    limit_reached: bool,
}

/// What is kept of an answer besides its meaning.
#[derive(Debug)]
pub(crate) struct AnswerHead {
    pub(crate) status: StatusCode,
    pub(crate) request_id: Option<Box<str>>,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, attempts: u32, delivery: Delivery) -> Self {
        let retryable = Reason::of(&kind).is_some();
        let (answer, limit_reached) = (None, false);
        Self(Box::new(Inner { kind, attempts, delivery, answer, retryable, limit_reached }))
    }

    pub(crate) fn with_answer(mut self, answer: AnswerHead) -> Self {
        self.0.answer = Some(answer);
        self
    }

    /// The request was signed with a clock that was off: whatever the code says, a later try can work.
    pub(crate) fn signed_off_time(mut self) -> Self {
        self.0.retryable = true;
        self
    }

    pub(crate) fn cut_by_limit(mut self) -> Self {
        self.0.limit_reached = true;
        self
    }

    /// What went wrong.
    pub fn kind(&self) -> &ErrorKind {
        &self.0.kind
    }

    /// AWS's error code, if there was an answer and it had one.
    pub fn code(&self) -> Option<&ErrorCode> {
        match &self.0.kind {
            ErrorKind::Service(error) => error.code(),
            _ => None,
        }
    }

    /// How many requests were handed to the transport.
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// Whether Kendra may have received a request: the worst of all attempts.
    ///
    /// StopDataSourceSyncJob names no execution, and AWS does not document what a second one does.
    /// After `MaybeSent` the job may already be stopping although the call failed; a further stop may
    /// then meet an error, or reach a job that was started in between.
    /// [`RetryPolicy::only_when_not_sent`](crate::RetryPolicy::only_when_not_sent) keeps a call from
    /// sending again in that case.
    pub fn delivery(&self) -> Delivery {
        self.0.delivery
    }

    /// The status of the last answer, if there was one.
    pub fn status(&self) -> Option<StatusCode> {
        self.0.answer.as_ref().map(|answer| answer.status)
    }

    /// The request id of the last answer, for AWS support.
    pub fn request_id(&self) -> Option<&str> {
        self.0.answer.as_ref().and_then(|answer| answer.request_id.as_deref())
    }

    /// Whether a later try of the same call can work, even when attempts ran out.
    pub fn retryable(&self) -> bool {
        self.0.retryable
    }

    /// Whether it was the limit of the whole operation that ended the call.
    pub fn limit_reached(&self) -> bool {
        self.0.limit_reached
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.0.kind)
            .field("attempts", &self.0.attempts)
            .field("delivery", &self.0.delivery)
            .field("answer", &self.0.answer)
            .field("retryable", &self.0.retryable)
            .field("limit_reached", &self.0.limit_reached)
            .finish()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0.kind {
            ErrorKind::Credentials(_) => f.write_str("no usable credentials")?,
            ErrorKind::Deadline => f.write_str("no attempt ended before the operation's limit")?,
            ErrorKind::Service(error) => write!(f, "{error}")?,
            ErrorKind::Transport(error) => write!(f, "{error}")?,
        }
        if self.0.limit_reached && !matches!(self.0.kind, ErrorKind::Deadline) {
            f.write_str(", the operation's limit is reached")?;
        }
        match self.0.attempts {
            0 | 1 => Ok(()),
            attempts => write!(f, " (after {attempts} attempts)"),
        }
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match &self.0.kind {
            ErrorKind::Credentials(error) => Some(error),
            ErrorKind::Transport(error) => error.source(),
            ErrorKind::Deadline | ErrorKind::Service(_) => None,
        }
    }
}
