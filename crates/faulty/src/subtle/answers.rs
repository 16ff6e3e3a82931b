//! Answers that are changed a little, or only at times.

use http::header::{CONTENT_ENCODING, CONTENT_TYPE, DATE, LOCATION, TRANSFER_ENCODING};
use http::{HeaderValue, Response, StatusCode};

use crate::faulty::Faulty;
use crate::faulty::Make::Told;
use crate::wrapped::answers::{changed, gunzipped, gunzipped_body};
use crate::wrapped::requests::collapsed;

pub(super) fn rows() -> Vec<Faulty> {
    vec![
        Faulty::new(
            "X01",
            "keeps Date to itself",
            Told(|outcome| {
                changed(outcome, |answer| {
                    answer.headers_mut().remove(DATE);
                })
            }),
            &["header/multi-value-kept"],
        ),
        Faulty::new(
            "X02",
            "collapses runs of spaces in the values of an answer",
            Told(|outcome| {
                changed(outcome, |answer| {
                    for value in answer.headers_mut().values_mut() {
                        if let Ok(collapsed) = HeaderValue::from_bytes(&collapsed(value.as_bytes()))
                        {
                            *value = collapsed;
                        }
                    }
                })
            }),
            &["header/legal-but-odd-head"],
        ),
        Faulty::new(
            "X03",
            "writes Content-Type in small letters",
            Told(|outcome| {
                changed(outcome, |answer| {
                    let value = answer.headers_mut().get_mut(CONTENT_TYPE);
                    let Some(value) = value else { return };
                    let lower = value.as_bytes().to_ascii_lowercase();
                    if let Ok(lower) = HeaderValue::from_bytes(&lower) {
                        *value = lower;
                    }
                })
            }),
            &["header/multi-value-kept"],
        ),
        Faulty::new(
            "X04",
            "gunzips a body that came in chunks",
            Told(|outcome| {
                outcome.map(|answer| match answer.headers().contains_key(TRANSFER_ENCODING) {
                    true => gunzipped(answer),
                    false => answer,
                })
            }),
            &["auto/no-decompression"],
        ),
        Faulty::new(
            "X05",
            "gunzips what begins as gzip does, whatever its fields say",
            Told(|outcome| {
                changed(outcome, |answer| {
                    if !answer.headers().contains_key(CONTENT_ENCODING)
                        && let Some(plain) = gunzipped_body(answer.body())
                    {
                        *answer.body_mut() = plain.into();
                    }
                })
            }),
            &["auto/no-decompression"],
        ),
        Faulty::new(
            "X06",
            "strips the coding that changes nothing",
            Told(|outcome| {
                changed(outcome, |answer| {
                    let coding = answer.headers().get(CONTENT_ENCODING);
                    if coding.is_some_and(|coding| coding == "identity") {
                        answer.headers_mut().remove(CONTENT_ENCODING);
                    }
                })
            }),
            &["auto/no-decompression"],
        ),
        Faulty::new(
            "X07",
            "takes a 205 for one without a body",
            Told(|outcome| {
                changed(outcome, |answer| {
                    if answer.status() == StatusCode::RESET_CONTENT {
                        answer.body_mut().clear();
                    }
                })
            }),
            &["framing/no-body-statuses"],
        ),
        Faulty::new(
            "X08",
            "makes UTF-8 of a body that the connection's end ends",
            Told(|outcome| {
                outcome.map(|answer| {
                    let fields = answer.headers();
                    let ended = !fields.contains_key(TRANSFER_ENCODING)
                        && !fields.contains_key(http::header::CONTENT_LENGTH);
                    if ended { as_utf_8(answer) } else { answer }
                })
            }),
            &["framing/close-delimited"],
        ),
        Faulty::new(
            "X09",
            "keeps of the fields of a redirect nothing but Location",
            Told(|outcome| {
                changed(outcome, |answer| {
                    if answer.status().is_redirection() {
                        let location = answer.headers_mut().remove(LOCATION);
                        answer.headers_mut().clear();
                        answer.headers_mut().extend(location.map(|value| (LOCATION, value)));
                    }
                })
            }),
            &["auto/redirects-not-followed"],
        ),
        Faulty::new(
            "X23",
            "hands up a 204 without its fields",
            Told(|outcome| {
                changed(outcome, |answer| {
                    if answer.status() == StatusCode::NO_CONTENT {
                        answer.headers_mut().clear();
                    }
                })
            }),
            &["status/unusual-codes-pass"],
        ),
    ]
}

fn as_utf_8(answer: Response<bytes::Bytes>) -> Response<bytes::Bytes> {
    answer.map(|body| String::from_utf8_lossy(&body).into_owned().into())
}
