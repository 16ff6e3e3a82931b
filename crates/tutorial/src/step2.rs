//! Whole or an error.

use std::io::Write;
use std::net::TcpStream;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use kendra_sync_core::TransportErrorKind::{Connect, Interrupted};
use kendra_sync_core::blocking::HttpTransport;
use kendra_sync_core::{Delivery, TransportError};

use crate::{framing, request};

/// Sends over a connection of its own.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct AcmeTransport {}

impl HttpTransport for AcmeTransport {
    fn send(
        &self,
        request: Request<Bytes>,
        _timeout: Duration,
    ) -> Result<Response<Bytes>, TransportError> {
        let mut stream = TcpStream::connect(request::origin(request.uri())?)
            .map_err(|error| TransportError::new(Connect, Delivery::NotSent).with_source(error))?;
        stream.write_all(&request::bytes(&request)).map_err(|error| {
            TransportError::new(Interrupted, Delivery::MaybeSent).with_source(error)
        })?;
        framing::read(stream)
    }

    fn sleep(&self, duration: Duration) {
        std::thread::sleep(duration);
    }
}
