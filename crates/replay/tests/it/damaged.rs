//! What is no cassette is an error that names the place.

use kendra_sync_replay::{Cassette, CassetteErrorKind, Exchange, Redaction};

use crate::script::{answer, failure, request};
use kendra_sync_replay::kendra_sync_core::{Delivery, TransportErrorKind};

/// What is said of `text`.
fn said(text: &str) -> String {
    Cassette::parse(text).unwrap_err().to_string()
}

fn cassette() -> Cassette {
    let answered =
        Exchange::new(&request("wiki"), answer(200, "é\u{200b}\0").as_ref(), &Redaction::new());
    let failed = failure(TransportErrorKind::Timeout, Delivery::MaybeSent);
    let failed = Exchange::new(&request("wiki"), failed.as_ref(), &Redaction::new());
    [answered, failed].into_iter().collect()
}

#[test]
fn damage_is_told_by_line_column_and_what_was_expected() {
    let log = |inside: &str| format!("{{\"log\":{{\"version\":\"1.2\",\"_format\":1,{inside}}}}}");
    let entry = |inside: &str| log(&format!("\n\"entries\":[{{{inside}}}]"));
    let asked = "\"request\":{\"method\":\"POST\",\"headers\":[]}";
    for (text, expected) in [
        (String::new(), "line 1, column 0: expected the rest of a value, not the end of the file"),
        (
            "{".to_owned(),
            "line 1, column 1: expected the rest of an object, not the end of the file",
        ),
        ("[]".to_owned(), "line 1, column 2: expected an object with `log`"),
        ("null".to_owned(), "line 1, column 4: expected an object with `log`"),
        ("{\"log\":{}}".to_owned(), "line 1, column 9: expected the field `version`"),
        ("{\"log\":[1]}".to_owned(), "line 1, column 9: expected a string"),
        (
            "{\n\"log\":7}".to_owned(),
            "line 2, column 7: expected an object with `version`, `_format` and `entries`",
        ),
        (
            "{\"log\":{\"version\":\"1.1\"".to_owned(),
            "line 1, column 23: expected HAR version \"1.2\"",
        ),
        (
            "{\"log\":{\"version\":\"1.2\",\"_format\":2".to_owned(),
            "line 1, column 35: expected `_format` 1",
        ),
        (
            "{\"log\":{\"version\":\"1.2\",\"entries\":[]}}".to_owned(),
            "line 1, column 37: expected the field `_format`",
        ),
        (log("\"x\":1"), "line 1, column 42: expected the field `entries`"),
        (log("\"entries\":{}"), "line 1, column 46: expected an array"),
        (log("\"entries\":[]") + " x", "line 1, column 52: expected nothing after the end"),
        (entry(""), "line 2, column 13: expected the field `request`"),
        (entry(asked), "line 2, column 54: expected a `response` with a status, or `_error`"),
        (
            entry(&format!("{asked},\"response\":{{\"status\":0}}")),
            "line 2, column 78: expected a `response` with a status, or `_error`",
        ),
        (
            entry(&format!("{asked},\"response\":{{\"status\":99}}")),
            "line 2, column 77: expected a status from 100 to 999, or 0",
        ),
        (
            entry(&format!("{asked},\"response\":{{\"status\":\"a secret\"}}")),
            "line 2, column 84: expected a whole number",
        ),
        (
            entry(&format!("{asked},\"_error\":{{\"kind\":\"Reset\"}}")),
            "line 2, column 78: expected one of Connect, Interrupted, InvalidRequest, InvalidResponse, Other, Timeout, Tls, Unrecorded",
        ),
        (
            entry(&format!("{asked},\"_error\":{{\"kind\":\"Tls\"}}")),
            "line 2, column 78: expected `_delivery`: there is an `_error`",
        ),
        (
            entry(&format!("{asked},\"_delivery\":\"lost\"")),
            "line 2, column 72: expected \"not-sent\" or \"maybe-sent\"",
        ),
        (
            entry("\"request\":{\"method\":\"PO ST\""),
            "line 2, column 40: expected a method such as \"POST\"",
        ),
        (
            entry(
                "\"request\":{\"method\":\"GET\",\"headers\":[{\"name\":\"a b\",\"value\":\"\"}]",
            ),
            "line 2, column 75: expected the name of a header",
        ),
        (
            entry(
                "\"request\":{\"method\":\"GET\",\"headers\":[{\"name\":\"a\",\"value\":\"\\n\"}]",
            ),
            "line 2, column 75: expected the value of a header",
        ),
        (
            entry(
                "\"request\":{\"method\":\"GET\",\"headers\":[],\"postData\":{\"text\":\"!\",\"_encoding\":\"base64\"}",
            ),
            "line 2, column 96: expected base64, as the encoding says",
        ),
        (
            entry(
                "\"request\":{\"method\":\"GET\",\"headers\":[],\"postData\":{\"text\":\"\",\"_encoding\":\"gzip\"}",
            ),
            "line 2, column 93: expected the encoding \"base64\", or none",
        ),
        (
            entry("\"startedDateTime\":\"yesterday\""),
            "line 2, column 42: expected a time such as \"2026-11-24T22:26:01.234Z\"",
        ),
        (entry("\"time\":-1"), "line 2, column 22: expected milliseconds, from 0 to a day's"),
        ("{\"log\" 1}".to_owned(), "line 1, column 8: expected `:`"),
        ("{\"log\": tru}".to_owned(), "line 1, column 12: expected true, false or null"),
        ("{log:1}".to_owned(), "line 1, column 2: expected a name in double quotes"),
        ("{\"a\":1,}".to_owned(), "line 1, column 8: expected no comma at the end"),
        (
            "{\"a\":\"\n\"}".to_owned(),
            "line 1, column 6: expected an escape, not a control character",
        ),
        ("{\"\\q\":1}".to_owned(), "line 1, column 4: expected one of JSON's escapes"),
        ("{\"\\ud800\":1}".to_owned(), "line 1, column 9: expected the second half of a character"),
        (
            "{\"log\":1,\"log\":1}".to_owned(),
            "line 1, column 8: expected an object with `version`, `_format` and `entries`",
        ),
        (entry("\"_attempt\":-1"), "line 2, column 25: expected a whole number"),
    ] {
        assert_eq!(said(&text), format!("cassette: {expected}"), "{text}");
    }
    let Err(error) = Cassette::parse("{") else { panic!("it is damaged") };
    assert!(matches!(error.kind(), CassetteErrorKind::Damaged { line: 1, column: 1, .. }));
}

