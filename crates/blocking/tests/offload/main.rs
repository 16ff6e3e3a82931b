//! `Offload` on four executors, over a transport whose answers wait behind a gate.
#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};

use bytes::Bytes;
use kendra_sync_blocking::Offload;
use kendra_sync_core::{Delivery, HttpTransport, TransportErrorKind, blocking};

use crate::gated::Gated;
use crate::sending::{LONG, UNSENT_IN_TIME, all, poll, request, send, start, tick_and_open};

mod gated;
mod sending;

#[test]
fn tokio_on_one_thread_ticks_while_64_sends_are_held() {
    let gated = Gated::shut();
    let sends = sending::many(&gated.offload());
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let answers = runtime.block_on(async {
        let ticker = tokio::spawn(tick_and_open(gated.clone()));
        let answers = all(sends).await;
        ticker.await.unwrap();
        answers
    });
    assert_eq!(answers, [Ok(200); 64]);
}

#[test]
fn tokio_on_two_threads_ticks_while_64_sends_are_held() {
    let gated = Gated::shut();
    let sends = sending::many(&gated.offload());
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    let answers = runtime.block_on(async {
        let ticker = tokio::spawn(tick_and_open(gated.clone()));
        let tasks: Vec<_> = sends.into_iter().map(tokio::spawn).collect();
        let mut answers = Vec::new();
        for task in tasks {
            answers.push(task.await.unwrap());
        }
        ticker.await.unwrap();
        answers
    });
    assert_eq!(answers, [Ok(200); 64]);
}

#[test]
fn smol_ticks_while_64_sends_are_held() {
    let gated = Gated::shut();
    let sends = sending::many(&gated.offload());
    let answers = smol::block_on(async {
        let ticker = smol::spawn(tick_and_open(gated.clone()));
        let answers = all(sends.into_iter().map(smol::spawn).collect()).await;
        ticker.await;
        answers
    });
    assert_eq!(answers, [Ok(200); 64]);
}

#[test]
fn pollster_ticks_while_64_sends_are_held() {
    let gated = Gated::shut();
    let sends = sending::many(&gated.offload());
    let both = smol::future::zip(all(sends), tick_and_open(gated));
    let (answers, ()) = pollster::block_on(both);
    assert_eq!(answers, [Ok(200); 64]);
}

#[test]
fn no_more_sends_run_than_the_bound_and_all_are_answered() {
    let gated = Gated::shut();
    let offload = gated.offload().threads(NonZeroUsize::new(3).unwrap());
    let mut sends = sending::many(&offload);
    sends.extend(sending::many(&offload.clone()));
    let answers = pollster::block_on(async {
        start(&mut sends).await;
        gated.wait_until(|seen| seen.inside == 3);
        gated.open();
        all(sends).await
    });
    assert_eq!(answers, [Ok(200); 128]);
    assert_eq!(gated.seen(|seen| (seen.most_inside, seen.threads.len())), (3, 3));
}

#[test]
fn a_request_that_is_dropped_in_the_queue_is_never_sent() {
    let (gated, offload) = one_thread();
    let first = gated.hold(send(&offload, "first", LONG));
    let mut second = send(&offload, "second", LONG);
    assert!(poll(&mut second).is_pending());
    drop(second);
    let third = send(&offload, "third", LONG);
    gated.open();
    assert_eq!(pollster::block_on(all(vec![first, third])), [Ok(200); 2]);
    assert_eq!(gated.sent(), ["/first", "/third"]);
}

#[test]
fn a_request_that_times_out_in_the_queue_is_never_sent() {
    let (gated, offload) = one_thread();
    let first = gated.hold(send(&offload, "first", LONG));
    let second = send(&offload, "second", Duration::from_millis(20));
    assert_eq!(pollster::block_on(second), UNSENT_IN_TIME);
    gated.open();
    let third = send(&offload, "third", LONG);
    assert_eq!(pollster::block_on(all(vec![first, third])), [Ok(200); 2]);
    assert_eq!(gated.sent(), ["/first", "/third"]);
}

#[test]
fn a_send_that_has_begun_is_ended_by_the_transport_not_by_the_timer() {
    let (gated, offload) = one_thread();
    let limit = Duration::from_secs(1);
    let mut first = gated.hold(send(&offload, "first", limit));
    // Its own timer, set earlier, fires before this one.
    pollster::block_on(offload.sleep(limit));
    assert!(poll(&mut first).is_pending());
    gated.open();
    assert_eq!(pollster::block_on(first), Ok(200));
}

#[test]
fn what_ends_as_not_sent_was_not_sent_however_close_its_limit_is() {
    let (gated, offload) = one_thread();
    gated.open();
    let mut answered = Vec::new();
    for number in 0..2000 {
        let path = number.to_string();
        let limit = Duration::from_micros(number % 200 + 1);
        let sends = vec![send(&offload, "other", LONG), send(&offload, &path, limit)];
        let outcomes = pollster::block_on(all(sends));
        assert_eq!(outcomes[0], Ok(200));
        if outcomes[1] == UNSENT_IN_TIME {
            continue;
        }
        assert_eq!(outcomes[1], Ok(200));
        answered.push(format!("/{path}"));
    }
    let mut sent = gated.sent();
    sent.retain(|path| path != "/other");
    assert_eq!(sent, answered);
}

