//! Which cases are run for whom, and how scripts are dressed.

use kendra_sync_hyper::HyperTransport as NoTransport;

use super::*;
use crate::playback::Playback;
use crate::server::answer;
use crate::suite::Suite;

fn suite() -> Suite {
    Suite::new("none", "0")
}

fn of(suite: Suite) -> Variant {
    suite.variants.into_iter().next().unwrap()
}

fn asynchronous(caps: Caps) -> Variant {
    of(suite().variant("v", caps, |_env| std::future::ready(Err::<NoTransport, _>("none"))))
}

fn blocking(caps: Caps) -> Variant {
    let none = |_env| Err::<kendra_sync_blocking::BlockingTransport, _>("none");
    of(suite().blocking_variant("v", caps, none))
}

fn played(caps: Caps) -> Variant {
    let record = |_env, _file| std::future::ready(Err::<NoTransport, _>("none"));
    let play = |_file| Err::<NoTransport, _>("none");
    of(suite().replay("v", caps, Playback::new(record, play, |_: &NoTransport| 0)))
}

fn case() -> Case {
    Case::raw("", Vec::new(), Vec::new())
}

#[test]
fn a_case_applies_where_everything_that_it_asks_of_a_transport_is_so() {
    let two = Caps::POOL | Caps::LIMIT;
    for (case, variant, expected) in [
        (case(), asynchronous(Caps::NONE), true),
        (case(), blocking(Caps::NONE), true),
        (case(), played(Caps::NONE), true),
        (case().needs(two), asynchronous(two | Caps::CANCEL), true),
        (case().needs(two), asynchronous(Caps::POOL), false),
        (case().lacks(Caps::LIMIT), asynchronous(Caps::POOL), true),
        (case().lacks(Caps::LIMIT), asynchronous(two), false),
        (case().lacks(two), asynchronous(Caps::POOL), true),
        (case().only_async(), asynchronous(Caps::NONE), true),
        (case().only_async(), blocking(Caps::NONE), false),
        (case().only_live("why"), asynchronous(Caps::NONE), true),
        (case().only_live("why"), played(Caps::NONE), false),
        (case().needs(two).only_async(), blocking(two), false),
        (case().lacks(Caps::POOL).needs(Caps::LIMIT), asynchronous(two), false),
    ] {
        assert_eq!(applies(&case, &variant), expected, "{case:?}");
    }
}

#[test]
fn tls_begins_before_all_but_what_happens_before_the_client_has_spoken() {
    let words = |script: Connection| format!("{script:?}");
    let tls = || vec![Step::Handshake(Certificate::Trusted)];
    let reset = || vec![Step::Reset];
    let sound = || answer("ok");
    for (plain, dressed) in [
        (sound(), [tls(), sound()].concat()),
        ([reset(), sound()].concat(), [reset(), tls(), sound()].concat()),
        ([sound(), reset()].concat(), [tls(), sound(), reset()].concat()),
        (Vec::new(), tls()),
    ] {
        assert_eq!(words(over_tls(plain)), words(dressed));
    }
}

#[test]
fn a_silent_script_waits_where_the_other_writes() {
    let kinds = [
        Step::Read,
        Step::Drip(vec![1]),
        Step::Echo,
        Step::Flood { piece: vec![1], pause: Duration::ZERO, most: 1 },
        Step::Write(vec![1]),
        Step::Gate(1),
        Step::Either { tls: answer("tls"), plain: answer("plain") },
        Step::Close,
        Step::Handshake(Certificate::Trusted),
        Step::Close,
    ];
    let reads = || vec![Step::Read];
    let silent =
        [Step::Read, Step::Gate(1), Step::Either { tls: reads(), plain: reads() }, Step::Close];
    assert_eq!(format!("{:?}", without_writes(kinds.into())), format!("{silent:?}"));
}
