//! Limits, dropped futures, and calls at the same time.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use kendra_sync_core::TransportErrorKind::Other;
use kendra_sync_core::blocking::HttpTransport as _;
use kendra_sync_core::{Delivery, HttpTransport, TransportError};
use kendra_sync_hyper::HyperTransport;
use tokio::runtime::Handle;

use crate::faulty::Make::{Around, AroundBlocking};
use crate::faulty::{Faulty, Shared, sends};

pub(super) fn rows() -> Vec<Faulty> {
    vec![
        Faulty::new(
            "S25",
            "has no time limit",
            Around(|good| {
                sends(move |request, _timeout| {
                    let good = good.clone();
                    async move { good.send(request, Duration::MAX).await }
                })
            }),
            &["timeout/no-response-headers", "timeout/body-stall", "timeout/tls-handshake-stall"],
        ),
        Faulty::new(
            "S27",
            "its limit fires after half the time",
            Around(|good| {
                sends(move |request, timeout| {
                    let good = good.clone();
                    async move { good.send(request, timeout / 2).await }
                })
            }),
            &["timeout/slow-but-in-time", "timeout/no-response-headers"],
        ),
        Faulty::new(
            "S29",
            "adds the limit to the time, which overflows",
            Around(|good| {
                sends(move |request, timeout| {
                    let good = good.clone();
                    async move {
                        let until = Instant::now() + timeout;
                        let left = until.saturating_duration_since(Instant::now());
                        good.send(request, left.max(timeout)).await
                    }
                })
            }),
            &["timeout/extreme-values"],
        ),
        Faulty::new(
            "S31",
            "sends in a task of its own, which goes on when the future is dropped",
            Around(|good| {
                sends(move |request, timeout| {
                    let good = good.clone();
                    let task = tokio::spawn(async move { good.send(request, timeout).await });
                    async move { task.await.unwrap_or_else(|_| Err(lost())) }
                })
            }),
            &["cancel/no-ghost-request", "cancel/drop-closes-connection"],
        ),
        Faulty::new(
            "S69",
            "sends one request at a time",
            Around(|good| {
                let lock = Arc::new(tokio::sync::Mutex::new(()));
                sends(move |request, timeout| {
                    let (good, lock) = (good.clone(), Arc::clone(&lock));
                    async move {
                        let _one_at_a_time = lock.lock().await;
                        good.send(request, timeout).await
                    }
                })
            }),
            &["concurrency/slow-does-not-block-fast"],
        ),
        Faulty::new(
            "S70",
            "blocks the executor's thread",
            AroundBlocking(|good| {
                let good = Arc::new(good);
                sends(move |request, timeout| {
                    let good = Arc::clone(&good);
                    async move { good.send(request, timeout) }
                })
            }),
            &["concurrency/executor-not-blocked"],
        )
        .slow_in(&["concurrency/responses-not-mixed", "concurrency/slow-does-not-block-fast"]),
        Faulty::new(
            "S71",
            "all calls have one place for their answer",
            Around(shared_slot),
            &["concurrency/responses-not-mixed"],
        ),
        Faulty::new(
            "S72",
            "stays with the runtime of its first call",
            Around(first_runtime),
            &["concurrency/survives-runtime-change"],
        ),
    ]
}

fn shared_slot(good: HyperTransport) -> Shared {
    let slot = Arc::new(Mutex::new(None));
    sends(move |request, timeout| {
        let (good, slot) = (good.clone(), Arc::clone(&slot));
        async move {
            let answer = good.send(request, timeout).await?;
            *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(answer);
            tokio::task::yield_now().await;
            let last = slot.lock().unwrap_or_else(PoisonError::into_inner).clone();
            last.ok_or_else(lost)
        }
    })
}

fn first_runtime(good: HyperTransport) -> Shared {
    let first = Arc::new(OnceLock::new());
    sends(move |request, timeout| {
        let (good, first) = (good.clone(), Arc::clone(&first));
        async move {
            let runtime = first.get_or_init(Handle::current);
            let sending = runtime.spawn(async move { good.send(request, timeout).await });
            sending.await.unwrap_or_else(|_| Err(lost()))
        }
    })
}

fn lost() -> TransportError {
    TransportError::new(Other, Delivery::MaybeSent)
}
