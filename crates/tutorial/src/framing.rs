//! The answer: where its head and its body end.

use std::error::Error;
use std::io::{self, Read};
use std::ops::ControlFlow;

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, HeaderName, TRANSFER_ENCODING};
use http::{Response, StatusCode, Version};
use httparse::Status;
use kendra_sync_core::TransportErrorKind::{Interrupted, InvalidResponse, Timeout};
use kendra_sync_core::transport::{BodyLimit, MAX_HEAD};
use kendra_sync_core::{Delivery, TransportError};

/// Reads the final answer, whole or up to the limit for bodies.
pub(crate) fn read(input: impl Read) -> Result<Response<Bytes>, TransportError> {
    let mut wire = Wire { input, unread: Vec::new() };
    loop {
        let head = wire.parsed(head)?;
        let status = head.status();
        // Nothing follows a 101 that was not asked for.
        if !status.is_informational() || status == StatusCode::SWITCHING_PROTOCOLS {
            let body = wire.body(&head)?;
            return Ok(head.map(|()| body));
        }
    }
}

/// What a parser makes of the bytes so far: how many it took, and what they mean; `None` if it needs more.
type Parsed<T> = Result<Option<(usize, T)>, TransportError>;

struct Wire<R> {
    input: R,
    unread: Vec<u8>,
}

impl<R: Read> Wire<R> {
    /// Reads on; `false` at the connection's end.
    fn more(&mut self) -> Result<bool, TransportError> {
        let mut chunk = [0; 8 * 1024];
        let length = self.input.read(&mut chunk).map_err(failed)?;
        self.unread.extend_from_slice(chunk.get(..length).unwrap_or_default());
        Ok(length > 0)
    }

    fn must_have_more(&mut self) -> Result<(), TransportError> {
        if self.more()? { Ok(()) } else { Err(failed(io::ErrorKind::UnexpectedEof.into())) }
    }

    /// What `parse` finds, once there is enough of it.
    fn parsed<T>(&mut self, parse: impl Fn(&[u8]) -> Parsed<T>) -> Result<T, TransportError> {
        loop {
            let parsed = parse(&self.unread)?;
            let length = parsed.as_ref().map_or(self.unread.len(), |(length, _)| *length);
            if length > MAX_HEAD {
                return Err(invalid("over the limit of 64 KiB"));
            }
            if let Some((_, parsed)) = parsed {
                self.unread.drain(..length);
                return Ok(parsed);
            }
            self.must_have_more()?;
        }
    }

    fn body(&mut self, head: &Response<()>) -> Result<Bytes, TransportError> {
        let mut taken = BodyLimit::new();
        match Framing::of(head)? {
            Framing::Chunked => loop {
                let size = self.parsed(chunk_size)?;
                if size == 0 {
                    self.parsed(trailers)?;
                    break;
                }
                if self.take(size, &mut taken)?.is_break() {
                    break;
                }
                self.parsed(line_end)?;
            },
            Framing::Length(length) => {
                let _ = self.take(length, &mut taken)?;
            }
            Framing::UntilClose => {
                while taken.take(&self.unread).is_continue() {
                    self.unread.clear();
                    if !self.more()? {
                        break;
                    }
                }
            }
        }
        Ok(taken.into_bytes())
    }

    /// The next `left` bytes of a body. `Break` if that is more than is taken.
    fn take(
        &mut self,
        mut left: u64,
        taken: &mut BodyLimit,
    ) -> Result<ControlFlow<()>, TransportError> {
        while left > 0 {
            if self.unread.is_empty() {
                self.must_have_more()?;
            }
            let length = usize::try_from(left).unwrap_or(usize::MAX).min(self.unread.len());
            if taken.take(self.unread.get(..length).unwrap_or_default()).is_break() {
                return Ok(ControlFlow::Break(()));
            }
            self.unread.drain(..length);
            left -= length as u64;
        }
        Ok(ControlFlow::Continue(()))
    }
}

