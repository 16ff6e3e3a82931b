//! How TLS ends: with close_notify, or cut.

use super::{Interrupted, MaybeSent};
use crate::caps::Caps;
use crate::case::Case;
use crate::exchange::{Exchange, Want};
use crate::scenario::Scenario;
use crate::server::{Certificate, Connection, Step, response};

pub(super) fn close_delimited() -> Scenario {
    let row = Scenario::must("tls/close-delimited-needs-close-notify")
        .why("a body that ends with TLS is whole only after close_notify: without it somebody cut it")
        .rule("RFC 9112 section 9.8; RFC 8446 section 6.1; HttpTransport contract 8")
        .needs(Caps::TLS);
    let heads = [
        ("HTTP/1.1", "HTTP/1.1 200 OK\r\n\r\n", 200),
        ("HTTP/1.0", "HTTP/1.0 200 OK\r\n\r\n", 200),
        ("that says close", "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", 200),
        ("an error", "HTTP/1.1 400 Bad Request\r\n\r\n", 400),
    ];
    let cases = heads.into_iter().flat_map(|(name, head, status)| {
        let versions = [("1.3", Certificate::Trusted13), ("1.2", Certificate::Trusted12)];
        versions.into_iter().flat_map(move |(version, certificate)| {
            let half = format!("{head}{{\"half\":");
            let cut = one(
                format!("{name}, {version}, cut"),
                certificate,
                vec![Step::Read, Step::Write(half.clone().into()), Step::Cut],
                Want::fails(&[Interrupted], MaybeSent),
            );
            let whole = one(
                format!("{name}, {version}, whole"),
                certificate,
                vec![Step::Read, Step::Write(half.into()), Step::Close],
                vec![Want::Answer(status, b"{\"half\":".to_vec())],
            );
            [cut, whole]
        })
    });
    let nothing = one(
        "no byte of it, cut".to_owned(),
        Certificate::Trusted,
        vec![Step::Read, Step::Write(b"HTTP/1.1 200 OK\r\n\r\n".to_vec()), Step::Cut],
        Want::fails(&[Interrupted], MaybeSent),
    );
    cases.fold(row, Scenario::case).case(nothing)
}

pub(super) fn complete() -> Scenario {
    let row = Scenario::must("tls/complete-body-without-close-notify")
        .why("an answer that is whole by its length or chunks is whole, however TLS ends after it")
        .rule("RFC 9112 section 9.8; HttpTransport contract 8")
        .needs(Caps::TLS);
    let answers = [
        ("a length", response("200 OK", "", b"whole"), 200, "whole"),
        ("an error", response("400 Bad Request", "", b"whole"), 400, "whole"),
        ("says close", response("200 OK", "Connection: close\r\n", b"whole"), 200, "whole"),
        (
            "chunks",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nwhole\r\n0\r\n\r\n"
                .to_vec(),
            200,
            "whole",
        ),
        ("no body", b"HTTP/1.1 204 No Content\r\n\r\n".to_vec(), 204, ""),
        ("empty", response("200 OK", "", b""), 200, ""),
    ];
    let cases = answers.into_iter().flat_map(|(name, bytes, status, body)| {
        [("1.3", Certificate::Trusted13), ("1.2", Certificate::Trusted12)].map(
            |(version, certificate)| {
                let script = vec![Step::Read, Step::Write(bytes.clone()), Step::Cut];
                let accepted = vec![Want::Answer(status, body.into())];
                one(format!("{name}, {version}"), certificate, script, accepted)
            },
        )
    });
    cases.fold(row, Scenario::case)
}

fn one(name: String, certificate: Certificate, then: Connection, accepted: Vec<Want>) -> Case {
    let script = super::in_tls(certificate, then);
    Case::raw(name, vec![script], vec![Exchange::new(accepted)]).https()
}
