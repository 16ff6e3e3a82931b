//! The group `fault`: what breaks, and what is said of it.

use std::time::Duration;

use kendra_sync_core::Delivery::MaybeSent;
use kendra_sync_core::TransportErrorKind::{Connect, Interrupted, InvalidResponse, Tls};

use super::handed_up::sound;
use crate::caps::Caps;
use crate::case::Case;
use crate::exchange::{Exchange, Want};
use crate::scenario::Scenario;
use crate::server::{Connection, Step, answer, answer_and_close, response};

pub(super) mod bomb;
mod interim;

pub(crate) fn rows() -> Vec<Scenario> {
    vec![
        reset_on_accept(),
        after_request(
            "fault/reset-after-request",
            "a connection that is reset under a request: it may have been read, so it is not sent again",
            Step::Reset,
        ),
        after_request(
            "fault/eof-after-request",
            "a connection that ends under a request: it may have been read, so it is not sent again",
            Step::Close,
        ),
        eof_in_head(),
        reset_in_body(),
        garbage(),
        bomb::header(),
        interim::skipped(),
        interim::flood(),
        interim::switching(),
        early_response(),
    ]
}

fn reset_on_accept() -> Scenario {
    let accepted = vec![Want::Fails(vec![Connect, Interrupted, Tls], None)];
    Scenario::must("fault/reset-on-accept")
        .why("a connection that is reset at once is an error, which may be safe to try again: not here")
        .rule("HttpTransport contracts 1 and 9")
        .replayable()
        .case(sound())
        .case(
            Case::raw("", vec![vec![Step::Reset]; 20], vec![Exchange::new(accepted)]).check(
                |seen, checks| {
                    // How the error shows depends on how far the client was when it came.
                    let made = seen.records.len();
                    checks.must("connections", made <= 2, "one, or one more made ahead", made);
                },
            ),
        )
}

fn after_request(id: &'static str, why: &'static str, end: Step) -> Scenario {
    let resent = || answer(response("200 OK", "", b"resent"));
    let case = |name: &str, steps: Connection| {
        let exchange = Exchange::new(Want::fails(&[Interrupted], MaybeSent));
        Case::raw(name, vec![steps, resent(), resent()], vec![exchange])
            .check(|seen, checks| checks.equal("requests in all", seen.requests().len(), 1))
    };
    let interim = b"HTTP/1.1 100 Continue\r\n\r\n".to_vec();
    Scenario::must(id)
        .why(why)
        .rule("RFC 9110 section 9.2.2; HttpTransport contracts 1 and 9")
        .replayable()
        .case(case("at once", vec![Step::Read, end.clone()]))
        .case(case("after a while", vec![Step::Read, Step::Pause(PAUSE), end.clone()]))
        .revised(2)
        .case(case(
            "after an interim answer",
            vec![Step::Read, Step::Write(interim), Step::Pause(PAUSE), end.clone()],
        ))
        .case(amid_the_request(end))
        .case(sound())
}

/// Some of it was read, the rest cannot be written.
fn amid_the_request(end: Step) -> Case {
    let exchange = Exchange::new(Want::fails(&[Interrupted], MaybeSent))
        .change(|request| *request.body_mut() = vec![b'b'; LARGE].into());
    let resent = || answer(response("200 OK", "", b"resent"));
    let script = vec![Step::ReadPart(None), end];
    Case::raw("amid a long request", vec![script, resent(), resent()], vec![exchange])
        // No recording holds so much.
        .lacks(Caps::REPLAY)
        .check(|seen, checks| checks.equal("requests in all", seen.requests().len(), 1))
}

/// More than sockets take in ahead of their reader.
const LARGE: usize = 8 << 20;

