//! Errors of another kind or delivery than what happened.

use kendra_sync_core::TransportErrorKind::{Connect, Interrupted, Tls};
use kendra_sync_core::{Delivery, TransportError};

use crate::faulty::Faulty;
use crate::faulty::Make::Told;

pub(super) fn rows() -> Vec<Faulty> {
    vec![
        Faulty::new(
            "S21",
            "a failed handshake is told as an interruption, perhaps sent",
            Told(|outcome| {
                outcome.map_err(|error| match error.kind() {
                    Tls | Connect => TransportError::new(Interrupted, Delivery::MaybeSent),
                    _ => error,
                })
            }),
            &["tls/handshake-broken", "tls/untrusted-ca"],
        ),
        Faulty::new(
            "S32",
            "always says NotSent",
            Told(|outcome| {
                outcome.map_err(|error| TransportError::new(error.kind(), Delivery::NotSent))
            }),
            &[
                "fault/reset-after-request",
                "timeout/no-response-headers",
                "framing/cl-short-truncated",
            ],
        ),
        Faulty::new(
            "S33",
            "always says MaybeSent",
            Told(|outcome| {
                outcome.map_err(|error| TransportError::new(error.kind(), Delivery::MaybeSent))
            }),
            &["conn/refused", "conn/dns-failure", "tls/untrusted-ca"],
        ),
    ]
}
