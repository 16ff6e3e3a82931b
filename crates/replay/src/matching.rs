//! What of a request counts when it is compared with a recorded one.

use std::collections::BTreeSet;

use bytes::Bytes;
use http::{Method, Request};
use kendra_sync_core::is_unseen;
use serde_json::{Number, Value};

use crate::exchange::Asked;
use crate::learn::{learn_headers, learn_uri};
use crate::redaction::Redaction;
use crate::secrets::Secrets;

/// Method, `X-Amz-Target` and body, without secrets. Host, path and other headers do not count.
#[derive(Debug)]
pub(crate) struct Key {
    method: Method,
    target: Option<Bytes>,
    body: Body,
}

#[derive(Debug)]
enum Body {
    Json(Value),
    Bytes(Bytes),
}

impl Key {
    /// Of a request that asks for an exchange.
    pub(crate) fn of_request(request: &Request<Bytes>, redaction: &Redaction) -> Self {
        let mut own = Secrets::default();
        learn_headers(request.headers(), &mut own);
        learn_uri(request.uri(), &mut own);
        let (target, body) = redaction.compared(request.headers(), request.body(), &own);
        Self { method: request.method().clone(), target, body: Body::of(body) }
    }

    /// Of a recorded one.
    pub(crate) fn of_recorded(asked: &Asked, redaction: &Redaction) -> Self {
        let (target, body) = redaction.compared(&asked.headers, &asked.body, &Secrets::default());
        Self { method: asked.method.clone(), target, body: Body::of(body) }
    }

    /// Whether both ask for the same: JSON is compared by meaning.
    pub(crate) fn matches(&self, other: &Self) -> bool {
        self.method == other.method
            && self.target == other.target
            && match (&self.body, &other.body) {
                (Body::Json(one), Body::Json(other)) => same(one, other),
                (Body::Bytes(one), Body::Bytes(other)) => one == other,
                _ => false,
            }
    }

    /// Where a request is not what was recorded, most telling first. Values are not shown.
    pub(crate) fn differences(&self, recorded: &Self) -> Vec<String> {
        let mut differences = Vec::new();
        if self.method != recorded.method {
            differences.push("the method".to_owned());
        }
        if self.target != recorded.target {
            differences.push("X-Amz-Target".to_owned());
        }
        match (&self.body, &recorded.body) {
            (Body::Json(asked), Body::Json(recorded)) => {
                differ(asked, recorded, &mut String::new(), &mut differences);
            }
            (Body::Bytes(asked), Body::Bytes(recorded)) if asked != recorded => {
                let at = asked.iter().zip(recorded).take_while(|(one, other)| one == other).count();
                differences.push(format!("the body at byte {at}"));
            }
            (Body::Bytes(_), Body::Bytes(_)) => {}
            (Body::Json(_), Body::Bytes(_)) => {
                differences.push("the body, which is not JSON in the recording".to_owned());
            }
            (Body::Bytes(_), Body::Json(_)) => {
                differences.push("the body, which is JSON in the recording only".to_owned());
            }
        }
        differences
    }

    /// How far apart they are.
    pub(crate) fn distance(&self, recorded: &Self) -> usize {
        let elsewhere = usize::from(self.method != recorded.method)
            + usize::from(self.target != recorded.target);
        elsewhere * 1000 + self.differences(recorded).len().min(999)
    }
}

impl Body {
    fn of(body: Bytes) -> Self {
        serde_json::from_slice(&body).map_or(Self::Bytes(body), Self::Json)
    }
}

/// Whether two JSON values mean the same: members in any order, 1 and 1.0 and 1e0 alike.
fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => same_number(one, other),
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one
                    .iter()
                    .all(|(name, one)| other.get(name).is_some_and(|other| same(one, other)))
        }
        _ => one == other,
    }
}

