//! What Kendra answers, as text and as JSON, whole.

use std::time::Duration;

use kendra_sync_emulator::{Emulator, Identity, JobStatus};
use kendra_sync_test_servers::{End, Raw};

use crate::command::{INDEX, Ran, SECRET, TOKEN, kendra_sync, run, stop};

/// An emulator that knows the key of [`stop`], and the data source.
async fn kendra() -> Emulator {
    let identity = Identity::new("AKIDEXAMPLE", SECRET);
    let emulator = Emulator::builder().identity(identity).abort_after(Duration::ZERO);
    emulator.start().await.unwrap()
}

#[tokio::test]
async fn a_stop_says_what_is_stopping() {
    let emulator = kendra().await;
    let source = emulator.add_data_source(INDEX, "wiki").unwrap();
    let at = format!("--endpoint-url {}", emulator.endpoint_url());
    let text = run(&mut stop(&at)).await.without_request_ids();
    let expected = format!("stopping: data source wiki of index {INDEX} (request id ID)\n");
    assert_eq!(text, Ran::new(0, &expected, ""));
    assert_eq!((source.job(), source.stops()), (JobStatus::Aborted, 1));

    let json = run(&mut stop(&format!("{at} --output json"))).await.without_request_ids();
    let expected = format!(
        "{{\"requestId\":\"ID\",\"attempts\":1,\"indexId\":\"{INDEX}\",\"id\":\"wiki\"}}\n"
    );
    assert_eq!(json, Ran::new(0, &expected, ""));
}

#[tokio::test]
async fn settings_come_from_flags_before_the_environment() {
    let identity = Identity::new("AKIDEXAMPLE", SECRET).session_token(TOKEN);
    let emulator =
        Emulator::builder().identity(identity).region("us-west-2").start().await.unwrap();
    emulator.add_data_source(INDEX, "wiki").unwrap();
    let url = emulator.endpoint_url();
    let dead = "http://127.0.0.1:9";
    for (arguments, variables) in [
        (format!("--region us-west-2 --endpoint-url {url}"), vec![("AWS_ENDPOINT_URL", dead)]),
        ("--region us-west-2".to_owned(), vec![("AWS_ENDPOINT_URL", &*url)]),
        (
            "--region us-west-2".to_owned(),
            vec![("AWS_ENDPOINT_URL_KENDRA", &*url), ("AWS_ENDPOINT_URL", dead)],
        ),
        (
            format!("--endpoint-url {url}"),
            vec![("AWS_REGION", "us-west-2"), ("AWS_DEFAULT_REGION", "eu-west-1")],
        ),
        (
            format!("--endpoint-url {url}"),
            vec![("AWS_REGION", ""), ("AWS_DEFAULT_REGION", "us-west-2")],
        ),
    ] {
        let mut command = stop(&arguments);
        command.env("AWS_SESSION_TOKEN", TOKEN).envs(variables.clone());
        let ran = run(&mut command).await;
        assert_eq!((ran.exit, &*ran.stderr), (0, ""), "{arguments} {variables:?}");
    }
}

/// Each documented error, from a Kendra that means it.
#[tokio::test]
async fn each_documented_error_is_told_whole() {
    let emulator = kendra().await;
    emulator.add_identity(Identity::new("AKIDDENIED", SECRET).denied());
    let source = emulator.add_data_source(INDEX, "wiki").unwrap();
    let denied = format!(
        "User: arn:aws:iam::123456789012:user/emulator is not authorized to perform: \
         kendra:StopDataSourceSyncJob on resource: \
         arn:aws:kendra:eu-west-1:123456789012:index/{INDEX}"
    );
    let missing = format!("The data source nowhere does not exist in the index {INDEX}.");
    for (setup, code, message, status, retryable, advice) in [
        (
            Setup::Key("AKIDDENIED"),
            "AccessDeniedException",
            &*denied,
            400,
            false,
            "allow this identity kendra:StopDataSourceSyncJob on the index and data source",
        ),
        (
            Setup::Source("nowhere"),
            "ResourceNotFoundException",
            &*missing,
            400,
            false,
            "check both ids, the region and the account",
        ),
        (Setup::Throttle, "ThrottlingException", THROTTLED, 400, true, "try again in a while"),
        (Setup::Fail, "InternalServerException", FAILED, 500, true, "try again in a while"),
    ] {
        let command = |output: &str| {
            let id = if let Setup::Source(id) = setup { id } else { "wiki" };
            let mut command = kendra_sync(&format!("stop --index-id {INDEX} --id {id} {output}"));
            let key = if let Setup::Key(key) = setup { key } else { "AKIDEXAMPLE" };
            command
                .env("AWS_ACCESS_KEY_ID", key)
                .env("AWS_SECRET_ACCESS_KEY", SECRET)
                .env("AWS_REGION", "eu-west-1")
                .env("AWS_MAX_ATTEMPTS", "1")
                .env("AWS_ENDPOINT_URL", emulator.endpoint_url());
            match setup {
                Setup::Throttle => source.throttle(1),
                Setup::Fail => source.fail(1),
                Setup::Key(_) | Setup::Source(_) => {}
            }
            command
        };
        let text = run(&mut command("")).await.without_request_ids();
        let expected = format!(
            "error: {code}: {message}\n  the request was answered, HTTP {status}, request id ID, \
             attempts: 1\n  next: {advice}\n"
        );
        assert_eq!(text, Ran::new(254, "", &expected));

        let json = run(&mut command("--output json")).await.without_request_ids();
        let expected = format!(
            "{{\"error\":{{\"code\":\"{code}\",\"message\":\"{message}\",\"httpStatus\":{status},\
             \"requestId\":\"ID\",\"attempts\":1,\"delivery\":\"maybe-sent\",\
             \"retryable\":{retryable}}}}}\n"
        );
        assert_eq!(json, Ran::new(254, "", &expected));
    }
    assert_eq!(source.stops(), 0);
}

