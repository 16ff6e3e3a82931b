//! What an answer is read as: AWS's own cases, and whatever else a server or a proxy may send.
#![expect(
    clippy::disallowed_methods,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a failed step is a failed test; tests read the clock as a driver does"
)]

use std::error::Error as _;
use std::sync::Arc;
use std::time::{Instant, SystemTime};

use bytes::Bytes;
use http::Response;
use kendra_sync_core::call::{Call, Now, Shared, Step};
use kendra_sync_core::operations::StopDataSourceSyncJob;
use kendra_sync_core::transport::MAX_BODY;
use kendra_sync_core::{
    Config, Credentials, DataSourceId, Delivery, Error, ErrorCode, ErrorKind, IndexId, Region,
    RetryPolicy, ServiceError, Stopped, TransportErrorKind,
};
use serde_json::Value;

fn outcome(response: Response<Bytes>) -> Result<Stopped, Error> {
    let config = Config::new(Region::new("eu-west-1").unwrap()).retry(RetryPolicy::off());
    let shared = Arc::new(Shared::new(config));
    let index = IndexId::new("0a1b2c3d-4e5f-6789-abcd-ef0123456789").unwrap();
    let stop = StopDataSourceSyncJob::new(index, DataSourceId::new("wiki").unwrap());
    let now = Now { instant: Instant::now(), system: SystemTime::now() };
    let Step::Send(mut attempt) = Call::start(&shared, stop, 1, now) else { panic!("not sending") };
    let credentials = Credentials::new("AKIDEXAMPLE", "secret", None).unwrap();
    let _ = attempt.sign(&credentials, now).unwrap();
    let Step::Done(result) = attempt.complete(Ok(response), now) else { panic!("not done") };
    result
}

fn response(status: u16, headers: &[(&str, &[u8])], body: impl Into<Bytes>) -> Response<Bytes> {
    let mut builder = Response::builder().status(status);
    for &(name, value) in headers {
        builder = builder.header(name, value);
    }
    builder.body(body.into()).unwrap()
}

fn service_error(status: u16, headers: &[(&str, &[u8])], body: impl Into<Bytes>) -> ServiceError {
    let error = outcome(response(status, headers, body)).unwrap_err();
    match error.kind() {
        ErrorKind::Service(error) => error.clone(),
        other => panic!("no service error: {other:?}"),
    }
}

#[test]
fn all_of_smithys_aws_json_1_1_error_cases() {
    let vectors: Value =
        serde_json::from_str(include_str!("vectors/awsjson11-error-protocol-tests.json")).unwrap();
    let cases = vectors["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 14);
    for case in cases {
        let headers: Vec<(&str, &[u8])> = case["headers"]
            .as_object()
            .unwrap()
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str().unwrap().as_bytes()))
            .collect();
        let status = u16::try_from(case["code"].as_u64().unwrap()).unwrap();
        let body = case["body"].as_str().unwrap_or_default().to_owned();
        let error = service_error(status, &headers, body);
        let code = error.code().map(ErrorCode::as_str);
        assert_eq!(code, case["expectedErrorCode"].as_str(), "{}", case["id"]);
        assert_eq!(error.status().as_u16(), status);
    }
}

