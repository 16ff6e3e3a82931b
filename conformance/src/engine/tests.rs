//! Which cases are run for whom, how scripts are dressed, and whom a transport connects to.

use std::net::TcpStream;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use kendra_sync_core::{HttpTransport, TransportError};
use kendra_sync_hyper::HyperTransport;
use kendra_sync_replay::{Recorder, Replay};

use super::*;
use crate::exchange::{Exchange, Origin, Want};
use crate::playback::Playback;
use crate::server::{answer, response};
use crate::suite::Suite;

fn suite() -> Suite {
    Suite::new("none", "0")
}

fn of(suite: Suite) -> Variant {
    suite.variants.into_iter().next().unwrap()
}

fn asynchronous(caps: Caps) -> Variant {
    of(suite().variant("v", caps, |_env| std::future::ready(Err::<HyperTransport, _>("none"))))
}

fn blocking(caps: Caps) -> Variant {
    let none = |_env| Err::<kendra_sync_blocking::BlockingTransport, _>("none");
    of(suite().blocking_variant("v", caps, none))
}

fn played(caps: Caps) -> Variant {
    let record = |_env, _file| std::future::ready(Err::<HyperTransport, _>("none"));
    let play = |_file| Err::<HyperTransport, _>("none");
    of(suite().replay("v", caps, Playback::new(record, play, |_: &HyperTransport| 0)))
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

/// Makes a connection of its own with one of its sends, the first of which is 0, and leaves it open.
#[derive(Debug)]
struct Connects<T> {
    good: T,
    with: Option<usize>,
    sends: AtomicUsize,
    /// Not the transport's, which is dropped.
    left: Arc<Mutex<Vec<TcpStream>>>,
}

impl<T> Connects<T> {
    fn new(good: T, with: Option<usize>, left: &Arc<Mutex<Vec<TcpStream>>>) -> Self {
        Self { good, with, sends: AtomicUsize::new(0), left: Arc::clone(left) }
    }
}

#[async_trait]
impl<T: HttpTransport> HttpTransport for Connects<T> {
    async fn send(
        &self,
        request: Request<Bytes>,
        timeout: Duration,
    ) -> Result<Response<Bytes>, TransportError> {
        if Some(self.sends.fetch_add(1, Ordering::Relaxed)) == self.with {
            let stream = TcpStream::connect(request.uri().authority().unwrap().as_str()).unwrap();
            self.left.lock().unwrap().push(stream);
        }
        self.good.send(request, timeout).await
    }

    async fn sleep(&self, duration: Duration) {
        self.good.sleep(duration).await;
    }
}

/// A send to each of two servers, which would take a further connection each.
fn of_two_servers() -> Case {
    let ok = || vec![answer(response("200 OK", "", b"ok")); 2];
    let exchange = || Exchange::new(Want::ok(b"ok"));
    Case::raw("", ok(), vec![exchange(), exchange().to(Origin::Second)]).second(ok())
}

fn failed(checks: &Checks) -> Vec<&str> {
    let failed = checks.made.iter().filter(|check| !check.passed);
    failed.map(|check| check.name.as_str()).collect()
}

#[test]
fn what_stays_open_is_seen_whichever_server_it_goes_to() {
    let ground = Ground::new("left open").unwrap();
    for (with, expected) in [(None, &[][..]), (Some(0), &["global/G8"]), (Some(1), &["global/G8"])]
    {
        let left = Arc::default();
        let kept = Arc::clone(&left);
        let variant = of(suite().variant("v", Caps::NONE, move |_env| {
            let transport = Connects::new(HyperTransport::new(), with, &left);
            std::future::ready(Ok::<_, BoxError>(transport))
        }));
        let on = ground.handle().unwrap();
        let case = of_two_servers();
        let ended = live(&case, &variant, &variant.factory, 0.5, on);
        let ended = ground.block_on(ended).unwrap();
        assert_eq!(failed(&ended.checks), expected, "{with:?}");
        assert_eq!(kept.lock().unwrap().len(), with.iter().count());
    }
}

#[test]
fn a_player_that_connects_is_seen_whichever_server_it_goes_to() {
    let ground = Ground::new("played").unwrap();
    for (with, expected) in
        [(None, &[][..]), (Some(0), &["no connection"]), (Some(1), &["no connection"])]
    {
        let left = Arc::default();
        let playback = Playback::new(
            |_env, file| async move { Recorder::create(file, HyperTransport::new()) },
            move |file| Replay::open(file).map(|good| Connects::new(good, with, &left)),
            |player: &Connects<Replay>| {
                player.good.finish().map_or_else(|unused| unused.len(), |unused| unused.len())
            },
        );
        let variant = of(suite().replay("v", Caps::NONE, playback));
        let (playback, on) = (variant.playback.as_ref().unwrap(), ground.handle().unwrap());
        let case = of_two_servers();
        let played = replaying::run(&case, &variant, playback, 0.5, on);
        let played = ground.block_on(played).unwrap();
        assert_eq!(failed(&played.checks), expected, "{with:?}");
    }
}
