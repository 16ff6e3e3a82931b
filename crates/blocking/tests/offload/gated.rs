//! A blocking transport with a gate, which tells what it has seen.

use std::cell::RefCell;
use std::collections::HashSet;
use std::fmt;
use std::sync::{Arc, Condvar, Mutex};
use std::thread::{self, ThreadId};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use kendra_sync_blocking::Offload;
use kendra_sync_core::{Delivery, TransportError, TransportErrorKind, blocking};

use crate::sending::{PATIENCE, Sending, poll};

/// Holds every request until its gate is open, then echoes the body.
///
/// The path `/panic` panics there, `/tls` is an error.
#[derive(Clone)]
pub(crate) struct Gated {
    seen: Arc<(Mutex<Seen>, Condvar)>,
}

#[derive(Default)]
pub(crate) struct Seen {
    pub(crate) open: bool,
    pub(crate) inside: usize,
    pub(crate) most_inside: usize,
    pub(crate) sent: Vec<String>,
    pub(crate) limits: Vec<Duration>,
    /// All that have sent something.
    pub(crate) threads: HashSet<ThreadId>,
    /// Those of them that have not ended.
    pub(crate) alive: usize,
}

impl Gated {
    pub(crate) fn shut() -> Self {
        Self { seen: Arc::default() }
    }

    pub(crate) fn offload(&self) -> Offload<Self> {
        Offload::new(self.clone())
    }

    pub(crate) fn open(&self) {
        self.change(|seen| seen.open = true);
    }

    /// Starts a send and waits until it is at the gate, alone.
    pub(crate) fn hold(&self, mut sending: Sending) -> Sending {
        assert!(poll(&mut sending).is_pending());
        self.wait_until(|seen| seen.inside == 1);
        sending
    }

    pub(crate) fn sent(&self) -> Vec<String> {
        self.seen(|seen| seen.sent.clone())
    }

    pub(crate) fn seen<R>(&self, look: impl FnOnce(&Seen) -> R) -> R {
        look(&self.seen.0.lock().unwrap())
    }

    pub(crate) fn wait_until(&self, holds: impl Fn(&Seen) -> bool) {
        let (seen, changed) = &*self.seen;
        let wait = changed.wait_timeout_while(seen.lock().unwrap(), PATIENCE, |s| !holds(s));
        let timed_out = wait.unwrap().1.timed_out();
        assert!(!timed_out, "what was waited for does not happen");
    }

    fn change(&self, change: impl FnOnce(&mut Seen)) {
        let (seen, changed) = &*self.seen;
        change(&mut seen.lock().unwrap());
        changed.notify_all();
    }
}

impl blocking::HttpTransport for Gated {
    #[expect(clippy::panic, reason = "one of the things that a transport may do")]
    fn send(
        &self,
        request: Request<Bytes>,
        timeout: Duration,
    ) -> Result<Response<Bytes>, TransportError> {
        let path = request.uri().path().to_owned();
        self.change(|seen| {
            seen.inside += 1;
            seen.most_inside = seen.most_inside.max(seen.inside);
            seen.sent.push(path.clone());
            seen.limits.push(timeout);
            if seen.threads.insert(thread::current().id()) {
                seen.alive += 1;
                PRESENCE.set(Some(Presence(self.clone())));
            }
        });
        self.wait_until(|seen| seen.open);
        self.change(|seen| seen.inside -= 1);
        match path.as_str() {
            "/panic" => panic!("as the test wants it"),
            "/tls" => Err(TransportError::new(TransportErrorKind::Tls, Delivery::NotSent)),
            _ => Ok(Response::new(request.into_body())),
        }
    }

    fn sleep(&self, _duration: Duration) {
        unreachable!("it would take a thread");
    }
}

impl fmt::Debug for Gated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Gated")
    }
}

thread_local! {
    static PRESENCE: RefCell<Option<Presence>> = const { RefCell::new(None) };
}

/// Dropped when its thread ends.
struct Presence(Gated);

impl Drop for Presence {
    fn drop(&mut self) {
        self.0.change(|seen| seen.alive -= 1);
    }
}
