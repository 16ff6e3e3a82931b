//! Bytes there, bytes back.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use kendra_sync_core::TransportErrorKind::{Connect, Interrupted, InvalidResponse};
use kendra_sync_core::blocking::HttpTransport;
use kendra_sync_core::{Delivery, TransportError};

use crate::request;

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
        let broken = |error: io::Error| {
            TransportError::new(Interrupted, Delivery::MaybeSent).with_source(error)
        };
        stream.write_all(&request::bytes(&request)).map_err(broken)?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).map_err(broken)?;

        let invalid = || TransportError::new(InvalidResponse, Delivery::MaybeSent);
        let mut fields = [httparse::EMPTY_HEADER; 64];
        let mut head = httparse::Response::new(&mut fields);
        let Ok(httparse::Status::Complete(length)) = head.parse(&answer) else {
            return Err(invalid());
        };
        let mut response = Response::builder().status(head.code.unwrap_or_default());
        for field in head.headers.iter() {
            response = response.header(field.name, field.value);
        }
        let body = Bytes::copy_from_slice(answer.get(length..).unwrap_or_default());
        response.body(body).map_err(|error| invalid().with_source(error))
    }

    fn sleep(&self, duration: Duration) {
        std::thread::sleep(duration);
    }
}
