//! What happened on a connection.

use std::borrow::Cow;
use std::time::Duration;

use super::hello::Hello;

/// A connection, both ways.
#[derive(Clone, Debug, Default)]
pub(crate) struct Record {
    /// Since the case began.
    pub(crate) accepted: Duration,
    pub(crate) events: Vec<Event>,
}

#[derive(Clone, Debug)]
pub(crate) struct Event {
    /// Since the case began.
    pub(crate) at: Duration,
    pub(crate) what: What,
}

#[derive(Clone, Debug)]
pub(crate) enum What {
    Received(Vec<u8>),
    Sent(Vec<u8>),
    /// What TLS itself said, not what was said in it.
    Tls(Vec<u8>),
    /// TLS is there.
    Secured,
    /// A flood is over after so many bytes.
    Flooded(usize),
    Note(Cow<'static, str>),
    /// The server ends its side; how.
    Closes(&'static str),
    /// The server resets it.
    Reset,
    /// The client ends it; how.
    Left(&'static str),
}

impl Record {
    /// Everything that the client sent.
    pub(crate) fn received(&self) -> Vec<u8> {
        self.bytes(|what| match what {
            What::Received(bytes) => bytes,
            _ => &[],
        })
    }

    /// Everything that the server sent.
    pub(crate) fn sent(&self) -> Vec<u8> {
        self.bytes(|what| match what {
            What::Sent(bytes) => bytes,
            _ => &[],
        })
    }

    fn bytes(&self, of: impl Fn(&What) -> &[u8]) -> Vec<u8> {
        let parts: Vec<&[u8]> = self.events.iter().map(|event| of(&event.what)).collect();
        parts.concat()
    }

    /// How many bytes the client sent.
    pub(crate) fn bytes_received(&self) -> usize {
        let lengths = self.events.iter().map(|event| match &event.what {
            What::Received(bytes) => bytes.len(),
            _ => 0,
        });
        lengths.sum()
    }

    /// How the client began TLS, if it did.
    pub(crate) fn hello(&self) -> Option<Hello> {
        Hello::parse(&self.bytes(|what| match what {
            What::Tls(bytes) => bytes,
            _ => &[],
        }))
    }

    /// Whether the TLS handshake was made.
    pub(crate) fn secured(&self) -> bool {
        self.events.iter().any(|event| matches!(event.what, What::Secured))
    }

    /// How many bytes of a flood the client let come.
    pub(crate) fn flooded(&self) -> Option<usize> {
        self.events.iter().find_map(|event| match event.what {
            What::Flooded(bytes) => Some(bytes),
            _ => None,
        })
    }

    /// Whether the client has closed, or the server has reset it.
    pub(crate) fn ended(&self) -> bool {
        self.events.iter().any(|event| matches!(event.what, What::Left(_) | What::Reset))
    }

    /// Whether the client has closed.
    pub(crate) fn left(&self) -> bool {
        self.events.iter().any(|event| matches!(event.what, What::Left(_)))
    }

    /// Whether the server has closed or reset it.
    pub(crate) fn closed(&self) -> bool {
        self.events.iter().any(|event| matches!(event.what, What::Closes(_) | What::Reset))
    }

    /// The requests in it, the last perhaps incomplete.
    pub(crate) fn requests(&self) -> Vec<Request> {
        let received = self.received();
        let mut rest = received.as_slice();
        let mut requests = Vec::new();
        while !rest.is_empty() {
            let (request, used) = Request::parse(rest);
            requests.push(request);
            rest = rest.get(used..).unwrap_or_default();
        }
        requests
    }
}

/// A request as it came over the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Request {
    pub(crate) line: Vec<u8>,
    pub(crate) headers: Vec<(Vec<u8>, Vec<u8>)>,
    pub(crate) body: Vec<u8>,
    /// Whether head and body are all there.
    pub(crate) complete: bool,
}

impl Request {
    /// Reads one request; gives how many bytes belong to it.
    pub(crate) fn parse(bytes: &[u8]) -> (Self, usize) {
        let Some(end) = find(bytes, b"\r\n\r\n") else {
            let request = Self {
                line: bytes.to_vec(),
                headers: Vec::new(),
                body: Vec::new(),
                complete: false,
            };
            return (request, bytes.len());
        };
        let (head, body) = bytes.split_at(end + 4);
        let mut lines = split(&head[..end]);
        let line = lines.next().unwrap_or_default().to_vec();
        let headers: Vec<(Vec<u8>, Vec<u8>)> = lines
            .map(|line| {
                let colon = line.iter().position(|&b| b == b':').unwrap_or(line.len());
                let (name, value) = line.split_at(colon);
                (name.to_vec(), value.get(1..).unwrap_or_default().trim_ascii().to_vec())
            })
            .collect();
        let mut request = Self { line, headers, body: Vec::new(), complete: true };
        let length = match (request.value("transfer-encoding"), request.value("content-length")) {
            (Some(_), _) => find(body, b"0\r\n\r\n").map(|end| end + 5),
            (None, Some(length)) => std::str::from_utf8(length).ok().and_then(|l| l.parse().ok()),
            (None, None) => Some(0),
        };
        let length = length.unwrap_or(usize::MAX);
        request.complete = body.len() >= length;
        request.body = body[..length.min(body.len())].to_vec();
        let used = head.len() + request.body.len();
        (request, used)
    }

    /// The values of all fields with this name, in order.
    pub(crate) fn values(&self, name: &str) -> Vec<&[u8]> {
        let named = self.headers.iter().filter(|(n, _)| n.eq_ignore_ascii_case(name.as_bytes()));
        named.map(|(_, value)| value.as_slice()).collect()
    }

    /// The first value of a field.
    pub(crate) fn value(&self, name: &str) -> Option<&[u8]> {
        self.values(name).first().copied()
    }

    /// The target of the request line.
    pub(crate) fn target(&self) -> &[u8] {
        self.line.split(|&b| b == b' ').nth(1).unwrap_or_default()
    }
}

fn find(bytes: &[u8], pattern: &[u8]) -> Option<usize> {
    bytes.windows(pattern.len()).position(|window| window == pattern)
}

fn split(head: &[u8]) -> impl Iterator<Item = &[u8]> {
    head.split(|&b| b == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_taken_apart_as_they_came() {
        let bytes = b"POST /a?b HTTP/1.1\r\nHost: h\r\nX:  a  b \r\nX:\r\nContent-Length: 2\r\n\r\nhiGET / HTTP/1.1\r\n\r\nPO";
        let (request, used) = Request::parse(bytes);
        assert_eq!((request.target(), request.body.as_slice()), (&b"/a?b"[..], &b"hi"[..]));
        assert_eq!(request.values("x"), [&b"a  b"[..], b""]);
        assert!(request.complete);
        let (second, more) = Request::parse(&bytes[used..]);
        assert_eq!((second.line.as_slice(), second.complete), (&b"GET / HTTP/1.1"[..], true));
        let (third, _) = Request::parse(&bytes[used + more..]);
        assert!(!third.complete);
        let (cut, _) = Request::parse(b"POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nab");
        assert_eq!((cut.complete, cut.body.as_slice()), (false, &b"ab"[..]));
        let (chunked, _) = Request::parse(
            b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n",
        );
        assert!(chunked.complete);
    }
}

#[cfg(test)]
mod queries;
