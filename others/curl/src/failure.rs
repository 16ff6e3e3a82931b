//! libcurl's errors as the transport's: kind, and whether anything can have been sent.

use curl::Error;
use kendra_sync_core::TransportErrorKind::{
    Connect, Interrupted, InvalidRequest, InvalidResponse, Timeout, Tls,
};
use kendra_sync_core::{Delivery, TransportError};

/// An exchange that has failed.
pub(crate) fn of(error: &Error, delivery: Delivery) -> TransportError {
    let tls = error.is_ssl_connect_error()
        || error.is_peer_failed_verification()
        || error.is_ssl_certproblem()
        || error.is_ssl_cacert()
        || error.is_ssl_issuer_error();
    let broken = error.is_partial_file() || error.is_got_nothing() || error.is_send_error();
    let kind = if error.is_operation_timedout() {
        Timeout
    } else if error.is_couldnt_resolve_host() || error.is_couldnt_connect() {
        Connect
    } else if tls {
        Tls
    } else if delivery == Delivery::NotSent {
        if error.is_url_malformed() || error.is_unsupported_protocol() {
            InvalidRequest
        } else {
            Connect
        }
    } else if error.extra_description().is_some_and(|words| words.contains("chunk")) {
        // The code is that of a broken connection, [56].
        InvalidResponse
    } else if broken || error.is_recv_error() || error.is_send_fail_rewind() {
        Interrupted
    } else {
        InvalidResponse
    };
    TransportError::new(kind, delivery).with_source(told(error))
}

/// A setting that libcurl refuses.
pub(crate) fn of_settings(error: Error) -> TransportError {
    TransportError::new(InvalidRequest, Delivery::NotSent).with_source(told(&error))
}

/// An answer that is not whole, though libcurl takes it for that.
pub(crate) fn of_cut(reason: &'static str) -> TransportError {
    TransportError::new(Interrupted, Delivery::MaybeSent).with_source(reason)
}

/// A head that nothing is to be made of.
pub(crate) fn of_head(reason: &'static str) -> TransportError {
    TransportError::new(InvalidResponse, Delivery::MaybeSent).with_source(reason)
}

/// libcurl's own words for its code: what it adds to them can quote the server.
fn told(error: &Error) -> String {
    format!("[{}] {}", error.code(), error.description())
}
