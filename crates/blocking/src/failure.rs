//! ureq's errors as the transport's: kind, and whether anything can have been sent.

use std::io;

use kendra_sync_core::TransportErrorKind::{
    self, Connect, Interrupted, InvalidRequest, InvalidResponse, Other, Timeout, Tls,
};
use kendra_sync_core::{Delivery, TransportError};
use kendra_sync_tls::is_refusal;
use ureq::Error;

use crate::exchange;

/// A request that got no response head.
pub(crate) fn of_request(error: Error) -> TransportError {
    let kind = match &error {
        // With TLS 1.3 a server refuses a client's certificate only after the handshake.
        Error::Io(error) if is_refusal(error) => Tls,
        error => kind(error),
    };
    with(kind, error)
}

/// A response whose body broke off or is not what its framing says.
pub(crate) fn of_body(error: io::Error) -> TransportError {
    let error = Error::from(error);
    let kind = match &error {
        Error::Io(error) if is_refusal(error) => InvalidResponse,
        // ureq made nothing of what came before the end.
        Error::BodyStalled => Interrupted,
        error => kind(error),
    };
    with(kind, error)
}

/// A head that nothing can be made of.
pub(crate) fn of_head(reason: &'static str) -> TransportError {
    TransportError::new(InvalidResponse, exchange::delivery()).with_source(reason)
}

fn kind(error: &Error) -> TransportErrorKind {
    match error {
        Error::Timeout(_) => Timeout,
        Error::Io(error) if error.kind() == io::ErrorKind::TimedOut => Timeout,
        Error::Io(_) => Interrupted,
        Error::HostNotFound | Error::ConnectionFailed => Connect,
        Error::LargeResponseHeader(..) => InvalidResponse,
        // ureq checks the request before it writes, and the answer after that.
        Error::Protocol(_) | Error::Http(_) | Error::BadUri(_) => match exchange::delivery() {
            Delivery::NotSent => InvalidRequest,
            Delivery::MaybeSent => InvalidResponse,
        },
        _ => Other,
    }
}

fn with(kind: TransportErrorKind, error: Error) -> TransportError {
    let made = TransportError::new(kind, exchange::delivery());
    match error {
        // What the connector made of it already.
        Error::Other(source) => match source.downcast::<TransportError>() {
            Ok(error) => *error,
            Err(source) => made.with_source(source),
        },
        Error::Timeout(_) => made,
        Error::Io(error) => made.with_source(error),
        error => made.with_source(error),
    }
}