/// Where a body ends: RFC 9112 section 6.3.
enum Framing {
    Chunked,
    Length(u64),
    UntilClose,
}

impl Framing {
    fn of(head: &Response<()>) -> Result<Self, TransportError> {
        let status = head.status();
        let without = [StatusCode::NO_CONTENT, StatusCode::NOT_MODIFIED].contains(&status);
        if without || status.is_informational() {
            return Ok(Self::Length(0));
        }
        let (codings, lengths) = (list(head, TRANSFER_ENCODING), list(head, CONTENT_LENGTH));
        if codings.is_empty() && lengths.is_empty() {
            return Ok(Self::UntilClose);
        }
        if codings == ["chunked"] && lengths.is_empty() && head.version() == Version::HTTP_11 {
            return Ok(Self::Chunked);
        }
        // Several lengths may only say the same; both a coding and a length are a trap.
        let number = lengths.first().filter(|l| l.bytes().all(|b| b.is_ascii_digit()));
        let number = number.filter(|first| lengths.iter().all(|length| length == *first));
        match number.and_then(|number| number.parse().ok()) {
            Some(length) if codings.is_empty() => Ok(Self::Length(length)),
            _ => Err(invalid("nobody can tell where the body ends")),
        }
    }
}

/// The values of a field as one list, in lower case.
fn list(head: &Response<()>, name: HeaderName) -> Vec<String> {
    let values = head.headers().get_all(name).into_iter();
    let values = values.map(|value| String::from_utf8_lossy(value.as_bytes()).to_lowercase());
    values.flat_map(|v| v.split(',').map(|i| i.trim().to_owned()).collect::<Vec<_>>()).collect()
}

fn head(bytes: &[u8]) -> Parsed<Response<()>> {
    let mut fields = [httparse::EMPTY_HEADER; 512];
    let mut head = httparse::Response::new(&mut fields);
    let Status::Complete(length) = head.parse(bytes).map_err(invalid)? else { return Ok(None) };
    let version = if head.version == Some(0) { Version::HTTP_10 } else { Version::HTTP_11 };
    let mut response = Response::builder().status(head.code.unwrap_or_default()).version(version);
    for field in head.headers.iter() {
        response = response.header(field.name, field.value);
    }
    Ok(Some((length, response.body(()).map_err(invalid)?)))
}

fn chunk_size(bytes: &[u8]) -> Parsed<u64> {
    // httparse takes no digits at all for zero.
    if bytes.first().is_some_and(|digit| !digit.is_ascii_hexdigit()) {
        return Err(invalid("no chunk size"));
    }
    match httparse::parse_chunk_size(bytes) {
        Ok(Status::Complete(parsed)) => Ok(Some(parsed)),
        Ok(Status::Partial) => Ok(None),
        Err(_) => Err(invalid("no chunk size")),
    }
}

fn line_end(bytes: &[u8]) -> Parsed<()> {
    match bytes {
        [b'\r', b'\n', ..] => Ok(Some((2, ()))),
        [] | [b'\r'] => Ok(None),
        _ => Err(invalid("a chunk that does not end")),
    }
}

/// Checked, and dropped: they are no part of the answer.
fn trailers(bytes: &[u8]) -> Parsed<()> {
    let mut fields = [httparse::EMPTY_HEADER; 512];
    match httparse::parse_headers(bytes, &mut fields).map_err(invalid)? {
        Status::Complete((length, _)) => Ok(Some((length, ()))),
        Status::Partial => Ok(None),
    }
}

/// The connection broke; the request had been written by then.
fn failed(error: io::Error) -> TransportError {
    let kind = match error.kind() {
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => Timeout,
        _ => Interrupted,
    };
    TransportError::new(kind, Delivery::MaybeSent).with_source(error)
}

/// What came is no answer.
fn invalid(reason: impl Into<Box<dyn Error + Send + Sync>>) -> TransportError {
    TransportError::new(InvalidResponse, Delivery::MaybeSent).with_source(reason)
}
