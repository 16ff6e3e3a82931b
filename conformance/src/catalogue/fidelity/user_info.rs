//! A URL with a user and a password in it.

use bytes::Bytes;
use http::{Request, header};
use kendra_sync_core::Delivery::NotSent;
use kendra_sync_core::TransportErrorKind::InvalidRequest;

use super::wire::{line, same_values};
use crate::case::Case;
use crate::check::Checks;
use crate::exchange::{Exchange, Want};
use crate::scenario::Scenario;
use crate::server::{Seen, answer};

pub(crate) fn row() -> Scenario {
    Scenario::must("fidelity/userinfo-not-authorization")
        .why("a password in a URL must neither take the signature's place nor be sent in any other")
        .rule("RFC 9110 section 4.2.4; HttpTransport contract 2")
        .case(case("user and password", |request| put(request, "u5er:pw0rd-canary@")))
        .case(case("user alone", |request| put(request, "pw0rd-canary@")))
        .case(case("password alone", |request| put(request, ":pw0rd-canary@")))
        .case(case("escaped", |request| put(request, "u5er:pw0rd-canary%40@")))
        .case(case("no Authorization of its own", |request| {
            put(request, "u5er:pw0rd-canary@");
            request.headers_mut().remove(header::AUTHORIZATION);
        }))
}

fn case(name: &str, change: fn(&mut Request<Bytes>)) -> Case {
    let accepted =
        vec![Want::Answer(200, Vec::new()), Want::Fails(vec![InvalidRequest], Some(NotSent))];
    let exchange = Exchange::new(accepted).change(change);
    Case::raw(name, vec![answer(super::empty_ok())], vec![exchange]).check(kept_apart)
}

/// Puts user information before the authority. Where that makes no URI the check tells.
fn put(request: &mut Request<Bytes>, user_info: &str) {
    let authority = request.uri().authority().map(http::uri::Authority::as_str);
    let scheme = request.uri().scheme_str().unwrap_or_default();
    let uri = format!("{scheme}://{user_info}{}/", authority.unwrap_or_default());
    if let Ok(uri) = uri.parse() {
        *request.uri_mut() = uri;
    }
}

fn kept_apart(seen: &Seen, checks: &mut Checks) {
    for request in &seen.sent {
        let has =
            request.uri().authority().is_some_and(|authority| authority.as_str().contains('@'));
        checks.must("URL handed over", has, "one with user information", request.uri().path());
    }
    for record in &seen.records {
        let received = record.received();
        let found = SPELLINGS.iter().find(|spelling| contains(&received, spelling.as_bytes()));
        let actual = found.map_or("neither", |_| "it is");
        checks.must("password on the wire", found.is_none(), "in no spelling", actual);
    }
    for (request, arrived) in seen.sent.iter().zip(seen.requests()) {
        same_values("authorization", request, &arrived, checks);
        same_values("host", request, &arrived, checks);
        line("POST / HTTP/1.1", &arrived, checks);
    }
    if seen.outcomes.iter().all(Result::is_ok) {
        checks.equal("requests that arrived", seen.requests().len(), seen.sent.len());
    }
    for error in seen.outcomes.iter().filter_map(|outcome| outcome.as_ref().err()) {
        let mut texts = format!("{error} {error:?} {error:#?}");
        let mut source = std::error::Error::source(error);
        while let Some(cause) = source {
            texts += &format!(" {cause} {cause:?}");
            source = cause.source();
        }
        let told = contains(texts.as_bytes(), b"pw0rd");
        checks.must("password in the error", !told, "none", if told { "it is" } else { "none" });
    }
}

fn contains(bytes: &[u8], pattern: &[u8]) -> bool {
    bytes.windows(pattern.len()).any(|window| window == pattern)
}

/// The password, and the pairs of the cases in Base64 as the Basic scheme sends them, cut so that
/// what follows does not matter.
const SPELLINGS: [&str; 4] = [
    "pw0rd",
    // u5er:pw0rd-
    "dTVlcjpwdzByZC1",
    // pw0rd-
    "cHcwcmQt",
    // :pw0rd-
    "OnB3MHJkL",
];
