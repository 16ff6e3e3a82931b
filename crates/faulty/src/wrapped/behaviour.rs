//! Things that a transport does by itself.

use std::sync::{Arc, Mutex, PoisonError};

use http::{HeaderValue, Request, Uri, header};
use kendra_sync_conformance::Caps;
use kendra_sync_core::HttpTransport;
use kendra_sync_core::TransportErrorKind::{Connect, Interrupted, Tls};
use kendra_sync_hyper::HyperTransport;

use crate::faulty::Make::Around;
use crate::faulty::{Faulty, Shared, all_caps, sends};

pub(super) fn rows() -> Vec<Faulty> {
    vec![
        Faulty::new(
            "S09",
            "tries once more after a 500 or 503",
            Around(retries),
            &["auto/no-retry-no-auth", "status/internal-server-500"],
        ),
        Faulty::new(
            "S10",
            "sends again after any error of the connection",
            Around(resends),
            &[
                "fault/reset-after-request",
                "fault/eof-after-request",
                "conn/reset-on-reused-not-resent",
                "conn/eof-on-reused-not-resent",
            ],
        ),
        Faulty::new("S11", "follows redirects", Around(follows), &["auto/redirects-not-followed"]),
        Faulty::new("S13", "keeps cookies", Around(cookie_jar), &["auto/no-state-across-calls"]),
        Faulty::new(
            "S14",
            "uses the proxy that the environment names",
            Around(env_proxy),
            &["auto/env-proxy-ignored"],
        ),
        Faulty::new(
            "S19",
            "sends in clear when TLS fails",
            Around(plaintext),
            &["tls/no-plaintext-on-failure"],
        ),
        Faulty::new(
            "S79a",
            "declares that it keeps connections, and does not",
            Around(|good| {
                sends(move |mut request, timeout| {
                    let close = HeaderValue::from_static("close");
                    request.headers_mut().insert(header::CONNECTION, close);
                    let good = good.clone();
                    async move { good.send(request, timeout).await }
                })
            }),
            &["cap/declared-matches-observed", "conn/keep-alive-reuse"],
        ),
        Faulty::new(
            "S79b",
            "has a time limit, and does not declare it",
            Around(|good| Arc::new(good)),
            &["cap/declared-matches-observed"],
        )
        .caps(Caps::CANCEL | Caps::LIMIT | Caps::POOL | Caps::TLS),
        Faulty::new(
            "S00",
            "none: the control, which must pass",
            Around(|good| Arc::new(good)),
            &[],
        )
        .caps(all_caps()),
    ]
}

fn retries(good: HyperTransport) -> Shared {
    sends(move |request, timeout| {
        let good = good.clone();
        async move {
            match good.send(request.clone(), timeout).await {
                Ok(answer) if [500, 503].contains(&answer.status().as_u16()) => {
                    good.send(request, timeout).await
                }
                outcome => outcome,
            }
        }
    })
}

fn resends(good: HyperTransport) -> Shared {
    sends(move |request, timeout| {
        let good = good.clone();
        async move {
            match good.send(request.clone(), timeout).await {
                Err(error) if [Connect, Interrupted].contains(&error.kind()) => {
                    good.send(request, timeout).await
                }
                outcome => outcome,
            }
        }
    })
}

fn follows(good: HyperTransport) -> Shared {
    sends(move |mut request, timeout| {
        let good = good.clone();
        async move {
            loop {
                let answer = good.send(request.clone(), timeout).await?;
                let location = answer.headers().get(header::LOCATION);
                match location.and_then(|location| resolved(request.uri(), location)) {
                    Some(uri) if answer.status().is_redirection() => *request.uri_mut() = uri,
                    _ => return Ok(answer),
                }
            }
        }
    })
}

fn cookie_jar(good: HyperTransport) -> Shared {
    let jar = Arc::new(Mutex::new(None::<HeaderValue>));
    sends(move |mut request, timeout| {
        let (good, jar) = (good.clone(), Arc::clone(&jar));
        async move {
            if let Some(cookie) = &*jar.lock().unwrap_or_else(PoisonError::into_inner) {
                request.headers_mut().insert(header::COOKIE, cookie.clone());
            }
            let answer = good.send(request, timeout).await?;
            if let Some(cookie) = answer.headers().get(header::SET_COOKIE) {
                *jar.lock().unwrap_or_else(PoisonError::into_inner) = Some(cookie.clone());
            }
            Ok(answer)
        }
    })
}

fn env_proxy(good: HyperTransport) -> Shared {
    sends(move |mut request, timeout| {
        let proxy = ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"]
            .iter()
            .find_map(|name| std::env::var(name).ok());
        if let Some(Ok(proxy)) = proxy.map(|proxy| proxy.parse::<Uri>()) {
            *request.uri_mut() = proxy;
        }
        let good = good.clone();
        async move { good.send(request, timeout).await }
    })
}

fn plaintext(good: HyperTransport) -> Shared {
    sends(move |mut request, timeout| {
        let good = good.clone();
        async move {
            match good.send(request.clone(), timeout).await {
                Err(error) if [Connect, Tls].contains(&error.kind()) => {
                    in_clear(&mut request);
                    good.send(request, timeout).await
                }
                outcome => outcome,
            }
        }
    })
}

/// The same with `http` for its scheme.
pub(crate) fn in_clear<B>(request: &mut Request<B>) {
    let mut parts = request.uri().clone().into_parts();
    parts.scheme = Some(http::uri::Scheme::HTTP);
    if let Ok(uri) = Uri::from_parts(parts) {
        *request.uri_mut() = uri;
    }
}

/// Where a redirect from `from` goes.
pub(crate) fn resolved(from: &Uri, location: &HeaderValue) -> Option<Uri> {
    let to: Uri = location.to_str().ok()?.parse().ok()?;
    if to.authority().is_some() {
        return Some(to);
    }
    let mut parts = from.clone().into_parts();
    parts.path_and_query = to.into_parts().path_and_query;
    Uri::from_parts(parts).ok()
}
