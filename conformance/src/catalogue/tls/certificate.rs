//! What a server shows of itself.

use super::{NotSent, Tls, in_tls, ok, ok_twice, refused};
use crate::caps::Caps;
use crate::case::Case;
use crate::exchange::{Exchange, Origin, Want};
use crate::scenario::Scenario;
use crate::server::{Certificate, Step, answer, response};

pub(super) fn valid() -> Scenario {
    let row = Scenario::must("tls/valid-versions")
        .why("TLS 1.3 and 1.2 are spoken, and a chain through an intermediate is followed to the root")
        .rule("RFC 8446; RFC 5246; RFC 5280 section 6; HttpTransport contract 10")
        .needs(Caps::TLS);
    let versions = [
        ("both", Certificate::Trusted),
        ("1.3 only", Certificate::Trusted13),
        ("1.2 only", Certificate::Trusted12),
    ];
    let cases = versions.into_iter().flat_map(|(name, certificate)| {
        [("localhost", Origin::Localhost), ("127.0.0.1", Origin::Server)].map(|(host, origin)| {
            let exchange = Exchange::new(Want::ok(b"ok")).to(origin);
            Case::raw(format!("{name}, {host}"), vec![in_tls(certificate, ok())], vec![exchange])
                .https()
                .check(|seen, checks| {
                    let secured = seen.records.iter().filter(|record| record.secured()).count();
                    checks.equal("handshakes", secured, 1);
                })
        })
    });
    cases.fold(row, Scenario::case)
}

pub(super) fn untrusted() -> Scenario {
    let row = Scenario::must("tls/untrusted-ca")
        .why(
            "a certificate that does not lead to a trusted root is refused before anything is sent",
        )
        .rule("RFC 5280 section 6.1; RFC 9110 section 4.3.4; HttpTransport contracts 9 and 10")
        .revised(2)
        .needs(Caps::TLS);
    let cases = [
        refused("another root", Certificate::Untrusted),
        refused("another root of the same name", Certificate::Forged),
        refused("of no one else", Certificate::SelfSigned),
        refused("no way to the root", Certificate::WithoutIntermediate),
        refused("issued by no authority", Certificate::ByNoAuthority),
        refused("not for servers", Certificate::ForClients),
        refused("without its key", Certificate::WithoutItsKey),
    ];
    cases.into_iter().flatten().fold(row, Scenario::case)
}

pub(super) fn wrong_host() -> Scenario {
    let row = Scenario::must("tls/wrong-host")
        .why("a trusted certificate of another host is another host: nothing is sent to it")
        .rule("RFC 9110 sections 4.3.3 to 4.3.5; RFC 9525 section 6; HttpTransport contract 10")
        .needs(Caps::TLS);
    let cases = [
        refused("another name", Certificate::OtherName),
        refused("another address", Certificate::OtherAddress),
    ];
    cases.into_iter().flatten().fold(row, Scenario::case)
}

pub(super) fn lookalike() -> Scenario {
    let row = Scenario::must("tls/wrong-host-lookalike")
        .why("a name that has the host's in it, or a wildcard for everything, is not the host's")
        .rule("RFC 9525 sections 6.3, 6.4 and 6.5; HttpTransport contract 10")
        .needs(Caps::TLS);
    let cases = [
        refused("something before", Certificate::NameWithPrefix),
        refused("something after", Certificate::NameWithSuffix),
        refused("a star", Certificate::Star),
        refused("a star below", Certificate::StarBelow),
        refused("in the common name only", Certificate::CommonName),
        refused("an address as a name", Certificate::AddressAsName),
    ];
    cases.into_iter().flatten().fold(row, Scenario::case)
}

pub(super) fn expired() -> Scenario {
    let row = Scenario::must("tls/expired")
        .why("a certificate is valid from its one date to its other, and so is each that leads to it")
        .rule("RFC 5280 sections 4.1.2.5 and 6.1.3; HttpTransport contract 10")
        .revised(2)
        .needs(Caps::TLS);
    let cases = [
        refused("a minute ago", Certificate::JustExpired),
        refused("an hour ago", Certificate::Expired),
        refused("years ago", Certificate::LongExpired),
        refused("not before an hour from now", Certificate::NotYetValid),
        refused("the intermediate an hour ago", Certificate::ExpiredIntermediate),
    ];
    cases.into_iter().flatten().fold(row, Scenario::case)
}

pub(super) fn every_connection() -> Scenario {
    let row = Scenario::must("tls/every-connection-verified")
        .why("each new connection is verified as the first was: the server may have become another")
        .rule("RFC 9110 section 4.3.4; HttpTransport contract 10")
        .needs(Caps::TLS);
    let seconds = [
        ("another name", Certificate::OtherName),
        ("another root", Certificate::Untrusted),
        ("another root of the same name", Certificate::Forged),
        ("expired", Certificate::Expired),
    ];
    let cases = seconds.into_iter().flat_map(|(name, second)| {
        [("localhost", Origin::Localhost), ("127.0.0.1", Origin::Server)].map(|(host, origin)| {
            let mut first = answer(response("200 OK", "Connection: close\r\n", b"ok"));
            first.push(Step::Close);
            let connections = vec![
                in_tls(Certificate::Trusted, first),
                in_tls(second, ok_twice()),
                in_tls(second, ok_twice()),
            ];
            let bad = || Exchange::new(Want::fails(&[Tls], NotSent)).to(origin);
            let good = Exchange::new(Want::ok(b"ok")).to(origin);
            Case::raw(format!("{name}, {host}"), connections, vec![good, bad(), bad()])
                .https()
                .check(|seen, checks| checks.equal("requests in all", seen.requests().len(), 1))
        })
    });
    cases.fold(row, Scenario::case)
}
