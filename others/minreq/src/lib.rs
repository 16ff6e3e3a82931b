//! kendra-sync's blocking transport over [minreq], without TLS: minreq trusts roots that are compiled in, and takes
//! no others.
//!
//! It makes a connection for each request. What it reads of an answer otherwise than it should is looked at again here,
//! as far as it lets see; the rest is in `known.toml`.

use std::fmt;
use std::io::Read;
use std::net::ToSocketAddrs;
use std::time::Duration;

use bytes::Bytes;
use http::{
    HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode, header, uri::Scheme,
};
use kendra_sync_core::blocking::HttpTransport;
use kendra_sync_core::transport::{BodyLimit, MAX_HEAD, check_request};
use kendra_sync_core::{Delivery, TransportError, TransportErrorKind};
use minreq::{Method, ResponseLazy};

mod failure;

/// Sends over minreq. It starts a thread for each request, as minreq does where there is a time limit.
#[derive(Default)]
pub struct MinreqTransport {
    _private: (),
}

impl MinreqTransport {
    /// A transport.
    pub fn new() -> Self {
        Self::default()
    }
}

impl HttpTransport for MinreqTransport {
    fn send(
        &self,
        request: Request<Bytes>,
        timeout: Duration,
    ) -> Result<Response<Bytes>, TransportError> {
        check_request(&request, timeout)?;
        let request = of_http(request)?;
        // minreq counts whole seconds, and adds them to the clock, which must not overflow.
        let limit = timeout.min(LONGEST_TIMEOUT);
        let seconds = limit.as_secs() + u64::from(limit.subsec_nanos() > 0);
        let answer = request
            .with_follow_redirects(false)
            .with_max_headers_size(MAX_HEAD)
            .with_max_status_line_length(MAX_HEAD)
            .with_timeout(seconds)
            .send_lazy()
            .map_err(failure::of_request)?;
        read(answer)
    }

    fn sleep(&self, duration: Duration) {
        std::thread::sleep(duration);
    }
}

/// Shows no more than the name.
impl fmt::Debug for MinreqTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MinreqTransport").finish_non_exhaustive()
    }
}

/// As minreq takes it, or why that cannot be sent.
fn of_http(request: Request<Bytes>) -> Result<minreq::Request, TransportError> {
    let refused = |reason: &'static str| {
        let kind = TransportErrorKind::InvalidRequest;
        TransportError::new(kind, Delivery::NotSent).with_source(reason)
    };
    let (head, body) = request.into_parts();
    let uri = head.uri;
    if uri.scheme() == Some(&Scheme::HTTPS) {
        return Err(refused("there is no TLS here"));
    }
    let host = uri.host().filter(|host| !host.is_empty() && !host.starts_with('['));
    let Some(host) = host else {
        return Err(refused("minreq takes no URI without a host, or with an IPv6 address for one"));
    };
    let port = uri.port_u16().unwrap_or(80);
    // minreq's own lookup fails as an I/O error like any other, from which nobody can tell that nothing was sent.
    (host, port).to_socket_addrs().map_err(failure::of_lookup)?;
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    // An empty path is sent as `/`.
    let path = if path.starts_with('?') { format!("/{path}") } else { path.to_owned() };
    // The port only if it is there: minreq makes the Host field of this, and no other is sent.
    let authority = match uri.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    };
    if head.headers.get(header::HOST).is_some_and(|host| *host != *authority) {
        return Err(refused("minreq makes the Host field of the URL, and this is another"));
    }
    let method = match head.method {
        http::Method::POST => Method::Post,
        http::Method::GET => Method::Get,
        other => Method::Custom(other.as_str().to_owned()),
    };
    let mut made = minreq::Request::new(method, format!("http://{authority}{path}"));
    for (name, value) in &head.headers {
        if name == header::HOST || name == header::CONTENT_LENGTH {
            continue;
        }
        let Ok(value) = value.to_str() else {
            return Err(refused("minreq takes no field whose value is not text"));
        };
        made = made.with_header(name.as_str(), value);
    }
    // One request a connection, so the server need not keep it.
    Ok(made.with_header("connection", "close").with_body(body))
}

fn read(mut answer: ResponseLazy) -> Result<Response<Bytes>, TransportError> {
    // What minreq makes of a line that is no status line.
    if answer.status_code == 503 && answer.reason_phrase == "Server did not provide a status line" {
        return Err(failure::of_head("the answer has no status line"));
    }
    let status = StatusCode::from_u16(answer.status_code);
    let status = status.map_err(|_| failure::of_head("the status is no status"))?;
    if status.is_informational() && status != StatusCode::SWITCHING_PROTOCOLS {
        // minreq takes an interim answer for the final one.
        return Err(failure::of_head("an interim answer came first"));
    }
    let fields = fields(&answer)?;
    let expected = framing(&fields)?;
    let mut taken = BodyLimit::new();
    let mut count = 0;
    let mut chunk = [0; 8 * 1024];
    // minreq would wait for a body that these never have.
    let none = matches!(
        status,
        StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED | StatusCode::SWITCHING_PROTOCOLS
    );
    while !none {
        let length = answer.read(&mut chunk).map_err(failure::of_body)?;
        let read = chunk.get(..length).unwrap_or_default();
        count += length as u64;
        if read.is_empty() {
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
    *response.status_mut() = status;
    *response.headers_mut() = fields;
    Ok(response)
}

fn fields(answer: &ResponseLazy) -> Result<HeaderMap, TransportError> {
    let mut fields = HeaderMap::new();
    for (name, value) in &answer.headers {
        let name = HeaderName::from_bytes(name.as_bytes());
        let value = HeaderValue::from_bytes(value.trim_matches([' ', '\t']).as_bytes());
        let (Ok(name), Ok(value)) = (name, value) else {
            return Err(failure::of_head("a field of the head is none"));
        };
        fields.append(name, value);
    }
    Ok(fields)
}

/// How long the body must be, where that is said. minreq takes the last length of several, one with a sign, and any
/// transfer coding but a plain `chunked` for none.
fn framing(fields: &HeaderMap) -> Result<Option<u64>, TransportError> {
    let codings: Vec<_> = fields.get_all(header::TRANSFER_ENCODING).iter().collect();
    let lengths: Vec<_> = fields.get_all(header::CONTENT_LENGTH).iter().collect();
    match (codings.as_slice(), lengths.as_slice()) {
        ([], []) => Ok(None),
        ([coding], []) if coding.as_bytes().eq_ignore_ascii_case(b"chunked") => Ok(None),
        ([], [first, rest @ ..]) if rest.iter().all(|length| length == first) => {
            let digits = !first.is_empty() && first.as_bytes().iter().all(u8::is_ascii_digit);
            let length = first.to_str().ok().filter(|_| digits).and_then(|l| l.parse().ok());
            length.map(Some).ok_or_else(|| failure::of_head("the length of the body is no number"))
        }
        _ => Err(failure::of_head("nobody can tell where the body ends")),
    }
}

const LONGEST_TIMEOUT: Duration = Duration::from_secs(365 * 24 * 60 * 60);
