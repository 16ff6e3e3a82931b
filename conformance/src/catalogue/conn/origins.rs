//! Connections of several origins.

use crate::caps::Caps;
use crate::case::Case;
use crate::catalogue::handed_up::requests_by_connection;
use crate::exchange::{Exchange, Origin, Scheme, Want};
use crate::scenario::Scenario;
use crate::server::{Certificate, Connection, Step, answers, response};

pub(super) fn not_shared() -> Scenario {
    let body = |body: &str| response("200 OK", "", body.as_bytes());
    let to = |origin, body: &[u8]| Exchange::new(Want::ok(body)).to(origin);
    let ports = Case::raw(
        "two ports",
        vec![answers(body("first"), 3); 3],
        vec![
            to(Origin::Server, b"first"),
            to(Origin::Second, b"second"),
            to(Origin::Server, b"first"),
            to(Origin::Second, b"second"),
        ],
    )
    .second(vec![answers(body("second"), 3); 3]);
    let names = Case::raw(
        "two names",
        vec![answers(body("any"), 3); 3],
        vec![to(Origin::Server, b"any"), to(Origin::Localhost, b"any")],
    )
    .check(|seen, checks| {
        requests_by_connection(seen, checks, &[1, 1]);
        let hosts = seen.requests().iter().map(|r| r.value("host").map(<[u8]>::to_vec)).collect();
        let port = seen.authority.rsplit(':').next().unwrap_or_default();
        let expected = [seen.authority.clone(), format!("localhost:{port}")];
        let expected = expected.map(|host| Some(host.into_bytes())).to_vec();
        checks.equal::<Vec<_>>("hosts", hosts, expected);
    });
    let mut tls = vec![Step::Handshake(Certificate::Trusted)];
    tls.extend(answers(body("secure"), 3));
    let either: Connection = vec![Step::Either { tls, plain: answers(body("clear"), 3) }];
    let over = |scheme, body: &[u8]| Exchange::new(Want::ok(body)).over(scheme);
    let schemes = Case::raw(
        "http and https on one port",
        vec![either; 4],
        vec![
            over(Scheme::Http, b"clear"),
            over(Scheme::Https, b"secure"),
            over(Scheme::Http, b"clear"),
            over(Scheme::Https, b"secure"),
        ],
    )
    .http()
    .needs(Caps::TLS)
    .check(|seen, checks| {
        let secured = seen.records.iter().filter(|record| record.secured());
        let in_tls: usize = secured.map(|record| record.requests().len()).sum();
        checks.equal("requests in TLS", in_tls, 2);
    });
    Scenario::must("conn/origins-not-shared")
        .why("a connection is for one scheme, host and port: on another's the request reaches a stranger")
        .rule("RFC 9110 section 4.3.1; RFC 9112 section 9.3; HttpTransport contracts 2 and 10")
        .case(ports)
        .case(names)
        .case(schemes)
}
