//! isahc's errors as the transport's: kind, and whether anything can have been sent.

use std::error::Error as StdError;
use std::io;

use isahc::Error;
use isahc::error::ErrorKind;
use kendra_sync_core::TransportErrorKind::{
    self, Connect, Interrupted, InvalidRequest, InvalidResponse, Timeout, Tls,
};
use kendra_sync_core::{Delivery, TransportError};

use crate::watched::Sent;

/// A request that got no response head.
pub(crate) fn of_request(error: Error, sent: &Sent) -> TransportError {
    let delivery = sent.delivery();
    TransportError::new(kind(&error, delivery), delivery).with_source(told(&error))
}

/// A response whose body broke off or is not what its framing says.
pub(crate) fn of_body(error: io::Error) -> TransportError {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<Error>());
    let kind = match inner {
        Some(error) => kind(error, Delivery::MaybeSent),
        None if error.kind() == io::ErrorKind::TimedOut => Timeout,
        None => Interrupted,
    };
    TransportError::new(kind, Delivery::MaybeSent).with_source(error.kind().to_string())
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

/// isahc's kinds are wider than libcurl's codes, which are looked at where they are there.
fn kind(error: &Error, delivery: Delivery) -> TransportErrorKind {
    let mut causes = std::iter::successors(error.source(), |cause| (*cause).source());
    let curl = causes.find_map(|cause| cause.downcast_ref::<curl::Error>());
    let is = |code: fn(&curl::Error) -> bool| curl.is_some_and(code);
    let tls = matches!(
        error.kind(),
        ErrorKind::BadServerCertificate
            | ErrorKind::BadClientCertificate
            | ErrorKind::InvalidTlsConfiguration
            | ErrorKind::TlsEngine
    );
    let chunk = |error: &curl::Error| {
        error.extra_description().is_some_and(|words| words.contains("chunk"))
    };
    match error.kind() {
        ErrorKind::Timeout => Timeout,
        ErrorKind::InvalidRequest => InvalidRequest,
        _ if delivery == Delivery::NotSent => {
            if tls || is(curl::Error::is_ssl_connect_error) {
                Tls
            } else {
                Connect
            }
        }
        // The code is that of a broken connection, [56].
        _ if is(chunk) => InvalidResponse,
        // isahc refuses a field that it cannot read by not taking it.
        _ if is(curl::Error::is_write_error) => InvalidResponse,
        ErrorKind::Io => Interrupted,
        _ if is(curl::Error::is_got_nothing) || is(curl::Error::is_partial_file) => Interrupted,
        _ if is(curl::Error::is_recv_error) || is(curl::Error::is_send_error) => Interrupted,
        _ if is(curl::Error::is_send_fail_rewind) => Interrupted,
        _ => InvalidResponse,
    }
}

/// isahc's own words for the kind: what it adds to them can quote the server.
fn told(error: &Error) -> String {
    error.kind().to_string()
}
