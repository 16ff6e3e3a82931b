//! The group `secret`: what is signed with, and what is sent, shows nowhere else.

use kendra_sync_core::Delivery::{MaybeSent, NotSent};
use kendra_sync_core::TransportErrorKind::{
    Connect, Interrupted, InvalidRequest, InvalidResponse, Timeout, Tls,
};

use super::handed_up::sound;
use crate::canary::Canaries;
use crate::caps::Caps;
use crate::case::{Case, Child, Judge};
use crate::check::Checks;
use crate::exchange::{Exchange, Origin, Want};
use crate::logs;
use crate::scenario::Scenario;
use crate::server::{Certificate, Connection, Seen, Step, answer_and_close, response};
use crate::stage::Stage;

pub(crate) fn rows() -> Vec<Scenario> {
    vec![errors(), shown_and_logged()]
}

/// What a server sends back: everything secret that it was sent.
const ECHO: &str = "Authorization: {authorization}; X-Amz-Security-Token: {token}";

fn errors() -> Scenario {
    let row = Scenario::must("secret/error-chain")
        .why("an error tells what failed, never what the request was signed with, echoed or not")
        .rule("HttpTransport contract 13")
        .revised(2)
        .replayable();
    let broken = |bytes: String| answer_and_close(bytes);
    let head = "HTTP/1.1 200 OK\r\n";
    let echoes: [(&str, Connection); 7] = [
        ("a status line", broken(format!("{ECHO}\r\n\r\n"))),
        ("a reason, of a bad status", broken(format!("HTTP/1.1 9 {ECHO}\r\n\r\n"))),
        ("a head that ends early", broken(format!("{head}X-Echo: {ECHO}\r\n"))),
        ("a bad length", broken(format!("{head}Content-Length: {ECHO}\r\n\r\n"))),
        (
            "a body that ends early",
            broken(format!("{head}X-Echo: {ECHO}\r\nContent-Length: 9999\r\n\r\n{ECHO}")),
        ),
        ("a bad chunk", broken(format!("{head}Transfer-Encoding: chunked\r\n\r\n{ECHO}\r\n"))),
        (
            "a trailer that ends early",
            broken(format!("{head}Transfer-Encoding: chunked\r\n\r\n0\r\nX-Echo: {ECHO}\r\n")),
        ),
    ];
    let echoed = echoes.map(|(name, script)| {
        let kinds = vec![Interrupted, InvalidResponse];
        Case::answer(name, script, vec![Want::Fails(kinds, Some(MaybeSent))]).check(told)
    });
    // The second line may be taken for more of the first one (RFC 9112 section 5.2), or be dropped.
    let folded = broken(format!("{head}{ECHO}\r\n : {ECHO}\r\n\r\n"));
    let either = [Want::fails(&[Interrupted, InvalidResponse], MaybeSent), Want::ok(b"")].concat();
    let ends = [("reset", vec![Step::Read, Step::Reset]), ("ended", vec![Step::Read, Step::Close])];
    let ended = ends.map(|(name, script)| {
        Case::answer(name, script, Want::fails(&[Interrupted], MaybeSent)).check(told)
    });
    let refused = Exchange::new(Want::fails(&[Connect], NotSent)).to(Origin::Refused);
    let scheme = Exchange::new(Want::fails(&[InvalidRequest], NotSent)).change(|request| {
        if let Ok(uri) = "ftp://127.0.0.1/".parse() {
            *request.uri_mut() = uri;
        }
    });
    let silent = Exchange::new(Want::fails(&[Timeout], MaybeSent))
        .ends_by(std::time::Duration::from_secs(1));
    let untrusted = vec![Step::Handshake(Certificate::Untrusted)];
    let clients = client_echoes().map(|(name, bytes)| {
        let judge: Judge = |result, checks| {
            let failed = result.is_err();
            checks.must("result", failed, "an error", if failed { "one" } else { "success" });
            let longest = result.as_ref().err().map(|error| error.to_string().chars().count());
            let longest = longest.unwrap_or_default();
            checks.must("text", longest <= 4096, "at most 4,096 characters", longest);
        };
        Case::client(name, vec![answer_and_close(bytes)], vec![judge]).check(told)
    });
    echoed
        .into_iter()
        .chain(ended)
        .chain(clients)
        .fold(row, Scenario::case)
        .case(Case::answer("a bad field", folded, either).check(short))
        .case(Case::raw("refused", Vec::new(), vec![refused]).check(told))
        .case(Case::raw("another scheme", Vec::new(), vec![scheme]).check(told))
        .case(
            Case::raw("timed out", vec![vec![Step::Read]], vec![silent])
                .needs(Caps::TIMEOUT)
                .check(told),
        )
        .case(
            Case::raw(
                "not trusted",
                vec![untrusted],
                vec![Exchange::new(Want::fails(&[Tls], NotSent))],
            )
            .https()
            .check(told),
        )
}

