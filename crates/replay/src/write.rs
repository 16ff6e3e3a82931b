//! Exchanges as the text of an HTTP archive.

use std::borrow::Cow;
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, Version, header};
use kendra_sync_core::{Delivery, TransportError, TransportErrorKind, is_unseen};
use serde::Serialize;
use serde::ser::{SerializeSeq, Serializer};
use serde_json::value::{RawValue, to_raw_value};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::exchange::{Exchange, Fault, Uses};
use crate::learn::pairs;

/// The whole file, of entries that [`entry`] made.
pub(crate) fn log<S: AsRef<str>>(entries: &[S]) -> String {
    let version = env!("CARGO_PKG_VERSION");
    let head = format!(
        "{{\n  \"log\": {{\n    \"version\": \"1.2\",\n    \"_format\": {FORMAT},\n    \"creator\": {{ \
         \"name\": \"kendra-sync\", \"version\": \"{version}\" }},\n    \"entries\": ["
    );
    let length = head.len()
        + TAIL.len()
        + entries.iter().map(|entry| entry.as_ref().len() + 2).sum::<usize>();
    let mut text = String::with_capacity(length);
    text.push_str(&head);
    for (number, entry) in entries.iter().enumerate() {
        text.push_str(if number == 0 { "\n" } else { ",\n" });
        text.push_str(entry.as_ref());
    }
    if !entries.is_empty() {
        text.push_str("\n    ");
    }
    text.push_str(TAIL);
    text
}

/// One entry, as its lines stand in the file.
pub(crate) fn entry(exchange: &Exchange) -> String {
    #[expect(clippy::expect_used, reason = "only strings and numbers under text keys are written")]
    let json =
        serde_json::to_string_pretty(&Entry::of(exchange)).expect("strings and numbers are JSON");
    let mut text = String::with_capacity(json.len() + 512);
    for line in json.split('\n') {
        text.push_str(if text.is_empty() { INDENT } else { "\n" });
        if text.ends_with('\n') {
            text.push_str(INDENT);
        }
        // What could steer a terminal, or hide: a file is read by people too.
        for c in line.chars() {
            if is_unseen(c) {
                let mut units = [0; 2];
                for unit in c.encode_utf16(&mut units) {
                    text.push_str(&format!("\\u{unit:04x}"));
                }
            } else {
                text.push(c);
            }
        }
    }
    text
}

#[derive(Serialize)]
struct Entry<'a> {
    #[serde(rename = "startedDateTime")]
    started: String,
    time: f64,
    #[serde(rename = "_attempt", skip_serializing_if = "Option::is_none")]
    attempt: Option<u32>,
    #[serde(rename = "_delivery")]
    delivery: &'static str,
    #[serde(rename = "_error", skip_serializing_if = "Option::is_none")]
    error: Option<ErrorFacts<'a>>,
    #[serde(rename = "_repeat", skip_serializing_if = "Option::is_none")]
    repeat: Option<bool>,
    request: Request<'a>,
    response: Response<'a>,
    cache: Nothing,
    timings: Timings,
}

#[derive(Serialize)]
struct ErrorFacts<'a> {
    kind: &'static str,
    message: Cow<'a, str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    causes: &'a [String],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Request<'a> {
    method: &'a str,
    url: &'a str,
    http_version: &'static str,
    cookies: [Nothing; 0],
    headers: Headers<'a>,
    query_string: Query<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    post_data: Option<PostData<'a>>,
    headers_size: i64,
    body_size: usize,
}

#[derive(Serialize)]
struct PostData<'a> {
    #[serde(rename = "mimeType")]
    mime_type: String,
    text: Text<'a>,
    #[serde(rename = "_encoding", skip_serializing_if = "Option::is_none")]
    encoding: Option<&'static str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Response<'a> {
    status: u16,
    status_text: &'static str,
    http_version: &'static str,
    cookies: [Nothing; 0],
    headers: Headers<'a>,
    content: Content<'a>,
    #[serde(rename = "redirectURL")]
    redirect_url: String,
    headers_size: i64,
    body_size: i64,
}

#[derive(Serialize)]
struct Content<'a> {
    size: usize,
    #[serde(rename = "mimeType")]
    mime_type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    encoding: Option<&'static str>,
}

#[derive(Serialize)]
struct Timings {
    send: f64,
    wait: f64,
    receive: f64,
}

/// `{}`.
#[derive(Serialize)]
struct Nothing {}

impl<'a> Entry<'a> {
    fn of(exchange: &'a Exchange) -> Self {
        let Exchange { asked, outcome, started, took, attempt, uses } = exchange;
        let millis = took.as_micros() as f64 / 1000.0;
        let fault = outcome.as_ref().err();
        let body = &asked.body;
        let (text, encoding) = Text::of(body);
        let post_data = PostData { mime_type: media_type(&asked.headers), text, encoding };
        Self {
            started: date_time(started.unwrap_or(SystemTime::UNIX_EPOCH)),
            time: millis,
            attempt: *attempt,
            delivery: delivery(fault.map_or(Delivery::MaybeSent, |fault| fault.delivery)),
            error: fault.map(ErrorFacts::of),
            repeat: (*uses == Uses::Always).then_some(true),
            request: Request {
                method: asked.method.as_str(),
                url: &asked.url,
                http_version: version(asked.version),
                cookies: [],
                headers: Headers(Some(&asked.headers)),
                query_string: Query(&asked.url),
                post_data: (!body.is_empty()).then_some(post_data),
                headers_size: -1,
                body_size: body.len(),
            },
            response: outcome.as_ref().map_or_else(|_| Response::none(), Response::of),
            cache: Nothing {},
            timings: Timings { send: 0.0, wait: millis, receive: 0.0 },
        }
    }
}

