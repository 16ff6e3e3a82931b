use super::*;

fn key(id: &str) -> Credentials {
    Credentials::new(id, "secret", None).unwrap()
}

fn found(id: &str, expiry: Option<SystemTime>) -> State {
    let mut state = State::default();
    state.found(Provided { credentials: key(id), expiry });
    state
}

/// What `need` says, in short.
fn said(state: &State, now: SystemTime) -> String {
    match state.need(now) {
        Need::Nothing(credentials) => format!("nothing {}", credentials.access_key_id()),
        Need::Now(searches) => format!("now {searches}"),
        Need::Soon(credentials) => format!("soon {}", credentials.access_key_id()),
    }
}

fn why() -> NoCredentials {
    NoCredentials::new(vec!["a: b".to_owned()], "c".to_owned())
}

#[test]
fn others_are_looked_for_from_five_to_six_minutes_before_they_expire() {
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
    let left = |seconds| found("A", Some(now + Duration::from_secs(seconds)));
    assert_eq!(said(&State::default(), now), "now 0");
    assert_eq!(said(&found("A", None), now), "nothing A");
    assert_eq!(said(&left(361), now), "nothing A");
    assert_eq!(said(&left(300), now), "soon A");
    assert_eq!(said(&left(1), now), "soon A");
    assert_eq!(said(&left(0), now), "now 1");
    // In between it depends on the jitter, which spreads.
    let early = (0..200).filter(|_| said(&left(330), now) == "soon A").count();
    assert!((20..180).contains(&early), "{early} of 200");
}

#[test]
fn after_a_failure_valid_ones_are_used_for_a_while_without_another_search() {
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
    let mut state = found("A", Some(now + Duration::from_secs(100)));
    drop(state.failed(why(), now));
    assert_eq!(said(&state, now), "nothing A");
    assert_eq!(said(&state, now + Duration::from_secs(31)), "soon A");
    assert_eq!(said(&state, now + Duration::from_secs(100)), "now 2");
}

#[test]
fn who_waited_gets_what_came_of_the_search() {
    let now = SystemTime::UNIX_EPOCH;
    let mut state = State::default();
    assert!(state.since(0, now).is_none());
    drop(state.failed(why(), now));
    let error = state.since(0, now).unwrap().unwrap_err();
    assert_eq!(error.to_string(), "no source gave credentials; the last one was a: b");
    // Who asks afterwards has a search of its own.
    assert!(state.since(1, now).is_none());
    state.found(Provided { credentials: key("A"), expiry: None });
    assert_eq!(state.since(0, now).unwrap().unwrap().access_key_id(), "A");
}

#[test]
fn only_those_that_are_in_use_are_dropped_when_aws_refuses_them() {
    let mut state = found("B", None);
    state.refused(&key("A"));
    assert_eq!(said(&state, SystemTime::UNIX_EPOCH), "nothing B");
    state.refused(&key("B"));
    assert_eq!(said(&state, SystemTime::UNIX_EPOCH), "now 1");
}
