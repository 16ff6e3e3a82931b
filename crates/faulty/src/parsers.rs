//! Parsers of answers that are wrong. What such a parser finds is written as the answer in which core's
//! parser, which is right, finds the same.

use bytes::Bytes;
use http::{HeaderValue, Response};
use kendra_sync_core::TransportErrorKind::InvalidResponse;
use kendra_sync_core::{Delivery, TransportError};
use serde_json::{Map, Value};

use crate::faulty::Faulty;
use crate::faulty::Make::Parser;

pub(crate) fn rows() -> Vec<Faulty> {
    vec![
        Faulty::new("C00", "none: the parser's control, which must pass", Parser(Ok), &[]),
        Faulty::new(
            "C1",
            "does not cut a code at : and #",
            Parser(|answer| Ok(with_codes(answer, &[('#', "＃"), (':', "：")]))),
            &[
                "errproto/header-type-variants",
                "errproto/body-code-variants",
                "errproto/dunder-type-variants",
            ],
        ),
        Faulty::new(
            "C2",
            "ignores code",
            Parser(|answer| Ok(with_members(answer, |members| members.remove("code").is_some()))),
            &["errproto/body-code-variants", "errproto/discriminator-precedence"],
        ),
        Faulty::new(
            "C3",
            "searches the text: the last __type wins",
            Parser(|answer| Ok(last_type_in_text(answer))),
            &["errproto/nested-type-ignored"],
        ),
        Faulty::new(
            "C4",
            "the body counts before the header",
            Parser(|mut answer| {
                let members = members(&answer).unwrap_or_default();
                if ["code", "__type"].iter().any(|name| members.contains_key(*name)) {
                    answer.headers_mut().remove(TYPE);
                }
                Ok(answer)
            }),
            &["errproto/discriminator-precedence"],
        ),
        Faulty::new(
            "C5",
            "a body that is no JSON is an error of its own",
            Parser(|answer| {
                let json = serde_json::from_slice::<&serde_json::value::RawValue>(answer.body());
                match json {
                    Err(error) if !answer.body().is_empty() => Err(invalid(error.to_string())),
                    _ => Ok(answer),
                }
            }),
            &["status/html-503", "errproto/header-with-non-json-body"],
        ),
        Faulty::new(
            "C6",
            "reads a success strictly",
            Parser(|answer| match members(&answer) {
                Some(members) if members.is_empty() => Ok(answer),
                _ if !answer.status().is_success() => Ok(answer),
                _ => Err(invalid("not an empty object".to_owned())),
            }),
            &["status/success-200-json-ignored", "status/success-200-empty"],
        ),
        Faulty::new(
            "C7",
            "takes the error from the status",
            Parser(|mut answer| {
                let code = match answer.status().as_u16() {
                    400 => "ValidationException",
                    403 => "AccessDeniedException",
                    404 => "ResourceNotFoundException",
                    429 => "ThrottlingException",
                    500.. => "InternalServerException",
                    _ => return Ok(answer),
                };
                answer.headers_mut().insert(TYPE, HeaderValue::from_static(code));
                Ok(answer)
            }),
            &[
                "errproto/status-code-disagree",
                "status/access-denied-400",
                "status/resource-not-found-400",
            ],
        ),
        Faulty::new(
            "C8a",
            "walks down the JSON, and gives up when it is deep",
            Parser(|answer| {
                let error = serde_json::from_slice::<Value>(answer.body()).err();
                match error.map(|error| error.to_string()) {
                    Some(error) if error.contains("recursion") => Err(invalid(error)),
                    _ => Ok(answer),
                }
            }),
            &["errproto/hostile-json"],
        ),
        Faulty::new(
            "C8b",
            "tells all of a message, however long",
            Parser(|answer| {
                let members = members(&answer).unwrap_or_default();
                match members.get("message").and_then(Value::as_str) {
                    Some(message) if message.len() > 2048 => Err(invalid(message.to_owned())),
                    _ => Ok(answer),
                }
            }),
            &["errproto/hostile-json"],
        ),
        Faulty::new(
            "C9",
            "takes a list of codes for one, and knows message in small letters alone",
            Parser(|answer| {
                let answer = with_codes(answer, &[(',', "，")]);
                Ok(with_members(answer, |members| {
                    let others = ["Message", "errorMessage"];
                    others.iter().filter_map(|name| members.remove(*name)).count() > 0
                }))
            }),
            &["errproto/tolerant-spellings"],
        ),
    ]
}

/// The members of a body that is an object.
pub(crate) fn members(answer: &Response<Bytes>) -> Option<Map<String, Value>> {
    match serde_json::from_slice(answer.body()) {
        Ok(Value::Object(members)) => Some(members),
        _ => None,
    }
}

/// The answer with other members; `change` says whether it has changed any.
pub(crate) fn with_members(
    mut answer: Response<Bytes>,
    change: impl Fn(&mut Map<String, Value>) -> bool,
) -> Response<Bytes> {
    if let Some(mut members) = members(&answer)
        && change(&mut members)
    {
        *answer.body_mut() = Value::Object(members).to_string().into();
    }
    answer
}

pub(crate) fn invalid(why: String) -> TransportError {
    TransportError::new(InvalidResponse, Delivery::MaybeSent).with_source(why)
}

/// Core would cut these characters off; others that look like them stand for a code that has them.
fn with_codes(mut answer: Response<Bytes>, kept: &[(char, &str)]) -> Response<Bytes> {
    let keep = |code: &str| {
        let keep = |code: String, (cut, kept): &(char, &str)| code.replace(*cut, kept);
        Some(kept.iter().fold(code.to_owned(), keep)).filter(|changed| changed != code)
    };
    if let Some(value) = answer.headers_mut().get_mut(TYPE)
        && let Some(changed) = value.to_str().ok().and_then(keep)
        && let Ok(changed) = HeaderValue::from_bytes(changed.as_bytes())
    {
        *value = changed;
    }
    with_members(answer, |members| {
        let codes = members.iter_mut().filter(|(name, _)| *name == "code" || *name == "__type");
        let changed = codes.filter_map(|(_, code)| {
            let changed = code.as_str().and_then(keep)?;
            *code = Value::String(changed);
            Some(())
        });
        changed.count() > 0
    })
}

fn last_type_in_text(mut answer: Response<Bytes>) -> Response<Bytes> {
    let text = String::from_utf8_lossy(answer.body()).into_owned();
    let coded = members(&answer).is_some_and(|members| members.contains_key("code"));
    if let Some((_, after)) = text.rsplit_once("__type")
        && !coded
        && !answer.headers().contains_key(TYPE)
    {
        let letter = |c: char| c.is_ascii_alphabetic();
        let value = after.trim_start_matches(|c| !letter(c));
        let value = value.split(['"', '\\']).next().unwrap_or_default();
        if let Ok(value) = HeaderValue::from_str(value) {
            answer.headers_mut().insert(TYPE, value);
        }
    }
    answer
}

const TYPE: &str = "x-amzn-errortype";
