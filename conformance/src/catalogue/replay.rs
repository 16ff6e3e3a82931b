//! The group `replay`: what plays a recording answers as was recorded, and to nothing else; what is recorded
//! holds no secret.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Method, Request};
use kendra_sync_core::Delivery::{MaybeSent, NotSent};
use kendra_sync_core::TransportErrorKind::{
    Connect, Interrupted, InvalidRequest, InvalidResponse, Other, Timeout, Tls, Unrecorded,
};

use super::conn::complete;
use crate::canary;
use crate::caps::Caps;
use crate::case::{Case, Judge};
use crate::check::Checks;
use crate::exchange::{Exchange, Origin, Want};
use crate::scenario::Scenario;
use crate::server::{Certificate, Connection, Seen, Step, answer, answer_and_close, response};

pub(crate) fn rows() -> Vec<Scenario> {
    vec![order(), mismatch(), errors(), safe()]
}

type Change = fn(&mut Request<Bytes>);

type Look = fn(&Seen, &mut Checks);

fn order() -> Scenario {
    let row = Scenario::must("replay/match-order-exhaust")
        .why("by position alone a wrong request gets a right answer, and a test passes that should not")
        .rule("docs/cassette.md, \"Which request gets which answer?\"")
        .needs(Caps::REPLAY)
        .replayable();
    let ways: [(&str, Change); 3] = [
        ("by body", |request| *request.body_mut() = Bytes::from_static(br#"{"Id":"another"}"#)),
        ("by target", |request| set(request, "x-amz-target", "AWSKendraFrontendService.Another")),
        ("by method", |request| *request.method_mut() = Method::PUT),
    ];
    let cases = ways.into_iter().flat_map(|(name, another)| {
        let one = |body: &[u8]| Exchange::new(Want::ok(body));
        let other = |body: &[u8]| one(body).change(another);
        let refused = || Exchange::new(Want::fails(&[Unrecorded], NotSent));
        let bodies = ["first", "second", "third"];
        let recorded = move |name: String| {
            let servers = bodies.map(last_of_its_connection);
            let sends = vec![one(b"first"), other(b"second"), one(b"third")];
            Case::raw(name, servers.into(), sends)
        };
        let all = vec![
            other(b"second"),
            one(b"first"),
            one(b"third"),
            refused(),
            refused().change(another),
        ];
        [
            recorded(format!("{name}, all and more")).replays(all, 0),
            recorded(format!("{name}, in part"))
                .replays(vec![other(b"second"), refused().change(another)], 2),
            recorded(format!("{name}, none")).replays(Vec::new(), 3),
        ]
    });
    cases.fold(row, Scenario::case)
}

fn mismatch() -> Scenario {
    let row = Scenario::must("replay/mismatch-redacted")
        .why("who is refused must see what differs, and no value of it: a diff in a log is a leak")
        .rule("docs/cassette.md, \"Which request gets which answer?\"; HttpTransport contract 13")
        .needs(Caps::REPLAY)
        .replayable();
    let differing: [(&str, Change, Change, Look); 4] = [
        (
            "a member",
            |request| put(request, &member("a")),
            |request| put(request, &member("b")),
            |seen, checks| names(seen, checks, "id"),
        ),
        (
            "a body that is no JSON",
            |request| put(request, &format!("a {}", canary::TOKEN)),
            |request| put(request, &format!("b {}", canary::TOKEN)),
            |seen, checks| names(seen, checks, "body"),
        ),
        (
            "the target",
            |request| set(request, "x-amz-target", "AWSKendraFrontendService.A"),
            |request| set(request, "x-amz-target", "AWSKendraFrontendService.B"),
            |seen, checks| names(seen, checks, "target"),
        ),
        (
            "the method",
            |_| {},
            |request| *request.method_mut() = Method::PUT,
            |seen, checks| names(seen, checks, "method"),
        ),
    ];
    let cases = differing.map(|(name, recorded, asked, check)| {
        let own = Exchange::new(Want::ok(b"own"));
        let refused = Exchange::new(Want::fails(&[Unrecorded], NotSent)).change(asked);
        Case::raw(name, vec![answer(ok("own"))], vec![own.clone().change(recorded)])
            .replays(vec![refused, own.change(recorded)], 0)
            .check(check)
    });
    let own = Exchange::new(Want::ok(b"own"));
    let volatile =
        Case::raw("what changes from call to call", vec![answer(ok("own"))], vec![own.clone()])
            .replays(vec![own.target("/pre?a=b").change(signed_elsewhere)], 0);
    cases.into_iter().fold(row, Scenario::case).case(volatile)
}

/// The same request at another time, by another caller.
fn signed_elsewhere(request: &mut Request<Bytes>) {
    let date = "20010203T040506Z";
    set(request, "x-amz-date", date);
    set(request, "user-agent", "another/2");
    set(request, "amz-sdk-invocation-id", "d9e9fa6b-1d3e-4c1e-8a7e-2f0b6f2f7c11");
    set(
        request,
        "authorization",
        "AWS4-HMAC-SHA256 Credential=AKIDANOTHER/20010203/eu-west-1/kendra/aws4_request, \
         SignedHeaders=host, Signature=00000000000000000000000000000000",
    );
    request.headers_mut().remove("x-amz-security-token");
}

/// A refusal was told, and names the part that differs.
fn names(seen: &Seen, checks: &mut Checks, part: &str) {
    // While it is recorded nothing is refused.
    let refused = seen.outcomes.iter().any(Result::is_err);
    if refused {
        let named = seen.said.iter().any(|text| text.to_ascii_lowercase().contains(part));
        let expected = format!("the refusal names what differs: {part}");
        checks.must("difference", named, expected, seen.said.join("; "));
    }
}

fn errors() -> Scenario {
    let row = Scenario::must("replay/errors-round-trip")
        .why(
            "whether to try again is decided by kind and delivery: played, they are what they were",
        )
        .rule("docs/cassette.md, \"Is a replay the same call again?\"; HttpTransport contract 9")
        .needs(Caps::REPLAY)
        .replayable();
    let interrupted = || Want::fails(&[Interrupted], MaybeSent);
    let head = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n";
    let cut = || answer_and_close(format!("{head}\r\nshort"));
    let garbage = || answer_and_close("no HTTP at all\r\n\r\n");
    let refused = || Exchange::new(Want::fails(&[Connect], NotSent)).to(Origin::Refused);
    let reset = || vec![Step::Read, Step::Reset];
    let scheme = Exchange::new(Want::fails(&[InvalidRequest], NotSent)).change(|request| {
        *request.uri_mut() = http::Uri::from_static("ftp://127.0.0.1/");
    });
    let silent =
        Exchange::new(Want::fails(&[Timeout], MaybeSent)).ends_by(Duration::from_millis(300));
    let untrusted = vec![Step::Handshake(Certificate::Untrusted)];
    let judge: Judge = |result, checks| {
        let failed = result.is_err();
        checks.must("result", failed, "an error", if failed { "one" } else { "success" });
    };
    row.case(Case::raw("refused", Vec::new(), vec![refused()]))
        .case(Case::answer("reset", reset(), interrupted()))
        .case(Case::answer("ended", vec![Step::Read, Step::Close], interrupted()))
        .case(Case::answer("a head that ends early", answer_and_close(head), interrupted()))
        .case(Case::answer("a body that ends early", cut(), interrupted()))
        .case(Case::answer("garbage", garbage(), Want::fails(&[InvalidResponse], MaybeSent)))
        .case(Case::raw("another scheme", Vec::new(), vec![scheme]))
        .case(Case::raw("timed out", vec![vec![Step::Read]], vec![silent]).needs(Caps::TIMEOUT))
        .case(Case::answer("not trusted", untrusted, Want::fails(&[Tls], NotSent)).https())
        .case(Case::raw(
            "one after the other",
            vec![reset(), last_of_its_connection("between"), garbage()],
            vec![
                Exchange::new(interrupted()),
                refused(),
                Exchange::new(Want::ok(b"between")),
                Exchange::new(Want::fails(&[InvalidResponse], MaybeSent)),
            ],
        ))
        .case(Case::client("core's client: reset", vec![reset()], vec![judge]))
        .case(Case::client("core's client: a body that ends early", vec![cut()], vec![judge]))
        .case(given_up())
}

/// A send that has no outcome is there still, as an error.
fn given_up() -> Case {
    Case::course(
        "given up",
        vec![vec![Step::Read]],
        "a send that is dropped when the request has come",
        |stage| {
            Box::pin(async move {
                let sending = stage.start(Exchange::new(Vec::new()))?;
                stage.until("the request arrives", |records| complete(records) == 1).await;
                stage.drop_sending(sending).await;
                Ok(())
            })
        },
    )
    .needs(Caps::CANCEL)
    .only_async()
    .replays(vec![Exchange::new(Want::fails(&[Other], MaybeSent))], 0)
}

fn safe() -> Scenario {
    let row = Scenario::must("replay/cassette-safe")
        .why("a recording is made to be shown: what a request was signed with is not in it, echoed or not")
        .rule("docs/cassette.md, \"What is not in the file?\"")
        .needs(Caps::REPLAY)
        .replayable();
    let every: Vec<u8> = (0..=255).collect();
    let echoes = [
        ("in fields", format!("X-Echo: {ECHO}\r\nx-amz-security-token: {{token}}\r\n"), Vec::new()),
        ("in a body of text", String::new(), ECHO.into()),
        ("in a body that is no text", String::new(), [&every[..], ECHO.as_bytes()].concat()),
    ];
    let echoed = echoes.map(|(name, fields, body)| {
        // How long it is, its end says: what was sent stands in it.
        let mut bytes =
            format!("HTTP/1.1 200 OK\r\n{fields}Connection: close\r\n\r\n").into_bytes();
        bytes.extend([BEGIN, &body, END].concat());
        let server = vec![answer_and_close(bytes)];
        let anything = || vec![Exchange::new(Vec::new())];
        Case::raw(name, server, anything()).replays(anything(), 0).check(framed)
    });
    let whole = Case::answer(
        "a body of every byte",
        answer(response("200 OK", "X-A: 1\r\n", &every)),
        Want::ok(&every),
    );
    let sent = Exchange::new(Want::ok(b"ok")).change(|request| {
        put(request, &member(canary::TOKEN));
        set(request, "cookie", canary::SECRET);
    });
    let cut = answer_and_close(format!("HTTP/1.1 200 OK\r\nX-Echo: {ECHO}\r\n"));
    echoed
        .into_iter()
        .fold(row, Scenario::case)
        .case(whole)
        .case(Case::raw("in the request", vec![answer(ok("ok"))], vec![sent]))
        .case(Case::answer("in what broke off", cut, Want::fails(&[Interrupted], MaybeSent)))
}

/// What stands around a secret is kept.
fn framed(seen: &Seen, checks: &mut Checks) {
    let Some(Ok(response)) = seen.outcomes.first() else {
        checks.must("answer", false, "an answer", "none");
        return;
    };
    let body = response.body();
    let kept = response.status() == 200 && body.starts_with(BEGIN) && body.ends_with(END);
    checks.must("answer", kept, "a 200, and its body from begin to end", body.escape_ascii());
}

/// An answer after which the connection ends. It says so: a client that does not know may send on it yet.
fn last_of_its_connection(body: &str) -> Connection {
    answer_and_close(response("200 OK", "Connection: close\r\n", body.as_bytes()))
}

fn ok(body: &str) -> Vec<u8> {
    response("200 OK", "", body.as_bytes())
}

fn set(request: &mut Request<Bytes>, name: &'static str, value: &'static str) {
    request.headers_mut().insert(name, HeaderValue::from_static(value));
}

fn put(request: &mut Request<Bytes>, body: &str) {
    *request.body_mut() = Bytes::copy_from_slice(body.as_bytes());
}

/// JSON with this `Id`, and a secret beside it.
fn member(id: &str) -> String {
    format!(r#"{{"Id":"{id}","Token":"{}"}}"#, canary::TOKEN)
}

/// What a server sends back: everything secret that it was sent.
const ECHO: &str = "Authorization: {authorization}; X-Amz-Security-Token: {token}";
const BEGIN: &[u8] = b"begin\n";
const END: &[u8] = b"\nend";

#[cfg(test)]
mod tests {
    use kendra_sync_core::TransportError;

    use super::*;
    use crate::exchange::Outcome;

    fn seen(outcomes: Vec<Outcome>, said: &str) -> Seen {
        Seen {
            authority: String::new(),
            records: Vec::new(),
            second_from: 0,
            outcomes,
            said: vec![said.to_owned()],
            sent: Vec::new(),
            tripped: 0,
        }
    }

    /// Whether each check passed.
    fn passed(look: impl Fn(&mut Checks)) -> Vec<bool> {
        let mut checks = Checks::default();
        look(&mut checks);
        checks.made.iter().map(|check| check.passed).collect()
    }

    #[test]
    fn a_refusal_names_what_differs() {
        let refused = || Err(TransportError::new(Unrecorded, NotSent));
        let named =
            |said: &str| passed(|checks| names(&seen(vec![refused()], said), checks, "body"));
        assert_eq!((named("the Body differs"), named("no")), (vec![true], vec![false]));
        let answered = seen(vec![Ok(http::Response::new(Bytes::new()))], "");
        assert!(passed(|checks| names(&answered, checks, "body")).is_empty());
    }

    #[test]
    fn an_answer_is_kept_from_begin_to_end() {
        for (status, body, expected) in [
            (200, "begin\n***\nend", true),
            (201, "begin\n***\nend", false),
            (200, "egin\n***\nend", false),
            (200, "begin\n***\nen", false),
            (200, "", false),
        ] {
            let mut response = http::Response::new(Bytes::from_static(body.as_bytes()));
            *response.status_mut() = http::StatusCode::from_u16(status).unwrap();
            let seen = seen(vec![Ok(response)], "");
            assert_eq!(passed(|checks| framed(&seen, checks)), [expected], "{status} {body}");
        }
        assert_eq!(passed(|checks| framed(&seen(Vec::new(), ""), checks)), [false]);
    }
}
