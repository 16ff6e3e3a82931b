//! minreq's errors as the transport's: kind, and whether anything can have been sent.

use std::io;

use kendra_sync_core::TransportErrorKind::{Connect, Interrupted, InvalidResponse, Timeout};
use kendra_sync_core::{Delivery, TransportError};
use minreq::Error;

/// A request that got no response head.
///
/// minreq does not tell where it was when an I/O error came. Only connecting is refused; of any other nobody knows.
pub(crate) fn of_request(error: Error) -> TransportError {
    let (kind, delivery) = match &error {
        Error::AddressNotFound => (Connect, Delivery::NotSent),
        Error::IoError(error) => match error.kind() {
            io::ErrorKind::ConnectionRefused => (Connect, Delivery::NotSent),
            io::ErrorKind::TimedOut => (Timeout, Delivery::MaybeSent),
            _ => (Interrupted, Delivery::MaybeSent),
        },
        _ => (InvalidResponse, Delivery::MaybeSent),
    };
    TransportError::new(kind, delivery).with_source(error)
}

/// The name has no address.
pub(crate) fn of_lookup(error: io::Error) -> TransportError {
    TransportError::new(Connect, Delivery::NotSent).with_source(error)
}

/// A response whose body broke off or is not what its framing says.
pub(crate) fn of_body(error: io::Error) -> TransportError {
    // Amid chunks minreq wraps its own error, which may wrap another of the connection's.
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<Error>());
    let kind = match inner {
        Some(Error::IoError(error)) => error.kind(),
        _ => error.kind(),
    };
    let kind = match kind {
        io::ErrorKind::TimedOut => Timeout,
        io::ErrorKind::Other => InvalidResponse,
        _ => Interrupted,
    };
    TransportError::new(kind, Delivery::MaybeSent).with_source(error)
}

/// A head that nothing is to be made of.
pub(crate) fn of_head(reason: &'static str) -> TransportError {
    TransportError::new(InvalidResponse, Delivery::MaybeSent).with_source(reason)
}

/// A body that is not as long as its length says.
pub(crate) fn of_cut() -> TransportError {
    let reason = "the body is not as long as it was to be";
    TransportError::new(Interrupted, Delivery::MaybeSent).with_source(reason)
}
