//! Secrets that are told in another form.

use std::fmt;

use bytes::Bytes;
use http::{Request, header};
use kendra_sync_core::{HttpTransport, TransportError};
use kendra_sync_hyper::HyperTransport;

use crate::faulty::Make::{Around, Told};
use crate::faulty::{Faulty, Shared, sends};
use crate::wrapped::secrets::shown;

pub(super) fn rows() -> Vec<Faulty> {
    vec![
        Faulty::new(
            "X30",
            "its errors show the request as a list of numbers",
            Around(|good| telling(good, |request| format!("{:?}", shown(request).into_bytes()))),
            &["secret/error-chain"],
        ),
        Faulty::new(
            "X32",
            "its errors show the request in hexadecimal",
            Around(|good| {
                telling(good, |request| {
                    shown(request).bytes().map(|byte| format!("{byte:02X} ")).collect()
                })
            }),
            &["secret/error-chain"],
        ),
        Faulty::new(
            "X33",
            "the third cause of its errors shows the signature's first half",
            Around(|good| {
                telling(good, |request| {
                    let value = request.headers().get(header::AUTHORIZATION);
                    let value = value.map(|value| value.as_bytes()).unwrap_or_default();
                    let text = String::from_utf8_lossy(value);
                    let signature = text.rsplit('=').next().unwrap_or_default();
                    signature.chars().take(32).collect()
                })
            }),
            &["secret/error-chain"],
        ),
        Faulty::new(
            "X34",
            "the cause of its errors is a text of 70,000 characters",
            Told(|outcome| {
                outcome.map_err(|error| {
                    TransportError::new(error.kind(), error.delivery())
                        .with_source("x".repeat(70_000))
                })
            }),
            &["secret/error-chain"],
        ),
    ]
}

/// What is told stands in the third cause, and only in its `Debug`.
fn telling(good: HyperTransport, tell: fn(&Request<Bytes>) -> String) -> Shared {
    sends(move |request, timeout| {
        let good = good.clone();
        async move {
            let told = tell(&request);
            let outcome = good.send(request, timeout).await;
            outcome.map_err(|error| {
                let third = Cause { told, cause: None };
                let second = Cause { told: String::new(), cause: Some(Box::new(third)) };
                let first = Cause { told: String::new(), cause: Some(Box::new(second)) };
                TransportError::new(error.kind(), error.delivery()).with_source(first)
            })
        }
    })
}

#[derive(Debug)]
struct Cause {
    #[expect(dead_code, reason = "Debug shows it")]
    told: String,
    cause: Option<Box<Self>>,
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no answer")
    }
}

impl std::error::Error for Cause {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.cause.as_deref().map(|cause| cause as _)
    }
}
