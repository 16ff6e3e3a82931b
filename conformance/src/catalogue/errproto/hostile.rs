//! Bodies that are made to break what reads them.

use kendra_sync_core::transport::MAX_BODY;
use kendra_sync_core::{Error, ErrorCode, ErrorKind, Stopped};

use crate::catalogue::status::answers::{JSON_FIELDS, REQUEST_ID, chunked, json};
use crate::catalogue::status::failure::{Failure, answered};
use crate::catalogue::status::{mock, raw};
use crate::check::Checks;
use crate::scenario::Scenario;

pub(crate) fn row() -> Scenario {
    Scenario::must("errproto/hostile-json")
        .why("whatever an error's body is, it costs neither process nor status, and bounded text")
        .rule("RFC 8259 section 9; HttpTransport contract 14")
        .revised(2)
        .replayable()
        .case(mock("deep before the code", json(400, deep_first()), missing))
        .case(mock("deep after the code", json(400, deep_last()), missing))
        .case(mock("deep and unclosed", json(400, "[".repeat(10_000)), unclosed))
        .case(mock("duplicate names", json(400, DUPLICATE), duplicate))
        .case(mock("lone surrogate", json(400, SURROGATE), surrogate))
        .case(mock("message up to the limit of a body", json(400, filling()), long))
        .case(mock("message of long characters", json(400, wide_message()), wide))
        .case(mock("message of 1 MiB", json(400, long_message(MAX_BODY)), too_long))
        .case(mock("broken off in the message", json(400, BROKEN), broken))
        .case(raw("broken off, chunked", chunked("400 Bad Request", JSON_FIELDS, BROKEN), broken))
        .case(mock("broken off before anything", json(400, "{"), opened))
        .case(mock("numbers beyond all bounds", json(400, NUMBERS), missing))
}

type Outcome = Result<Stopped, Error>;

fn missing(result: &Outcome, checks: &mut Checks) {
    bounded(result, checks);
    not_found().message("why").check(result, checks);
}

fn unclosed(result: &Outcome, checks: &mut Checks) {
    bounded(result, checks);
    let failure = Failure::bare(400).request_id(REQUEST_ID);
    failure.excerpt("[".repeat(200)).check(result, checks);
}

/// RFC 8259 section 4 leaves open which of two members counts: either, but one of them.
fn duplicate(result: &Outcome, checks: &mut Checks) {
    bounded(result, checks);
    let Some(error) = answered(result, checks) else { return };
    let either = [ErrorCode::ResourceNotFound, ErrorCode::Throttling];
    let code = error.code();
    let fits = code.is_some_and(|code| either.contains(code));
    checks.must("code", fits, format!("one of {either:?}"), format!("{code:?}"));
    checks.equal("status", error.status().map(|status| status.as_u16()), Some(400));
    checks.equal("request id", error.request_id(), Some(REQUEST_ID));
}

/// What no text can hold is replaced; what stands around it stays.
fn surrogate(result: &Outcome, checks: &mut Checks) {
    bounded(result, checks);
    let Some(error) = answered(result, checks) else { return };
    checks.equal("code", error.code(), Some(&ErrorCode::ResourceNotFound));
    checks.equal("status", error.status().map(|status| status.as_u16()), Some(400));
    let ErrorKind::Service(service) = error.kind() else { return };
    let message = service.message().unwrap_or_default();
    let fits = message.starts_with("before ") && message.ends_with(" after");
    checks.must("message", fits, "before … after", format!("{message:?}"));
}

fn long(result: &Outcome, checks: &mut Checks) {
    bounded(result, checks);
    not_found().message("m".repeat(2048) + "…").check(result, checks);
}

/// Cut between two characters, wherever that is.
fn wide(result: &Outcome, checks: &mut Checks) {
    bounded(result, checks);
    let Some(error) = answered(result, checks) else { return };
    checks.equal("code", error.code(), Some(&ErrorCode::ResourceNotFound));
    let ErrorKind::Service(service) = error.kind() else { return };
    let message = service.message().unwrap_or_default();
    let kept = message.strip_suffix('…').unwrap_or_default();
    let fits = kept.len() > 2000 && WIDE.repeat(1000).starts_with(kept);
    checks.must("message", fits, "the beginning of it", format!("{} bytes", message.len()));
}

/// A transport hands up one byte more than the limit and no more, so that the message breaks off.
fn too_long(result: &Outcome, checks: &mut Checks) {
    bounded(result, checks);
    let Some(error) = answered(result, checks) else { return };
    checks.equal("code", error.code(), Some(&ErrorCode::ResourceNotFound));
    checks.equal("status", error.status().map(|status| status.as_u16()), Some(400));
    checks.equal("request id", error.request_id(), Some(REQUEST_ID));
}

fn broken(result: &Outcome, checks: &mut Checks) {
    bounded(result, checks);
    not_found().excerpt(BROKEN).check(result, checks);
}

fn opened(result: &Outcome, checks: &mut Checks) {
    bounded(result, checks);
    Failure::bare(400).request_id(REQUEST_ID).excerpt("{").check(result, checks);
}

/// A message may be 2,048 characters long; the rest of an error is short.
fn bounded(result: &Outcome, checks: &mut Checks) {
    let Err(error) = result else { return };
    let longest = format!("{error}").len().max(format!("{error:?}").len());
    checks.must("length of what is shown", longest <= 8192, "at most 8192 bytes", longest);
}

fn not_found() -> Failure {
    Failure::of(400, ErrorCode::ResourceNotFound)
}

/// Ten thousand arrays, each in the one before, then ten thousand objects.
fn deep() -> String {
    let arrays = "[".repeat(10_000) + &"]".repeat(10_000);
    let objects = r#"{"a":"#.repeat(10_000) + "1" + &"}".repeat(10_000);
    format!("[{arrays},{objects}]")
}

fn deep_first() -> String {
    format!(r#"{{"deep":{},"__type":"ResourceNotFoundException","message":"why"}}"#, deep())
}

fn deep_last() -> String {
    format!(r#"{{"__type":"ResourceNotFoundException","message":"why","deep":{}}}"#, deep())
}

fn long_message(length: usize) -> String {
    format!(r#"{{"__type":"ResourceNotFoundException","message":"{}"}}"#, "m".repeat(length))
}

/// A body of exactly the limit, nearly all of it the message.
fn filling() -> String {
    long_message(MAX_BODY - long_message(0).len())
}

fn wide_message() -> String {
    let text = WIDE.repeat(1000);
    format!(r#"{{"__type":"ResourceNotFoundException","message":"{text}"}}"#)
}

/// Of one, two, three and four bytes.
const WIDE: &str = "aé漢😀";

const DUPLICATE: &str = "{\"__type\":\"ThrottlingException\",\
    \"__type\":\"ResourceNotFoundException\",\"message\":\"a\",\"message\":\"b\"}";
const SURROGATE: &str = r#"{"__type":"ResourceNotFoundException","message":"before \ud800 after"}"#;
const BROKEN: &str = r#"{"__type":"ResourceNotFoundException","message":"this sentence breaks o"#;
const NUMBERS: &str = "{\"a\":1e999999,\"b\":-0.0000000000000000000000000000001E-999999,\
    \"c\":123456789012345678901234567890123456789012345678901234567890,\
    \"__type\":\"ResourceNotFoundException\",\"message\":\"why\"}";