#[derive(Clone, Copy)]
enum Setup {
    Key(&'static str),
    Source(&'static str),
    Throttle,
    Fail,
}

const THROTTLED: &str = "Rate exceeded";
const FAILED: &str = "An internal server error was asked for.";

/// Answers that the emulator does not give: ids are checked before they are sent, and not all that
/// answers is Kendra.
#[tokio::test]
async fn other_answers_are_told_whole() {
    let validation =
        r#"{"__type":"com.amazonaws.kendra#ValidationException","Message":"Bad\nId \u001b[2J"}"#;
    for (answer, text, json) in [
        (
            http("400 Bad Request", "", validation),
            "error: ValidationException: Bad\\u{a}Id \\u{1b}[2J\n  the request was answered, \
             HTTP 400, request id id-1, attempts: 1\n  next: check both ids\n",
            r#"{"error":{"code":"ValidationException","message":"Bad\nId \u001b[2J","httpStatus":400,"requestId":"id-1","attempts":1,"delivery":"maybe-sent","retryable":false}}"#,
        ),
        (
            http("503 Service Unavailable", "Content-Type: text/html\r\n", "<html>\n"),
            "error: an answer without a message: <html>\\u{a}\n  the request was answered, \
             HTTP 503, request id id-1, attempts: 1\n  next: try again in a while\n",
            r#"{"error":{"code":null,"message":"an answer without a message: <html>\\u{a}","httpStatus":503,"requestId":"id-1","attempts":1,"delivery":"maybe-sent","retryable":true}}"#,
        ),
        (
            http("302 Found", "Location: /login\r\n", ""),
            "error: an answer without a message\n  the request was answered, HTTP 302, \
             request id id-1, attempts: 1\n  next: check the endpoint: something other than \
             Kendra may have answered\n",
            r#"{"error":{"code":null,"message":"an answer without a message","httpStatus":302,"requestId":"id-1","attempts":1,"delivery":"maybe-sent","retryable":false}}"#,
        ),
    ] {
        let server = Raw::start(vec![answer], End::Hold).await;
        let at = format!("--endpoint-url {}", server.url());
        assert_eq!(run(&mut stop(&at)).await, Ran::new(254, "", text));
        let ran = run(&mut stop(&format!("{at} --output json"))).await;
        assert_eq!(ran, Ran::new(254, "", &format!("{json}\n")));
        assert_eq!(server.requests().len(), 2);
    }
}

#[tokio::test]
async fn a_web_page_is_no_success() {
    let page = http("200 OK", "Content-Type: text/html\r\n", "<html>sign in</html>");
    let server = Raw::start(vec![page], End::Hold).await;
    let at = format!("--endpoint-url {}", server.url());
    let text = "error: the answer is not a valid one: a web page came back: something other than \
                Kendra answered\n  the request was answered, HTTP 200, request id id-1, \
                attempts: 1\n  next: check what answers at the endpoint: a proxy, a sign-in page?\n";
    assert_eq!(run(&mut stop(&at)).await, Ran::new(255, "", text));
    let json = r#"{"error":{"code":"InvalidResponse","message":"the answer is not a valid one: a web page came back: something other than Kendra answered","httpStatus":200,"requestId":"id-1","attempts":1,"delivery":"maybe-sent","retryable":false}}"#;
    let ran = run(&mut stop(&format!("{at} --output json"))).await;
    assert_eq!(ran, Ran::new(255, "", &format!("{json}\n")));
}

/// `Host`, `Content-Length` and the signature are tested elsewhere; this is the whole of it.
#[tokio::test]
async fn a_request_has_the_documented_head_and_body() {
    let server = Raw::start(vec![http("200 OK", "", "")], End::Hold).await;
    assert_eq!(run(&mut stop(&format!("--endpoint-url {}/p", server.url()))).await.exit, 0);
    let requests = server.requests();
    let request = String::from_utf8(requests[0].clone()).unwrap();
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    let mut lines = head.split("\r\n");
    assert_eq!(lines.next(), Some("POST /p/ HTTP/1.1"));
    let mut names: Vec<&str> = lines.map(|line| line.split_once(": ").unwrap().0).collect();
    names.sort_unstable();
    let expected = [
        "amz-sdk-invocation-id",
        "amz-sdk-request",
        "authorization",
        "content-length",
        "content-type",
        "host",
        "user-agent",
        "x-amz-date",
        "x-amz-target",
    ];
    assert_eq!(names, expected);
    assert_eq!(body, format!(r#"{{"Id":"wiki","IndexId":"{INDEX}"}}"#));
}

fn http(status: &str, headers: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\nx-amzn-RequestId: id-1\r\n{headers}Content-Length: {length}\r\n\r\n{body}")
        .into_bytes()
}
