//! hyper's errors as the transport's: kind, and whether anything can have been sent.

use std::error::Error as StdError;
use std::io;

use kendra_sync_core::TransportErrorKind::{Connect, Interrupted, InvalidResponse, Timeout, Tls};
use kendra_sync_core::{Delivery, TransportError};
use kendra_sync_tls::is_refusal;

use crate::connect::ConnectError;

/// There is no connection to send on.
pub(crate) fn of_connect(error: ConnectError) -> TransportError {
    let kind = match &error {
        ConnectError::Limit(_) => Timeout,
        ConnectError::Proxy(_) | ConnectError::Tcp(_) if is_timeout(&error) => Timeout,
        ConnectError::Proxy(_) | ConnectError::Tcp(_) => Connect,
        ConnectError::Tls(_) => Tls,
    };
    TransportError::new(kind, Delivery::NotSent).with_source(error)
}

/// A request that got no response head.
pub(crate) fn of_request(error: hyper::Error) -> TransportError {
    let kind = match find::<io::Error>(&error) {
        _ if error.is_parse() => InvalidResponse,
        // With TLS 1.3 a server refuses a client's certificate only after the handshake.
        Some(error) if is_refusal(error) => Tls,
        _ => Interrupted,
    };
    // hyper hands a request back as canceled when its connection closed before it was started.
    let delivery = if error.is_canceled() { Delivery::NotSent } else { Delivery::MaybeSent };
    TransportError::new(kind, delivery).with_source(error)
}

/// A response whose body broke off or is not what its framing says.
pub(crate) fn of_body(error: hyper::Error) -> TransportError {
    let malformed = find::<io::Error>(&error).is_some_and(|error| {
        matches!(error.kind(), io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput)
    });
    let kind = if malformed || error.is_parse() { InvalidResponse } else { Interrupted };
    TransportError::new(kind, Delivery::MaybeSent).with_source(error)
}

fn is_timeout(error: &ConnectError) -> bool {
    find::<io::Error>(error).is_some_and(|error| error.kind() == io::ErrorKind::TimedOut)
}

/// The first error of type `E` in the chain of causes.
fn find<'a, E: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a E> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        next = error.source();
    }
    None
}
