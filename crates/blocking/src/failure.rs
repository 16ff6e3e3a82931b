//! ureq's errors as the transport's: kind, and whether anything can have been sent.

use std::io;

use kendra_sync_core::TransportErrorKind::{
    Connect, Interrupted, InvalidRequest, InvalidResponse, Other, Timeout, Tls,
};
use kendra_sync_core::{Delivery, TransportError};
use kendra_sync_tls::is_refusal;
use ureq::Error;

pub(crate) fn of(error: Error, delivery: Delivery) -> TransportError {
    let kind = match &error {
        Error::Timeout(_) => Timeout,
        Error::Io(error) if error.kind() == io::ErrorKind::TimedOut => Timeout,
        // With TLS 1.3 a server refuses a client's certificate only after the handshake.
        Error::Io(error) if is_refusal(error) => Tls,
        Error::Io(_) => Interrupted,
        Error::HostNotFound | Error::ConnectionFailed => Connect,
        Error::LargeResponseHeader(..) | Error::BodyStalled => InvalidResponse,
        // ureq checks the request before it writes, and the answer after that.
        Error::Protocol(_) | Error::Http(_) | Error::BadUri(_) => match delivery {
            Delivery::NotSent => InvalidRequest,
            Delivery::MaybeSent => InvalidResponse,
        },
        _ => Other,
    };
    match error {
        // What the connector made of it already.
        Error::Other(source) => match source.downcast::<TransportError>() {
            Ok(error) => *error,
            Err(source) => TransportError::new(kind, delivery).with_source(source),
        },
        Error::Timeout(_) => TransportError::new(kind, delivery),
        Error::Io(error) => TransportError::new(kind, delivery).with_source(error),
        error => TransportError::new(kind, delivery).with_source(error),
    }
}
