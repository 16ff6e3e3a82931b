//! The outermost transport: sees the request's first byte, sends its head and body together, skips interim
//! answers, and tells a cut from an end.

use std::io;
use std::time::Instant;

use kendra_sync_core::transport::{MAX_BODY, MAX_HEAD};
use ureq::unversioned::transport::time::Duration;
use ureq::unversioned::transport::{Buffers, NextTimeout, Transport};

use crate::{exchange, failure};

#[derive(Debug)]
pub(crate) struct Watched {
    inner: Box<dyn Transport>,
    /// The answer to the last request has not begun: what comes may be interim.
    before_answer: bool,
    /// A request's head, until its body is there: as one, they are one packet and one call of the system.
    head: Vec<u8>,
}

impl Watched {
    pub(crate) fn new(inner: Box<dyn Transport>) -> Self {
        Self { inner, before_answer: false, head: Vec::new() }
    }

    /// Sends so much of what stands in the buffer, behind the head that was held back.
    fn send(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), ureq::Error> {
        if amount + self.head.len() > 0 && !exchange::sending() {
            let reason = "nobody waits for the answer any more";
            return Err(io::Error::other(reason).into());
        }
        let held = self.head.len();
        let output = self.inner.buffers().output();
        // A head is held back only if it leaves room for as much again, and a body can take up more.
        let more = amount.min(output.len().saturating_sub(held));
        let rest = output.get(more..amount).unwrap_or_default().to_vec();
        output.copy_within(..more, held);
        if let Some(place) = output.get_mut(..held) {
            place.copy_from_slice(&self.head);
        }
        self.head.clear();
        self.inner.transmit_output(held + more, timeout)?;
        if rest.is_empty() {
            return Ok(());
        }
        if let Some(place) = self.inner.buffers().output().get_mut(..rest.len()) {
            place.copy_from_slice(&rest);
        }
        self.inner.transmit_output(rest.len(), timeout)
    }

    /// Drops whole interim answers at the start of what has come.
    fn skip_interim(&mut self) {
        while self.before_answer {
            match begins_with(self.inner.buffers().input()) {
                Start::Interim(length) => self.inner.buffers().input_consume(length),
                Start::Unclear => return,
                Start::Answer => self.before_answer = false,
            }
        }
    }
}

impl Transport for Watched {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.inner.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), ureq::Error> {
        let begins = !std::mem::replace(&mut self.before_answer, true);
        let output = self.inner.buffers().output();
        if begins && amount <= output.len() / 2 {
            self.head.extend_from_slice(output.get(..amount).unwrap_or_default());
            return Ok(());
        }
        self.send(amount, timeout)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, ureq::Error> {
        let began = Instant::now();
        if !self.head.is_empty() {
            self.send(0, timeout)?;
        }
        loop {
            let before = self.inner.buffers().input().len();
            let more = self.inner.await_input(left(timeout, began)?).map_err(cut)?;
            let come = self.inner.buffers().input().len().saturating_sub(before);
            if exchange::received(come) > MAX_RECEIVED {
                let error = failure::of_head("more comes than the largest answer takes");
                return Err(ureq::Error::Other(error.into()));
            }
            if !more && exchange::body_delimited() {
                let cut = "the connection ended before the body did";
                return Err(io::Error::other(cut).into());
            }
            self.skip_interim();
            // After an interim answer nothing may be left to look at.
            if !more || !self.inner.buffers().input().is_empty() {
                return Ok(more);
            }
        }
    }

    fn is_open(&mut self) -> bool {
        self.inner.is_open()
    }

    fn is_tls(&self) -> bool {
        self.inner.is_tls()
    }
}

/// What is left of `timeout` since `began`.
fn left(timeout: NextTimeout, began: Instant) -> Result<NextTimeout, ureq::Error> {
    let Duration::Exact(limit) = timeout.after else { return Ok(timeout) };
    match limit.saturating_sub(began.elapsed()) {
        left if left.is_zero() => Err(ureq::Error::Timeout(timeout.reason)),
        left => Ok(NextTimeout { after: Duration::Exact(left), ..timeout }),
    }
}

/// What ureq 3.5 takes for the end of a body that only the connection's end delimits: also a reset,
/// and TLS without close_notify, after which more may have been to come. Under another kind it is
/// what it is, an error. A body that is complete by its length is not read further, so it never
/// comes here.
fn cut(error: ureq::Error) -> ureq::Error {
    use io::ErrorKind::{ConnectionAborted, ConnectionReset, UnexpectedEof};
    match error {
        ureq::Error::Io(error)
            if matches!(error.kind(), UnexpectedEof | ConnectionAborted | ConnectionReset) =>
        {
            ureq::Error::Io(io::Error::other(error))
        }
        error => error,
    }
}

/// What some bytes are the start of.
#[derive(Debug, PartialEq, Eq)]
enum Start {
    /// A final answer, or what is none at all.
    Answer,
    /// A whole interim answer of this length.
    Interim(usize),
    /// Too little to tell, or an interim answer that is not whole.
    Unclear,
}

