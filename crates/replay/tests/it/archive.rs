//! A recording is an HTTP archive that other programs can open.

use kendra_sync_replay::kendra_sync_core::{Delivery, TransportErrorKind};
use kendra_sync_replay::{Recorder, Redaction};
use serde_json::Value;

use crate::script::{Script, answer, failure, request, send};

fn recorded() -> String {
    let failed = failure(TransportErrorKind::Interrupted, Delivery::MaybeSent);
    let mut binary = answer(200, "").unwrap();
    *binary.body_mut() = b"\xff\x00\xfe"[..].into();
    binary.headers_mut().insert("x-odd", http::HeaderValue::from_bytes(b"\xff").unwrap());
    let script = [answer(400, "{\"__type\":\"ThrottlingException\"}"), failed, Ok(binary)];
    let recorder = Recorder::in_memory(Script::new(script)).redaction(Redaction::new());
    for _ in 0..3 {
        let mut request = request("wiki");
        *request.uri_mut() = "https://host/path?a=1&b".parse().unwrap();
        request.headers_mut().insert("amz-sdk-request", "attempt=2; max=3".parse().unwrap());
        let _ = send(&recorder, request);
    }
    recorder.recording().cassette().to_string()
}

type Check = fn(&Value) -> bool;

/// Names, and kinds of values, that HAR 1.2 requires: (where, name, what).
const REQUIRED: [(&str, &[&str], Check); 11] = [
    ("/log", &["version"], |value| value == "1.2"),
    ("/log/creator", &["name", "version"], Value::is_string),
    ("/log/entries/N", &["startedDateTime"], Value::is_string),
    ("/log/entries/N", &["time"], |value| value.as_f64() >= Some(0.0)),
    ("/log/entries/N", &["request", "response", "cache", "timings"], Value::is_object),
    ("/log/entries/N/request", &["method", "url", "httpVersion"], Value::is_string),
    ("/log/entries/N/request", &["cookies", "headers", "queryString"], Value::is_array),
    ("/log/entries/N/response", &["statusText", "httpVersion", "redirectURL"], Value::is_string),
    ("/log/entries/N/response", &["cookies", "headers"], Value::is_array),
    ("/log/entries/N/response/content", &["mimeType"], Value::is_string),
    ("/log/entries/N/request/postData", &["mimeType", "text"], Value::is_string),
];

const NUMBERS: [(&str, &[&str]); 4] = [
    ("/log/entries/N/request", &["headersSize", "bodySize"]),
    ("/log/entries/N/response", &["status", "headersSize", "bodySize"]),
    ("/log/entries/N/response/content", &["size"]),
    ("/log/entries/N/timings", &["send", "wait", "receive"]),
];

#[test]
fn every_field_that_har_requires_is_there() {
    let archive: Value = serde_json::from_str(&recorded()).unwrap();
    let numbers = NUMBERS.map(|(place, names)| (place, names, Value::is_number as Check));
    for (place, names, is_right) in REQUIRED.into_iter().chain(numbers) {
        for number in 0..3 {
            let place = place.replace('N', &number.to_string());
            for name in names {
                let value = archive.pointer(&format!("{place}/{name}"));
                assert!(value.is_some_and(is_right), "{place}/{name}: {value:?}");
            }
        }
    }
    for entry in archive["log"]["entries"].as_array().unwrap() {
        for message in ["request", "response"] {
            for header in entry[message]["headers"].as_array().unwrap() {
                assert!(header["name"].is_string() && header["value"].is_string(), "{header}");
            }
        }
    }
}

#[test]
fn the_har_crate_opens_it() {
    let har = har::from_str(&recorded()).unwrap();
    let har::Spec::V1_2(log) = har.log else { panic!("{har:?}") };
    let statuses: Vec<i64> = log.entries.iter().map(|entry| entry.response.status).collect();
    assert_eq!(statuses, [400, 0, 200]);
    let content = &log.entries[2].response.content;
    assert_eq!(
        (content.text.as_deref(), content.encoding.as_deref()),
        (Some("/wD+"), Some("base64"))
    );
    let query: Vec<_> = log.entries[0]
        .request
        .query_string
        .iter()
        .map(|pair| (&*pair.name, &*pair.value))
        .collect();
    assert_eq!(query, [("a", "1"), ("b", "")]);
}

#[test]
fn what_is_not_har_stands_in_fields_of_its_own() {
    let archive: Value = serde_json::from_str(&recorded()).unwrap();
    assert_eq!(archive["log"]["_format"], 1);
    let [answered, failed, binary] = archive["log"]["entries"].as_array().unwrap().as_slice()
    else {
        panic!("{archive}")
    };
    assert_eq!((&answered["_attempt"], &answered["_delivery"]), (&2.into(), &"maybe-sent".into()));
    assert_eq!(answered["_error"], Value::Null);
    let error = serde_json::json!({ "kind": "Interrupted", "message": "what caused it" });
    assert_eq!((&failed["_error"], &failed["response"]["status"]), (&error, &0.into()));
    let odd = binary["response"]["headers"].as_array().unwrap().last().unwrap();
    assert_eq!(
        *odd,
        serde_json::json!({ "name": "x-odd", "value": "/w==", "_encoding": "base64" })
    );
}

/// The layout that files are compared by: what is the same twice differs in times only.
#[test]
fn an_exchange_is_a_stretch_of_lines_in_a_fixed_order() {
    let text = recorded();
    let lines = text.lines().filter(|line| !line.contains("startedDateTime"));
    let lines = lines.map(|line| match line.split_once(": ") {
        Some((name, _)) if name.ends_with("\"time\"") || name.ends_with("\"wait\"") => {
            format!("{name}: T,")
        }
        _ => line.to_owned(),
    });
    let version = env!("CARGO_PKG_VERSION");
    let expected = include_str!("recorded.har.txt").replace("VERSION", version);
    assert_eq!(lines.collect::<Vec<_>>().join("\n") + "\n", expected);
}
