//! The retry quota in calls. The numbers are those of the AWS SDKs' own cases for behaviour 2.1.

use super::*;
use crate::quota::Quota;
use crate::retry::MaxAttempts;

/// A client with a quota of `capacity` and this many attempts.
fn client(capacity: u32, attempts: u8) -> Arc<Shared> {
    let policy = RetryPolicy::standard().max_attempts(MaxAttempts::new(attempts).unwrap());
    let mut shared = Scenario { policy, ..Scenario::new() }.shared();
    shared.quota = Arc::new(Quota::of(capacity));
    Arc::new(shared)
}

#[derive(Clone, Copy)]
enum Outcome {
    Fails,
    Succeeds,
    Throttles,
}
use Outcome::{Fails, Succeeds, Throttles};

/// Runs a call through `outcomes`; gives what is left of the quota after each, and how it ended.
fn run(shared: &Arc<Shared>, outcomes: &[Outcome]) -> (Vec<u32>, bool) {
    let mut left = Vec::new();
    let mut step = start(shared);
    let mut outcomes = outcomes.iter();
    loop {
        step = match step {
            Step::Send(mut attempt) => {
                let _ = attempt.sign(&credentials(), at(Duration::ZERO)).unwrap();
                let outcome = match outcomes.next().unwrap() {
                    Fails => answer(500, ""),
                    Succeeds => answer(200, ""),
                    Throttles => answer(400, r#"{"__type":"ThrottlingException"}"#),
                };
                let next = attempt.complete(outcome, at(Duration::ZERO));
                left.push(shared.quota.left());
                next
            }
            Step::Wait(pause) => pause.resume(at(Duration::ZERO)),
            Step::Done(result) => {
                assert_eq!(outcomes.next().map(|_| "left"), None);
                return (left, result.is_ok());
            }
        };
    }
}

#[test]
fn the_sdks_cases_of_one_call() {
    for (name, capacity, attempts, outcomes, left, succeeds) in [
        (
            "retry_eventually_succeeds",
            500,
            3,
            &[Fails, Fails, Succeeds][..],
            &[486, 472, 486][..],
            true,
        ),
        (
            "fail_due_to_max_attempts_reached",
            500,
            3,
            &[Fails, Fails, Fails],
            &[486, 472, 472],
            false,
        ),
        ("retry_quota_reached_after_single_retry", 14, 5, &[Fails, Fails], &[0, 0], false),
        ("no_retries_if_retry_quota_is_zero", 0, 3, &[Fails], &[0], false),
        ("retry_stops_after_retry_quota_exhaustion", 20, 5, &[Fails, Fails], &[6, 6], false),
        ("throttling_error_token_bucket_drain", 500, 3, &[Throttles, Succeeds], &[495, 500], true),
        ("first attempt succeeds, full", 500, 3, &[Succeeds], &[500], true),
    ] {
        let shared = client(capacity, attempts);
        assert_eq!(run(&shared, outcomes), (left.to_vec(), succeeds), "{name}");
    }
}

/// The SDKs' `retry_quota_recovery_after_successful_responses`, and first successes after it.
#[test]
fn successes_fill_the_quota_again() {
    let shared = client(30, 5);
    assert_eq!(run(&shared, &[Fails, Fails, Succeeds]), (vec![16, 2, 16], true));
    assert_eq!(run(&shared, &[Fails, Succeeds]), (vec![2, 16], true));
    for left in [17, 18, 19] {
        assert_eq!(run(&shared, &[Succeeds]), (vec![left], true));
    }
}

#[test]
fn the_quota_is_drained_by_all_calls_of_a_client() {
    let shared = client(500, 3);
    let drains = (0..).take_while(|_| run_to_end(&shared) == 3).count();
    // 500 tokens are 35 retries of 14, two a call: 17 calls, and one that retries once.
    assert_eq!((drains, shared.quota.left()), (17, 10));
    assert_eq!(run_to_end(&shared), 1);
}

/// Fails each attempt until the call ends; gives their number.
fn run_to_end(shared: &Arc<Shared>) -> u32 {
    let mut step = start(shared);
    loop {
        step = match step {
            Step::Send(mut attempt) => {
                let _ = attempt.sign(&credentials(), at(Duration::ZERO)).unwrap();
                attempt.complete(answer(500, ""), at(Duration::ZERO))
            }
            Step::Wait(pause) => pause.resume(at(Duration::ZERO)),
            Step::Done(result) => return result.unwrap_err().attempts(),
        };
    }
}

#[test]
fn a_call_that_is_dropped_gives_back_what_its_retry_took() {
    let shared = client(500, 3);
    let retrying = || {
        let mut attempt = sending(start(&shared));
        let _ = attempt.sign(&credentials(), at(Duration::ZERO)).unwrap();
        let pause = waiting(attempt.complete(busy(), at(Duration::ZERO)));
        assert_eq!(shared.quota.left(), 486);
        pause
    };
    drop(retrying());
    assert_eq!(shared.quota.left(), 500);
    let mut attempt = sending(retrying().resume(at(4 * SECOND)));
    let _ = attempt.sign(&credentials(), at(4 * SECOND)).unwrap();
    drop(attempt);
    assert_eq!(shared.quota.left(), 500);
}
