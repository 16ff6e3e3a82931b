//! kendra-sync's blocking transport over [attohttpc].
//!
//! It makes a connection for each request. What it reads of an answer otherwise than it should is looked at again here,
//! as far as it lets see; the rest is in `known.toml`.

use std::fmt;
use std::io::Read;
use std::time::{Duration, Instant};

use attohttpc::{ProxySettings, RequestBuilder};
use bytes::Bytes;
use http::header::CONTENT_LENGTH;
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode};
use kendra_sync_core::blocking::HttpTransport;
use kendra_sync_core::transport::{BodyLimit, check_answer, check_request};
use kendra_sync_core::{Delivery, TransportError, TransportErrorKind};
use rustls_pki_types::CertificateDer;

use crate::watched::{Sent, Watched};

mod failure;
mod watched;

/// Sends over attohttpc, on the calling thread.
pub struct AttohttpcTransport {
    roots: Vec<CertificateDer<'static>>,
    connect_timeout: Duration,
}

impl AttohttpcTransport {
    /// A transport that trusts `roots`, each in DER, and takes at most `connect_timeout` to connect.
    pub fn new(roots: &[Vec<u8>], connect_timeout: Duration) -> Self {
        let roots = roots.iter().map(|root| CertificateDer::from(root.clone())).collect();
        Self { roots, connect_timeout }
    }

    fn exchange(
        &self,
        request: Request<Bytes>,
        timeout: Duration,
        sent: &Sent,
    ) -> Result<Response<Bytes>, TransportError> {
        let answered = self.of_http(request, timeout, sent)?.send();
        let answer = answered.map_err(|error| failure::of_request(error, sent))?;
        let (status, mut fields, mut body) = answer.split();
        if status.is_informational() && status != StatusCode::SWITCHING_PROTOCOLS {
            // attohttpc takes an interim answer for the final one.
            return Err(failure::of_head("an interim answer came first"));
        }
        check_answer(&fields)?;
        for value in fields.values_mut() {
            // attohttpc takes away spaces alone, not tabs.
            if let Ok(trimmed) = HeaderValue::from_bytes(value.as_bytes().trim_ascii()) {
                *value = trimmed;
            }
        }
        let expected = length(&fields)?;
        let mut taken = BodyLimit::new();
        let mut count = 0;
        let mut chunk = [0; 8 * 1024];
        // attohttpc would wait for a body that these never have.
        let none = matches!(
            status,
            StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED | StatusCode::SWITCHING_PROTOCOLS
        );
        while !none {
            let length = body.read(&mut chunk).map_err(failure::of_body)?;
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

    /// As attohttpc takes it, or why that cannot be sent.
    fn of_http(
        &self,
        request: Request<Bytes>,
        timeout: Duration,
        sent: &Sent,
    ) -> Result<RequestBuilder<Watched>, TransportError> {
        let refused = |source: Box<dyn std::error::Error + Send + Sync>| {
            let kind = TransportErrorKind::InvalidRequest;
            TransportError::new(kind, Delivery::NotSent).with_source(source)
        };
        let uri = request.uri();
        let authority = uri.authority().map_or("", |authority| authority.as_str());
        // Without what stands before it, which attohttpc is not to see.
        let host = authority.rsplit_once('@').map_or(authority, |(_user, host)| host);
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        // An empty path is sent as `/`.
        let path = if path.starts_with('?') { format!("/{path}") } else { path.to_owned() };
        let url = format!("{}://{host}{path}", uri.scheme_str().unwrap_or_default());
        let (head, body) = request.into_parts();
        let body = Watched::new(body, head_size(&head.headers) + url.len(), sent);
        let builder = RequestBuilder::try_new(head.method, url);
        let mut builder = builder.map_err(|error| refused(error.into()))?.body(body);
        let made = builder.inspect().url().clone();
        let query = made.query().map(|query| format!("?{query}")).unwrap_or_default();
        if path != format!("{}{query}", made.path()) {
            // The signature would not be that of what is sent: a dot segment is taken out, say.
            return Err(refused("the URL does not keep the path or the query as given".into()));
        }
        *builder.headers_mut() = head.headers;
        for root in &self.roots {
            builder = builder.add_root_certificate(root.clone());
        }
        Ok(builder
            .connect_timeout(self.connect_timeout.min(timeout))
            .follow_redirects(false)
            .max_headers(MAX_FIELDS)
            .proxy_settings(ProxySettings::builder().build())
            // It is for each read alone, and would be taken for something else in a TLS handshake.
            .read_timeout(timeout + Duration::from_secs(1))
            .timeout(timeout))
    }
}

impl HttpTransport for AttohttpcTransport {
    fn send(
        &self,
        request: Request<Bytes>,
        timeout: Duration,
    ) -> Result<Response<Bytes>, TransportError> {
        check_request(&request, timeout)?;
        // attohttpc adds it to the clock, which must not overflow.
        let timeout = timeout.min(LONGEST_TIMEOUT);
        let began = Instant::now();
        let sent = Sent::default();
        let outcome = self.exchange(request, timeout, &sent);
        outcome.map_err(|error| {
            // attohttpc ends the connection when the limit passes, and takes that for what it looks like.
            if began.elapsed() < timeout {
                return error;
            }
            TransportError::new(TransportErrorKind::Timeout, error.delivery()).with_source(error)
        })
    }

    fn sleep(&self, duration: Duration) {
        std::thread::sleep(duration);
    }
}

/// Shows the settings.
impl fmt::Debug for AttohttpcTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AttohttpcTransport")
            .field("connect_timeout", &self.connect_timeout)
            .finish_non_exhaustive()
    }
}

/// How long the body must be. attohttpc takes a sign as well.
fn length(fields: &HeaderMap) -> Result<Option<u64>, TransportError> {
    let Some(value) = fields.get(CONTENT_LENGTH) else { return Ok(None) };
    let digits = !value.is_empty() && value.as_bytes().iter().all(u8::is_ascii_digit);
    let length = value.to_str().ok().filter(|_| digits).and_then(|value| value.parse().ok());
    length.map(Some).ok_or_else(|| failure::of_head("the length of the body is no number"))
}

/// The least that the fields took on the wire, each with a colon and a line end.
fn head_size(fields: &HeaderMap) -> usize {
    fields.iter().map(|(name, value)| name.as_str().len() + value.len() + 3).sum()
}

/// attohttpc's default is 100.
const MAX_FIELDS: usize = 512;

const LONGEST_TIMEOUT: Duration = Duration::from_secs(365 * 24 * 60 * 60);
