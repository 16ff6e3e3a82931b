//! How TLS begins, and that nothing is sent before.

use super::{Connect, Interrupted, NotSent, Tls, in_tls, nothing_sent, ok};
use crate::caps::Caps;
use crate::case::Case;
use crate::catalogue::handed_up::{requests_by_connection, sound_in_tls};
use crate::check::Checks;
use crate::exchange::{Exchange, Origin, Want};
use crate::scenario::Scenario;
use crate::server::{Certificate, Connection, Seen, Step, answer_and_close, response};

pub(super) fn hello() -> Scenario {
    let case = |name, origin, check: fn(&Seen, &mut Checks)| {
        let exchange = Exchange::new(Want::ok(b"ok")).to(origin);
        Case::raw(name, vec![in_tls(Certificate::Trusted, ok())], vec![exchange])
            .https()
            .check(check)
    };
    Scenario::must("tls/client-hello")
        .why(
            "the name asked for is in the ClientHello, an address is not, and no protocol but ours",
        )
        .rule("RFC 6066 section 3; RFC 7301 section 3.1; HttpTransport contract 10")
        .needs(Caps::TLS)
        .case(case("localhost", Origin::Localhost, |seen, checks| {
            said(seen, checks, Some(vec![b"localhost".to_vec()]));
        }))
        .case(case("127.0.0.1", Origin::Server, |seen, checks| said(seen, checks, None)))
}

/// The ClientHello names these hosts, and offers what is then spoken or nothing.
fn said(seen: &Seen, checks: &mut Checks, names: Option<Vec<Vec<u8>>>) {
    let hellos: Vec<_> = seen.records.iter().filter_map(|record| record.hello()).collect();
    checks.must("ClientHello", !hellos.is_empty(), "one", hellos.len());
    for hello in hellos {
        checks.equal("server_name", hello.server_names, names.clone());
        let offered = hello.protocols.unwrap_or_default();
        let ours = offered.iter().all(|protocol| protocol == b"http/1.1");
        let shown: Vec<_> = offered.iter().map(|p| p.escape_ascii().to_string()).collect();
        let expected = "nothing, or http/1.1 alone";
        checks.should("application_layer_protocol_negotiation", ours, expected, shown.join(", "));
    }
}

pub(super) fn no_plaintext() -> Scenario {
    let row = Scenario::must("tls/no-plaintext-on-failure")
        .why("where there is no TLS an https request is not sent: never in clear, to no port")
        .rule("RFC 9110 section 4.2.2; HttpTransport contracts 9 and 10")
        .needs(Caps::TLS);
    let bad = response("400 Bad Request", "", b"this port is for https");
    let servers: [(&str, Connection); 4] = [
        (
            "HTTP in clear",
            vec![
                Step::ReadPart(Some(1)),
                Step::Write(response("200 OK", "", b"in clear")),
                Step::Close,
            ],
        ),
        ("HTTP in clear that does not wait", vec![Step::Write(bad), Step::Close]),
        ("a redirect in clear", {
            let fields = "Location: http://{authority}/\r\n";
            vec![
                Step::ReadPart(Some(1)),
                Step::Write(response("302 Found", fields, b"")),
                Step::Close,
            ]
        }),
        ("no answer but an end", vec![Step::ReadPart(Some(1)), Step::Close]),
    ];
    let cases = servers.map(|(name, script)| {
        let accepted = vec![Want::Fails(vec![Tls, Connect, Interrupted], Some(NotSent))];
        // Further connections would be tries in clear, which are answered.
        let clear = answer_and_close(response("200 OK", "", b"in clear"));
        let connections = vec![script, clear.clone(), clear];
        Case::raw(name, connections, vec![Exchange::new(accepted)])
            .second(vec![answer_and_close(response("200 OK", "", b"elsewhere"))])
            .https()
            .check(nothing_sent)
    });
    cases.into_iter().fold(row, Scenario::case).case(
        Case::raw(
            "in TLS after a failure",
            vec![vec![Step::ReadPart(Some(1)), Step::Close], in_tls(Certificate::Trusted, ok())],
            vec![
                Exchange::new(vec![Want::Fails(vec![Tls, Connect, Interrupted], Some(NotSent))]),
                Exchange::new(Want::ok(b"ok")),
            ],
        )
        .https()
        .check(|seen, checks| {
            requests_by_connection(seen, checks, &[1]);
            let secured = seen.records.iter().filter(|record| record.secured()).count();
            checks.equal("handshakes", secured, 1);
        }),
    )
}

pub(super) fn broken() -> Scenario {
    let row = Scenario::must("tls/handshake-broken")
        .why("a handshake that breaks sent nothing, whoever broke it: trying again is safe")
        .rule("RFC 8446 section 6; HttpTransport contract 9")
        .needs(Caps::TLS);
    let after_hello = |bytes: &[u8], end: Step| -> Connection {
        vec![Step::ReadPart(Some(1)), Step::Write(bytes.to_vec()), end]
    };
    let breaks: [(&str, Connection); 8] = [
        ("reset", vec![Step::ReadPart(Some(1)), Step::Reset]),
        ("ended", vec![Step::ReadPart(Some(1)), Step::Close]),
        ("ended in the answer", after_hello(b"\x16\x03\x03\0\x7a\x02\0", Step::Close)),
        ("reset in the answer", after_hello(b"\x16\x03\x03\0\x7a\x02\0", Step::Reset)),
        ("garbage", after_hello(&[0xa5; 64], Step::Close)),
        ("a fatal alert", after_hello(b"\x15\x03\x03\0\x02\x02\x28", Step::Close)),
        (
            "an alert that the version is not spoken",
            after_hello(b"\x15\x03\x01\0\x02\x02\x46", Step::Close),
        ),
        ("TLS 1.1 (should)", after_hello(SERVER_HELLO_1_1, Step::Close)),
    ];
    let cases = breaks.map(|(name, script)| {
        let kinds = vec![Tls, Connect, Interrupted];
        let accepted = vec![Want::Fails(kinds, Some(NotSent))];
        Case::raw(name, vec![script; 4], vec![Exchange::new(accepted)]).https().check(
            |seen, checks| {
                nothing_sent(seen, checks);
                let made = seen.records.len();
                checks.must("connections", made <= 2, "one, or one more made ahead", made);
            },
        )
    });
    cases.into_iter().fold(row, Scenario::case).case(sound_in_tls())
}

/// A ServerHello of TLS 1.1 (RFC 4346 section 7.4.1.3) that picks TLS_RSA_WITH_AES_128_CBC_SHA.
const SERVER_HELLO_1_1: &[u8] = b"\x16\x03\x02\0\x2a\x02\0\0\x26\x03\x02\
    0123456789abcdef0123456789abcdef\0\0\x2f\0";
