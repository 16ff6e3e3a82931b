//! The group `fidelity`: what goes out is what was handed over, as the signature covers it.

use bytes::Bytes;
use http::header::{self, HeaderName, HeaderValue};
use http::{Method, Request};

use crate::case::Case;
use crate::exchange::{Exchange, Want};
use crate::scenario::Scenario;
use crate::server::{answer, response};

use self::kept::{
    bodies_kept, fields_kept, hosts, lengths, nothing_added, posts_to_root, same_host, signatures,
    signed_requests, target_kept,
};
use self::wire::{each, texts};

mod bodies;
mod kept;
mod user_info;
mod wire;

pub(crate) fn rows() -> Vec<Scenario> {
    let mut rows = vec![
        request_line(),
        host(),
        body(),
        content_length(),
        protocol_headers(),
        signature(),
        inner_spaces(),
        multi_value(),
        no_added_headers(),
        path_and_query(),
    ];
    rows.push(user_info::row());
    rows
}

fn request_line() -> Scenario {
    Scenario::must("fidelity/request-line-origin-form")
        .why("servers take a target in origin-form; absolute-form is for proxies")
        .rule("RFC 9112 section 3.2.1; HttpTransport contract 2")
        .case(once("root", "/", |_| {}).check(posts_to_root))
        .case(once("empty path", "", |_| {}).check(posts_to_root))
        .case(once("query without a path", "?a=b", |_| {}).check(|seen, checks| {
            each(seen, checks, |_, arrived, checks| {
                wire::line("POST /?a=b HTTP/1.1", arrived, checks)
            });
        }))
        .case(once("another method", "/", |request| *request.method_mut() = Method::PUT).check(
            |seen, checks| {
                each(seen, checks, |_, arrived, checks| {
                    wire::line("PUT / HTTP/1.1", arrived, checks);
                });
            },
        ))
        .case(twice("two requests", |_| {}, |_| {}).check(posts_to_root))
}

fn host() -> Scenario {
    Scenario::must("fidelity/host-once-with-port")
        .why("the host is signed as it was handed over, port and all: another one breaks that")
        .rule("RFC 9110 section 7.2; RFC 9112 section 3.2; HttpTransport contract 2")
        .case(once("of the authority", "/", |_| {}).check(|seen, checks| {
            each(seen, checks, same_host);
            for arrived in seen.requests() {
                checks.equal(
                    "authority",
                    texts(&arrived.values("host")),
                    vec![seen.authority.clone()],
                );
            }
        }))
        .case(once("with a prefix", "/pre/fix/", |_| {}).check(hosts))
        .case(once("of IPv6", "/", |request| set_host(request, "[::1]:8443")).check(hosts))
        .case(once("of a name", "/", |request| set_host(request, "Kendra.Test:8443")).check(hosts))
        .case(
            once("of the default port", "/", |request| set_host(request, "kendra.test:80"))
                .check(hosts),
        )
        .case(once("without a port", "/", |request| set_host(request, "kendra.test")).check(hosts))
        .case(
            twice(
                "two requests",
                |request| set_host(request, "a.test:1"),
                |request| {
                    set_host(request, "b.test:2");
                },
            )
            .check(hosts),
        )
}

fn body() -> Scenario {
    let row = Scenario::must("fidelity/body-bytes-identical")
        .why("the body's hash is signed: what is parsed, written anew or cut no longer matches")
        .rule("HttpTransport contract 2; AWS SigV4, HashedPayload")
        .replayable();
    let row = bodies::all()
        .into_iter()
        .fold(row, |row, (name, change)| row.case(once(name, "/", change).check(bodies_kept)));
    row.case(twice("long, then short", bodies::large, |_| {}).check(bodies_kept))
        .case(twice("empty, then short", bodies::empty, |_| {}).check(bodies_kept))
}

fn content_length() -> Scenario {
    Scenario::must("fidelity/content-length-once-no-te")
        .why(
            "one Content-Length frames the body: chunks and `Expect` are what some gateways refuse",
        )
        .rule("RFC 9110 section 8.6; RFC 9112 section 6.3; HttpTransport contract 2")
        .case(once("of core", "/", |_| {}).check(lengths))
        .case(once("empty", "/", bodies::empty).check(lengths))
        .case(once("1 MiB", "/", bodies::large).check(lengths))
        .case(twice("two requests", |_| {}, bodies::empty).check(lengths))
}