#[test]
fn each_documented_code_is_a_variant_whatever_the_status() {
    for (code, variant, retryable) in [
        ("AccessDeniedException", ErrorCode::AccessDenied, false),
        ("InternalServerException", ErrorCode::InternalServer, true),
        ("ResourceNotFoundException", ErrorCode::ResourceNotFound, false),
        ("ThrottlingException", ErrorCode::Throttling, true),
        ("ValidationException", ErrorCode::Validation, false),
        ("ExpiredTokenException", ErrorCode::Other("ExpiredTokenException".into()), false),
        ("SlowDown", ErrorCode::Other("SlowDown".into()), true),
        ("RequestTimeout", ErrorCode::Other("RequestTimeout".into()), true),
    ] {
        for status in [400, 403, 404, 418] {
            let body = format!(r#"{{"__type":"{code}","Message":"why"}}"#);
            let error =
                outcome(response(status, &[("x-amzn-requestid", b"id-1")], body)).unwrap_err();
            assert_eq!(error.code(), Some(&variant));
            assert_eq!(error.status().unwrap().as_u16(), status);
            assert_eq!(error.request_id(), Some("id-1"));
            assert_eq!(error.retryable(), retryable, "{code}");
            assert_eq!(error.delivery(), Delivery::MaybeSent);
            assert_eq!(error.to_string(), format!("{code}: why (HTTP {status}, request id id-1)"));
        }
    }
}

#[test]
fn a_status_alone_is_retryable_where_servers_mean_later() {
    let retryable: Vec<u16> = (300..600)
        .filter(|&status| outcome(response(status, &[], "")).unwrap_err().retryable())
        .collect();
    assert_eq!(retryable, [429, 500, 502, 503, 504]);
}

#[test]
fn the_header_goes_before_code_and_code_before_type() {
    let body = r#"{"code":"B","__type":"C"}"#;
    let code = |headers: &[(&str, &[u8])], body: &'static str| {
        service_error(400, headers, body).code().map(|code| code.as_str().to_owned())
    };
    let header = "x-amzn-errortype";
    assert_eq!(code(&[(header, b"A")], body).as_deref(), Some("A"));
    assert_eq!(code(&[(header, b" ")], body).as_deref(), Some("B"));
    assert_eq!(code(&[], body).as_deref(), Some("B"));
    assert_eq!(code(&[], r#"{"code":"","__type":"C"}"#).as_deref(), Some("C"));
    assert_eq!(code(&[(header, b"A,B")], "").as_deref(), Some("A"));
    assert_eq!(code(&[(header, b" ns#A:http://x/#y ")], "").as_deref(), Some("A"));
    assert_eq!(code(&[(header, b"#:")], "").as_deref(), None);
}

/// Not JSON, or not an object: code and request id come from the headers, and an excerpt remains.
#[test]
fn headers_count_whatever_the_body_is() {
    let html = "<html>\r\n<body>503 Service Unavailable</body>\u{e9}</html>";
    for (status, body, excerpt) in [
        (503, html, Some(r"<html>\u{d}\u{a}<body>503 Service Unavailable</body>\u{e9}</html>")),
        (503, "<!DOCTYPE html>", Some("<!DOCTYPE html>")),
        (500, "", None),
        (400, "null", Some("null")),
        (400, "[1]", Some("[1]")),
        (302, "", None),
    ] {
        let headers: [(&str, &[u8]); 2] =
            [("X-Amzn-ErrorType", b"ns#Teapot"), ("X-AMZN-REQUESTID", b"id-1")];
        let error = service_error(status, &headers, body);
        assert_eq!(error.code(), Some(&ErrorCode::Other("Teapot".into())));
        assert_eq!(error.request_id(), Some("id-1"));
        assert_eq!((error.message(), error.excerpt()), (None, excerpt));

        let error = service_error(status, &[("x-amz-request-id", b"id-2")], body);
        assert_eq!((error.code(), error.request_id()), (None, Some("id-2")));
        assert_eq!(error.status().as_u16(), status);
    }
}

#[test]
fn hostile_bodies_cost_neither_status_nor_request_id() {
    let deep = "[".repeat(MAX_BODY);
    let long = format!(r#"{{"__type":"A","message":"{}"}}"#, "é".repeat(300_000));
    for (body, code) in [
        (Bytes::from(deep.clone()), None),
        (Bytes::from(format!(r#"{{"__type":"A","x":{deep}"#)), Some("A")),
        (Bytes::from(long), Some("A")),
        (Bytes::from_static(b"\xff\xfe\x00"), None),
        (Bytes::from_static(b"{\"__type\":\"A\",\"message\":\"\\ud800\"}"), Some("A")),
        (Bytes::from(vec![0; MAX_BODY + 1]), None),
    ] {
        let error = service_error(400, &[("x-amzn-requestid", b"id-1")], body);
        assert_eq!(error.code().map(ErrorCode::as_str), code);
        assert_eq!((error.status().as_u16(), error.request_id()), (400, Some("id-1")));
        assert!(error.to_string().len() < 8 * 1024, "{}", error.to_string().len());
    }
}

#[test]
fn what_is_kept_is_bounded_and_shown_on_one_line() {
    let message = |length: usize| {
        let body = format!(r#"{{"message":"{}"}}"#, "é".repeat(length));
        service_error(400, &[], body).message().unwrap().to_owned()
    };
    assert_eq!(message(2048), "é".repeat(2048));
    assert_eq!(message(2049), format!("{}…", "é".repeat(2048)));

    let error = service_error(400, &[], "x".repeat(201));
    assert_eq!(error.excerpt(), Some(&*"x".repeat(200)));
    let binary: Vec<u8> = (0..=255).cycle().take(300).collect();
    let shown: String = (0..200)
        .map(|byte: u8| match byte {
            b' '..=b'~' => char::from(byte).to_string(),
            0x80.. => r"\u{fffd}".to_owned(),
            _ => format!("\\u{{{byte:x}}}"),
        })
        .collect();
    assert_eq!(service_error(400, &[], binary).excerpt(), Some(&*shown));
    let error = service_error(400, &[], "\u{0}".repeat(300));
    assert_eq!(error.excerpt(), Some(&*r"\u{0}".repeat(200)));

    let body = r#"{"__type":"A\u001b[2J","message":"two\nlines\u001b[31m"}"#;
    let error = service_error(400, &[("x-amzn-requestid", b"a\xffb")], body);
    assert_eq!(error.message(), Some("two\nlines\u{1b}[31m"));
    assert_eq!(
        error.to_string(),
        "A\\u{1b}[2J: two\\u{a}lines\\u{1b}[31m (HTTP 400, request id a\u{fffd}b)"
    );
}

#[test]
fn any_2xx_is_success_whatever_its_body() {
    let over = Bytes::from(vec![b'x'; MAX_BODY + 1]);
    for (status, body) in [
        (200, Bytes::new()),
        (200, Bytes::from_static(b"{}")),
        (200, Bytes::from_static(b"{\"a\":1}")),
        (202, Bytes::from_static(b"<html>")),
        (204, Bytes::new()),
        (299, over),
    ] {
        let headers: [(&str, &[u8]); 2] =
            [("x-amzn-requestid", b"id-1"), ("content-type", b"application/x-amz-json-1.1")];
        let stopped = outcome(response(status, &headers, body)).unwrap();
        assert_eq!((stopped.request_id(), stopped.attempts()), (Some("id-1"), 1));
    }
}

#[test]
fn a_web_page_is_not_kendras_success() {
    for content_type in ["text/html", "Text/HTML; charset=utf-8", "application/xhtml+xml"] {
        let headers: [(&str, &[u8]); 1] = [("content-type", content_type.as_bytes())];
        let error = outcome(response(200, &headers, "<html>sign in</html>")).unwrap_err();
        let ErrorKind::Transport(transport) = error.kind() else { panic!("{error:?}") };
        assert_eq!(transport.kind(), TransportErrorKind::InvalidResponse);
        assert_eq!((error.delivery(), error.retryable()), (Delivery::MaybeSent, false));
        assert_eq!(error.to_string(), "the answer is not a valid one");
        assert_eq!(
            error.source().unwrap().to_string(),
            "a web page came back: something other than Kendra answered"
        );
        assert_eq!(error.status().unwrap().as_u16(), 200);
    }
    assert!(outcome(response(200, &[("content-type", b"text/htmlx")], "")).is_ok());
}