/// Answers that core's client makes an error of.
fn client_echoes() -> [(&'static str, Vec<u8>); 4] {
    let long = format!("{} {ECHO}", "m".repeat(3000));
    [
        (
            "core's client: a message",
            response_with(
                "400 Bad Request",
                "",
                &format!("{{\"__type\":\"E\",\"message\":\"{ECHO}\"}}"),
            ),
        ),
        ("core's client: a body that is no JSON", response_with("503 Busy", "", ECHO)),
        ("core's client: a long body", response_with("502 Bad", "", &long)),
        (
            "core's client: fields",
            response_with(
                "400 Bad Request",
                &format!("X-Amzn-Errortype: {ECHO}\r\nX-Amzn-RequestId: {ECHO}\r\n"),
                "{}",
            ),
        ),
    ]
}

/// With the length that a body has once what was sent stands in it: it ends with the connection instead.
fn response_with(line: &str, fields: &str, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 {line}\r\n{fields}Connection: close\r\n\r\n{body}").into_bytes()
}

/// An error was there to be looked at; what it says is looked at in every scenario.
fn told(seen: &Seen, checks: &mut Checks) {
    checks.must("errors", !seen.said.is_empty(), "one or more to look at", seen.said.len());
    short(seen, checks);
}

fn short(seen: &Seen, checks: &mut Checks) {
    let most = seen.said.iter().map(String::len).max().unwrap_or_default();
    checks.must("length", most <= 64 << 10, "at most 64 KiB of text", most);
}

fn shown_and_logged() -> Scenario {
    let echo_of = |head: &str| format!("HTTP/1.1 {head}\r\n\r\n{ECHO}").into_bytes();
    let answers = [
        ("an answer", response("200 OK", "", b"ok")),
        ("an error that echoes", response_with("400 Bad", &format!("X-Echo: {ECHO}\r\n"), ECHO)),
        ("a body that ends early", echo_of("200 OK\r\nContent-Length: 9999")),
        ("a bad chunk", echo_of("200 OK\r\nTransfer-Encoding: chunked")),
        ("garbage", format!("{ECHO}\r\n\r\n").into_bytes()),
    ];
    let row = Scenario::must("secret/transport-debug-and-logs")
        .why("neither a transport's Debug nor what it logs, at any level, holds what requests are signed with")
        .rule("HttpTransport contract 13")
        .replayable();
    let cases = answers.map(|(name, bytes)| {
        Case::course(
            name,
            vec![answer_and_close(bytes); 3],
            "two sends, while everything that is logged is kept; the transport's Debug is looked at too",
            |stage| {
                Box::pin(async move {
                    logs::keep()?;
                    let before = stage.subject.shown();
                    for _ in 0..2 {
                        stage.send(Exchange::new(Vec::new())).await?;
                    }
                    looked_through(stage, &before);
                    Ok(())
                })
            },
        )
        .in_child(Child::Logged)
    });
    cases.into_iter().fold(row, Scenario::case).case(sound())
}

/// The transport's `Debug`, before and after, and what was logged.
fn looked_through(stage: &mut Stage, before: &str) {
    let signatures = stage.sent.iter().filter_map(|request| {
        let value = request.headers().get(http::header::AUTHORIZATION)?.to_str().ok()?;
        Some(value.rsplit_once("Signature=")?.1.to_owned())
    });
    let canaries = Canaries::new(signatures);
    let shown = format!("{before}{}", stage.subject.shown());
    let found = canaries.found(&shown);
    let actual = if found.is_some() { "a stretch of one is in it" } else { "none" };
    stage.checks.must("Debug", found.is_none(), "no secret", actual);

    let (mut own, mut others) = (Vec::new(), Vec::new());
    // Pieces of one thing may stand in lines after each other.
    let lines = logs::kept();
    let targets: std::collections::BTreeSet<&str> =
        lines.iter().map(|line| line.target.as_str()).collect();
    for target in targets {
        let of_it = lines.iter().filter(|line| line.target == target);
        let text: String = of_it.map(|line| line.text.as_str()).collect();
        if canaries.found(&text).is_some() {
            if is_dependency(target) { others.push(target) } else { own.push(target) }
        }
    }
    let told = |targets: &[&str]| match targets {
        [] => "none".to_owned(),
        targets => format!("one from {}", targets.join(", ")),
    };
    stage.checks.must("log", own.is_empty(), "no secret from the transport", told(&own));
    let expected = "no secret from what the transport uses";
    stage.checks.should("log of dependencies", others.is_empty(), expected, told(&others));
}

/// Whether a target is one of the libraries that transports are made of: what they log is not in the
/// transport's hand, other than by leaving them.
fn is_dependency(target: &str) -> bool {
    let library = target.split("::").next().unwrap_or_default();
    LIBRARIES.contains(&library)
}

const LIBRARIES: [&str; 22] = [
    "attohttpc",
    "aws_smithy_http_client",
    "aws_smithy_runtime",
    "curl",
    "h2",
    "hyper",
    "hyper_rustls",
    "hyper_tls",
    "hyper_util",
    "isahc",
    "minreq",
    "mio",
    "native_tls",
    "openssl",
    "reqwest",
    "runtime",
    "rustls",
    "tokio",
    "tower",
    "ureq",
    "ureq_proto",
    "want",
];

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether each check of `check` passed where errors said this.
    fn passed(check: fn(&Seen, &mut Checks), said: &[String]) -> Vec<(String, bool)> {
        let seen = Seen {
            authority: String::new(),
            records: Vec::new(),
            second_from: 0,
            outcomes: Vec::new(),
            said: said.to_vec(),
            sent: Vec::new(),
            tripped: 0,
        };
        let mut checks = Checks::default();
        check(&seen, &mut checks);
        checks.made.into_iter().map(|check| (check.name, check.passed)).collect()
    }

    #[test]
    fn an_error_is_there_to_be_looked_at_and_is_not_too_long() {
        let of = |length: usize| "x".repeat(length);
        let both = |errors, length| vec![("errors".to_owned(), errors), ("length".into(), length)];
        assert_eq!(passed(told, &[]), both(false, true));
        assert_eq!(passed(told, &[of(65_536)]), both(true, true));
        assert_eq!(passed(told, &[of(1), of(65_537), of(1)]), both(true, false));
        assert_eq!(passed(short, &[]), [("length".into(), true)]);
        assert_eq!(passed(short, &[of(65_537)]), [("length".into(), false)]);
    }

    #[test]
    fn a_dependency_is_known_by_the_first_part_of_its_target() {
        for (target, expected) in [
            ("hyper", true),
            ("hyper::proto::h1", true),
            ("ureq_proto::util", true),
            ("hypertext", false),
            ("acme", false),
            ("acme::hyper", false),
            ("", false),
        ] {
            assert_eq!(is_dependency(target), expected, "{target}");
        }
    }
}
