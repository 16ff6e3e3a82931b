//! The request that goes out is not the one that was handed over.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use http::header::{self, HeaderValue};
use http::{HeaderMap, Request, Uri};

use crate::faulty::Faulty;
use crate::faulty::Make::Asked;

pub(super) fn rows() -> Vec<Faulty> {
    vec![
        Faulty::new(
            "S01",
            "sends an empty body",
            Asked(|request| *request.body_mut() = Bytes::new()),
            &["fidelity/body-bytes-identical", "fidelity/sigv4-verifies"],
        ),
        Faulty::new(
            "S02",
            "writes the JSON of the body anew",
            Asked(|request| {
                if let Ok(json) = serde_json::from_slice::<serde_json::Value>(request.body()) {
                    *request.body_mut() = json.to_string().into();
                }
            }),
            &["fidelity/body-bytes-identical", "fidelity/sigv4-verifies"],
        ),
        Faulty::new(
            "S03",
            "appends a charset to Content-Type",
            Asked(|request| {
                rewrite(request, header::CONTENT_TYPE, |value| {
                    [value, b"; charset=utf-8"].concat()
                });
            }),
            &["fidelity/protocol-headers-verbatim"],
        ),
        Faulty::new(
            "S04",
            "drops X-Amz-Security-Token",
            Asked(|request| {
                request.headers_mut().remove("x-amz-security-token");
            }),
            &["fidelity/protocol-headers-verbatim"],
        ),
        Faulty::new(
            "S60a",
            "the last value wins for repeated fields of a request",
            Asked(|request| *request.headers_mut() = last_values(request.headers())),
            &["fidelity/multi-value-request-headers"],
        ),
        Faulty::new(
            "S65",
            "always posts to /",
            Asked(|request| retarget(request, "/")),
            &["fidelity/path-prefix-and-query-kept"],
        ),
        Faulty::new(
            "S66",
            "collapses runs of spaces in values",
            Asked(|request| {
                for value in request.headers_mut().values_mut() {
                    let sensitive = value.is_sensitive();
                    let collapsed = collapsed(value.as_bytes());
                    if let Ok(mut collapsed) = HeaderValue::from_bytes(&collapsed) {
                        collapsed.set_sensitive(sensitive);
                        *value = collapsed;
                    }
                }
            }),
            &["fidelity/signed-header-inner-spaces"],
        ),
        Faulty::new(
            "S67",
            "puts the URL's user information in Authorization's place",
            Asked(|request| {
                let authority = request.uri().authority().map(ToString::to_string);
                if let Some((user, _)) = authority.as_deref().unwrap_or_default().split_once('@') {
                    let basic = format!("Basic {}", BASE64_STANDARD.encode(user));
                    if let Ok(value) = HeaderValue::try_from(basic) {
                        request.headers_mut().insert(header::AUTHORIZATION, value);
                    }
                }
            }),
            &["fidelity/userinfo-not-authorization"],
        ),
        Faulty::new(
            "S68",
            "adds Accept, User-Agent and Accept-Encoding",
            Asked(|request| {
                let fields = [
                    (header::ACCEPT, "*/*"),
                    (header::USER_AGENT, "faulty/0"),
                    (header::ACCEPT_ENCODING, "gzip"),
                ];
                for (name, value) in fields {
                    request.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
                }
            }),
            &["fidelity/no-added-headers", "auto/no-decompression"],
        ),
    ]
}

/// Changes the first value of a field, if it is there.
pub(crate) fn rewrite(
    request: &mut Request<Bytes>,
    name: header::HeaderName,
    change: fn(&[u8]) -> Vec<u8>,
) {
    if let Some(value) = request.headers_mut().get_mut(name)
        && let Ok(changed) = HeaderValue::from_bytes(&change(value.as_bytes()))
    {
        *value = changed;
    }
}

/// Another target, to the same authority.
pub(crate) fn retarget(request: &mut Request<Bytes>, target: &'static str) {
    let mut parts = request.uri().clone().into_parts();
    parts.path_and_query = Some(http::uri::PathAndQuery::from_static(target));
    if let Ok(uri) = Uri::from_parts(parts) {
        *request.uri_mut() = uri;
    }
}

/// One value of each field.
pub(crate) fn last_values(fields: &HeaderMap) -> HeaderMap {
    let mut last = HeaderMap::new();
    for (name, value) in fields {
        last.insert(name.clone(), value.clone());
    }
    last
}

/// Without runs of spaces.
pub(crate) fn collapsed(value: &[u8]) -> Vec<u8> {
    let mut collapsed = value.to_vec();
    collapsed.dedup_by(|a, b| *a == b' ' && *b == b' ');
    collapsed
}
