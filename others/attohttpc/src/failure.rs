//! attohttpc's errors as the transport's: kind, and whether anything can have been sent.

use std::error::Error as StdError;
use std::io;

use attohttpc::{Error, ErrorKind};
use kendra_sync_core::TransportErrorKind::{
    self, Connect, Interrupted, InvalidRequest, InvalidResponse, Timeout, Tls,
};
use kendra_sync_core::{Delivery, TransportError};

use crate::watched::Sent;

/// A request that got no response head.
pub(crate) fn of_request(error: Error, sent: &Sent) -> TransportError {
    let delivery = sent.delivery();
    let kind = match error.kind() {
        ErrorKind::Tls(_) | ErrorKind::ServerCertVerifier(_) => Tls,
        ErrorKind::Io(error) => of_io(error, delivery),
        _ if delivery == Delivery::NotSent => InvalidRequest,
        _ => InvalidResponse,
    };
    TransportError::new(kind, delivery).with_source(error)
}

/// A response whose body broke off or is not what its framing says.
pub(crate) fn of_body(error: io::Error) -> TransportError {
    let kind = match of_io(&error, Delivery::MaybeSent) {
        Tls => InvalidResponse,
        kind => kind,
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

fn of_io(error: &io::Error, delivery: Delivery) -> TransportErrorKind {
    if matches!(error.kind(), io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock) {
        return Timeout;
    }
    let mut wrapped: Option<&(dyn StdError + 'static)> = error.get_ref().map(|error| error as _);
    while let Some(error) = wrapped {
        if error.is::<rustls::Error>() {
            return Tls;
        }
        if error.is::<Error>() {
            return InvalidResponse;
        }
        wrapped = error.source();
    }
    if delivery == Delivery::NotSent { Connect } else { Interrupted }
}