#[test]
fn a_cassette_that_is_cut_anywhere_is_damaged() {
    let text = cassette().to_string();
    assert_eq!(Cassette::parse(&text).unwrap(), cassette());
    let whole = text.trim_end().len();
    for end in 0..whole {
        let error = Cassette::parse(&text.as_bytes()[..end]).unwrap_err();
        assert!(matches!(error.kind(), CassetteErrorKind::Damaged { .. }), "{end}: {error}");
    }
    assert!(Cassette::parse(&text.as_bytes()[..whole]).is_ok());
}

#[test]
fn a_changed_byte_never_panics() {
    let text = cassette().to_string();
    for at in 0..text.len() {
        for to in [b'"', b'{', b']', b'\\', b'0', b',', 0, 0xff] {
            let mut changed = text.clone().into_bytes();
            changed[at] = to;
            if let Ok(changed) = Cassette::parse(&changed) {
                assert!(changed.exchanges().len() <= 2);
            }
        }
    }
}

#[test]
fn deep_nesting_is_refused_wherever_it_stands() {
    for deep in ["[".repeat(1_000_000), format!("{{\"log\":{{\"_x\":{}", "{\"a\":".repeat(100_000))]
    {
        let said = said(&deep);
        assert!(said.ends_with("expected at most 64 levels of nesting"), "{said}");
    }
    let brackets = "[".repeat(1000);
    let text = format!(
        "{{\"log\":{{\"version\":\"1.2\",\"_format\":1,\"comment\":\"\\\"{brackets}\",\"entries\":[]}}}}"
    );
    assert_eq!(Cassette::parse(text).unwrap(), Cassette::new());
}

#[test]
fn a_file_that_is_too_large_or_none_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("large.har");
    let file = std::fs::File::create(&path).unwrap();
    file.set_len(100 * 1024 * 1024).unwrap();
    let said = |path: &std::path::Path| {
        let error = Cassette::read(path).unwrap_err();
        (
            error.kind().clone(),
            error.to_string().replace(&*directory.path().to_string_lossy(), "DIR"),
        )
    };
    let too_large = "cassette DIR/large.har: must be at most 64 MiB".to_owned();
    assert_eq!(said(&path), (CassetteErrorKind::TooLarge, too_large));
    let missing = "cassette DIR/none.har: there is no such file".to_owned();
    assert_eq!(said(&directory.path().join("none.har")), (CassetteErrorKind::Missing, missing));
    assert_eq!(
        said(directory.path()),
        (CassetteErrorKind::NotAFile, "cassette DIR: must be a file".to_owned())
    );
}

#[test]
fn what_only_viewers_need_may_be_left_out_or_foreign() {
    let text = "\u{feff}{\"log\":{\"version\":\"1.2\",\"_format\":1,\"pages\":[{}],\"entries\":[{\"request\":{\"method\":\"POST\",\"headers\":[],\
                \"httpVersion\":\"h2\",\"cookies\":[{\"name\":1}]},\"response\":{\"status\":204,\"content\":{}}}]}}";
    let cassette = Cassette::parse(text).unwrap();
    let [exchange] = cassette.exchanges() else { panic!("{cassette:?}") };
    assert_eq!(exchange.outcome().unwrap().status(), 204);
    assert_eq!((exchange.started(), exchange.attempt()), (None, None));
    assert_eq!(Cassette::parse(cassette.to_string()).unwrap(), cassette);
}
