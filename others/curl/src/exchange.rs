//! What libcurl asks for and what it tells, during one exchange.

use bytes::{Buf, Bytes};
use curl::easy::{Handler, ReadError, WriteError};
use http::header::CONTENT_LENGTH;
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use kendra_sync_core::transport::{BodyLimit, MAX_HEAD, check_answer};
use kendra_sync_core::{Delivery, TransportError};

use crate::failure;

/// One request and its answer.
#[derive(Default)]
pub(crate) struct Exchange {
    request: Bytes,
    /// libcurl has a connection and asks for the body before it writes the head's first byte.
    asked: bool,
    head: Head,
    body: BodyLimit,
    count: u64,
    over: bool,
}

#[derive(Default)]
struct Head {
    status: Option<StatusCode>,
    fields: HeaderMap,
    size: usize,
    /// What follows are trailers.
    whole: bool,
    /// How long the body must be.
    length: Option<u64>,
    refused: Option<TransportError>,
}

impl Exchange {
    pub(crate) fn of(request: Bytes) -> Self {
        // libcurl never asks for a body without a byte.
        Self { asked: request.is_empty(), request, ..Self::default() }
    }

    pub(crate) fn delivery(&self) -> Delivery {
        if self.asked { Delivery::MaybeSent } else { Delivery::NotSent }
    }

    /// What came of it, after libcurl has `ended`.
    pub(crate) fn outcome(
        self,
        ended: Result<(), TransportError>,
    ) -> Result<Response<Bytes>, TransportError> {
        if let Some(error) = self.head.refused {
            return Err(error);
        }
        // To end the transfer at the limit of the body is an error for libcurl, but not here.
        if !self.over {
            ended?;
        }
        let Some(status) = self.head.status.filter(|_| self.head.whole) else {
            // libcurl takes the connection's end for the end of the head.
            return Err(failure::of_cut("the connection ended before the head did"));
        };
        // It takes a length that is over its range for none.
        if self.head.length.is_some_and(|length| length != self.count) && !self.over {
            return Err(failure::of_cut("the body is not as long as it was to be"));
        }
        let mut response = Response::new(self.body.into_bytes());
        *response.status_mut() = status;
        *response.headers_mut() = self.head.fields;
        Ok(response)
    }
}

impl Handler for Exchange {
    fn read(&mut self, data: &mut [u8]) -> Result<usize, ReadError> {
        self.asked = true;
        let length = data.len().min(self.request.len());
        if let Some(room) = data.get_mut(..length) {
            self.request.copy_to_slice(room);
        }
        Ok(length)
    }

    fn header(&mut self, line: &[u8]) -> bool {
        self.head.take(line);
        self.head.refused.is_none()
    }

    fn write(&mut self, data: &[u8]) -> Result<usize, WriteError> {
        self.count += data.len() as u64;
        if self.body.take(data).is_break() {
            self.over = true;
            return Ok(0);
        }
        Ok(data.len())
    }
}

impl Head {
    fn take(&mut self, line: &[u8]) {
        if self.whole {
            return;
        }
        self.size += line.len();
        if self.size > MAX_HEAD {
            self.refused = Some(failure::of_head("the head is over the limit of 64 KiB"));
            return;
        }
        let line = line.trim_ascii_end();
        if line.is_empty() {
            let status = self.status.unwrap_or_default();
            if status == StatusCode::SWITCHING_PROTOCOLS {
                // libcurl would wait for another answer.
                self.refused = Some(failure::of_head("the server switches protocols unasked"));
                return;
            }
            if status.is_informational() {
                // That was an interim answer, the head proper follows.
                *self = Self::default();
                return;
            }
            self.whole = true;
            self.length = match self.fields.get(CONTENT_LENGTH) {
                _ if matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED) => None,
                Some(length) => length.to_str().ok().and_then(length_of),
                None => None,
            };
            if self.length.is_none()
                && self.fields.contains_key(CONTENT_LENGTH)
                && !matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED)
            {
                self.refused = Some(failure::of_head("the length of the body is no number"));
            }
            if let Err(error) = check_answer(&self.fields) {
                self.refused = Some(error);
            }
        } else if self.status.is_none() {
            let code = line.split(|byte| *byte == b' ').find(|part| !part.starts_with(b"HTTP/"));
            // libcurl takes HTTP/2 and HTTP/3 as well, where a head begins so.
            let code = code.filter(|_| line.starts_with(b"HTTP/1."));
            self.status = code.and_then(|code| StatusCode::from_bytes(code).ok());
            if self.status.is_none() {
                self.refused = Some(failure::of_head("the status is no status"));
            }
        } else if let Some(colon) = line.iter().position(|byte| *byte == b':') {
            let (name, value) = line.split_at(colon);
            let name = HeaderName::from_bytes(name);
            let value = HeaderValue::from_bytes(value.get(1..).unwrap_or_default().trim_ascii());
            match (name, value) {
                (Ok(name), Ok(value)) => drop(self.fields.append(name, value)),
                _ => self.refused = Some(failure::of_head("a field of the head is none")),
            }
        }
    }
}

/// A length, which may stand there more than once.
fn length_of(value: &str) -> Option<u64> {
    let mut lengths = value.split(',').map(str::trim);
    let first = lengths.next()?;
    lengths.all(|length| length == first).then(|| first.parse().ok())?
}
