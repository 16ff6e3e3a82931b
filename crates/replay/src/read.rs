//! The text of an HTTP archive as exchanges.
//!
//! Strict in what a replay depends on; what only a viewer of archives needs may be left out.

use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Version};
use kendra_sync_core::{Delivery, TransportErrorKind};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::cassette::Cassette;
use crate::error::{CassetteError, CassetteErrorKind};
use crate::exchange::{Asked, Exchange, Fault, Uses};
use crate::write::{BASE64, FORMAT, delivery, kind_only, version};

/// The exchanges of a file.
pub(crate) fn exchanges(text: &[u8]) -> Result<Vec<Exchange>, CassetteError> {
    if text.len() > Cassette::MAX_SIZE {
        return Err(CassetteError::new(CassetteErrorKind::TooLarge));
    }
    // Some editors put it there.
    let text = text.strip_prefix("\u{feff}".as_bytes()).unwrap_or(text);
    check_depth(text)?;
    let archive: Archive = serde_json::from_slice(text).map_err(|error| damage(&error))?;
    Ok(archive.log.entries.into_iter().map(|entry| entry.0).collect())
}

#[derive(Deserialize)]
#[serde(expecting = "an object with `log`")]
struct Archive {
    log: Log,
}

#[derive(Deserialize)]
#[serde(expecting = "an object with `version`, `_format` and `entries`")]
struct Log {
    #[serde(rename = "version", deserialize_with = "har_version")]
    _version: (),
    #[serde(rename = "_format", deserialize_with = "format")]
    _format: (),
    entries: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(try_from = "RawEntry")]
struct Entry(Exchange);

#[derive(Deserialize)]
#[serde(expecting = "an entry: an object with `request`, and `response` or `_error`")]
struct RawEntry {
    #[serde(rename = "startedDateTime", default, deserialize_with = "started")]
    started: Option<SystemTime>,
    #[serde(default, deserialize_with = "millis")]
    time: Duration,
    #[serde(rename = "_attempt")]
    attempt: Option<u32>,
    #[serde(rename = "_delivery", default, deserialize_with = "known_delivery")]
    delivery: Option<Delivery>,
    #[serde(rename = "_error")]
    error: Option<ErrorFacts>,
    #[serde(rename = "_repeat", default)]
    repeat: bool,
    request: Request,
    response: Option<Response>,
}

#[derive(Deserialize)]
#[serde(expecting = "an object with `kind`, and `message` if there is one")]
struct ErrorFacts {
    #[serde(deserialize_with = "kind")]
    kind: TransportErrorKind,
    message: Option<String>,
    #[serde(default)]
    causes: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", expecting = "a request: an object with `method` and `headers`")]
struct Request {
    #[serde(deserialize_with = "method")]
    method: Method,
    #[serde(default)]
    url: String,
    #[serde(default, deserialize_with = "http_version")]
    http_version: Version,
    headers: Vec<Header>,
    post_data: Option<Body>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", expecting = "a response: an object with `status`")]
struct Response {
    #[serde(deserialize_with = "status")]
    status: Option<StatusCode>,
    #[serde(default, deserialize_with = "http_version")]
    http_version: Version,
    #[serde(default)]
    headers: Vec<Header>,
    content: Option<Body>,
}

#[derive(Deserialize)]
#[serde(try_from = "RawHeader")]
struct Header(HeaderName, HeaderValue);

#[derive(Deserialize)]
#[serde(expecting = "a header: an object with `name` and `value`")]
struct RawHeader {
    name: String,
    value: String,
    #[serde(rename = "_encoding")]
    encoding: Option<String>,
}

#[derive(Deserialize)]
#[serde(try_from = "RawBody")]
struct Body(Bytes);

#[derive(Deserialize)]
#[serde(expecting = "a body: an object with `text`")]
struct RawBody {
    text: Option<String>,
    #[serde(alias = "_encoding")]
    encoding: Option<String>,
}

impl TryFrom<RawEntry> for Entry {
    type Error = &'static str;

