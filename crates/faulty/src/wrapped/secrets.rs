//! What is told of a request that holds secrets.

use std::fmt::Write;

use bytes::Bytes;
use http::Request;
use kendra_sync_core::{HttpTransport, TransportError};

use crate::faulty::Make::Around;
use crate::faulty::{Faulty, sends};

pub(super) fn rows() -> Vec<Faulty> {
    vec![
        Faulty::new(
            "S74",
            "its errors show the request",
            Around(|good| {
                sends(move |request, timeout| {
                    let good = good.clone();
                    async move {
                        let shown = shown(&request);
                        let outcome = good.send(request, timeout).await;
                        outcome.map_err(|error| {
                            TransportError::new(error.kind(), error.delivery()).with_source(shown)
                        })
                    }
                })
            }),
            &["secret/error-chain"],
        ),
        Faulty::new(
            "S75",
            "logs the fields at TRACE",
            Around(|good| {
                sends(move |request, timeout| {
                    let good = good.clone();
                    async move {
                        tracing::trace!("sending {}", shown(&request));
                        good.send(request, timeout).await
                    }
                })
            }),
            &["secret/transport-debug-and-logs"],
        ),
    ]
}

/// The fields, those that are marked as sensitive too.
pub(crate) fn shown(request: &Request<Bytes>) -> String {
    let mut shown = request.uri().to_string();
    for (name, value) in request.headers() {
        let _ = write!(shown, "; {name}: {}", value.as_bytes().escape_ascii());
    }
    shown
}
