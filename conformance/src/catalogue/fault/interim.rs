//! Answers before the answer.

use std::time::Duration;

use kendra_sync_core::Delivery::MaybeSent;
use kendra_sync_core::TransportErrorKind::{Interrupted, InvalidResponse, Timeout};

use crate::caps::Caps;
use crate::case::Case;
use crate::catalogue::handed_up::{fields, sound};
use crate::exchange::{Exchange, Want};
use crate::scenario::Scenario;
use crate::server::{Step, answer, response};

pub(super) fn skipped() -> Scenario {
    let early: [(&str, &[&str]); 5] = [
        ("100", &["HTTP/1.1 100 Continue\r\n\r\n"]),
        ("103 with fields", &["HTTP/1.1 103 Early Hints\r\nLink: </a>\r\nX-Early: 1\r\n\r\n"]),
        ("102 three times", &["HTTP/1.1 102 Processing\r\n\r\n"; 3]),
        (
            "100 with a length",
            &["HTTP/1.1 100 Continue\r\nContent-Length: 5\r\nX-Early: 1\r\n\r\n"],
        ),
        ("199", &["HTTP/1.1 199 Whatever\r\n\r\n", "HTTP/1.1 103 Early Hints\r\n\r\n"]),
    ];
    let finals = [("200", 200, "200 OK"), ("400", 400, "400 Bad Request")];
    let row = Scenario::must("fault/interim-1xx")
        .why("interim answers are passed over, fields and all: only the final one is handed up")
        .rule("RFC 9110 section 15.2; HttpTransport contract 5");
    let cases = early.into_iter().flat_map(|(name, early)| {
        finals.into_iter().flat_map(move |(number, status, line)| {
            let last = response(line, "X-Final: 1\r\n", b"final");
            let apart = early.iter().flat_map(|early| {
                [Step::Write(early.as_bytes().into()), Step::Pause(Duration::from_millis(5))]
            });
            let mut apart: Vec<Step> = std::iter::once(Step::Read).chain(apart).collect();
            apart.push(Step::Write(last.clone()));
            let at_once = answer([early.concat().into_bytes(), last].concat());
            [("apart", apart), ("at once", at_once)].map(|(how, script)| {
                let accepted = vec![Want::Answer(status, b"final".to_vec())];
                Case::answer(format!("{name}, then {number}, {how}"), script, accepted)
                    .check(|seen, checks| fields(seen, checks, 0, &[("x-final", &[b"1"])]))
            })
        })
    });
    cases.fold(row, Scenario::case)
}

pub(super) fn flood() -> Scenario {
    let row = Scenario::must("fault/interim-flood")
        .why("interim answers without end are an end at the limit: each one does not start it anew")
        .rule("RFC 9110 section 15.2; HttpTransport contracts 6 and 7")
        .needs(Caps::TIMEOUT)
        .at_once();
    let pieces = [
        ("100", "HTTP/1.1 100 Continue\r\n\r\n".to_owned()),
        ("103 with fields", "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n".to_owned()),
    ];
    let cases = pieces.map(|(name, piece)| {
        let (pause, most) = (Duration::from_millis(5), 64 << 20);
        let script = vec![Step::Read, Step::Flood { piece: piece.into_bytes(), pause, most }];
        let kinds = vec![Timeout, InvalidResponse, Interrupted];
        let accepted = vec![Want::Fails(kinds, Some(MaybeSent))];
        let exchange = Exchange::new(accepted).ends_by(Duration::from_secs(1));
        Case::raw(name, vec![script], vec![exchange])
    });
    cases.into_iter().fold(row, Scenario::case).case(sound())
}

pub(super) fn switching() -> Scenario {
    let switch = b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n";
    let accepted =
        || vec![Want::Answer(101, Vec::new()), Want::Fails(vec![InvalidResponse], Some(MaybeSent))];
    let limit = Duration::from_secs(1);
    let exchange = || Exchange::new(accepted()).ends_by(limit);
    let own = || answer(response("200 OK", "", b"own"));
    Scenario::should("fault/unsolicited-101")
        .why("101 is final: nobody asked for another protocol, so nothing more is to be waited for")
        .rule("RFC 9110 sections 7.8 and 15.2.2")
        .revised(2)
        .case(Case::raw("kept open", vec![answer(*switch)], vec![exchange()]))
        .case(Case::raw(
            "then another send",
            vec![[answer(*switch), answer(response("200 OK", "", b"other"))].concat(), own()],
            vec![exchange(), Exchange::new(Want::ok(b"own"))],
        ))
        .case(Case::client(
            "core's client",
            vec![answer(*switch)],
            vec![|result, checks| {
                let failed = result.is_err();
                checks.must("result", failed, "an error", if failed { "one" } else { "success" });
            }],
        ))
}
