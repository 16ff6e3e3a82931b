//! What a call needs from outside: one exchange, and waiting.

use std::error::Error as StdError;
use std::fmt;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};

pub use crate::checks::{check_answer, check_request};
pub use crate::recorded::Recorded;

/// The most that a transport hands up of a body, 1 MiB; see [`BodyLimit`].
pub const MAX_BODY: usize = 1024 * 1024;

/// The most that a transport takes of a response's head (status line and fields), 64 KiB.
pub const MAX_HEAD: usize = 64 * 1024;

/// One HTTP exchange at a time, and a timer.
///
/// # For implementers
///
/// 1. **At most once.** `send` writes the request at most once, whatever happens. Sending again is
///    the call's decision, never the transport's.
/// 2. **As given.** Method, target, header values and body go out byte for byte; `Host` is already
///    there. Added are `Content-Length` and, if need be, `Connection`; nothing else. HTTP/1.1, the
///    body never chunked, no `Expect`.
/// 3. **Any status is `Ok`.** So is any body, as it came: nothing is decompressed or decoded but the
///    transfer coding.
/// 4. **Nothing automatic.** No redirect is followed, no cookie kept, no authentication answered, no
///    proxy taken from the environment.
/// 5. **Interim answers are skipped.** The response is the final one; fields of 1xx answers and
///    trailers are not merged into it.
/// 6. **The whole exchange ends within `timeout`**: connecting, TLS, writing, the head and the body
///    together. Zero is an immediate [`Timeout`](TransportErrorKind::Timeout), which [`check_request`] says.
/// 7. **Bounded.** A body is read through [`BodyLimit`]; when that says stop, the connection is
///    closed and the response returned with what there is. A head over [`MAX_HEAD`] is
///    [`InvalidResponse`](TransportErrorKind::InvalidResponse), which [`check_answer`] says.
/// 8. **Whole or an error.** A body that ends before its framing says so is
///    [`Interrupted`](TransportErrorKind::Interrupted), never a short `Ok`.
/// 9. **Delivery is never guessed low.** [`NotSent`](Delivery::NotSent) only if no byte of the
///    request can have reached the server; unsure is [`MaybeSent`](Delivery::MaybeSent).
/// 10. **TLS is verified**, name and dates included, on every connection. What cannot be trusted is
///     [`Tls`](TransportErrorKind::Tls) and `NotSent`; a peer that hangs up during the handshake may
///     be [`Connect`](TransportErrorKind::Connect). Nothing ever goes out in clear instead.
/// 11. **A connection is used again only when it is clean**: the last answer was read whole, and
///     neither side asked to close. After an error or a timeout it is closed.
/// 12. **Dropping the future cancels**: the connection closes, and no request appears later.
/// 13. **No secret in `Debug`, errors or logs.** Requests carry `Authorization` and
///     `X-Amz-Security-Token`, marked as sensitive.
/// 14. **No panic**, whatever the server sends.
///
/// # For callers
///
/// A request with [`Direct`] in its extensions goes to its host itself, whatever proxies the transport
/// has been given. A request's URI is absolute. The future may be dropped at any time. Errors say whether the server
/// can have received the request: [`TransportError::delivery`].
#[async_trait]
pub trait HttpTransport: fmt::Debug + Send + Sync {
    /// Sends `request` at most once and reads the whole answer, all within `timeout`.
    ///
    /// # Errors
    ///
    /// [`TransportError`] when there is no whole answer. No status is an error.
    async fn send(
        &self,
        request: Request<Bytes>,
        timeout: Duration,
    ) -> Result<Response<Bytes>, TransportError>;

    /// Completes after `duration`, on whatever timer the transport's runtime has.
    async fn sleep(&self, duration: Duration);
}

#[async_trait]
impl<T: HttpTransport + ?Sized> HttpTransport for Arc<T> {
    async fn send(
        &self,
        request: Request<Bytes>,
        timeout: Duration,
    ) -> Result<Response<Bytes>, TransportError> {
        (**self).send(request, timeout).await
    }

    async fn sleep(&self, duration: Duration) {
        (**self).sleep(duration).await;
    }
}

/// Stands in the extensions of a request that no proxy may get: one for credentials, to this machine or
/// its link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a mark has no parts")]
pub struct Direct;

/// Why there is no answer.
#[derive(Debug)]
pub struct TransportError {
    kind: TransportErrorKind,
    delivery: Delivery,
    source: Option<Box<dyn StdError + Send + Sync>>,
    pub(crate) recorded: Option<Recorded>,
}

impl TransportError {
    /// An error of `kind`; `delivery` says whether the server can have received the request.
    pub fn new(kind: TransportErrorKind, delivery: Delivery) -> Self {
        Self { kind, delivery, source: None, recorded: None }
    }

    /// Adds what caused it.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// What went wrong.
    pub fn kind(&self) -> TransportErrorKind {
        self.kind
    }

