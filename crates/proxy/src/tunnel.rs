//! Asking a proxy for a connection, without I/O.

use std::error::Error as StdError;
use std::fmt;
use std::ops::ControlFlow;

use http::Uri;
use zeroize::Zeroizing;

use crate::proxy::Proxy;

/// The exchange with a proxy that opens a connection through it: CONNECT ([RFC 9110 section
/// 9.3.6](https://www.rfc-editor.org/rfc/rfc9110#section-9.3.6)).
///
/// Write [`Tunnel::request`], then hand whatever is read to [`Tunnel::received`] until it breaks.
#[derive(Debug)]
pub struct Tunnel<'a> {
    proxy: &'a Proxy,
    answer: Vec<u8>,
}

impl<'a> Tunnel<'a> {
    /// Asks `proxy`.
    pub fn through(proxy: &'a Proxy) -> Self {
        Self { proxy, answer: Vec::new() }
    }

    /// What the proxy is sent for a connection to the host and port of `uri`: nothing else of it, and
    /// the proxy's credentials.
    pub fn request(&self, uri: &Uri) -> Zeroizing<Vec<u8>> {
        let default = if uri.scheme_str() == Some("https") { 443 } else { 80 };
        let target =
            format!("{}:{}", uri.host().unwrap_or_default(), uri.port_u16().unwrap_or(default));
        let authorization = self.proxy.authorization().map_or_else(Zeroizing::default, |value| {
            Zeroizing::new(format!("Proxy-Authorization: {value}\r\n"))
        });
        let request =
            format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n{}\r\n", *authorization);
        Zeroizing::new(request.into_bytes())
    }

    /// Takes what was read; breaks when the connection is there. Nothing read, which is the
    /// connection's end, is an error.
    ///
    /// # Errors
    ///
    /// [`ProxyError`] when there will be no connection.
    pub fn received(&mut self, bytes: &[u8]) -> Result<ControlFlow<()>, ProxyError> {
        if bytes.is_empty() {
            return Err(self.error(ProxyErrorKind::Closed));
        }
        self.answer.extend_from_slice(bytes);
        // Within a long line there is nothing to be learned, however small the pieces it comes in.
        if self.answer.len() > LINE && self.answer.len() < MAX_HEAD && !bytes.contains(&b'\n') {
            return Ok(ControlFlow::Continue(()));
        }
        loop {
            let mut fields = [httparse::EMPTY_HEADER; MAX_FIELDS];
            let mut head = httparse::Response::new(&mut fields);
            let length = match head.parse(&self.answer) {
                Ok(httparse::Status::Complete(length)) => length,
                Ok(httparse::Status::Partial) if self.answer.len() < MAX_HEAD => {
                    return Ok(ControlFlow::Continue(()));
                }
                _ => return Err(self.error(ProxyErrorKind::Unreadable)),
            };
            match head.code.unwrap_or_default() {
                // What follows is the target's, which does not speak first.
                200..300 if length == self.answer.len() => return Ok(ControlFlow::Break(())),
                200..300 => return Err(self.error(ProxyErrorKind::Unreadable)),
                // Interim.
                100 | 102..200 => self.answer.drain(..length),
                status => return Err(self.error(ProxyErrorKind::Refused(status))),
            };
            if self.answer.is_empty() {
                return Ok(ControlFlow::Continue(()));
            }
        }
    }

    fn error(&self, kind: ProxyErrorKind) -> ProxyError {
        ProxyError::new(self.proxy, kind)
    }
}

/// Why there is no connection through a proxy: nothing of the request was sent.
#[derive(Debug)]
pub struct ProxyError(Box<Inner>);

#[derive(Debug)]
struct Inner {
    /// Without credentials.
    proxy: String,
    kind: ProxyErrorKind,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl ProxyError {
    fn new(proxy: &Proxy, kind: ProxyErrorKind) -> Self {
        Self(Box::new(Inner { proxy: proxy.to_string(), kind, source: None }))
    }

    /// There is no connection to `proxy` itself.
    pub fn unreachable(proxy: &Proxy, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::new(proxy, ProxyErrorKind::Unreachable).with_source(source)
    }

    /// The connection to `proxy` broke before it answered.
    pub fn closed(proxy: &Proxy, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::new(proxy, ProxyErrorKind::Closed).with_source(source)
    }

    fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// What it was.
    pub fn kind(&self) -> ProxyErrorKind {
        self.0.kind
    }
}

impl fmt::Display for ProxyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let proxy = &self.0.proxy;
        match self.0.kind {
            ProxyErrorKind::Closed => write!(f, "proxy {proxy} hung up before it answered"),
            ProxyErrorKind::Refused(407) => {
                write!(f, "proxy {proxy} wants other credentials (HTTP 407)")
            }
            ProxyErrorKind::Refused(status) => {
                write!(f, "proxy {proxy} refused to connect (HTTP {status})")
            }
            ProxyErrorKind::Unreachable => write!(f, "proxy {proxy} cannot be reached"),
            ProxyErrorKind::Unreadable => write!(f, "proxy {proxy} did not answer as a proxy does"),
        }
    }
}

