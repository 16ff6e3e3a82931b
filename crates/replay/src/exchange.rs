//! One exchange: what was asked, and what came of it.

use std::error::Error as StdError;
use std::fmt;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, Version};
use kendra_sync_core::transport::MAX_BODY;
use kendra_sync_core::{Delivery, TransportError, TransportErrorKind};

use crate::redaction::Redaction;

/// One exchange of a [`Cassette`](crate::Cassette): a request, and its answer or the transport's error,
/// both without secrets.
///
/// # Examples
///
/// ```
/// use http::{Request, Response};
/// use kendra_sync_replay::{Exchange, Redaction};
///
/// let request = Request::post("https://kendra.eu-west-1.amazonaws.com/")
///     .header("x-amz-target", "AWSKendraFrontendService.StopDataSourceSyncJob")
///     .header("x-amz-security-token", "a secret")
///     .body(r#"{"Id":"wiki"}"#.into())?;
/// let exchange = Exchange::new(&request, Ok(&Response::default()), &Redaction::new());
/// assert_eq!(exchange.headers()["x-amz-security-token"], "<redacted>");
/// # Ok::<(), http::Error>(())
/// ```
#[derive(Clone)]
pub struct Exchange {
    pub(crate) asked: Asked,
    pub(crate) outcome: Result<Response<Bytes>, Fault>,
    pub(crate) started: Option<SystemTime>,
    pub(crate) took: Duration,
    pub(crate) attempt: Option<u32>,
    pub(crate) uses: Uses,
}

/// What is kept of a request.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) method: Method,
    pub(crate) url: String,
    pub(crate) version: Version,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// How often an exchange may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Uses {
    Once,
    Always,
}

impl Exchange {
    /// What came of a request, without what `redaction` keeps out.
    pub fn new(
        request: &Request<Bytes>,
        outcome: Result<&Response<Bytes>, &TransportError>,
        redaction: &Redaction,
    ) -> Self {
        Self::of(redaction.request(request), outcome, redaction)
    }

    pub(crate) fn of(
        asked: Asked,
        outcome: Result<&Response<Bytes>, &TransportError>,
        redaction: &Redaction,
    ) -> Self {
        let outcome = match outcome {
            Ok(response) => Ok(redaction.response(response)),
            Err(error) => Err(redaction.error(error)),
        };
        let attempt = asked.attempt().map(|(attempt, _)| attempt);
        let (started, took, uses) = (None, Duration::ZERO, Uses::Once);
        Self { asked, outcome, started, took, attempt, uses }
    }

    /// The request's method.
    pub fn method(&self) -> &Method {
        &self.asked.method
    }

    /// The request's URL.
    pub fn url(&self) -> &str {
        &self.asked.url
    }

    /// The request's headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.asked.headers
    }

    /// The request's body.
    pub fn body(&self) -> &Bytes {
        &self.asked.body
    }

    /// What came of it, as a transport hands it up.
    ///
    /// # Errors
    ///
    /// The transport's error, if that is what was recorded.
    pub fn outcome(&self) -> Result<Response<Bytes>, TransportError> {
        match &self.outcome {
            // What a hand has written may be larger than what a transport hands up.
            Ok(response) => {
                let most = |body: Bytes| body.slice(..body.len().min(MAX_BODY + 1));
                Ok(response.clone().map(most))
            }
            Err(fault) => Err(fault.error()),
        }
    }

    /// Which attempt of its call this was, from 1, if that is known.
    pub fn attempt(&self) -> Option<u32> {
        self.attempt
    }

    /// When it started, to the millisecond, if that is known.
    pub fn started(&self) -> Option<SystemTime> {
        self.started
    }

    /// How long it took, to the microsecond.
    pub fn took(&self) -> Duration {
        self.took
    }

    /// Lets the exchange answer any number of requests.
    #[must_use]
    pub fn repeated(mut self) -> Self {
        self.uses = Uses::Always;
        self
    }

    /// Adds when it started and how long it took, as exactly as a file can hold it.
    pub(crate) fn timed(mut self, started: SystemTime, took: Duration) -> Self {
        let since = started.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let millis = Duration::from_millis(u64::try_from(since.as_millis()).unwrap_or_default());
        self.started = Some(SystemTime::UNIX_EPOCH + millis);
        self.took = Duration::from_micros(u64::try_from(took.as_micros()).unwrap_or_default());
        self
    }

    /// The operation that `X-Amz-Target` names, for messages.
    pub(crate) fn operation(&self) -> String {
        let target = self.asked.headers.get("x-amz-target").map(|target| target.as_bytes());
        let target = String::from_utf8_lossy(target.unwrap_or(b"no target")).into_owned();
        let name = target.rsplit('.').next().unwrap_or_default().chars().take(100);
        name.flat_map(char::escape_debug).collect()
    }
}

