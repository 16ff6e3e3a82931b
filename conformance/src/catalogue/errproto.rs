//! The group `errproto`: where an error's code, message and request id may stand. Transport and
//! client are tested together: a transport that loses a field or a body loses the error.

use kendra_sync_core::{Error, ErrorCode, Stopped};

use super::status::answers::{JSON_FIELDS, REQUEST_ID, chunked, json, sized, until_close};
use super::status::failure::{Failure, answered, stopped};
use super::status::{mock, raw, step};
use crate::case::{Answer, Case};
use crate::check::Checks;
use crate::scenario::Scenario;

mod hostile;

pub(crate) fn rows() -> Vec<Scenario> {
    let mut rows = places();
    rows.extend(spellings());
    rows.push(hostile::row());
    rows
}

/// Where the code stands.
fn places() -> Vec<Scenario> {
    vec![
        header_type(),
        body_code(),
        dunder_type(),
        nested_type(),
        precedence(),
        Scenario::must("errproto/header-with-non-json-body")
            .why("the field counts whatever the body is: one that is no JSON object is only shown")
            .rule(PROTOCOL)
            .replayable()
            .case(mock("HTML", typed_and("<html>").header("Content-Type", "text/html"), html))
            .case(mock("empty", typed_and(""), |result, checks| not_found().check(result, checks)))
            .case(mock("null", typed_and("null"), |result, checks| {
                not_found().excerpt("null").check(result, checks);
            }))
            .case(mock("array", typed_and("[]"), |result, checks| {
                not_found().excerpt("[]").check(result, checks);
            }))
            .case(mock("no UTF-8", typed_and(b"\xff\x00{".to_vec()), |result, checks| {
                not_found().excerpt(r"\u{fffd}\u{0}{").check(result, checks);
            })),
    ]
}

fn header_type() -> Scenario {
    let bad = "400 Bad Request";
    let until = until_close(bad, "X-Amzn-Errortype: \t ThrottlingException \t\r\n", "");
    Scenario::must("errproto/header-type-variants")
        .why("without a body the error stands in one field: losing the field loses the error")
        .rule("smithy awsJson1_1 AwsJson11FooErrorUsingXAmznErrorType, -WithUri, -AndNamespace")
        .replayable()
        .case(mock("bare", headed("ThrottlingException"), throttled))
        .case(mock("with a URI", headed(format!("ThrottlingException:{URI}")), throttled))
        .case(mock(
            "with namespace and URI",
            headed(format!("{NAMESPACE}#ThrottlingException:{URI}")),
            throttled,
        ))
        .case(raw(
            "capitals",
            sized(bad, "X-AMZN-ERRORTYPE: ThrottlingException\r\n", ""),
            throttled,
        ))
        .case(raw(
            "chunked",
            chunked(bad, "x-amzn-ErrorType:ThrottlingException:http://x/\r\n", ""),
            throttled,
        ))
        .case(raw("until close", until, throttled))
        .case(Case::mock(
            "on a kept connection",
            vec![
                step(json(200, ""), accepted),
                step(headed("ThrottlingException"), throttled),
                step(headed("ns#ThrottlingException:http://x/"), throttled),
            ],
        ))
}

