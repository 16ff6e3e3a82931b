//! All within the limit.

use std::io::Write;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use kendra_sync_core::TransportErrorKind::{Interrupted, Timeout};
use kendra_sync_core::blocking::HttpTransport;
use kendra_sync_core::{Delivery, TransportError};

use crate::limited::{Limit, Limited};
use crate::{framing, request};

/// Sends over a connection of its own.
#[derive(Debug)]
pub struct AcmeTransport {
    connect_timeout: Duration,
}

impl AcmeTransport {
    /// A transport that takes at most `connect_timeout` to connect.
    pub fn new(connect_timeout: Duration) -> Self {
        Self { connect_timeout }
    }
}

impl HttpTransport for AcmeTransport {
    fn send(
        &self,
        request: Request<Bytes>,
        timeout: Duration,
    ) -> Result<Response<Bytes>, TransportError> {
        let limit = Limit::of(timeout);
        if timeout.is_zero() {
            return Err(TransportError::new(Timeout, Delivery::NotSent));
        }
        let origin = request::origin(request.uri())?;
        let mut connection = Limited::connect(origin, limit, self.connect_timeout)?;
        let written = connection.write_all(&request::bytes(&request));
        // A server may answer before it has read everything, and close.
        match (framing::read(connection), written) {
            (Err(failure), Err(error)) if failure.kind() != Timeout => {
                Err(TransportError::new(Interrupted, Delivery::MaybeSent).with_source(error))
            }
            (answer, _) => answer,
        }
    }

    fn sleep(&self, duration: Duration) {
        std::thread::sleep(duration);
    }
}
