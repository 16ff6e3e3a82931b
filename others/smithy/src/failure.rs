//! The SDK's errors as the transport's: kind, and whether anything can have been sent.

use std::error::Error as StdError;
use std::io;

use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::http::HttpError;
use kendra_sync_core::TransportErrorKind::{Connect, Interrupted, InvalidResponse, Timeout, Tls};
use kendra_sync_core::{Delivery, TransportError};

use crate::watched::Sent;

/// A request that got no response head.
pub(crate) fn of_request(error: ConnectorError, sent: &Sent) -> TransportError {
    let delivery = sent.delivery();
    let kind = if find(&error, |error| error.is::<rustls::Error>()) {
        Tls
    } else if error.is_timeout() {
        Timeout
    } else if delivery == Delivery::NotSent {
        Connect
    } else if is_parse(&error) || find(&error, |error| error.is::<HttpError>()) {
        InvalidResponse
    } else {
        Interrupted
    };
    TransportError::new(kind, delivery).with_source(error)
}

/// A head that the SDK's types cannot hold.
pub(crate) fn of_answer(error: HttpError) -> TransportError {
    TransportError::new(InvalidResponse, Delivery::MaybeSent).with_source(error)
}

/// A response whose body broke off or is not what its framing says.
pub(crate) fn of_body(error: Box<dyn StdError + Send + Sync>) -> TransportError {
    let malformed = find(&*error, |error| {
        error.downcast_ref::<io::Error>().is_some_and(|error| {
            matches!(error.kind(), io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput)
        })
    });
    let kind = if malformed || is_parse(&*error) { InvalidResponse } else { Interrupted };
    TransportError::new(kind, Delivery::MaybeSent).with_source(error)
}

fn is_parse(error: &(dyn StdError + 'static)) -> bool {
    find(error, |error| error.downcast_ref::<hyper::Error>().is_some_and(hyper::Error::is_parse))
}

/// Whether an error in the chain of causes is so; `io::Error` hides what it wraps from `source()`.
fn find(error: &(dyn StdError + 'static), is: impl Fn(&(dyn StdError + 'static)) -> bool) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        if is(error) {
            return true;
        }
        let wrapped = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        next = wrapped.map(|error| error as _).or_else(|| error.source());
    }
    false
}