impl StdError for ProxyError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_ref().map(|source| &**source as _)
    }
}

/// How a proxy failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProxyErrorKind {
    /// Its connection ended or broke before its answer was whole.
    Closed,
    /// It answered with this status.
    Refused(u16),
    /// There was no connection to it.
    Unreachable,
    /// It answered with what is not HTTP, with a head of over 64 KiB or 128 fields, or went on where
    /// only the target may speak.
    Unreadable,
}

/// The most that a head may take.
const MAX_HEAD: usize = 64 * 1024;

const MAX_FIELDS: usize = 128;

/// What is no HTTP shows within so many bytes.
const LINE: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    use ProxyErrorKind::{Closed, Refused, Unreadable};

    /// What comes of an answer that arrives in pieces of `size`, and then the end.
    fn outcome(answer: &[u8], size: usize) -> Result<(), ProxyErrorKind> {
        let proxy = Proxy::parse("http://user:hunter2@proxy:3128").unwrap();
        let mut tunnel = Tunnel::through(&proxy);
        for piece in answer.chunks(size).chain([&b""[..]]) {
            match tunnel.received(piece) {
                Ok(ControlFlow::Continue(())) => {}
                Ok(ControlFlow::Break(())) => return Ok(()),
                Err(error) => {
                    assert!(!format!("{error} {error:?} {tunnel:?}").contains("hunter2"));
                    return Err(error.kind());
                }
            }
        }
        panic!("the end is no answer");
    }

    #[test]
    fn only_host_port_and_credentials_are_sent() {
        for (proxy, uri, request) in [
            (
                "proxy:3128",
                "https://kendra.eu-west-1.amazonaws.com/secret?path",
                "CONNECT kendra.eu-west-1.amazonaws.com:443 HTTP/1.1\r\n\
                 Host: kendra.eu-west-1.amazonaws.com:443\r\n\r\n",
            ),
            (
                "http://user:pass@proxy:3128",
                "http://[::1]/",
                "CONNECT [::1]:80 HTTP/1.1\r\nHost: [::1]:80\r\n\
                 Proxy-Authorization: Basic dXNlcjpwYXNz\r\n\r\n",
            ),
            (
                "proxy:3128",
                "http://localhost:8443/",
                "CONNECT localhost:8443 HTTP/1.1\r\nHost: localhost:8443\r\n\r\n",
            ),
        ] {
            let proxy = Proxy::parse(proxy).unwrap();
            let sent = Tunnel::through(&proxy).request(&uri.parse().unwrap());
            assert_eq!(std::str::from_utf8(&sent), Ok(request));
        }
    }

    #[test]
    fn an_answer_opens_the_tunnel_or_says_why_not() {
        let long = format!("HTTP/1.1 200 OK\r\nX: {}", "y".repeat(70_000));
        let many = format!("HTTP/1.1 200 OK\r\n{}\r\n", "X: y\r\n".repeat(200));
        let interim = "HTTP/1.1 100 Continue\r\n\r\n".repeat(3) + "HTTP/1.1 200 OK\r\n\r\n";
        for (answer, expected) in [
            ("HTTP/1.1 200 Connection established\r\n\r\n", Ok(())),
            ("HTTP/1.0 200\r\nVia: x\r\nContent-Length: 0\r\n\r\n", Ok(())),
            ("HTTP/1.1 204 No Content\r\n\r\n", Ok(())),
            (&interim, Ok(())),
            ("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", Err(Refused(407))),
            ("HTTP/1.1 403 hunter2\r\nContent-Length: 2\r\n\r\nno", Err(Refused(403))),
            ("HTTP/1.1 302 Found\r\nLocation: /login\r\n\r\n", Err(Refused(302))),
            ("HTTP/1.1 101 Switching Protocols\r\n\r\n", Err(Refused(101))),
            ("HTTP/1.1 502 Bad Gateway\r\n\r\n", Err(Refused(502))),
            ("", Err(Closed)),
            ("HTTP/1.1 200 OK\r\n", Err(Closed)),
            ("SSH-2.0-OpenSSH_9.2\r\n", Err(Unreadable)),
            ("\u{15}\u{3}\u{1}", Err(Unreadable)),
            ("<html>", Err(Unreadable)),
            (&long, Err(Unreadable)),
            (&many, Err(Unreadable)),
        ] {
            for size in [1, 7, usize::MAX] {
                let name = &answer[..answer.len().min(40)];
                assert_eq!(outcome(answer.as_bytes(), size), expected, "{name} by {size}");
            }
        }
        let eager = b"HTTP/1.1 200 OK\r\n\r\nSSH-2.0";
        assert_eq!(outcome(eager, usize::MAX), Err(Unreadable));
    }

    proptest::proptest! {
        #[test]
        fn any_answer_is_taken_or_refused(answer: Vec<u8>, size in 1_usize..50) {
            let _ = outcome(&answer, size);
        }
    }
}
