//! kendra-sync's transport over [isahc]: async on any executor, on a thread of isahc's with libcurl and OpenSSL.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures_timer::Delay;
use futures_util::AsyncReadExt;
use http::header::CONTENT_LENGTH;
use http::{Request, Response, StatusCode, Uri, Version};
use isahc::config::{Configurable, ExpectContinue, RedirectPolicy, VersionNegotiation};
use isahc::tls::{TlsConfig, TrustStore};
use isahc::{AsyncBody, HttpClient};
use kendra_sync_core::transport::{BodyLimit, check_answer, check_request};
use kendra_sync_core::{Delivery, HttpTransport, TransportError, TransportErrorKind};

use crate::watched::{Sent, Watched};

mod failure;
mod watched;

/// Sends over isahc. A new connection for each request: libcurl would use one that it has used less than a second ago
/// without a look at whether it is still good.
pub struct IsahcTransport {
    client: HttpClient,
}

impl IsahcTransport {
    /// A transport that trusts `roots`, each in DER, and takes at most `connect_timeout` to connect.
    ///
    /// # Errors
    ///
    /// isahc's, when it cannot be set up so.
    pub fn new(roots: &[Vec<u8>], connect_timeout: Duration) -> Result<Self, isahc::Error> {
        let trusted = roots
            .iter()
            .fold(TrustStore::builder(), |store, root| store.certificate_from_der(root));
        let client = HttpClient::builder()
            .automatic_decompression(false)
            .connect_timeout(connect_timeout)
            .connection_cache_size(0)
            .expect_continue(ExpectContinue::disabled())
            .proxy(None)
            .redirect_policy(RedirectPolicy::None)
            .tls_config(TlsConfig::builder().trust_store(trusted.build()).build())
            .version_negotiation(VersionNegotiation::http11())
            .build()?;
        Ok(Self { client })
    }

    async fn exchange(
        &self,
        request: Request<AsyncBody>,
        sent: &Sent,
    ) -> Result<Response<Bytes>, TransportError> {
        let answered = self.client.send_async(request).await;
        let answer = answered.map_err(|error| failure::of_request(error, sent))?;
        let (head, mut body) = answer.into_parts();
        let fields = &head.headers;
        if head.version > Version::HTTP_11 {
            // libcurl takes HTTP/2 and HTTP/3 as well, where a head begins so.
            return Err(failure::of_head("the answer is not of HTTP/1"));
        }
        // libcurl's own bound for heads is larger.
        check_answer(fields)?;
        let none = matches!(head.status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
        let expected = match fields.get(CONTENT_LENGTH).filter(|_| !none) {
            Some(length) => {
                let length = length.to_str().ok().and_then(length_of);
                let reason = "the length of the body is no number";
                Some(length.ok_or_else(|| failure::of_head(reason))?)
            }
            None => None,
        };
        let mut taken = BodyLimit::new();
        let mut count = 0;
        let mut chunk = vec![0; 8 * 1024];
        loop {
            let length = body.read(&mut chunk).await.map_err(failure::of_body)?;
            let read = chunk.get(..length).unwrap_or_default();
            count += length as u64;
            if read.is_empty() {
                // libcurl takes a length that is over its range for none.
                if expected.is_some_and(|expected| expected != count) {
                    return Err(failure::of_cut());
                }
                break;
            }
            if taken.take(read).is_break() {
                break;
            }
        }
        let mut response = Response::new(taken.into_bytes());
        *response.status_mut() = head.status;
        *response.version_mut() = head.version;
        *response.headers_mut() = head.headers;
        Ok(response)
    }
}

#[async_trait]
impl HttpTransport for IsahcTransport {
    async fn send(
        &self,
        request: Request<Bytes>,
        timeout: Duration,
    ) -> Result<Response<Bytes>, TransportError> {
        check_request(&request, timeout)?;
        let sent = Sent::default();
        let request = of_http(request, timeout, &sent)?;
        self.exchange(request, &sent).await
    }

    async fn sleep(&self, duration: Duration) {
        Delay::new(duration).await;
    }
}

/// Shows no more than the name.
impl fmt::Debug for IsahcTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IsahcTransport").finish_non_exhaustive()
    }
}

/// As isahc takes it, or why that cannot be sent.
fn of_http(
    request: Request<Bytes>,
    timeout: Duration,
    sent: &Sent,
) -> Result<Request<AsyncBody>, TransportError> {
    let refused = |source: Box<dyn std::error::Error + Send + Sync>| {
        let kind = TransportErrorKind::InvalidRequest;
        TransportError::new(kind, Delivery::NotSent).with_source(source)
    };
    let (head, body) = request.into_parts();
    if is_rewritten(head.uri.path()) {
        return Err(refused("libcurl would write this path in another way".into()));
    }
    if head.headers.values().any(|value| value.to_str().is_err()) {
        return Err(refused("isahc takes no field whose value is not text".into()));
    }
    let uri = without_user(head.uri).map_err(|error| refused(error.into()))?;
    let mut builder = Request::builder().method(head.method).uri(uri);
    if let Some(fields) = builder.headers_mut() {
        *fields = head.headers;
    }
    let request = builder.timeout(whole_milliseconds(timeout)).body(Watched::body(body, sent));
    request.map_err(|error| refused(error.into()))
}

/// Whether there is a percent escape with a small letter, which libcurl writes in capitals, or a dot segment, which it
/// takes out.
fn is_rewritten(path: &str) -> bool {
    let small = |digits: &str| digits.bytes().take(2).any(|digit| digit.is_ascii_lowercase());
    path.split('%').skip(1).any(small)
        || path.split('/').any(|segment| matches!(&*segment.replace("%2E", "."), "." | ".."))
}

/// libcurl would make an Authorization of what stands before the host.
fn without_user(uri: Uri) -> Result<Uri, http::Error> {
    let host = uri.authority().and_then(|authority| authority.as_str().rsplit_once('@'));
    let Some((_user, host)) = host else { return Ok(uri) };
    let host = host.parse()?;
    let mut parts = uri.into_parts();
    parts.authority = Some(host);
    Ok(Uri::from_parts(parts)?)
}

/// A length, which may stand there more than once.
fn length_of(value: &str) -> Option<u64> {
    let mut lengths = value.split(',').map(str::trim);
    let first = lengths.next()?;
    lengths.all(|length| length == first).then(|| first.parse().ok())?
}

/// libcurl counts milliseconds, and takes none for no limit.
fn whole_milliseconds(limit: Duration) -> Duration {
    let limit = limit.min(LONGEST_TIMEOUT);
    let more = u64::from(!limit.subsec_nanos().is_multiple_of(1_000_000));
    Duration::from_millis(u64::try_from(limit.as_millis()).unwrap_or(u64::MAX).saturating_add(more))
}

/// libcurl's own limit is 24 days.
const LONGEST_TIMEOUT: Duration = Duration::from_secs(24 * 24 * 60 * 60);