/// Interim are 100 to 199 but for 101, after which another protocol would follow (RFC 9110 section 15.2).
fn begins_with(bytes: &[u8]) -> Start {
    let status = match bytes {
        [b'H', b'T', b'T', b'P', b'/', b'1', b'.', b'0' | b'1', b' ', status @ ..] => status,
        _ if b"HTTP/1.1 ".starts_with(bytes) || b"HTTP/1.0 ".starts_with(bytes) => {
            return Start::Unclear;
        }
        _ => return Start::Answer,
    };
    match status {
        [b'1', tens, ones, ..] if tens.is_ascii_digit() && ones.is_ascii_digit() => {
            if (*tens, *ones) == (b'0', b'1') {
                return Start::Answer;
            }
            let end = bytes.windows(4).position(|window| window == b"\r\n\r\n");
            end.map_or(Start::Unclear, |end| Start::Interim(end + 4))
        }
        [] | [b'1'] | [b'1', b'0'..=b'9'] => Start::Unclear,
        _ => Start::Answer,
    }
}

/// A body up to its limit in chunks of one byte, each of which takes six, and a head. ureq itself has no
/// bound for what it drops: interim answers, trailers, the extensions of chunks.
const MAX_RECEIVED: usize = 6 * (MAX_BODY + 1) + 4 * MAX_HEAD;

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use http::Request;
    use ureq::Agent;
    use ureq::unversioned::transport::{ConnectionDetails, Connector, LazyBuffers};

    use super::*;
    use crate::lookup::Unresolved;

    /// Each write that reaches the connection.
    type Writes = Arc<Mutex<Vec<Vec<u8>>>>;

    /// A connection that keeps what is written, and answers whenever it is read from.
    #[derive(Debug)]
    struct Written {
        buffers: LazyBuffers,
        writes: Writes,
    }

    impl Transport for Written {
        fn buffers(&mut self) -> &mut dyn Buffers {
            &mut self.buffers
        }

        fn transmit_output(&mut self, amount: usize, _: NextTimeout) -> Result<(), ureq::Error> {
            let written = self.buffers.output()[..amount].to_vec();
            self.writes.lock().unwrap().push(written);
            Ok(())
        }

        fn await_input(&mut self, _: NextTimeout) -> Result<bool, ureq::Error> {
            let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
            self.buffers.input_append_buf()[..answer.len()].copy_from_slice(answer);
            self.buffers.input_appended(answer.len());
            Ok(true)
        }

        fn is_open(&mut self) -> bool {
            true
        }
    }

    #[derive(Debug, Default)]
    struct ToWritten(Writes);

    impl Connector for ToWritten {
        type Out = Watched;

        fn connect(
            &self,
            _: &ConnectionDetails<'_>,
            _: Option<()>,
        ) -> Result<Option<Watched>, ureq::Error> {
            let buffers = LazyBuffers::new(128 * 1024, 128 * 1024);
            let written = Written { buffers, writes: Arc::clone(&self.0) };
            Ok(Some(Watched::new(Box::new(written))))
        }
    }

    #[test]
    fn head_and_body_are_one_write() {
        let connector = ToWritten::default();
        let writes = Arc::clone(&connector.0);
        let agent = Agent::with_parts(Agent::config_builder().build(), connector, Unresolved);
        for body in ["{}".to_owned(), "x".repeat(2000)] {
            // Over a new connection, and over one that is kept.
            for _ in 0..2 {
                let request = Request::post("http://127.0.0.1/").body(body.as_str()).unwrap();
                assert_eq!(agent.run(request).unwrap().status(), 200);
                let written = std::mem::take(&mut *writes.lock().unwrap());
                let texts =
                    Vec::from_iter(written.iter().map(|write| write.escape_ascii().to_string()));
                assert_eq!(texts.len(), 1, "{texts:?}");
                assert!(written[0].starts_with(b"POST / HTTP/1.1\r\n"), "{texts:?}");
                assert!(written[0].ends_with(format!("\r\n\r\n{body}").as_bytes()), "{texts:?}");
            }
        }
    }

    #[test]
    fn only_whole_interim_answers_are_skipped() {
        for (bytes, start) in [
            (&b"HTTP/1.1 100 Continue\r\nX: y\r\n\r\nHTTP/1.1 200 OK"[..], Start::Interim(31)),
            (b"HTTP/1.1 199\r\n\r\n", Start::Interim(16)),
            (b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n", Start::Unclear),
            (b"HTTP/1.1 1", Start::Unclear),
            (b"HTTP/1.1 ", Start::Unclear),
            (b"HT", Start::Unclear),
            (b"", Start::Unclear),
            (b"HTTP/1.1 101 Switching Protocols\r\n\r\n", Start::Answer),
            (b"HTTP/1.1 200 OK\r\n\r\n", Start::Answer),
            (b"HTTP/1.1 1x0 \r\n\r\n", Start::Answer),
            (b"HTTP/2 100\r\n\r\n", Start::Answer),
            (b"SSH-2.0", Start::Answer),
        ] {
            assert_eq!(begins_with(bytes), start, "{}", bytes.escape_ascii());
        }
    }
}