fn eof_in_head() -> Scenario {
    let heads = [
        ("in the version", "HTTP/1."),
        ("in the status line", "HTTP/1.1 200 O"),
        ("after the status line", "HTTP/1.1 200 OK\r\n"),
        ("in a name", "HTTP/1.1 200 OK\r\nContent-"),
        ("in a value", "HTTP/1.1 200 OK\r\nContent-Length: 1"),
        ("before the last line end", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n"),
        ("of an error", "HTTP/1.1 400 Bad Request\r\nX-Amzn-Errortype: Valid"),
    ];
    let row = Scenario::must("fault/eof-in-head")
        .why("a head that breaks off is no answer, whatever of it has come")
        .rule("RFC 9112 section 8; HttpTransport contract 8")
        .replayable();
    let cases = heads.map(|(name, head)| {
        let accepted = Want::fails(&[Interrupted], MaybeSent);
        Case::answer(name, answer_and_close(head), accepted)
    });
    cases.into_iter().fold(row, Scenario::case).case(sound())
}

fn reset_in_body() -> Scenario {
    let halves = [
        ("a length", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort"),
        ("chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nshort\r\n"),
        ("that ends with the connection", "HTTP/1.1 200 OK\r\n\r\nshort"),
        ("an error", "HTTP/1.1 500 Oops\r\nContent-Length: 10\r\n\r\nshort"),
    ];
    let row = Scenario::must("fault/reset-in-body")
        .why("a reset is never the end of a body: not even of one that ends with its connection")
        .rule("RFC 9112 section 8; HttpTransport contract 8")
        .replayable();
    let cases = halves.map(|(name, half)| {
        let script = vec![Step::Read, Step::Write(half.into()), Step::Pause(PAUSE), Step::Reset];
        Case::answer(name, script, Want::fails(&[Interrupted], MaybeSent))
    });
    cases.into_iter().fold(row, Scenario::case).case(sound())
}

fn garbage() -> Scenario {
    let answers: [(&str, &[u8]); 11] = [
        ("binary", b"\x00\x01\x02\xff\xfe\r\n\r\n"),
        ("HTTP/0.9", b"<html>an answer without a head</html>\r\n\r\n"),
        ("HTTP/2.0", b"HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n"),
        ("an HTTP/2 preface", b"\0\0\x12\x04\0\0\0\0\0\0\x03\0\0\0\x64\0\x04\0\x01\0\0\r\n\r\n"),
        ("status 20", b"HTTP/1.1 20 OK\r\nContent-Length: 0\r\n\r\n"),
        ("status 099", b"HTTP/1.1 099 No\r\nContent-Length: 0\r\n\r\n"),
        ("status 2000", b"HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n"),
        ("status 2x0", b"HTTP/1.1 2x0 OK\r\nContent-Length: 0\r\n\r\n"),
        ("no status", b"HTTP/1.1\r\nContent-Length: 0\r\n\r\n"),
        ("another protocol", b"SSH-2.0-OpenSSH_9.9\r\n\r\n"),
        ("an alert of TLS", b"\x15\x03\x03\0\x02\x02\x28"),
    ];
    let row = Scenario::must("fault/garbage-status-line")
        .why("what does not begin with an HTTP/1 status line is no answer, and no panic")
        .rule("RFC 9112 section 4; HttpTransport contracts 8 and 14");
    let cases = answers.map(|(name, bytes)| {
        let accepted = match name {
            // Too short to tell from a status line that broke off.
            "an alert of TLS" => Want::fails(&[InvalidResponse, Interrupted], MaybeSent),
            _ => Want::fails(&[InvalidResponse], MaybeSent),
        };
        Case::answer(name, answer_and_close(bytes), accepted)
    });
    cases.into_iter().fold(row, Scenario::case)
}

fn early_response() -> Scenario {
    let exchange = Exchange::new(vec![Want::Answer(413, b"too large".to_vec())])
        .change(|request| *request.body_mut() = vec![b'b'; 900_000].into());
    let too_large = response("413 Content Too Large", "Connection: close\r\n", b"too large");
    let script = vec![Step::ReadPart(None), Step::Write(too_large), Step::Close];
    Scenario::should("fault/early-response-half-close")
        .why(
            "a server may answer before it has the whole request: its answer counts, not the write",
        )
        .rule("RFC 9112 section 9.3 and 9.6; RFC 9110 section 10.1.1")
        .case(Case::raw("", vec![script], vec![exchange]))
}

/// So that the client has read what came before.
const PAUSE: Duration = Duration::from_millis(20);