fn body_code() -> Scenario {
    let body = |code: String| json(500, format!(r#"{{"code":"{code}","message":"why"}}"#));
    let last = r#"{"message":"why","code":"ns#ValidationException:http://x/"}"#;
    Scenario::must("errproto/body-code-variants")
        .why("the code may be the body's `code`, with a namespace before it and a URI after it")
        .rule("smithy awsJson1_1 AwsJson11FooErrorUsingCode, -AndNamespace, -UriAndNamespace")
        .replayable()
        .case(mock("bare", body("ValidationException".to_owned()), invalid))
        .case(mock("with a namespace", body(format!("{NAMESPACE}#ValidationException")), invalid))
        .case(mock(
            "with namespace and URI",
            body(format!("{NAMESPACE}#ValidationException:{URI}")),
            invalid,
        ))
        .case(raw("chunked", chunked("500 Internal Server Error", JSON_FIELDS, last), invalid))
}

fn dunder_type() -> Scenario {
    let bad = "400 Bad Request";
    let others = r#"{"TopLevel":"top","Nested":{"Message":"not this"},"Message":"why","#;
    Scenario::must("errproto/dunder-type-variants")
        .why("Kendra names its errors in the body's `__type`, at times in a foreign namespace")
        .rule(
            "smithy awsJson1_1 AwsJson11FooErrorWithDunderType, -AndNamespace, \
             -AndDifferentNamespace, -UriAndNamespace, AwsJson11InvalidGreetingError, \
             AwsJson11ComplexError, AwsJson11EmptyComplexError",
        )
        .revised(2)
        .replayable()
        .case(mock("bare", json(400, NOT_FOUND), missing))
        .case(mock("with a namespace", typed(&format!("{NAMESPACE}#{CODE}")), missing))
        .case(mock("with a foreign namespace", typed(&format!("x.y#{CODE}")), missing))
        .case(mock("with namespace and URI", typed(&format!("{NAMESPACE}#{CODE}:{URI}")), missing))
        .case(mock(
            "among other members",
            json(400, format!(r#"{others}"__type":"{CODE}"}}"#)),
            missing,
        ))
        .case(mock("with two namespaces", typed(&format!("x.y#z#{CODE}")), missing))
        .case(mock("beside a `code` that is a number", beside(r#""code":400"#), missing))
        .case(mock("beside a `code` that is an object", beside(r#""code":{"a":1}"#), missing))
        .case(mock("beside a `message` that is an array", beside(r#""message":["x"]"#), missing))
        .case(mock("beside a `code` that is null", beside(r#""code":null"#), missing))
        .case(mock("alone", json(400, ALONE), |result, checks| {
            not_found().excerpt(ALONE).check(result, checks);
        }))
        .case(raw("chunked", chunked(bad, JSON_FIELDS, NOT_FOUND), missing))
        .case(raw("until close", until_close(bad, JSON_FIELDS, NOT_FOUND), missing))
}

fn nested_type() -> Scenario {
    let details =
        r#""Details":[{"__type":"ns#ThrottlingException","code":"x","message":"not this"}]"#;
    let quoted = r#""Reason":"\"__type\":\"ThrottlingException\"""#;
    let body = |first: &str, last: &str| json(400, format!("{{{first},{last}}}"));
    let own = r#""__type":"aws.protocoltests.json#ResourceNotFoundException","Message":"why""#;
    Scenario::must("errproto/nested-type-ignored")
        .why("details inside an error have a `__type` of their own, which is not the error's")
        .rule("smithy awsJson1_1 AwsJson11FooErrorWithNestedTypeProperty")
        .replayable()
        .case(mock("after", body(own, details), missing))
        .case(mock("before", body(details, own), missing))
        .case(mock("within a text after", body(own, quoted), missing))
        .case(mock("within a text before", body(quoted, own), missing))
}

fn precedence() -> Scenario {
    let other = |name: &str| format!(r#"{{"{name}":"ThrottlingException","Message":"why"}}"#);
    let code = r#""code":"ResourceNotFoundException""#;
    let kind = r#""__type":"ThrottlingException""#;
    let both = |first, last| json(400, format!(r#"{{{first},"Message":"why",{last}}}"#));
    Scenario::must("errproto/discriminator-precedence")
        .why("where places disagree the header decides, and after it the body's `code`")
        .rule(PROTOCOL)
        .replayable()
        .case(mock("header and `__type`", typed_and(other("__type")), missing))
        .case(mock("header and `code`", typed_and(other("code")), missing))
        .case(mock("`code` before `__type`", both(code, kind), code_wins))
        .case(mock("`code` after `__type`", both(kind, code), code_wins))
}

/// How code, message and request id are spelt.
fn spellings() -> Vec<Scenario> {
    vec![tolerant(), request_ids(), disagreeing()]
}

fn tolerant() -> Scenario {
    let gateway = " ns#ThrottlingException:http://x/ , AccessDeniedException";
    let said = |name: &str, text: &str| {
        json(400, format!(r#"{{"__type":"ResourceNotFoundException","{name}":"{text}"}}"#))
    };
    let coded =
        |name: &str, code: &str| json(400, format!(r#"{{"{name}":"{code}","message":"why"}}"#));
    Scenario::should("errproto/tolerant-spellings")
        .why("gateways and older services spell code and message their own way, and mean the same")
        .rule("smithy issue 1934; aws-sdk-swift issue 1798")
        .replayable()
        .case(mock("list", headed("ThrottlingException,AccessDeniedException"), throttled))
        .case(mock("spaced list", headed(gateway), throttled))
        .case(mock("message", said("message", "why"), missing))
        .case(mock("Message", said("Message", "why"), missing))
        .case(mock("errorMessage", said("errorMessage", "why"), missing))
        .case(mock("spaces around `code`", coded("code", &format!(" {CODE} ")), missing))
        .case(mock("spaces around `__type`", coded("__type", &format!(r"\tns#{CODE}  ")), missing))
        .case(mock(
            "escaped text",
            said("message", r#"\u00e9\ud83d\ude00 \"\\\/ \n\ttwo  spaces "#),
            text,
        ))
        .case(mock("text in UTF-8", said("message", r#"é😀 \"\\/ \n\ttwo  spaces "#), text))
        .case(mock("after a byte order mark", json(400, format!("\u{feff}{NOT_FOUND}")), missing))
}

fn request_ids() -> Scenario {
    let bad = "400 Bad Request";
    let second_first = "x-amz-request-id: no\r\nx-amzn-requestid: id-4\r\n";
    let second_last = "x-amzn-RequestID: id-5\r\nx-amz-request-id: no\r\n";
    let no_body = "X-Amzn-ErrorType: Zed\r\nX-Amzn-RequestId: id-6\r\n";
    Scenario::must("errproto/unknown-code-and-request-id")
        .why("AWS support asks for the request id, and a code that is not known must be readable")
        .rule("AWS Common Errors; RFC 9110 section 5.1 (field names are case-insensitive)")
        .replayable()
        .case(raw(
            "x-amzn-RequestId",
            sized(bad, "x-amzn-RequestId: id-1\r\n", ZED),
            |result, checks| zed("id-1").check(result, checks),
        ))
        .case(raw(
            "X-AMZN-REQUESTID",
            sized(bad, "X-AMZN-REQUESTID: id-2\r\n", ZED),
            |result, checks| zed("id-2").check(result, checks),
        ))
        .case(raw(
            "x-amz-request-id",
            sized(bad, "x-amz-request-id: id-3\r\n", ZED),
            |result, checks| zed("id-3").check(result, checks),
        ))
        .case(raw("the second choice first", sized(bad, second_first, ZED), |result, checks| {
            zed("id-4").check(result, checks);
        }))
        .case(raw("the second choice last", chunked(bad, second_last, ZED), |result, checks| {
            zed("id-5").check(result, checks);
        }))
        .case(raw("without a body", sized(bad, no_body, ""), |result, checks| {
            let failure = Failure::of(400, ErrorCode::Other("Zed".into()));
            failure.request_id("id-6").check(result, checks);
        }))
        .case(raw(
            "of a success",
            sized("200 OK", "X-AMZN-RequestId: id-7\r\n", ""),
            |result, checks| stopped(result, Some("id-7"), checks),
        ))
}

fn disagreeing() -> Scenario {
    let answer = |status, code| json(status, format!(r#"{{"__type":"{code}","message":"why"}}"#));
    Scenario::must("errproto/status-code-disagree")
        .why("the code decides what happened and whether to try again; the status is kept")
        .rule(PROTOCOL)
        .replayable()
        .case(mock("throttled by 500", answer(500, "ThrottlingException"), |result, checks| {
            said(500, ErrorCode::Throttling).retryable().check(result, checks);
        }))
        .case(mock("internal by 400", answer(400, "InternalServerException"), |result, checks| {
            said(400, ErrorCode::InternalServer).retryable().check(result, checks);
        }))
        .case(mock("denied by 503", answer(503, "AccessDeniedException"), |result, checks| {
            said(503, ErrorCode::AccessDenied).check(result, checks);
        }))
        .case(mock("not found by 404", answer(404, CODE), |result, checks| {
            said(404, ErrorCode::ResourceNotFound).check(result, checks);
        }))
        .case(mock("invalid by 429", answer(429, "ValidationException"), |result, checks| {
            said(429, ErrorCode::Validation).check(result, checks);
        }))
}

type Outcome = Result<Stopped, Error>;

/// A 400 without a body, the code in the header.
fn headed(code: impl Into<String>) -> Answer {
    Answer::new(400, "").header("X-Amzn-Errortype", code)
}

/// A 400 whose header says ResourceNotFoundException, with this body.
fn typed_and(body: impl Into<Vec<u8>>) -> Answer {
    let answer = Answer::new(400, body).header("X-Amzn-Errortype", "ResourceNotFoundException");
    answer.header("x-amzn-RequestId", REQUEST_ID)
}

/// A 400 with this `__type`.
fn typed(name: &str) -> Answer {
    json(400, format!(r#"{{"__type":"{name}","Message":"why"}}"#))
}

/// A 400 that says it all, and one member that says nothing.
fn beside(member: &str) -> Answer {
    json(400, format!(r#"{{{member},"__type":"{CODE}","Message":"why"}}"#))
}

fn accepted(result: &Outcome, checks: &mut Checks) {
    stopped(result, Some(REQUEST_ID), checks);
}

fn throttled(result: &Outcome, checks: &mut Checks) {
    Failure::unnumbered(400, ErrorCode::Throttling).retryable().check(result, checks);
}

fn invalid(result: &Outcome, checks: &mut Checks) {
    Failure::of(500, ErrorCode::Validation).message("why").check(result, checks);
}

fn missing(result: &Outcome, checks: &mut Checks) {
    not_found().message("why").check(result, checks);
}

fn html(result: &Outcome, checks: &mut Checks) {
    not_found().excerpt("<html>").check(result, checks);
}

fn text(result: &Outcome, checks: &mut Checks) {
    not_found().message("é😀 \"\\/ \n\ttwo  spaces ").check(result, checks);
}

/// That the code's place in the body decides is advice, the rest of the answer is not.
fn code_wins(result: &Outcome, checks: &mut Checks) {
    let Some(error) = answered(result, checks) else { return };
    let code = error.code().map(ErrorCode::as_str);
    let expected = Some("ResourceNotFoundException");
    checks.should("code", code == expected, format!("{expected:?}"), format!("{code:?}"));
    checks.equal("status", error.status().map(|status| status.as_u16()), Some(400));
    checks.equal("request id", error.request_id(), Some(REQUEST_ID));
}

fn not_found() -> Failure {
    Failure::of(400, ErrorCode::ResourceNotFound)
}

fn said(status: u16, code: ErrorCode) -> Failure {
    Failure::of(status, code).message("why")
}

fn zed(id: &'static str) -> Failure {
    Failure::of(400, ErrorCode::Other("Zed".into())).message("why").request_id(id)
}

const ZED: &str = r#"{"__type":"com.amazonaws.kendra#Zed","message":"why"}"#;

const CODE: &str = "ResourceNotFoundException";
const NOT_FOUND: &str = r#"{ "__type": "ResourceNotFoundException", "Message": "why" }"#;
const ALONE: &str = r#"{"__type":"ResourceNotFoundException"}"#;

/// What Smithy's cases put around a code.
const NAMESPACE: &str = "aws.protocoltests.json";
const URI: &str = "http://internal.amazon.com/coral/com.amazon.coral.validate/";

const PROTOCOL: &str = "smithy aws.protocols#awsJson1_1, operation error serialization";
