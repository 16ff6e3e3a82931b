//! The group `auto`: what a transport is not to do by itself.

use http::header::AUTHORIZATION;

use super::handed_up::{Field, fields, kept};
use crate::case::{Case, Child};
use crate::check::Checks;
use crate::exchange::{Exchange, Want};
use crate::scenario::Scenario;
use crate::server::{Connection, Request, Seen, Step, answer, answer_and_close, answers, response};

pub(crate) fn rows() -> Vec<Scenario> {
    vec![redirects(), state(), decompression(), proxy(), retry()]
}

fn redirects() -> Scenario {
    let row = Scenario::must("auto/redirects-not-followed")
        .why("a redirect is an answer: following it would send credentials and the request once more")
        .rule("RFC 9110 section 15.4; HttpTransport contracts 1 and 4")
        .replayable();
    let row = row.revised(2);
    let statuses = [300, 301, 302, 303, 305, 307, 308];
    let cases = statuses.into_iter().flat_map(|status| {
        let to = |name: &str, location: &str, check: fn(&Seen, &mut Checks)| {
            let lines = format!("Location: {location}\r\nX-A: 1\r\n");
            let first = response(&format!("{status} Moved"), &lines, b"moved");
            let accepted = vec![Want::Answer(status, b"moved".to_vec())];
            Case::raw(
                format!("{status} {name}"),
                vec![kept(first), followed()],
                vec![Exchange::new(accepted)],
            )
            .check(check)
        };
        [
            to("to the same server", "http://{authority}/moved", |seen, checks| {
                let location = format!("http://{}/moved", seen.authority);
                redirect_kept(seen, checks, location.as_bytes());
            }),
            to("to another server", "http://{tripwire}/moved", |seen, checks| {
                let location = seen.outcomes.first().and_then(|outcome| {
                    let response = outcome.as_ref().ok()?;
                    response.headers().get("location").cloned()
                });
                let location = location.as_ref().map_or(&b""[..], |value| value.as_bytes());
                let whole =
                    location.starts_with(b"http://127.0.0.1:") && location.ends_with(b"/moved");
                checks.must("location", whole, "that of the server", location.escape_ascii());
                redirect_kept(seen, checks, location);
            }),
            to("to a path", "/moved", |seen, checks| redirect_kept(seen, checks, b"/moved")),
            to("to a name", "moved", |seen, checks| redirect_kept(seen, checks, b"moved")),
            to("to a query", "?moved", |seen, checks| redirect_kept(seen, checks, b"?moved")),
            to("to nowhere", "http://[", |seen, checks| redirect_kept(seen, checks, b"http://[")),
        ]
    });
    let bare = response("302 Found", "", b"found");
    cases
        .fold(row, Scenario::case)
        .case(
            Case::raw(
                "302 without a location",
                vec![kept(bare), followed()],
                vec![Exchange::new(vec![Want::Answer(302, b"found".to_vec())])],
            )
            .check(|seen, checks| unchanged(seen, checks, &[])),
        )
        .case(
            Case::raw(
                "200 that wants to be left for another place",
                vec![kept(response("200 OK", "Refresh: 0; url=/moved\r\n", b"stay")), followed()],
                vec![Exchange::new(vec![Want::Answer(200, b"stay".to_vec())])],
            )
            .check(|seen, checks| unchanged(seen, checks, &[("refresh", &[b"0; url=/moved"])])),
        )
}

fn redirect_kept(seen: &Seen, checks: &mut Checks, location: &[u8]) {
    unchanged(seen, checks, &[("location", &[location]), ("x-a", &[b"1"])]);
}

