//! The servers of the suite, and what they see.

use std::net::SocketAddr;

pub(crate) use self::raw::RawServer;
pub(crate) use self::record::{Record, Request};
pub(crate) use self::tripwire::Tripwire;

mod mock;
mod raw;
mod record;
mod tripwire;

pub(crate) use self::mock::{Mock, Turns};

use crate::scenario::Outcome;

/// What a connection gets, step by step. After the last step it is held until the client closes.
pub(crate) type Connection = Vec<Step>;

/// One thing that a raw server does.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    /// Reads one whole request.
    Read,
    /// Writes these bytes; `{authority}` and `{tripwire}` stand for addresses.
    Write(Vec<u8>),
    /// Writes these bytes one at a time.
    Drip(Vec<u8>),
    /// Closes the connection.
    Close,
    /// Passes everything on to the server there, and back, until one side closes.
    Relay(SocketAddr),
}

/// Reads a request, then writes this.
pub(crate) fn answer(bytes: impl Into<Vec<u8>>) -> Connection {
    vec![Step::Read, Step::Write(bytes.into())]
}

/// Reads a request, writes this, and closes.
pub(crate) fn answer_and_close(bytes: impl Into<Vec<u8>>) -> Connection {
    vec![Step::Read, Step::Write(bytes.into()), Step::Close]
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
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) authority: String,
    pub(crate) records: Vec<Record>,
    pub(crate) outcomes: Vec<Outcome>,
    /// Everything that errors said, core's included.
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