    /// Whether the server can have received the request.
    pub fn delivery(&self) -> Delivery {
        self.delivery
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            TransportErrorKind::Connect => "could not connect",
            TransportErrorKind::Interrupted => "the connection was interrupted",
            TransportErrorKind::InvalidRequest => "the transport cannot send this request",
            TransportErrorKind::InvalidResponse => "the answer is not a valid one",
            TransportErrorKind::Other => "the transport failed",
            TransportErrorKind::Timeout => "the time limit passed",
            TransportErrorKind::Tls => "no trusted TLS connection could be made",
            TransportErrorKind::Unrecorded => "no recorded exchange matches the request",
        })
    }
}

impl StdError for TransportError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_ref().map(|source| &**source as _)
    }
}

/// What went wrong in an exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TransportErrorKind {
    /// The name did not resolve or no connection could be opened. Check host, port and network.
    /// Retried.
    Connect,
    /// The connection broke before the answer was whole. Retried.
    Interrupted,
    /// The transport cannot send such a request: an `https` URL without TLS, say. Mend the
    /// configuration. Not retried.
    InvalidRequest,
    /// What came back is no HTTP, or too large a head, or a 2xx that cannot be Kendra's (HTML).
    /// Check what answers at the endpoint. Not retried.
    InvalidResponse,
    /// Anything else; see `source()`. Not retried.
    Other,
    /// A limit passed: connecting or the whole attempt. Retried.
    Timeout,
    /// No TLS connection that can be trusted: certificate, name, dates or protocol. Check the
    /// endpoint and the trusted roots. Not retried.
    Tls,
    /// A replay has no exchange for this request. Record it. Not retried.
    Unrecorded,
}

impl TransportErrorKind {
    /// Every kind, in alphabetical order.
    pub const ALL: &'static [Self] = &[
        Self::Connect,
        Self::Interrupted,
        Self::InvalidRequest,
        Self::InvalidResponse,
        Self::Other,
        Self::Timeout,
        Self::Tls,
        Self::Unrecorded,
    ];

    /// The variant's name, for files and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Connect => "Connect",
            Self::Interrupted => "Interrupted",
            Self::InvalidRequest => "InvalidRequest",
            Self::InvalidResponse => "InvalidResponse",
            Self::Other => "Other",
            Self::Timeout => "Timeout",
            Self::Tls => "Tls",
            Self::Unrecorded => "Unrecorded",
        }
    }
}

/// Whether Kendra can have received a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(clippy::exhaustive_enums, reason = "closed on purpose: unsure means `MaybeSent`")]
pub enum Delivery {
    /// No byte of the request can have reached the server: sending again is safe.
    NotSent,
    /// The server may have received the request, whole or in part.
    MaybeSent,
}

/// A response body as it is read: at most [`MAX_BODY`] bytes and one more, which tells that there
/// was more.
///
/// # Examples
///
/// ```
/// use kendra_sync_core::transport::BodyLimit;
///
/// let mut body = BodyLimit::new();
/// assert!(body.take(b"first ").is_continue());
/// assert!(body.take(b"second").is_continue());
/// assert_eq!(&body.into_bytes()[..], b"first second");
/// ```
#[derive(Debug, Default)]
pub struct BodyLimit {
    taken: Vec<u8>,
}

impl BodyLimit {
    /// An empty body.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes as much of `chunk` as fits; `Break` when the limit is passed: close the connection and
    /// return what there is.
    pub fn take(&mut self, chunk: &[u8]) -> ControlFlow<()> {
        let room = MAX_BODY + 1 - self.taken.len();
        let fits = chunk.get(..room).unwrap_or(chunk);
        self.taken.extend_from_slice(fits);
        if self.taken.len() > MAX_BODY { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    /// The body: whole, or [`MAX_BODY`]` + 1` bytes of a larger one.
    pub fn into_bytes(self) -> Bytes {
        Bytes::from(self.taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_has_the_name_of_its_variant() {
        let names: Vec<&str> = TransportErrorKind::ALL.iter().map(|kind| kind.name()).collect();
        let variants: Vec<String> =
            TransportErrorKind::ALL.iter().map(|kind| format!("{kind:?}")).collect();
        assert_eq!(names, variants);
        assert!(names.is_sorted());
    }

    #[test]
    fn a_body_of_exactly_the_limit_is_whole() {
        let mut body = BodyLimit::new();
        assert_eq!(body.take(&vec![7; MAX_BODY - 1]), ControlFlow::Continue(()));
        assert_eq!(body.take(&[8]), ControlFlow::Continue(()));
        assert_eq!(body.into_bytes().len(), MAX_BODY);
    }

    #[test]
    fn a_larger_body_is_cut_one_byte_past_the_limit_however_it_comes() {
        let mut at_once = BodyLimit::new();
        assert_eq!(at_once.take(&vec![7; 3 * MAX_BODY]), ControlFlow::Break(()));
        assert_eq!(at_once.take(&[9; 10]), ControlFlow::Break(()));
        assert_eq!(at_once.into_bytes().len(), MAX_BODY + 1);

        let mut in_chunks = BodyLimit::new();
        let chunks = std::iter::repeat_n([7; 1000], 2000);
        let taken = chunks.take_while(|chunk| in_chunks.take(chunk).is_continue()).count();
        assert_eq!((taken, in_chunks.into_bytes().len()), (1048, MAX_BODY + 1));
    }
}