fn protocol_headers() -> Scenario {
    Scenario::must("fidelity/protocol-headers-verbatim")
        .why("a field that is missing, doubled or rewritten breaks the signature or the call")
        .rule("AWS SigV4, CanonicalHeaders; HttpTransport contract 2")
        .replayable()
        .case(once("of core", "/", |_| {}).check(fields_kept))
        .case(once("empty body", "/", bodies::empty).check(fields_kept))
        .case(once("with a prefix and a query", "/pre/?a=b", |_| {}).check(fields_kept))
        .case(
            once("long token", "/", |request| {
                let token = HeaderValue::try_from("FwoGZXIvYXdzE/+=".repeat(256));
                if let Ok(mut token) = token {
                    token.set_sensitive(true);
                    request.headers_mut().insert("x-amz-security-token", token);
                }
            })
            .check(fields_kept),
        )
        .case(
            once("no token", "/", |request| {
                request.headers_mut().remove("x-amz-security-token");
            })
            .check(fields_kept),
        )
        .case(
            once("text beyond ASCII", "/", |request| {
                let value = HeaderValue::from_bytes(b"caf\xe9 \xc3\xa9; q=\"a, b\"");
                if let Ok(value) = value {
                    request.headers_mut().insert("x-amz-meta-text", value);
                }
            })
            .check(fields_kept),
        )
        .case(twice("two requests", |_| {}, |_| {}).check(fields_kept))
}

fn signature() -> Scenario {
    Scenario::must("fidelity/sigv4-verifies")
        .why("who checks a signature sees only what arrived: method, target, fields and body")
        .rule("AWS SigV4, creating a signed request; HttpTransport contract 2")
        .case(once("root", "/", |_| {}).check(signatures))
        .case(once("prefix", "/pre/fix", wire::signed_anew).check(signatures))
        .case(once("prefix with escapes", "/pre%20fix/%7ea~b", wire::signed_anew).check(signatures))
        .case(once("odd body", "/", wire::signed_odd).check(signatures))
        .case(twice("two requests", |_| {}, wire::signed_odd).check(signatures))
        .case(
            Case::client(
                "of core's client",
                vec![answer(empty_ok())],
                vec![|result, checks| {
                    checks.must("outcome", result.is_ok(), "the stop is accepted", "an error");
                }],
            )
            .check(|seen, checks| {
                checks.equal("requests", seen.requests().len(), 1);
                signed_requests(seen, checks);
            }),
        )
}

fn inner_spaces() -> Scenario {
    Scenario::must("fidelity/signed-header-inner-spaces")
        .why("SigV4 folds spaces in what it signs, not in what is sent: values arrive as they are")
        .rule("RFC 9110 section 5.5; HttpTransport contract 2")
        .replayable()
        .case(once("two spaces", "/", |request| set(request, "x-test", "a  b")).check(fields_kept))
        .case(
            once("runs and tabs", "/", |request| set(request, "x-test", "a   b\tc \t d"))
                .check(fields_kept),
        )
        .case(
            once("in quotes", "/", |request| set(request, "x-test", "\"a  b\",  c"))
                .check(fields_kept),
        )
        .case(
            once("of User-Agent", "/", |request| set(request, "user-agent", "a  b/1  (c  d)"))
                .check(fields_kept),
        )
        .case(
            once("of X-Amz-Target", "/", |request| set(request, "x-amz-target", "A.B  c"))
                .check(fields_kept),
        )
        .case(
            once("of a second value", "/", |request| {
                set(request, "x-test", "a b");
                add(request, "x-test", "c  d");
            })
            .check(fields_kept),
        )
}