fn state() -> Scenario {
    let memorable = "Set-Cookie: session=1; Path=/\r\nSet-Cookie: b=2\r\n\
        Alt-Svc: http/1.1=\"{tripwire}\"; ma=3600, h2=\"{tripwire}\"; ma=3600\r\n\
        Strict-Transport-Security: max-age=31536000\r\n\
        Cache-Control: public, max-age=3600, immutable\r\n\
        Content-Location: http://{authority}/\r\nETag: \"v1\"\r\n\
        Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\nAccept-CH: Sec-CH-UA, Downlink\r\n\
        Accept-Encoding: gzip\r\nVary: Cookie\r\n";
    let row = Scenario::must("auto/no-state-across-calls")
        .why("nothing of an answer is kept for the next request: no cookie, cache, redirect, challenge")
        .rule("HttpTransport contracts 2 and 4; RFC 9110 section 9.3.3")
        .revised(2);
    let answers = [
        ("200", 200, "200 OK", ""),
        ("200, then another connection", 200, "200 OK", "Connection: close\r\n"),
        ("404", 404, "404 Not Found", ""),
        ("301", 301, "301 Moved Permanently", "Location: http://{authority}/moved\r\n"),
        ("308", 308, "308 Permanent Redirect", "Location: http://{tripwire}/moved\r\n"),
        ("401", 401, "401 Unauthorized", "WWW-Authenticate: Negotiate, Basic realm=\"r\"\r\n"),
        ("503", 503, "503 Service Unavailable", "Retry-After: 3600\r\n"),
    ];
    let cases = answers.map(|(name, status, line, lines)| {
        let first = response(line, &format!("{memorable}{lines}"), b"first");
        let second = response("200 OK", memorable, b"second");
        let mut on_one = answer(first);
        if lines.starts_with("Connection") {
            on_one.push(Step::Close);
        } else {
            on_one.extend(answer(second.clone()));
        }
        let exchanges =
            [Want::Answer(status, b"first".to_vec()), Want::Answer(200, b"second".to_vec())];
        Case::raw(
            name,
            vec![on_one, answer(second)],
            exchanges.map(|want| Exchange::new(vec![want])).into(),
        )
        .check(alike)
    });
    let cached = response("200 OK", memorable, b"first");
    let unmodified = b"HTTP/1.1 304 Not Modified\r\nETag: \"v1\"\r\n\r\n".to_vec();
    let on_one = [answer(cached), answer(unmodified.clone())].concat();
    let wants = [Want::Answer(200, b"first".to_vec()), Want::Answer(304, Vec::new())];
    let unmodified = Case::raw(
        "200, and later a 304",
        vec![on_one, answer(unmodified)],
        wants.map(|want| Exchange::new(vec![want])).into(),
    );
    cases
        .into_iter()
        .fold(row, Scenario::case)
        .case(unmodified.check(alike))
        .case(failing_for_long())
}

/// Whatever came before, the next request goes out: giving up for a while is the caller's.
fn failing_for_long() -> Case {
    let failure = || response("503 Service Unavailable", "", b"no");
    let success = response("200 OK", "", b"yes");
    let mut connection = answers(failure(), FAILURES);
    connection.extend(answer(success));
    let mut exchanges = vec![Exchange::new(vec![Want::Answer(503, b"no".to_vec())]); FAILURES];
    exchanges.push(Exchange::new(vec![Want::Answer(200, b"yes".to_vec())]));
    // A transport that keeps no connections needs one for each.
    let mut connections: Vec<Connection> = vec![connection];
    connections.extend(std::iter::repeat_n(answer(failure()), FAILURES - 1));
    connections.push(answer(response("200 OK", "", b"yes")));
    Case::raw("twelve times 503, and then a 200", connections, exchanges).check(|seen, checks| {
        checks.equal("requests", seen.requests().len(), FAILURES + 1);
    })
}

const FAILURES: usize = 12;

/// The second request is the first one again, but for when it was signed.
fn alike(seen: &Seen, checks: &mut Checks) {
    let requests = seen.requests();
    checks.equal("requests", requests.len(), 2);
    let [first, second] = requests.as_slice() else { return };
    let (expected, actual) = (timeless(first), timeless(second));
    let passed = actual == expected;
    checks.must("second request", passed, text(&expected), text(&actual));
    for (sent, request) in seen.sent.iter().zip(&requests) {
        let signed: Vec<&[u8]> =
            sent.headers().get_all(AUTHORIZATION).iter().map(|value| value.as_bytes()).collect();
        let same = request.values("authorization") == signed;
        checks.must("authorization", same, "the signature that was made", "another");
    }
}

/// A request without what changes from one second to the next.
fn timeless(request: &Request) -> Request {
    let mut request = request.clone();
    for (name, value) in &mut request.headers {
        if [&b"authorization"[..], b"x-amz-date"].iter().any(|n| name.eq_ignore_ascii_case(n)) {
            value.clear();
        }
    }
    request
}

