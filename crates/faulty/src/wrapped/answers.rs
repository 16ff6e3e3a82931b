//! The answer that is handed up is not the one that came.

use std::io::Read;

use bytes::Bytes;
use flate2::read::GzDecoder;
use http::{HeaderValue, StatusCode, header};
use kendra_sync_core::TransportErrorKind::{Interrupted, Other};
use kendra_sync_core::{Delivery, TransportError};

use super::requests::last_values;
use crate::faulty::Make::Told;
use crate::faulty::{Answer, Faulty, Outcome};

pub(super) fn rows() -> Vec<Faulty> {
    vec![
        Faulty::new(
            "S08",
            "a 4xx or 5xx is an error",
            Told(|outcome| match outcome {
                Ok(response) if response.status().as_u16() >= 400 => {
                    Err(TransportError::new(Other, Delivery::MaybeSent))
                }
                outcome => outcome,
            }),
            &["status/validation-400", "status/internal-server-500", "auto/no-retry-no-auth"],
        ),
        Faulty::new(
            "S12",
            "gunzips and strips Content-Encoding",
            Told(|outcome| outcome.map(gunzipped)),
            &["auto/no-decompression"],
        ),
        Faulty::new(
            "S56",
            "makes UTF-8 of every body",
            Told(|outcome| {
                outcome.map(|response| {
                    response.map(|body| String::from_utf8_lossy(&body).into_owned().into())
                })
            }),
            &["framing/body-binary-verbatim"],
        ),
        Faulty::new(
            "S59",
            "takes every value for text",
            #[expect(clippy::unwrap_used, reason = "it is the defect")]
            Told(|outcome| {
                let text = |value: &HeaderValue| value.to_str().unwrap().len();
                outcome.inspect(|response| {
                    response.headers().values().map(text).for_each(drop);
                })
            }),
            &["header/obs-text-value-kept"],
        ),
        Faulty::new(
            "S60b",
            "the last value wins for repeated fields of an answer",
            Told(|outcome| {
                changed(outcome, |answer| *answer.headers_mut() = last_values(answer.headers()))
            }),
            &["header/multi-value-kept"],
        ),
        Faulty::new(
            "S61",
            "keeps Content-Type alone of the fields",
            Told(|outcome| {
                outcome.map(|mut response| {
                    let kept = response.headers_mut().remove(header::CONTENT_TYPE);
                    response.headers_mut().clear();
                    if let Some(kept) = kept {
                        response.headers_mut().insert(header::CONTENT_TYPE, kept);
                    }
                    response
                })
            }),
            &[
                "errproto/header-type-variants",
                "errproto/unknown-code-and-request-id",
                "header/multi-value-kept",
            ],
        ),
        Faulty::new(
            "S62",
            "discards the body of a 4xx",
            Told(|outcome| {
                outcome.map(|response| {
                    let client = response.status().is_client_error();
                    response.map(|body| if client { Bytes::new() } else { body })
                })
            }),
            &[
                "errproto/dunder-type-variants",
                "status/throttling-400",
                "status/access-denied-400",
                "status/resource-not-found-400",
            ],
        ),
        Faulty::new(
            "S63",
            "knows the statuses 200, 400 and 500 alone",
            Told(|outcome| {
                outcome.map(|mut response| {
                    *response.status_mut() = match response.status().as_u16() {
                        ..400 => StatusCode::OK,
                        400..500 => StatusCode::BAD_REQUEST,
                        500.. => StatusCode::INTERNAL_SERVER_ERROR,
                    };
                    response
                })
            }),
            &[
                "status/unmodelled-403-429",
                "status/unusual-codes-pass",
                "auto/redirects-not-followed",
            ],
        ),
        Faulty::new(
            "S64",
            "an empty body is one that broke off",
            Told(|outcome| match outcome {
                Ok(response) if response.body().is_empty() => {
                    Err(TransportError::new(Interrupted, Delivery::MaybeSent))
                }
                outcome => outcome,
            }),
            &["status/success-200-empty", "errproto/header-type-variants"],
        ),
    ]
}

/// What is not valid stays as it is.
pub(crate) fn gunzipped(mut answer: Answer) -> Answer {
    let coding = answer.headers().get(header::CONTENT_ENCODING);
    if coding.is_some_and(|coding| coding.as_bytes().eq_ignore_ascii_case(b"gzip"))
        && let Some(plain) = gunzipped_body(answer.body())
    {
        answer.headers_mut().remove(header::CONTENT_ENCODING);
        *answer.body_mut() = plain.into();
    }
    answer
}

pub(crate) fn gunzipped_body(body: &[u8]) -> Option<Vec<u8>> {
    let mut plain = Vec::new();
    GzDecoder::new(body).read_to_end(&mut plain).ok().map(|_| plain)
}

/// Changes what is handed up where there is an answer.
pub(crate) fn changed(outcome: Outcome, change: impl FnOnce(&mut Answer)) -> Outcome {
    outcome.map(|mut answer| {
        change(&mut answer);
        answer
    })
}
