//! Things that a transport does by itself, but seldom.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use http::header::{ETAG, LOCATION, REFRESH};
use http::{HeaderValue, StatusCode, Uri};
use kendra_sync_core::HttpTransport;
use kendra_sync_core::TransportErrorKind::Connect;
use kendra_sync_core::{Delivery, TransportError};
use kendra_sync_hyper::HyperTransport;

use crate::faulty::Make::Around;
use crate::faulty::{Answer, Faulty, Shared, sends};
use crate::wrapped::behaviour::resolved;

pub(super) fn rows() -> Vec<Faulty> {
    vec![
        Faulty::new(
            "X10",
            "follows a 300",
            Around(|good| {
                then(good, |from, answer| {
                    let location = answer.headers().get(LOCATION)?;
                    resolved(from, location)
                        .filter(|_| answer.status() == StatusCode::MULTIPLE_CHOICES)
                })
            }),
            &["auto/redirects-not-followed"],
        ),
        Faulty::new(
            "X11",
            "follows Refresh",
            Around(|good| {
                then(good, |from, answer| {
                    let refresh = answer.headers().get(REFRESH)?.to_str().ok()?;
                    let (_, location) = refresh.split_once("url=")?;
                    resolved(from, &HeaderValue::from_str(location).ok()?)
                })
            }),
            &["auto/redirects-not-followed"],
        ),
        Faulty::new(
            "X12",
            "follows a redirect whose location is a mere name",
            Around(|good| {
                then(good, |from, answer| {
                    let location = answer.headers().get(LOCATION)?.to_str().ok()?;
                    let name = location.chars().all(|c| c.is_ascii_alphabetic());
                    let path = HeaderValue::try_from(format!("/{location}")).ok()?;
                    resolved(from, &path).filter(|_| name && answer.status().is_redirection())
                })
            }),
            &["auto/redirects-not-followed"],
        ),
        Faulty::new(
            "X13",
            "tries once more after statuses that nobody has registered",
            Around(|good| {
                then(good, |from, answer| {
                    let again = (520..600).contains(&answer.status().as_u16());
                    again.then(|| from.clone())
                })
            }),
            &["auto/no-retry-no-auth"],
        ),
        Faulty::new(
            "X14",
            "tries once more where the answer has x-amz-retry-after",
            Around(|good| {
                then(good, |from, answer| {
                    answer.headers().contains_key("x-amz-retry-after").then(|| from.clone())
                })
            }),
            &["auto/no-retry-no-auth"],
        ),
        Faulty::new(
            "X15",
            "sends no more after five answers of 5xx",
            Around(circuit_breaker),
            &["auto/no-state-across-calls"],
        ),
        Faulty::new(
            "X16",
            "hands up what it has kept in place of a 304",
            Around(cache),
            &["auto/no-state-across-calls"],
        ),
    ]
}

/// Sends once more, to where `next` says.
fn then(good: HyperTransport, next: fn(&Uri, &Answer) -> Option<Uri>) -> Shared {
    sends(move |mut request, timeout| {
        let good = good.clone();
        async move {
            let answer = good.send(request.clone(), timeout).await?;
            let Some(uri) = next(request.uri(), &answer) else { return Ok(answer) };
            *request.uri_mut() = uri;
            good.send(request, timeout).await
        }
    })
}

fn circuit_breaker(good: HyperTransport) -> Shared {
    let failures = Arc::new(AtomicUsize::new(0));
    sends(move |request, timeout| {
        let (good, failures) = (good.clone(), Arc::clone(&failures));
        async move {
            if failures.load(Ordering::Relaxed) >= 5 {
                let error = TransportError::new(Connect, Delivery::NotSent);
                return Err(error.with_source("the circuit is open"));
            }
            let answer = good.send(request, timeout).await?;
            match answer.status().is_server_error() {
                true => failures.fetch_add(1, Ordering::Relaxed),
                false => failures.swap(0, Ordering::Relaxed),
            };
            Ok(answer)
        }
    })
}

fn cache(good: HyperTransport) -> Shared {
    let kept = Arc::new(Mutex::new(None::<Answer>));
    sends(move |request, timeout| {
        let (good, kept) = (good.clone(), Arc::clone(&kept));
        async move {
            let answer = good.send(request, timeout).await?;
            let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
            if answer.headers().contains_key(ETAG) && answer.status().is_success() {
                *kept = Some(answer.clone());
            }
            match &*kept {
                Some(kept) if answer.status() == StatusCode::NOT_MODIFIED => Ok(kept.clone()),
                _ => Ok(answer),
            }
        }
    })
}