impl<'a> ErrorFacts<'a> {
    fn of(fault: &'a Fault) -> Self {
        let kind = fault.kind.name();
        match fault.causes.split_first() {
            Some((first, rest)) => Self { kind, message: first.into(), causes: rest },
            None => Self { kind, message: kind_only(fault.kind).into(), causes: &[] },
        }
    }
}

impl<'a> Response<'a> {
    fn of(response: &'a http::Response<Bytes>) -> Self {
        let (headers, body) = (response.headers(), response.body());
        let (text, encoding) = Text::of(body);
        let location = headers.get(header::LOCATION).map(|location| location.as_bytes());
        Self {
            status: response.status().as_u16(),
            status_text: response.status().canonical_reason().unwrap_or(""),
            http_version: version(response.version()),
            cookies: [],
            headers: Headers(Some(headers)),
            content: Content {
                size: body.len(),
                mime_type: media_type(headers),
                text: (!body.is_empty()).then_some(text),
                encoding: encoding.filter(|_| !body.is_empty()),
            },
            redirect_url: String::from_utf8_lossy(location.unwrap_or_default()).into_owned(),
            headers_size: -1,
            body_size: i64::try_from(body.len()).unwrap_or(-1),
        }
    }

    /// What stands where there is no answer.
    fn none() -> Self {
        Self {
            status: 0,
            status_text: "",
            http_version: version(Version::HTTP_11),
            cookies: [],
            headers: Headers(None),
            content: Content {
                size: 0,
                mime_type: "x-unknown".to_owned(),
                text: None,
                encoding: None,
            },
            redirect_url: String::new(),
            headers_size: -1,
            body_size: -1,
        }
    }
}

/// One header a line.
struct Headers<'a>(Option<&'a HeaderMap>);

impl Serialize for Headers<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut lines = serializer.serialize_seq(None)?;
        for (name, value) in self.0.into_iter().flatten() {
            let (value, encoding) = Text::of(value.as_bytes());
            lines.serialize_element(&line(&Pair { name: name.as_str(), value, encoding })?)?;
        }
        lines.end()
    }
}

/// The query of a URL, one parameter a line.
struct Query<'a>(&'a str);

impl Serialize for Query<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let query = self.0.split_once('?').map_or("", |(_, query)| query);
        let mut lines = serializer.serialize_seq(None)?;
        for (name, value) in pairs(query) {
            let value = Text::Plain(value);
            lines.serialize_element(&line(&Pair { name, value, encoding: None })?)?;
        }
        lines.end()
    }
}

#[derive(Serialize)]
struct Pair<'a> {
    name: &'a str,
    value: Text<'a>,
    #[serde(rename = "_encoding", skip_serializing_if = "Option::is_none")]
    encoding: Option<&'static str>,
}

/// `value` on one line, where everything else has a line for each field.
fn line<E: serde::ser::Error>(value: &impl Serialize) -> Result<Box<RawValue>, E> {
    to_raw_value(value).map_err(E::custom)
}

/// Bytes as JSON can hold them.
#[derive(Serialize)]
#[serde(untagged)]
enum Text<'a> {
    Plain(&'a str),
    Base64(String),
}

impl<'a> Text<'a> {
    fn of(bytes: &'a [u8]) -> (Self, Option<&'static str>) {
        match std::str::from_utf8(bytes) {
            Ok(text) => (Self::Plain(text), None),
            Err(_) => (Self::Base64(STANDARD.encode(bytes)), Some(BASE64)),
        }
    }
}

/// The name that a delivery has in a file.
pub(crate) fn delivery(delivery: Delivery) -> &'static str {
    match delivery {
        Delivery::NotSent => "not-sent",
        Delivery::MaybeSent => "maybe-sent",
    }
}

/// The name of an HTTP version.
pub(crate) fn version(version: Version) -> &'static str {
    match version {
        Version::HTTP_09 => "HTTP/0.9",
        Version::HTTP_10 => "HTTP/1.0",
        Version::HTTP_2 => "HTTP/2.0",
        Version::HTTP_3 => "HTTP/3.0",
        _ => "HTTP/1.1",
    }
}

/// What `_error.message` says where nothing but the kind is known.
pub(crate) fn kind_only(kind: TransportErrorKind) -> String {
    TransportError::new(kind, Delivery::MaybeSent).to_string()
}

fn media_type(headers: &HeaderMap) -> String {
    let value = headers.get(header::CONTENT_TYPE).map(|value| value.as_bytes());
    String::from_utf8_lossy(value.unwrap_or(b"application/octet-stream")).into_owned()
}

/// A time as HAR has it, to the millisecond; the epoch where it cannot be written.
fn date_time(time: SystemTime) -> String {
    let written = |time: SystemTime| {
        let since = time.duration_since(SystemTime::UNIX_EPOCH).ok()?;
        let millis = Duration::from_millis(u64::try_from(since.as_millis()).ok()?);
        // The last second that four digits can tell the year of.
        let last = Duration::from_secs(253_402_300_799);
        let time = OffsetDateTime::UNIX_EPOCH + millis.min(last);
        time.format(&Rfc3339).ok()
    };
    written(time).unwrap_or_else(|| "1970-01-01T00:00:00Z".to_owned())
}

/// The version of this file format.
pub(crate) const FORMAT: u32 = 1;

/// The encoding of what is not UTF-8.
pub(crate) const BASE64: &str = "base64";

const INDENT: &str = "      ";
const TAIL: &str = "]\n  }\n}\n";