fn multi_value() -> Scenario {
    Scenario::should("fidelity/multi-value-request-headers")
        .why("a field that is there twice goes out twice, in order: each value may be signed")
        .rule("RFC 9110 section 5.3; HttpTransport contract 2")
        .replayable()
        .case(
            once("two", "/", |request| {
                set(request, "x-multi", "one");
                add(request, "x-multi", "two");
            })
            .check(fields_kept),
        )
        .case(
            once("three, not sorted", "/", |request| {
                set(request, "x-multi", "b");
                set(request, "x-other", "o");
                add(request, "x-multi", "c");
                add(request, "x-multi", "a");
            })
            .check(fields_kept),
        )
        .case(
            once("the same twice", "/", |request| {
                set(request, "x-multi", "same");
                add(request, "x-multi", "same");
            })
            .check(fields_kept),
        )
        .case(
            once("an empty one between", "/", |request| {
                set(request, "x-multi", "one");
                add(request, "x-multi", "");
                add(request, "x-multi", "a, b");
            })
            .check(fields_kept),
        )
}

fn no_added_headers() -> Scenario {
    Scenario::should("fidelity/no-added-headers")
        .why("fields that nobody asked for change the answer or tell on the caller")
        .rule("HttpTransport contract 2")
        .case(once("of core", "/", |_| {}).check(nothing_added))
        .case(
            once("without User-Agent", "/", |request| remove(request, header::USER_AGENT))
                .check(nothing_added),
        )
        .case(
            once("without Content-Type", "/", |request| remove(request, header::CONTENT_TYPE))
                .check(nothing_added),
        )
        .case(once("empty body", "/", bodies::empty).check(nothing_added))
        .case(once("1 MiB", "/", bodies::large).check(nothing_added))
        .case(once("with a query", "/pre/?a=b", |_| {}).check(nothing_added))
        .case(
            twice("two requests", |_| {}, |request| remove(request, header::USER_AGENT))
                .check(nothing_added),
        )
}

fn path_and_query() -> Scenario {
    let targets: [(&str, &'static str); 12] = [
        ("query of escapes", "/pre/?q=%2F%20"),
        ("lower-case escapes", "/pre%2ffix/%7e/?q=%c3%a9%2f"),
        ("escapes of plain letters", "/%41%2D%7E"),
        ("no last slash", "/pre/fix"),
        ("dot segments", "/a/./b/../c/.."),
        ("empty segments", "//a//b///"),
        ("sub-delimiters", "/!$&'()*+,;=:@-._~"),
        ("empty query", "/pre/?"),
        ("query out of order", "/?b=2&a=1&a=&c&=d&&b=1"),
        ("query with a URL", "/?u=http://x.test:80/a?b=c"),
        ("query of plus and escaped space", "/?a+b=c%20d%2B"),
        ("escaped percent", "/a%2520b/?c=%25"),
    ];
    let row = Scenario::must("fidelity/path-prefix-and-query-kept")
        .why("the target is signed as it was handed over: decoded or sorted it is another one")
        .rule("RFC 9112 section 3.2.1; HttpTransport contract 2")
        .replayable();
    targets
        .into_iter()
        .fold(row, |row, (name, target)| row.case(once(name, target, |_| {}).check(target_kept)))
}

/// One request, to a server that answers with an empty 200.
fn once(name: &str, target: &'static str, change: fn(&mut Request<Bytes>)) -> Case {
    Case::raw(name, vec![answer(empty_ok())], vec![exchange(change).target(target)])
}

/// Two requests, which may use one connection.
fn twice(name: &str, first: fn(&mut Request<Bytes>), second: fn(&mut Request<Bytes>)) -> Case {
    let connection = [answer(empty_ok()), answer(empty_ok())].concat();
    Case::raw(name, vec![connection; 2], vec![exchange(first), exchange(second)])
}

fn exchange(change: fn(&mut Request<Bytes>)) -> Exchange {
    Exchange::new(vec![Want::Answer(200, Vec::new())]).change(change)
}

fn empty_ok() -> Vec<u8> {
    response("200 OK", "", b"")
}

fn set(request: &mut Request<Bytes>, name: &'static str, value: &'static str) {
    request.headers_mut().insert(name, HeaderValue::from_static(value));
}

fn add(request: &mut Request<Bytes>, name: &'static str, value: &'static str) {
    request.headers_mut().append(name, HeaderValue::from_static(value));
}

fn remove(request: &mut Request<Bytes>, name: HeaderName) {
    request.headers_mut().remove(name);
}

fn set_host(request: &mut Request<Bytes>, host: &'static str) {
    set(request, "host", host);
}