fn text(request: &Request) -> String {
    let mut text = request.line.escape_ascii().to_string();
    for (name, value) in &request.headers {
        let hidden = name.eq_ignore_ascii_case(b"x-amz-security-token");
        let value = if hidden { &b"..."[..] } else { value };
        text += &format!("; {}: {}", name.escape_ascii(), value.escape_ascii());
    }
    text + &format!("; {}", request.body.escape_ascii())
}

fn decompression() -> Scenario {
    let row = Scenario::must("auto/no-decompression")
        .why("a coded body is handed up as it came, with the field that says so; none is asked for")
        .rule("RFC 9110 sections 8.4 and 12.5.3; HttpTransport contracts 2 and 3")
        .revised(2)
        .replayable();
    let bodies: [(&str, u16, &str, &[u8]); 10] = [
        ("gzip", 200, "gzip", GZIP),
        ("gzip, of an error", 400, "gzip", GZIP),
        ("gzip in capitals", 200, "GZIP", GZIP),
        ("x-gzip", 200, "x-gzip", GZIP),
        ("gzip, not valid", 200, "gzip", b"no gzip"),
        ("gzip, empty", 200, "gzip", b""),
        ("identity", 200, "identity", GZIP),
        ("deflate", 500, "deflate", DEFLATE),
        ("br", 200, "br", BROTLI),
        ("zstd", 200, "zstd", ZSTD),
    ];
    let cases = bodies.map(|(name, status, coding, body)| {
        let lines = format!("Content-Encoding: {coding}\r\nContent-Type: text/plain\r\n");
        let first = answer(response(&format!("{status} Any"), &lines, body));
        let check: fn(&Seen, &mut Checks) = match coding {
            "GZIP" => |seen, checks| coding_kept(seen, checks, b"GZIP"),
            "x-gzip" => |seen, checks| coding_kept(seen, checks, b"x-gzip"),
            "deflate" => |seen, checks| coding_kept(seen, checks, b"deflate"),
            "br" => |seen, checks| coding_kept(seen, checks, b"br"),
            "zstd" => |seen, checks| coding_kept(seen, checks, b"zstd"),
            "identity" => |seen, checks| coding_kept(seen, checks, b"identity"),
            _ => |seen, checks| coding_kept(seen, checks, b"gzip"),
        };
        Case::answer(name, first, vec![Want::Answer(status, body.to_vec())]).check(check)
    });
    let coded = "Content-Encoding: gzip\r\nContent-Type: text/plain\r\n";
    let want = || vec![Want::Answer(200, GZIP.to_vec())];
    let head = format!("HTTP/1.1 200 OK\r\n{coded}Transfer-Encoding: chunked\r\n\r\n");
    let size = format!("{:x}\r\n", GZIP.len());
    let chunked = [head.as_bytes(), size.as_bytes(), GZIP, b"\r\n0\r\n\r\n"].concat();
    let head = format!("HTTP/1.1 200 OK\r\n{coded}\r\n");
    let to_the_end = [head.as_bytes(), GZIP].concat();
    cases
        .into_iter()
        .fold(row, Scenario::case)
        .case(
            Case::answer("gzip, in chunks", answer(chunked), want())
                .check(|seen, checks| coding_kept(seen, checks, b"gzip")),
        )
        .case(
            Case::answer("gzip, to the end", answer_and_close(to_the_end), want())
                .check(|seen, checks| coding_kept(seen, checks, b"gzip")),
        )
        .case(
            Case::answer("gzip that nothing names", answer(response("200 OK", "", GZIP)), want())
                .check(|seen, checks| unchanged(seen, checks, &[])),
        )
}

fn coding_kept(seen: &Seen, checks: &mut Checks, coding: &[u8]) {
    unchanged(seen, checks, &[("content-encoding", &[coding]), ("content-type", &[b"text/plain"])]);
    for request in seen.requests() {
        for name in ["accept-encoding", "te"] {
            let asked = request.value(name).map(|value| value.escape_ascii().to_string());
            checks.equal(name, asked, None);
        }
    }
}

fn proxy() -> Scenario {
    Scenario::must("auto/env-proxy-ignored")
        .why("a proxy that the environment names is not used: over http it would see the credentials")
        .rule("HttpTransport contract 4")
        .case(
            Case::answer(
                "",
                answer(response("200 OK", "", b"direct")),
                vec![Want::Answer(200, b"direct".to_vec())],
            )
            .in_child(Child::ProxyVariables)
            .check(|seen, checks| {
                unchanged(seen, checks, &[]);
                let targets = seen.requests().iter().map(|r| r.target().to_vec()).collect::<Vec<_>>();
                checks.equal("targets", targets, vec![b"/".to_vec()]);
            }),
        )
}

