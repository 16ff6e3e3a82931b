//! The group `status`: every answer that the operation documents, and what comes from before it.

use kendra_sync_core::{Error, ErrorCode, Stopped};

use self::answers::{JSON_FIELDS, REQUEST_ID, chunked, json, until_close};
use self::failure::{Failure, stopped};
use crate::case::{Answer, Case, Judge};
use crate::check::Checks;
use crate::exchange::{Exchange, Want};
use crate::scenario::Scenario;
use crate::server::{Connection, Seen, answer, response};

pub(crate) mod answers;
pub(crate) mod failure;

pub(crate) fn rows() -> Vec<Scenario> {
    let mut rows = documented();
    rows.extend(undocumented());
    rows
}

fn documented() -> Vec<Scenario> {
    vec![
        Scenario::must("status/success-200-empty")
            .why("an accepted stop has no body; demanding one, or JSON, makes every stop an error")
            .rule(OPERATION)
            .replayable()
            .case(mock("sized", json(200, ""), accepted).check(one_request))
            .case(raw("chunked", chunked("200 OK", JSON_FIELDS, ""), accepted).check(one_request))
            .case(
                raw("until close", until_close("200 OK", JSON_FIELDS, ""), accepted)
                    .check(one_request),
            )
            .case(Case::mock(
                "one after the other",
                vec![step(json(200, ""), accepted), step(json(200, ""), accepted)],
            )),
        Scenario::must("status/access-denied-400")
            .why("the message names the permission that is missing; a 4xx must keep its body")
            .rule(OPERATION)
            .replayable()
            .case(mock("sized", json(400, DENIED), denied))
            .case(raw("chunked", chunked("400 Bad Request", JSON_FIELDS, DENIED), denied)),
        Scenario::must("status/internal-server-500")
            .why("a fault of the service's is handed up as it came; only the call's policy retries")
            .rule(OPERATION)
            .replayable()
            .case(mock("sized", json(500, INTERNAL), internal))
            .case(raw(
                "until close",
                until_close("500 Internal Server Error", JSON_FIELDS, INTERNAL),
                internal,
            ))
            .case(Case::mock(
                "then a success",
                vec![step(json(500, INTERNAL), internal), step(json(200, ""), accepted)],
            )),
        Scenario::must("status/resource-not-found-400")
            .why("which of index and data source is missing stands only in the body")
            .rule(OPERATION)
            .replayable()
            .case(mock("sized", json(400, MISSING), missing))
            .case(raw("chunked", chunked("400 Bad Request", JSON_FIELDS, MISSING), missing)),
        Scenario::must("status/throttling-400")
            .why("throttling comes as a 400: only its body says that a later try can work")
            .rule(OPERATION)
            .replayable()
            .case(mock("sized", json(400, THROTTLED), throttled))
            .case(raw(
                "until close",
                until_close("400 Bad Request", JSON_FIELDS, THROTTLED),
                throttled,
            ))
            .case(Case::mock(
                "after a success",
                vec![step(json(200, ""), accepted), step(json(400, THROTTLED), throttled)],
            )),
        Scenario::must("status/validation-400")
            .why("a 4xx is an answer: as a transport's error it loses code, message and meaning")
            .rule(OPERATION)
            .replayable()
            .case(mock("sized", json(400, INVALID), invalid))
            .case(raw("chunked", chunked("400 Bad Request", JSON_FIELDS, INVALID), invalid)),
        Scenario::must("status/success-200-json-ignored")
            .why("a success may come with members that nobody asked for, and stays one")
            .rule("smithy awsJson1_1 handles_unexpected_json_output")
            .revised(2)
            .replayable()
            .case(mock("empty object", json(200, "{}"), accepted))
            .case(mock("unexpected member", json(200, r#"{"foo":true}"#), accepted))
            .case(mock("members of an error", json(200, THROTTLED), accepted))
            .case(mock("no object", json(200, "[null]"), accepted))
            .case(raw(
                "chunked",
                chunked("200 OK", JSON_FIELDS, "{\r\n  \"foo\": true\r\n}\r\n"),
                accepted,
            ))
            .case(Case::mock(
                "one after the other",
                vec![step(json(200, "{}"), accepted), step(json(200, UNEXPECTED), accepted)],
            )),
    ]
}

fn undocumented() -> Vec<Scenario> {
    vec![
        Scenario::must("status/unmodelled-403-429")
            .why("a status that the operation does not list is still that number, with its body")
            .rule("HttpTransport contract 3; AWS Common Errors")
            .replayable()
            .case(mock("403 with a code", json(403, UNRECOGNIZED), unrecognized))
            .case(mock("429 without a body", Answer::new(429, ""), bare::<429>))
            .case(raw("429 chunked", chunked("429 Too Many Requests", "", ""), bare::<429>))
            .case(Case::mock(
                "others in turn",
                vec![
                    step(Answer::new(401, ""), bare::<401>),
                    step(Answer::new(402, ""), bare::<402>),
                    step(Answer::new(404, ""), bare::<404>),
                    step(Answer::new(405, ""), bare::<405>),
                    step(Answer::new(409, ""), bare::<409>),
                    step(Answer::new(413, ""), bare::<413>),
                    step(Answer::new(422, ""), bare::<422>),
                    step(Answer::new(501, ""), bare::<501>),
                    step(Answer::new(502, ""), bare::<502>),
                    step(Answer::new(503, ""), bare::<503>),
                    step(Answer::new(504, ""), bare::<504>),
                ],
            )),
        Scenario::must("status/html-503")
            .why("load balancers answer in HTML: the status decides, not a complaint about JSON")
            .rule("HttpTransport contract 3; aws-sdk-js issue 1379")
            .replayable()
            .case(mock(
                "sized",
                Answer::new(503, HTML).header("Content-Type", "text/html"),
                web_page,
            ))
            .case(raw(
                "until close",
                until_close("503 Service Temporarily Unavailable", HTML_FIELDS, HTML),
                web_page,
            ))
            .case(raw("chunked", chunked("503 Back-end at capacity", HTML_FIELDS, HTML), web_page)),
        Scenario::should("status/unusual-codes-pass")
            .why("three digits are a status, whether or not anybody has registered them")
            .rule("RFC 9110 section 15; HttpTransport contract 3")
            .revised(3)
            .replayable()
            .case(
                Case::answer(
                    "204",
                    answer(b"HTTP/1.1 204 No Content\r\nx-kept: 1\r\n\r\n".to_vec()),
                    vec![Want::Answer(204, Vec::new())],
                )
                .check(field_kept),
            )
            .case(mock("201, for the client", json(201, "{}"), accepted))
            .case(mock("202, for the client", json(202, ""), accepted))
            .case(raw("204, for the client", answer(NOTHING), accepted))
            .case(unusual("299", 299))
            .case(unusual("418", 418))
            .case(unusual("451", 451))
            .case(unusual("599", 599))
            .case(unusual("600", 600))
            .case(unusual("999", 999))
            .case(Case::raw(
                "twice",
                vec![[two_of_999(), two_of_999()].concat(); 2],
                vec![want_999(), want_999()],
            )),
    ]
}

pub(crate) fn mock(name: &str, answer: Answer, judge: Judge) -> Case {
    Case::mock(name, vec![(answer, judge)])
}

pub(crate) fn raw(name: &str, connection: Connection, judge: Judge) -> Case {
    Case::client(name, vec![connection], vec![judge])
}

/// An answer of a sequence, and what must be made of it.
pub(crate) fn step(answer: Answer, judge: Judge) -> (Answer, Judge) {
    (answer, judge)
}

/// A response with this status whose body is text that is not UTF-8, and a field.
fn unusual(name: &str, status: u16) -> Case {
    let fields = "x-kept: 1\r\nContent-Type: text/plain\r\n";
    let bytes = response(&format!("{status} {name}"), fields, TEAPOT);
    Case::answer(name, answer(bytes), vec![Want::Answer(status, TEAPOT.to_vec())]).check(field_kept)
}

fn two_of_999() -> Connection {
    answer(response("999 Request Denied", "", TEAPOT))
}

fn want_999() -> Exchange {
    Exchange::new(vec![Want::Answer(999, TEAPOT.to_vec())])
}

fn field_kept(seen: &Seen, checks: &mut Checks) {
    for response in seen.outcomes.iter().flatten() {
        let kept: Vec<&[u8]> =
            response.headers().get_all("x-kept").iter().map(http::HeaderValue::as_bytes).collect();
        checks.equal("field x-kept", kept, vec![&b"1"[..]]);
    }
}

fn one_request(seen: &Seen, checks: &mut Checks) {
    let requests = seen.requests();
    let complete = requests.iter().filter(|request| request.complete).count();
    checks.equal("requests, and whole ones", (requests.len(), complete), (1, 1));
}

type Outcome = Result<Stopped, Error>;

fn accepted(result: &Outcome, checks: &mut Checks) {
    stopped(result, Some(REQUEST_ID), checks);
}

fn denied(result: &Outcome, checks: &mut Checks) {
    let message = "User: arn:aws:iam::111122223333:user/u is not authorized to perform: \
                   kendra:StopDataSourceSyncJob";
    Failure::of(400, ErrorCode::AccessDenied).message(message).check(result, checks);
}

fn internal(result: &Outcome, checks: &mut Checks) {
    let failure = Failure::of(500, ErrorCode::InternalServer).retryable();
    failure.message("An internal server error occurred").check(result, checks);
}

fn missing(result: &Outcome, checks: &mut Checks) {
    let failure = Failure::of(400, ErrorCode::ResourceNotFound);
    failure.message("There is no data source \u{201c}conformance\u{201d}").check(result, checks);
}

fn throttled(result: &Outcome, checks: &mut Checks) {
    let failure = Failure::of(400, ErrorCode::Throttling).retryable();
    failure.message("Rate exceeded").check(result, checks);
}

fn invalid(result: &Outcome, checks: &mut Checks) {
    let failure = Failure::of(400, ErrorCode::Validation);
    failure.message("2 validation errors detected:\n1) Id\n2) IndexId").check(result, checks);
}

fn unrecognized(result: &Outcome, checks: &mut Checks) {
    let code = ErrorCode::Other("UnrecognizedClientException".into());
    let message = "The security token included in the request is invalid.";
    Failure::of(403, code).message(message).check(result, checks);
}

/// An answer that is nothing but its status.
fn bare<const STATUS: u16>(result: &Outcome, checks: &mut Checks) {
    let failure = Failure::bare(STATUS);
    let later = matches!(STATUS, 429 | 502 | 503 | 504);
    let failure = if later { failure.retryable() } else { failure };
    failure.check(result, checks);
}

fn web_page(result: &Outcome, checks: &mut Checks) {
    Failure::bare(503).retryable().excerpt(SHOWN).check(result, checks);
    let shown = result.as_ref().err().map(ToString::to_string);
    let expected = format!("an answer without an error code: {SHOWN} (HTTP 503)");
    checks.equal("message as a whole", shown, Some(expected));
}

const OPERATION: &str = "AWS API_StopDataSourceSyncJob, Response Elements and Errors";

const DENIED: &str = "{\"__type\":\"AccessDeniedException\",\
    \"Message\":\"User: arn:aws:iam::111122223333:user/u is not authorized to perform: \
    kendra:StopDataSourceSyncJob\"}";
const INTERNAL: &str =
    r#"{"__type":"InternalServerException","Message":"An internal server error occurred"}"#;
const MISSING: &str = "{\"__type\":\"ResourceNotFoundException\",\
    \"Message\":\"There is no data source \u{201c}conformance\u{201d}\"}";
const THROTTLED: &str = r#"{"__type":"ThrottlingException","Message":"Rate exceeded"}"#;
const INVALID: &str = "{\"__type\":\"ValidationException\",\
    \"Message\":\"2 validation errors detected:\\n1) Id\\n2) IndexId\"}";
const UNRECOGNIZED: &str = "{\"__type\":\"UnrecognizedClientException\",\
    \"message\":\"The security token included in the request is invalid.\"}";
const UNEXPECTED: &str = r#"{"foo":true}"#;

const HTML: &str =
    "<html>\r\n<head><title>503 Service Temporarily Unavailable</title></head>\r\n</html>";
const HTML_FIELDS: &str = "Content-Type: text/html; charset=utf-8\r\n";
/// [`HTML`] as an excerpt shows it.
const SHOWN: &str = "<html>\\u{d}\\u{a}<head><title>503 Service Temporarily Unavailable</title>\
    </head>\\u{d}\\u{a}</html>";

const NOTHING: &str = "HTTP/1.1 204 No Content\r\n\
     x-amzn-RequestId: 7f1e4a52-9c3d-4b86-a0f7-2d5c8e6b1934\r\n\r\n";

/// Text in Latin-1, and its NUL.
const TEAPOT: &[u8] = b"caf\xe9 \x00 th\xe9";