impl PartialEq for Exchange {
    fn eq(&self, other: &Self) -> bool {
        let answers = match (&self.outcome, &other.outcome) {
            (Ok(one), Ok(other)) => {
                (one.status(), one.version(), one.headers(), one.body())
                    == (other.status(), other.version(), other.headers(), other.body())
            }
            (Err(one), Err(other)) => one == other,
            _ => false,
        };
        answers
            && (&self.asked, self.started, self.took, self.attempt, self.uses)
                == (&other.asked, other.started, other.took, other.attempt, other.uses)
    }
}

/// Shows neither headers nor bodies: a cassette may be written by hand.
impl fmt::Debug for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Exchange");
        shown.field("operation", &self.operation()).field("attempt", &self.attempt);
        match &self.outcome {
            Ok(response) => shown.field("status", &response.status().as_u16()),
            Err(fault) => shown.field("error", &fault.kind),
        };
        shown.finish_non_exhaustive()
    }
}

impl Asked {
    /// Which attempt, and of how many at most: what `amz-sdk-request` says.
    pub(crate) fn attempt(&self) -> Option<(u32, u32)> {
        let told = self.headers.get("amz-sdk-request")?.to_str().ok()?;
        let number = |name: &str| {
            let mut parts = told.split(';').filter_map(|part| part.trim().split_once('='));
            parts.find(|(part, _)| *part == name)?.1.parse().ok()
        };
        Some((number("attempt")?, number("max")?))
    }

    /// The id that all attempts of a call share.
    pub(crate) fn invocation(&self) -> Option<&[u8]> {
        self.headers.get("amz-sdk-invocation-id").map(|id| id.as_bytes())
    }
}

/// A transport's error: what can be written of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) kind: TransportErrorKind,
    pub(crate) delivery: Delivery,
    /// What caused it, the outermost cause first.
    pub(crate) causes: Vec<String>,
}

impl Fault {
    /// What is known of `error`, secrets included.
    pub(crate) fn of(error: &TransportError) -> Self {
        let causes = std::iter::successors(error.source(), |&cause| cause.source());
        let causes = causes.take(MAX_CAUSES).map(|cause| {
            let text = cause.to_string();
            text.chars().take(MAX_CAUSE).collect()
        });
        Self { kind: error.kind(), delivery: error.delivery(), causes: causes.collect() }
    }

    fn error(&self) -> TransportError {
        let error = TransportError::new(self.kind, self.delivery);
        let cause = self
            .causes
            .iter()
            .rev()
            .fold(None, |source, text| Some(Box::new(Cause { text: text.clone(), source })));
        match cause {
            Some(cause) => error.with_source(*cause),
            None => error,
        }
    }
}

/// What caused a recorded error.
#[derive(Debug)]
struct Cause {
    text: String,
    source: Option<Box<Self>>,
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl StdError for Cause {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

const MAX_CAUSES: usize = 16;
const MAX_CAUSE: usize = 4096;