    fn try_from(raw: RawEntry) -> Result<Self, Self::Error> {
        let status = raw.response.as_ref().and_then(|response| response.status);
        let outcome = match (raw.error, status, raw.response) {
            (None, Some(status), Some(answer)) => {
                if raw.delivery == Some(Delivery::NotSent) {
                    return Err("expected `_delivery` \"maybe-sent\": there is an answer");
                }
                let body = answer.content.map_or_else(Bytes::new, |body| body.0);
                let mut response = http::Response::new(body);
                *response.status_mut() = status;
                *response.version_mut() = answer.http_version;
                *response.headers_mut() = headers(answer.headers)?;
                Ok(response)
            }
            (None, ..) => return Err("expected a `response` with a status, or `_error`"),
            (Some(_), Some(_), _) => return Err("expected status 0: there is an `_error`"),
            (Some(error), None, _) => {
                let delivery = raw.delivery.ok_or("expected `_delivery`: there is an `_error`")?;
                Err(Fault { kind: error.kind, delivery, causes: error.causes() })
            }
        };
        let asked = Asked {
            method: raw.request.method,
            url: raw.request.url,
            version: raw.request.http_version,
            headers: headers(raw.request.headers)?,
            body: raw.request.post_data.map_or_else(Bytes::new, |body| body.0),
        };
        let uses = if raw.repeat { Uses::Always } else { Uses::Once };
        let (started, took, attempt) = (raw.started, raw.time, raw.attempt);
        Ok(Self(Exchange { asked, outcome, started, took, attempt, uses }))
    }
}

impl ErrorFacts {
    fn causes(self) -> Vec<String> {
        let message = self
            .message
            .filter(|message| *message != kind_only(self.kind) || !self.causes.is_empty());
        message.into_iter().chain(self.causes).collect()
    }
}

impl TryFrom<RawHeader> for Header {
    type Error = &'static str;

    fn try_from(raw: RawHeader) -> Result<Self, Self::Error> {
        let value = decoded(raw.value, raw.encoding.as_deref())?;
        let name = raw.name.parse().map_err(|_| "expected the name of a header")?;
        let value = HeaderValue::from_maybe_shared(value);
        Ok(Self(name, value.map_err(|_| "expected the value of a header")?))
    }
}

impl TryFrom<RawBody> for Body {
    type Error = &'static str;

    fn try_from(raw: RawBody) -> Result<Self, Self::Error> {
        decoded(raw.text.unwrap_or_default(), raw.encoding.as_deref()).map(Self)
    }
}

fn decoded(text: String, encoding: Option<&str>) -> Result<Bytes, &'static str> {
    match encoding {
        None | Some("") => Ok(text.into()),
        Some(BASE64) => STANDARD
            .decode(text)
            .map(Bytes::from)
            .map_err(|_| "expected base64, as the encoding says"),
        Some(_) => Err("expected the encoding \"base64\", or none"),
    }
}

fn headers(headers: Vec<Header>) -> Result<HeaderMap, &'static str> {
    let mut map = HeaderMap::new();
    for Header(name, value) in headers {
        map.try_append(name, value).map_err(|_| "expected fewer headers")?;
    }
    Ok(map)
}

fn har_version<'de, D: Deserializer<'de>>(deserializer: D) -> Result<(), D::Error> {
    let known = String::deserialize(deserializer)? == "1.2";
    known.then_some(()).ok_or_else(|| D::Error::custom("expected HAR version \"1.2\""))
}

fn format<'de, D: Deserializer<'de>>(deserializer: D) -> Result<(), D::Error> {
    let known = u64::deserialize(deserializer)? == u64::from(FORMAT);
    known.then_some(()).ok_or_else(|| D::Error::custom(format!("expected `_format` {FORMAT}")))
}

/// The epoch stands for no time: HAR requires one.
fn started<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SystemTime>, D::Error> {
    let text = String::deserialize(deserializer)?;
    let time = OffsetDateTime::parse(&text, &Rfc3339)
        .map_err(|_| D::Error::custom("expected a time such as \"2026-11-24T22:26:01.234Z\""))?;
    Ok((time != OffsetDateTime::UNIX_EPOCH).then(|| time.into()))
}

fn millis<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let micros = (f64::deserialize(deserializer)? * 1000.0).round();
    // A day: no exchange takes longer.
    if !(0.0..=86_400e6).contains(&micros) {
        return Err(D::Error::custom("expected milliseconds, from 0 to a day's"));
    }
    Ok(Duration::from_micros(micros as u64))
}