#[test]
fn the_wait_in_the_queue_is_taken_off_the_limit() {
    let (gated, offload) = one_thread();
    let first = gated.hold(send(&offload, "first", LONG));
    let mut second = send(&offload, "second", LONG);
    assert!(poll(&mut second).is_pending());
    let queued = Instant::now();
    pollster::block_on(offload.sleep(Duration::from_millis(10)));
    let waited = queued.elapsed();
    gated.open();
    assert_eq!(pollster::block_on(all(vec![first, second])), [Ok(200); 2]);
    let limit = gated.seen(|seen| seen.limits[1]);
    assert!(!limit.is_zero() && limit <= LONG - waited, "{limit:?}");
}

#[test]
fn a_send_that_is_dropped_while_it_runs_leaves_nothing_behind() {
    let (gated, offload) = one_thread();
    let body: Arc<[u8]> = Arc::from(*b"body");
    let request = request("first").map(|_| Bytes::from_owner(Arc::clone(&body)));
    let mut first = offload.send(request, LONG);
    assert!(poll(&mut first).is_pending());
    gated.wait_until(|seen| seen.inside == 1);
    drop(first);
    gated.open();
    assert_eq!(pollster::block_on(send(&offload, "second", LONG)), Ok(200));
    assert_eq!(gated.sent(), ["/first", "/second"]);
    assert_eq!(gated.seen(|seen| seen.threads.len()), 1);
    // The first answer, an echo, is gone: nobody wanted it.
    assert_eq!(Arc::strong_count(&body), 1);
}

#[test]
fn a_panic_of_the_transport_ends_its_own_send_only() {
    let (gated, offload) = one_thread();
    gated.open();
    for _ in 0..3 {
        let outcome = pollster::block_on(send(&offload, "panic", LONG));
        assert_eq!(outcome, Err((TransportErrorKind::Other, Delivery::MaybeSent)));
        assert_eq!(pollster::block_on(send(&offload, "after", LONG)), Ok(200));
    }
    assert_eq!(gated.seen(|seen| seen.threads.len()), 1);
}

#[test]
fn an_error_of_the_transport_comes_as_it_is() {
    let (gated, offload) = one_thread();
    gated.open();
    let outcome = pollster::block_on(send(&offload, "tls", LONG));
    assert_eq!(outcome, Err((TransportErrorKind::Tls, Delivery::NotSent)));
}

#[test]
fn idle_threads_end_when_the_last_clone_is_dropped() {
    let gated = Gated::shut();
    let offload = gated.offload();
    let sends = sending::many(&offload);
    let both = smol::future::zip(all(sends), tick_and_open(gated.clone()));
    assert_eq!(pollster::block_on(both).0, [Ok(200); 64]);
    let last = offload.clone();
    drop(offload);
    assert_eq!(pollster::block_on(send(&last, "last", LONG)), Ok(200));
    assert!(gated.seen(|seen| seen.alive) >= 64);
    drop(last);
    gated.wait_until(|seen| seen.alive == 0);
}

#[test]
fn a_busy_thread_ends_after_its_exchange_when_the_last_clone_is_dropped() {
    let (gated, offload) = one_thread();
    let first = gated.hold(send(&offload, "first", LONG));
    let mut queued = send(&offload, "queued", LONG);
    assert!(poll(&mut queued).is_pending());
    drop((first, queued, offload));
    assert_eq!(gated.seen(|seen| (seen.inside, seen.alive)), (1, 1));
    gated.open();
    gated.wait_until(|seen| seen.alive == 0);
    assert_eq!(gated.sent(), ["/first"]);
}

#[test]
fn a_limit_of_zero_has_passed_before_anything_is_sent() {
    let (gated, offload) = one_thread();
    let mut sending = send(&offload, "zero", Duration::ZERO);
    assert_eq!(poll(&mut sending), Poll::Ready(UNSENT_IN_TIME));
    gated.open();
    assert_eq!(pollster::block_on(send(&offload, "after", LONG)), Ok(200));
    assert_eq!(gated.sent(), ["/after"]);
}

#[test]
fn the_longest_limit_is_handed_on_as_it_is() {
    let (gated, offload) = one_thread();
    let first = gated.hold(send(&offload, "first", Duration::MAX));
    let mut second = send(&offload, "second", Duration::MAX);
    assert!(poll(&mut second).is_pending());
    gated.open();
    assert_eq!(pollster::block_on(all(vec![first, second])), [Ok(200); 2]);
    assert_eq!(gated.seen(|seen| seen.limits.clone()), [Duration::MAX; 2]);
}

#[test]
fn sleep_takes_its_time_from_none_to_forever() {
    let (_gated, offload) = one_thread();
    pollster::block_on(offload.sleep(Duration::ZERO));
    let start = Instant::now();
    pollster::block_on(offload.sleep(Duration::from_millis(10)));
    assert!(start.elapsed() >= Duration::from_millis(10));
    assert!(poll(&mut offload.sleep(Duration::MAX)).is_pending());
}

#[test]
fn debug_shows_the_transport_and_the_bound_but_no_request() {
    let (gated, offload) = one_thread();
    let _first = gated.hold(send(&offload, "first", LONG));
    assert_eq!(format!("{offload:?}"), "Offload { transport: Gated, threads: 1 }");
    gated.open();
}

#[test]
fn a_shared_transport_of_any_type_will_do() {
    let gated = Gated::shut();
    gated.open();
    let shared: Arc<dyn blocking::HttpTransport> = Arc::new(gated);
    let offload: Arc<dyn HttpTransport> = Arc::new(Offload::new(shared));
    let outcome = pollster::block_on(offload.send(request("shared"), LONG));
    assert_eq!(outcome.unwrap().status(), 200);
}

fn one_thread() -> (Gated, Offload<Gated>) {
    let gated = Gated::shut();
    let offload = gated.offload().threads(NonZeroUsize::MIN);
    (gated, offload)
}
