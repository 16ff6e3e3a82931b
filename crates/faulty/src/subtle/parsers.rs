//! Parsers that are nearly right.

use serde_json::Value;

use crate::faulty::Faulty;
use crate::faulty::Make::Parser;
use crate::parsers::{invalid, members, with_members};

pub(super) fn rows() -> Vec<Faulty> {
    vec![
        Faulty::new(
            "X40",
            "a member of another type spoils the whole body",
            Parser(|answer| {
                let known = ["code", "__type", "message", "Message", "errorMessage"];
                let spoilt =
                    members(&answer).unwrap_or_default().into_iter().any(|(name, value)| {
                        known.contains(&name.as_str()) && !value.is_string() && !value.is_null()
                    });
                Ok(with_members(answer, |members| {
                    members.retain(|name, _| !spoilt || !known.contains(&name.as_str()));
                    spoilt
                }))
            }),
            &["errproto/dunder-type-variants"],
        ),
        Faulty::new(
            "X41",
            "a success that has a __type is an error",
            Parser(|mut answer| {
                let typed = members(&answer).is_some_and(|members| members.contains_key("__type"));
                if answer.status().is_success() && typed {
                    *answer.status_mut() = http::StatusCode::BAD_REQUEST;
                }
                Ok(answer)
            }),
            &["status/success-200-json-ignored"],
        ),
        Faulty::new(
            "X42",
            "cuts a message at 2,048 bytes, in the middle of a character too",
            Parser(|answer| {
                let members = members(&answer).unwrap_or_default();
                let message = members.get("message").and_then(Value::as_str).unwrap_or_default();
                // The defect: it panics.
                let _cut = if message.len() > 2048 { &message[..2048] } else { message };
                Ok(answer)
            }),
            &["errproto/hostile-json"],
        ),
        Faulty::new(
            "X43",
            "no success but 200",
            Parser(|answer| match answer.status().as_u16() {
                201..300 => Err(invalid("not 200".to_owned())),
                _ => Ok(answer),
            }),
            &["status/unusual-codes-pass"],
        ),
        Faulty::new(
            "X44",
            "takes the namespace for the code where there are two",
            Parser(|answer| {
                Ok(with_members(answer, |members| {
                    let Some(Value::String(code)) = members.get_mut("__type") else { return false };
                    let parts: Vec<&str> = code.split('#').collect();
                    let [_, second, _, ..] = parts.as_slice() else { return false };
                    *code = (*second).to_owned();
                    true
                }))
            }),
            &["errproto/dunder-type-variants"],
        ),
        Faulty::new(
            "X45",
            "reads no body of a 403",
            Parser(|mut answer| {
                if answer.status() == http::StatusCode::FORBIDDEN {
                    answer.body_mut().clear();
                }
                Ok(answer)
            }),
            &["status/unmodelled-403-429"],
        ),
        Faulty::new(
            "X46",
            "an error without a body is no answer",
            Parser(|answer| match answer.body().is_empty() && !answer.status().is_success() {
                true => Err(invalid("no body".to_owned())),
                false => Ok(answer),
            }),
            &["status/unmodelled-403-429"],
        ),
    ]
}