fn known_delivery<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Delivery>, D::Error> {
    let text = String::deserialize(deserializer)?;
    let known =
        [Delivery::NotSent, Delivery::MaybeSent].into_iter().find(|of| delivery(*of) == text);
    known.map(Some).ok_or_else(|| D::Error::custom("expected \"not-sent\" or \"maybe-sent\""))
}

fn kind<'de, D: Deserializer<'de>>(deserializer: D) -> Result<TransportErrorKind, D::Error> {
    let text = String::deserialize(deserializer)?;
    let known = TransportErrorKind::ALL.iter().copied().find(|kind| kind.name() == text);
    known.ok_or_else(|| {
        let names: Vec<&str> = TransportErrorKind::ALL.iter().map(|kind| kind.name()).collect();
        D::Error::custom(format!("expected one of {}", names.join(", ")))
    })
}

fn method<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Method, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.parse().map_err(|_| D::Error::custom("expected a method such as \"POST\""))
}

/// An archive of another program may have other names; nothing depends on them.
fn http_version<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Version, D::Error> {
    let text = String::deserialize(deserializer)?;
    let known = [Version::HTTP_09, Version::HTTP_10, Version::HTTP_2, Version::HTTP_3];
    Ok(known.into_iter().find(|of| version(*of) == text).unwrap_or(Version::HTTP_11))
}

/// 0 stands for no answer.
fn status<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<StatusCode>, D::Error> {
    match u16::deserialize(deserializer)? {
        0 => Ok(None),
        status => StatusCode::from_u16(status)
            .map(Some)
            .map_err(|_| D::Error::custom("expected a status from 100 to 999, or 0")),
    }
}

/// What was expected where; never what was found, which may be a secret of some other archive.
fn damage(error: &serde_json::Error) -> CassetteError {
    let text = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    let text = text.strip_suffix(&place).unwrap_or(&text);
    let expected = match (text.rsplit_once(", expected "), text.split_once(" field ")) {
        (Some((_, kind)), _) => format!("expected {}", NAMES.get(kind)),
        (None, Some(("missing", name))) => format!("expected the field {name}"),
        (None, Some(("duplicate", name))) => format!("expected the field {name} only once"),
        (None, _) => match text.strip_prefix("EOF while parsing ") {
            Some(what) => format!("expected the rest of {what}, not the end of the file"),
            None => SYNTAX.get(text).to_owned(),
        },
    };
    CassetteError::damaged(error.line(), error.column(), expected)
}

/// Refuses deep nesting, also where nothing of it would be looked at.
fn check_depth(text: &[u8]) -> Result<(), CassetteError> {
    let (mut depth, mut line, mut column) = (0_usize, 1, 0);
    let (mut in_string, mut escaped) = (false, false);
    for &byte in text {
        column += 1;
        match byte {
            b'\n' => (line, column) = (line + 1, 0),
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => depth += 1,
            b'}' | b']' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > MAX_DEPTH {
            let expected = format!("expected at most {MAX_DEPTH} levels of nesting");
            return Err(CassetteError::damaged(line, column, expected));
        }
    }
    Ok(())
}

/// What serde calls something, and what people do.
struct Words(&'static [(&'static str, &'static str)]);

impl Words {
    /// The better words for what `text` begins with, or `text` itself.
    fn get<'t>(&self, text: &'t str) -> &'t str {
        self.0.iter().find(|(of, _)| text.starts_with(of)).map_or(text, |(_, word)| word)
    }
}

const NAMES: Words = Words(&[
    ("a sequence", "an array"),
    ("f64", "a number"),
    ("u16", "a whole number"),
    ("u32", "a whole number"),
    ("u64", "a whole number"),
]);

const SYNTAX: Words = Words(&[
    ("control character", "expected an escape, not a control character"),
    ("expected ident", "expected true, false or null"),
    ("expected value", "expected a value"),
    ("invalid escape", "expected one of JSON's escapes"),
    ("invalid number", "expected a number"),
    ("invalid unicode code point", "expected UTF-8"),
    ("key must be a string", "expected a name in double quotes"),
    ("lone leading surrogate in hex escape", "expected the second half of a character"),
    ("number out of range", "expected a smaller number"),
    ("trailing characters", "expected nothing after the end"),
    ("trailing comma", "expected no comma at the end"),
    ("unexpected end of hex escape", "expected the second half of a character"),
]);

const MAX_DEPTH: usize = 64;