fn retry() -> Scenario {
    let row = Scenario::must("auto/no-retry-no-auth")
        .why("whatever the status, the request is sent once: trying again and proving who asks is the call's")
        .rule("RFC 9110 section 9.2.2; HttpTransport contracts 1, 3 and 4")
        .revised(2);
    let again = "Retry-After: 0\r\nX-A: 1\r\nx-amz-retry-after: 0\r\n";
    let challenge = "WWW-Authenticate: Basic realm=\"r\"\r\n\
        WWW-Authenticate: Digest realm=\"r\", nonce=\"n\", qop=\"auth\", Negotiate\r\n";
    let of_proxy = "Proxy-Authenticate: Basic realm=\"r\"\r\n";
    let again_only: fn(&Seen, &mut Checks) = |seen, checks| {
        unchanged(
            seen,
            checks,
            &[("retry-after", &[b"0"]), ("x-a", &[b"1"]), ("x-amz-retry-after", &[b"0"])],
        );
    };
    let challenged: fn(&Seen, &mut Checks) = |seen, checks| {
        let values: &[&[u8]] =
            &[b"Basic realm=\"r\"", b"Digest realm=\"r\", nonce=\"n\", qop=\"auth\", Negotiate"];
        unchanged(seen, checks, &[("www-authenticate", values)]);
    };
    let proxied: fn(&Seen, &mut Checks) = |seen, checks| {
        unchanged(seen, checks, &[("proxy-authenticate", &[b"Basic realm=\"r\""])]);
    };
    let answers = [
        (503, again, again_only),
        (500, again, again_only),
        (502, again, again_only),
        (504, again, again_only),
        (429, again, again_only),
        (425, again, again_only),
        (408, again, again_only),
        (421, again, again_only),
        (509, again, again_only),
        (529, again, again_only),
        (598, again, again_only),
        (401, challenge, challenged),
        (407, of_proxy, proxied),
    ];
    let cases = answers.into_iter().flat_map(|(status, lines, check)| {
        let bytes =
            |more: &str| response(&format!("{status} Any"), &format!("{lines}{more}"), b"once");
        let want = || Exchange::new(vec![Want::Answer(status, b"once".to_vec())]);
        let mut closing = answer(bytes("Connection: close\r\n"));
        closing.push(Step::Close);
        let mut used = answer(response("200 OK", "", b"first"));
        used.extend(kept(bytes("")));
        let first = Exchange::new(vec![Want::Answer(200, b"first".to_vec())]);
        [
            Case::raw(status.to_string(), vec![kept(bytes("")), followed()], vec![want()])
                .check(check),
            Case::raw(format!("{status}, then closed"), vec![closing, followed()], vec![want()])
                .check(check),
            // A transport that keeps no connections gets the same answer on its second.
            Case::raw(
                format!("{status}, on a connection used before"),
                vec![used, kept(bytes("")), followed()],
                vec![first, want()],
            )
            .check(check),
        ]
    });
    cases.fold(row, Scenario::case)
}

/// The last answer has these fields and no other, and each send made one request.
fn unchanged(seen: &Seen, checks: &mut Checks, expected: &[Field<'_>]) {
    fields(seen, checks, seen.sent.len().saturating_sub(1), expected);
    let (requests, sends) = (seen.requests().len(), seen.sent.len());
    // What plays recordings makes none.
    checks.must("no further request", requests <= sends, sends, requests);
}

/// What a second request to a further connection gets.
fn followed() -> Vec<Step> {
    answer(response("200 OK", "", b"followed"))
}

/// `{}`.
const GZIP: &[u8] = b"\x1f\x8b\x08\0\0\0\0\0\x02\x03\xab\xae\x05\0\x43\xbf\xa6\xa3\x02\0\0\0";

/// `{}`, in the zlib format.
const DEFLATE: &[u8] = b"\x78\x9c\xab\xae\x05\0\x01\x75\0\xf9";

/// `hello`, stored.
const BROTLI: &[u8] = b"\x0b\x02\x80hello\x03";

/// `hello`, stored.
const ZSTD: &[u8] = b"\x28\xb5\x2f\xfd\x20\x05\x29\0\0hello";