fn same_number(one: &Number, other: &Number) -> bool {
    // Whole numbers are compared exactly: as floating point, neighbours can be the same.
    one == other || ((one.is_f64() || other.is_f64()) && one.as_f64() == other.as_f64())
}

/// Adds the JSON pointer (RFC 6901) of each place at which the two differ.
fn differ(asked: &Value, recorded: &Value, pointer: &mut String, differences: &mut Vec<String>) {
    if same(asked, recorded) {
        return;
    }
    let length = pointer.len();
    let mut below = |name: &str, values: (Option<&Value>, Option<&Value>)| {
        pointer.push('/');
        pointer.push_str(&escaped(name));
        match values {
            (Some(asked), Some(recorded)) => differ(asked, recorded, pointer, differences),
            (Some(_), None) => differences.push(format!("{pointer}, which is not recorded")),
            (None, Some(_)) => differences.push(format!("{pointer}, which is recorded only")),
            (None, None) => {}
        }
        pointer.truncate(length);
    };
    match (asked, recorded) {
        (Value::Object(asked), Value::Object(recorded)) => {
            let names: BTreeSet<&String> = asked.keys().chain(recorded.keys()).collect();
            for name in names {
                below(name, (asked.get(name), recorded.get(name)));
            }
        }
        (Value::Array(asked), Value::Array(recorded)) => {
            for at in 0..asked.len().max(recorded.len()) {
                below(&at.to_string(), (asked.get(at), recorded.get(at)));
            }
        }
        _ if pointer.is_empty() => differences.push("the body".to_owned()),
        _ => differences.push(pointer.clone()),
    }
}

/// A member's name in a pointer: bounded, and without what could steer a terminal.
fn escaped(name: &str) -> String {
    let mut escaped = String::new();
    for c in name.chars().take(MAX_NAME) {
        match c {
            '~' => escaped.push_str("~0"),
            '/' => escaped.push_str("~1"),
            c if is_unseen(c) => escaped.extend(c.escape_unicode()),
            c => escaped.push(c),
        }
    }
    escaped
}

const MAX_NAME: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    fn key(body: &str) -> Key {
        let request = Request::post("http://host/").header("x-amz-target", "Service.Operation");
        let request = request.body(Bytes::copy_from_slice(body.as_bytes())).unwrap();
        Key::of_request(&request, &Redaction::new())
    }

    #[test]
    fn json_is_compared_by_meaning() {
        for (one, other, same) in [
            (r#"{"a":1,"b":[true,null]}"#, r#"{ "b": [true, null], "a": 1.0 }"#, true),
            (r#""\u0041""#, r#""A""#, true),
            ("1e2", "100", true),
            ("18446744073709551615", "18446744073709551614", false),
            ("9007199254740993", "9007199254740992", false),
            ("[1,2]", "[2,1]", false),
            ("1", "\"1\"", false),
            ("{}", "", false),
            ("", "", true),
            ("not json", "not json", true),
            ("not json", "not  json", false),
        ] {
            assert_eq!(key(one).matches(&key(other)), same, "{one} {other}");
            assert_eq!(key(one).differences(&key(other)).is_empty(), same, "{one} {other}");
        }
    }

    #[test]
    fn differences_are_named_by_pointer_and_without_values() {
        let asked = key(r#"{"Id":"secret","Deep":{"a/b":[1,{"~":2}]},"New":1,"\u202e":1}"#);
        let recorded = key(r#"{"Id":"other","Deep":{"a/b":[1,{"~":3},4]},"\u202e":2}"#);
        assert_eq!(
            asked.differences(&recorded),
            [
                "/Deep/a~1b/1/~0",
                "/Deep/a~1b/2, which is recorded only",
                "/Id",
                "/New, which is not recorded",
                "/\\u{202e}",
            ]
        );
        assert_eq!(key("1").differences(&key("2")), ["the body"]);
        assert_eq!(key("abc").differences(&key("abd")), ["the body at byte 2"]);
    }
}
