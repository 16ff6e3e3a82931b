//! What must be the same, or absent, in each request that arrived.

use bytes::Bytes;
use http::Request;

use super::wire::{each, handed, line, same_body, same_values, texts, verified};
use crate::check::Checks;
use crate::server::{Request as Arrived, Seen};

pub(crate) fn posts_to_root(seen: &Seen, checks: &mut Checks) {
    each(seen, checks, |_, arrived, checks| line("POST / HTTP/1.1", arrived, checks));
}

pub(crate) fn hosts(seen: &Seen, checks: &mut Checks) {
    each(seen, checks, same_host);
}

pub(crate) fn same_host(request: &Request<Bytes>, arrived: &Arrived, checks: &mut Checks) {
    checks.equal("handed over", handed(request, "host").len(), 1);
    same_values("host", request, arrived, checks);
}

pub(crate) fn bodies_kept(seen: &Seen, checks: &mut Checks) {
    each(seen, checks, same_body);
}

pub(crate) fn lengths(seen: &Seen, checks: &mut Checks) {
    each(seen, checks, |request, arrived, checks| {
        let lengths = texts(&arrived.values("content-length"));
        // RFC 9110 section 8.6 only recommends to send the length of a body that is not there.
        if !(request.body().is_empty() && lengths.is_empty()) {
            checks.equal("content-length", lengths, vec![request.body().len().to_string()]);
        }
        for name in ["transfer-encoding", "expect", "te", "trailer"] {
            checks.equal(name, arrived.values(name).len(), 0);
        }
        same_body(request, arrived, checks);
    });
}

/// Every field that was handed over, its values in order.
pub(crate) fn fields_kept(seen: &Seen, checks: &mut Checks) {
    each(seen, checks, |request, arrived, checks| {
        for name in PROTOCOL {
            same_values(name, request, arrived, checks);
        }
        for name in request.headers().keys().filter(|name| !PROTOCOL.contains(&name.as_str())) {
            same_values(name.as_str(), request, arrived, checks);
        }
    });
}

pub(crate) fn signatures(seen: &Seen, checks: &mut Checks) {
    each(seen, checks, |_, arrived, checks| verified(arrived, checks));
}

pub(crate) fn signed_requests(seen: &Seen, checks: &mut Checks) {
    for arrived in seen.requests() {
        verified(&arrived, checks);
    }
}

/// The only lines that were not handed over frame the message and the connection, once each.
pub(crate) fn nothing_added(seen: &Seen, checks: &mut Checks) {
    each(seen, checks, |request, arrived, checks| {
        let mut added: Vec<String> = Vec::new();
        for (name, _) in &arrived.headers {
            let name = String::from_utf8_lossy(name).to_ascii_lowercase();
            let may_be = if FRAMING.contains(&&*name) { 1 } else { 0 };
            let most = handed(request, &name).len().max(may_be);
            if arrived.values(&name).len() > most && !added.contains(&name) {
                added.push(name);
            }
        }
        let expected = "none but Content-Length, Host and Connection";
        checks.must("added fields", added.is_empty(), expected, added.join(", "));
    });
}

pub(crate) fn target_kept(seen: &Seen, checks: &mut Checks) {
    each(seen, checks, |request, arrived, checks| {
        let target = request.uri().path_and_query().map_or("/", |target| target.as_str());
        line(&format!("POST {target} HTTP/1.1"), arrived, checks);
        same_host(request, arrived, checks);
    });
}

/// The fields that the protocol stands on.
const PROTOCOL: [&str; 5] =
    ["content-type", "x-amz-target", "x-amz-date", "authorization", "x-amz-security-token"];

/// The fields that a transport may add.
const FRAMING: [&str; 3] = ["connection", "content-length", "host"];
