//! Things that a transport does by itself, but seldom.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::header::{ETAG, LOCATION, REFRESH};
use http::{HeaderValue, Request, StatusCode, Uri};
use kendra_sync_conformance::self_test;
use kendra_sync_core::HttpTransport;
use kendra_sync_core::TransportErrorKind::{Connect, InvalidRequest};
use kendra_sync_core::{Delivery, TransportError};
use kendra_sync_hyper::HyperTransport;
use tokio::runtime::Handle;

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
        Faulty::new(
            "X17",
            "cuts Location to its path where it names another server",
            Around(location_cut),
            &["auto/redirects-not-followed"],
        ),
        Faulty::new(
            "X18",
            "sends what was dropped, a tenth of a second later",
            Around(late_ghost),
            &["cancel/no-ghost-request"],
        ),
        Faulty::new(
            "X19",
            "ends the process, as if all were well, where a case has one of its own",
            Around(|good| {
                sends(move |request, timeout| {
                    if self_test::variant_of_child().is_some() {
                        std::process::exit(0);
                    }
                    let good = good.clone();
                    async move { good.send(request, timeout).await }
                })
            }),
            &["auto/env-proxy-ignored"],
        ),
        Faulty::new(
            "X24",
            "refuses a URL with a password in it, and tells that URL",
            Around(|good| {
                sends(move |request, timeout| {
                    let good = good.clone();
                    async move {
                        let uri = request.uri().to_string();
                        if uri.contains('@') {
                            let error = TransportError::new(InvalidRequest, Delivery::NotSent);
                            return Err(error.with_source(format!("{uri} names a user")));
                        }
                        good.send(request, timeout).await
                    }
                })
            }),
            &["fidelity/userinfo-not-authorization"],
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

fn location_cut(good: HyperTransport) -> Shared {
    sends(move |request, timeout| {
        let good = good.clone();
        async move {
            let own = request.uri().authority().cloned();
            let mut answer = good.send(request, timeout).await?;
            let location = answer.headers().get(LOCATION);
            let location = location.and_then(|value| Uri::try_from(value.as_bytes()).ok());
            if let Some(location) = location
                && location.scheme().is_some()
                && location.authority().is_some_and(|other| Some(other) != own.as_ref())
                && let Ok(path) = HeaderValue::from_str(location.path())
            {
                answer.headers_mut().insert(LOCATION, path);
            }
            Ok(answer)
        }
    })
}

/// A send that is not over yet: dropped, it is sent by a task.
struct Ghost(Option<(HyperTransport, Request<Bytes>, Duration)>);

impl Drop for Ghost {
    fn drop(&mut self) {
        let Some((good, request, timeout)) = self.0.take() else { return };
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(async move {
                tokio::time::sleep(Duration::from_millis(100)).await;
                let _ = good.send(request, timeout).await;
            });
        }
    }
}

fn late_ghost(good: HyperTransport) -> Shared {
    sends(move |request, timeout| {
        let good = good.clone();
        async move {
            let mut ghost = Ghost(Some((good.clone(), request.clone(), timeout)));
            let outcome = good.send(request, timeout).await;
            ghost.0 = None;
            outcome
        }
    })
}
