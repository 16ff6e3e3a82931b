//! The servers of the suite, and what they see.

use std::net::SocketAddr;
use std::time::Duration;

pub(crate) use self::gates::Gates;
pub(crate) use self::mock::{Mock, Turns};
pub(crate) use self::raw::{RawServer, Setting};
pub(crate) use self::record::{Event, Record, Request, What};
pub(crate) use self::tls::{Certificate, root_der, root_pem};
pub(crate) use self::tripwire::Tripwire;

mod gates;
mod hello;
mod mock;
mod raw;
mod record;
mod script;
mod stream;
mod tls;
mod tripwire;

use crate::exchange::Outcome;

/// What a connection gets, step by step. After the last step it is held until the client closes.
pub(crate) type Connection = Vec<Step>;

/// One thing that a raw server does.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    /// Reads one whole request.
    Read,
    /// Reads what comes until this much is there, or a request's head if it is none.
    ReadPart(Option<usize>),
    /// Writes these bytes. `{authority}`, `{second}` and `{tripwire}` stand for addresses, `{authorization}`
    /// and `{token}` for what the last request on this connection had.
    Write(Vec<u8>),
    /// Writes a 200 whose body is that of the last request.
    Echo,
    /// Writes these bytes one at a time.
    Drip(Vec<u8>),
    /// Writes `piece` again and again, `pause` times the scale apart, until the client closes or so many
    /// bytes are written.
    Flood { piece: Vec<u8>, pause: Duration, most: usize },
    /// Waits, times the scale. What the client sends meanwhile is taken in.
    Pause(Duration),
    /// Waits until this gate is opened. What the client sends meanwhile is taken in.
    Gate(usize),
    /// From here on TLS, with this certificate.
    Handshake(Certificate),
    /// Goes on with one or the other, as the client's first byte is of TLS or not.
    Either { tls: Connection, plain: Connection },
    /// Ends its side, with close_notify in TLS, and reads on until the client ends its own.
    Close,
    /// [`Step::Close`] without close_notify.
    Cut,
    /// Resets the connection.
    Reset,
    /// Passes everything on to the server there, and back, until one side closes.
    Relay(SocketAddr),
}

/// The same without what writes: what waits for it waits on. There is no TLS without writing.
pub(crate) fn without_writes(script: Connection) -> Connection {
    let before_tls = script.into_iter().take_while(|step| !matches!(step, Step::Handshake(_)));
    let silent = before_tls.filter_map(|step| match step {
        Step::Drip(_) | Step::Echo | Step::Flood { .. } | Step::Relay(_) | Step::Write(_) => None,
        Step::Either { tls, plain } => {
            Some(Step::Either { tls: without_writes(tls), plain: without_writes(plain) })
        }
        step => Some(step),
    });
    silent.collect()
}

/// Reads a request, then writes this.
pub(crate) fn answer(bytes: impl Into<Vec<u8>>) -> Connection {
    vec![Step::Read, Step::Write(bytes.into())]
}

/// Reads a request, writes this, and closes.
pub(crate) fn answer_and_close(bytes: impl Into<Vec<u8>>) -> Connection {
    vec![Step::Read, Step::Write(bytes.into()), Step::Close]
}

/// Reads a request and writes this, so many times.
pub(crate) fn answers(bytes: impl Into<Vec<u8>>, times: usize) -> Connection {
    let answer = answer(bytes);
    std::iter::repeat_n(answer, times).flatten().collect()
}

/// A response with this status line, these lines of fields, and a Content-Length.
pub(crate) fn response(status: &str, fields: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let mut bytes =
        format!("HTTP/1.1 {status}\r\n{fields}Content-Length: {length}\r\n\r\n").into_bytes();
    bytes.extend_from_slice(body);
    bytes
}

/// What a case showed: on the wire, and handed up by the transport.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    pub(crate) authority: String,
    /// The connections of the first server, then those of the second.
    pub(crate) records: Vec<Record>,
    /// Where those of the second begin.
    pub(crate) second_from: usize,
    pub(crate) outcomes: Vec<Outcome>,
    /// Everything that errors said, core's included, and the transport's `Debug`.
    pub(crate) said: Vec<String>,
    /// What was handed to the transport.
    pub(crate) sent: Vec<http::Request<bytes::Bytes>>,
    /// Connections to where none may go.
    pub(crate) tripped: usize,
}

impl Seen {
    /// The requests that the servers received, in order.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.records.iter().flat_map(Record::requests).collect()
    }
}
