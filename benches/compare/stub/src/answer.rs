//! Where a request ends, and what it is answered.

use std::time::{Duration, Instant, SystemTime};

/// What a connection has sent and not been answered for.
#[derive(Default)]
pub(crate) struct Unanswered(Vec<u8>);

impl Unanswered {
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    /// Takes a whole request away, if there is one. Bodies have a `Content-Length`.
    pub(crate) fn take(&mut self) -> bool {
        let Some(head) = self.0.windows(4).position(|bytes| bytes == b"\r\n\r\n") else {
            return false;
        };
        let end = head + 4 + self.0.get(..head).map_or(0, content_length);
        if self.0.len() < end {
            return false;
        }
        self.0.drain(..end);
        true
    }
}

fn content_length(head: &[u8]) -> usize {
    let name = b"content-length:";
    let lines = head.split(|byte| *byte == b'\n');
    let mut values = lines.filter_map(|line| {
        let (start, value) = line.split_at_checked(name.len())?;
        start.eq_ignore_ascii_case(name).then_some(value)
    });
    let value = values.next().and_then(|value| std::str::from_utf8(value).ok());
    value.and_then(|value| value.trim().parse().ok()).unwrap_or(0)
}

/// An answer as Kendra's are, with the date of about now.
pub(crate) struct Answer {
    bytes: Vec<u8>,
    made: Instant,
}

impl Answer {
    pub(crate) fn new() -> Self {
        Self { bytes: dated(), made: Instant::now() }
    }

    pub(crate) fn bytes(&mut self) -> &[u8] {
        if self.made.elapsed() > Duration::from_secs(1) {
            *self = Self::new();
        }
        &self.bytes
    }
}

fn dated() -> Vec<u8> {
    let date = httpdate::fmt_http_date(SystemTime::now());
    format!(
        "HTTP/1.1 200 OK\r\nx-amzn-RequestId: 52dbb64c-5fd8-4306-9605-39f9a58abf56\r\n\
         Content-Type: application/x-amz-json-1.1\r\nDate: {date}\r\nContent-Length: 2\r\n\r\n{{}}"
    )
    .into_bytes()
}
