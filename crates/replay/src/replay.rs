//! The transport that answers from a cassette.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use kendra_sync_core::transport::Recorded;
use kendra_sync_core::{Delivery, HttpTransport, TransportError, TransportErrorKind, blocking};

use crate::TARGET;
use crate::cassette::Cassette;
use crate::error::CassetteError;
use crate::exchange::{Exchange, Uses};
use crate::matching::Key;
use crate::redaction::Redaction;
use crate::refusal::{Nearest, Refusal};
use crate::unused::Unused;

/// A transport, async and blocking, that answers from a [`Cassette`] and never opens a connection.
///
/// A request is answered by the first unused exchange of the same method, `X-Amz-Target` and body;
/// JSON is compared by meaning, and secrets are taken out of both sides first. Host, path and other
/// headers do not count. Any other request is refused with
/// [`Unrecorded`](TransportErrorKind::Unrecorded), [`NotSent`](Delivery::NotSent) and a [`Refusal`].
/// Nothing waits: neither for what took time when it was recorded, nor between attempts.
///
/// Clones replay the same cassette together. When the last one is dropped and exchanges were never
/// used, there is a warning (`tracing`, target `kendra_sync::replay`); [`Replay::finish`] tells.
///
/// # Examples
///
/// ```
/// use kendra_sync_replay::blocking::Client;
/// use kendra_sync_replay::{Cassette, Config, Credentials, Region, Replay};
///
/// let cassette = Cassette::parse(r#"{"log": {"version": "1.2", "_format": 1, "entries": [{
///     "request": {
///         "method": "POST",
///         "headers": [{"name": "x-amz-target", "value": "AWSKendraFrontendService.StopDataSourceSyncJob"}],
///         "postData": {"text": "{\"Id\":\"wiki\",\"IndexId\":\"0a1b2c3d-4e5f-6789-abcd-ef0123456789\"}"}
///     },
///     "response": {"status": 200}
/// }]}}"#)?;
/// let replay = Replay::new(cassette).strict();
/// let credentials = Credentials::new("none", "none", None)?;
/// let client = Client::new(replay.clone(), credentials, Config::new(Region::new("us-east-1")?));
/// client.stop_data_source_sync_job(
///     &"0a1b2c3d-4e5f-6789-abcd-ef0123456789".parse()?,
///     &"wiki".parse()?,
/// )?;
/// replay.finish()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Replay {
    redaction: Redaction,
    uses: Uses,
    tape: Arc<Tape>,
}

#[derive(Debug)]
struct Tape {
    exchanges: Vec<Exchange>,
    missing: Option<CassetteError>,
    progress: Mutex<Progress>,
    strict: AtomicBool,
    told: AtomicBool,
}

#[derive(Debug, Default)]
struct Progress {
    used: BTreeSet<usize>,
    /// What of each exchange is compared, as the redaction was when this was its stamp.
    keys: Vec<Key>,
    stamp: Option<u64>,
}

impl Replay {
    /// Answers from `cassette`.
    pub fn new(cassette: Cassette) -> Self {
        Self::of(cassette, None)
    }

    /// Answers from a file.
    ///
    /// # Errors
    ///
    /// [`CassetteError`] when it is missing or damaged.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, CassetteError> {
        Cassette::read(path).map(Self::new)
    }

    /// Answers from a file if it can be read, and otherwise refuses each request with the reason.
    pub fn open_or_refuse(path: impl AsRef<Path>) -> Self {
        match Cassette::read(path) {
            Ok(cassette) => Self::new(cassette),
            Err(error) => Self::of(Cassette::new(), Some(error)),
        }
    }

    fn of(cassette: Cassette, missing: Option<CassetteError>) -> Self {
        let tape = Tape {
            exchanges: cassette.into_exchanges(),
            missing,
            progress: Mutex::default(),
            strict: AtomicBool::new(false),
            told: AtomicBool::new(false),
        };
        Self { redaction: Redaction::new(), uses: Uses::Once, tape: Arc::new(tape) }
    }

    /// Compares without what this keeps out, as the recorder did. [`Redaction::new`] by default.
    #[must_use]
    pub fn redaction(mut self, redaction: Redaction) -> Self {
        self.redaction = redaction;
        self
    }

    /// Answers on when all exchanges that match are used: with the last of them, again and again.
    #[must_use]
    pub fn repeating(mut self) -> Self {
        self.uses = Uses::Always;
        self
    }

    /// Makes it an error of [`Replay::finish`], and of dropping an event at `ERROR`, when exchanges were
    /// never used. It counts for all clones.
    #[must_use]
    pub fn strict(self) -> Self {
        self.tape.strict.store(true, Ordering::Relaxed);
        self
    }

    /// The exchanges that were never used so far.
    pub fn unused(&self) -> Unused {
        self.tape.unused()
    }

    /// Tells which exchanges were never used, so that dropping the replay does not warn of them.
    ///
    /// # Errors
    ///
    /// In [strict](Replay::strict) mode what was never used, if there is any.
    pub fn finish(&self) -> Result<Unused, Unused> {
        self.tape.told.store(true, Ordering::Relaxed);
        let unused = self.unused();
        let strict = self.tape.strict.load(Ordering::Relaxed);
        if strict && !unused.is_empty() { Err(unused) } else { Ok(unused) }
    }

    fn answer(
        &self,
        request: &Request<Bytes>,
        timeout: Duration,
    ) -> Result<Response<Bytes>, TransportError> {
        if timeout.is_zero() {
            return Err(TransportError::new(TransportErrorKind::Timeout, Delivery::NotSent));
        }
        let exchange = self.take(request)?;
        let recorded = Recorded::sent(exchange.started);
        let recorded =
            if self.tape.was_out_of_time(exchange) { recorded.out_of_time() } else { recorded };
        recorded.mark(exchange.outcome())
    }

    /// Uses the exchange that answers `request`.
    fn take(&self, request: &Request<Bytes>) -> Result<&Exchange, Refusal> {
        if let Some(error) = &self.tape.missing {
            return Err(Refusal::NoCassette(error.clone()));
        }
        let asked = Key::of_request(request, &self.redaction);
        let exchanges = &self.tape.exchanges;
        let mut progress = self.tape.progress();
        let Progress { used, keys, stamp } = &mut *progress;
        let current = self.redaction.stamp();
        if *stamp != Some(current) {
            *keys =
                exchanges.iter().map(|of| Key::of_recorded(&of.asked, &self.redaction)).collect();
            *stamp = Some(current);
        }
        let matching = (0..).zip(exchanges).zip(&*keys).filter(|(_, key)| key.matches(&asked));
        let matching: Vec<(usize, &Exchange)> = matching.map(|(exchange, _)| exchange).collect();
        let Some(last) = matching.last() else { return Err(no_match(&asked, keys, exchanges)) };
        let mut unused = matching
            .iter()
            .filter(|(at, exchange)| exchange.uses == Uses::Always || !used.contains(at));
        let (at, exchange) = match (unused.next(), self.uses) {
            (Some(first), _) => first,
            (None, Uses::Always) => last,
            (None, Uses::Once) => return Err(Refusal::UsedUp { matching: matching.len() }),
        };
        used.insert(*at);
        tracing::debug!(target: TARGET, exchange = at + 1, "replayed");
        Ok(exchange)
    }
}

impl Tape {
    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn unused(&self) -> Unused {
        let used = &self.progress().used;
        let unused = (0..).zip(&self.exchanges).filter(|(at, _)| !used.contains(at));
        Unused {
            exchanges: unused.map(|(at, exchange)| (at + 1, exchange.operation())).collect(),
            recorded: self.exchanges.len(),
        }
    }

    /// Whether the recorded call made no further attempt although it might have: its limit had passed,
    /// or its wait would have passed it.
    fn was_out_of_time(&self, exchange: &Exchange) -> bool {
        let asked = &exchange.asked;
        let (Some((attempt, max)), Some(call)) = (asked.attempt(), asked.invocation()) else {
            return false;
        };
        let goes_on = |other: &Exchange| {
            other.asked.invocation() == Some(call)
                && other.asked.attempt().is_some_and(|(later, _)| later > attempt)
        };
        attempt < max && !self.exchanges.iter().any(goes_on)
    }
}

#[async_trait]
impl HttpTransport for Replay {
    async fn send(
        &self,
        request: Request<Bytes>,
        timeout: Duration,
    ) -> Result<Response<Bytes>, TransportError> {
        self.answer(&request, timeout)
    }

    /// Returns at once.
    async fn sleep(&self, _duration: Duration) {}
}

impl blocking::HttpTransport for Replay {
    fn send(
        &self,
        request: Request<Bytes>,
        timeout: Duration,
    ) -> Result<Response<Bytes>, TransportError> {
        self.answer(&request, timeout)
    }

    /// Returns at once.
    fn sleep(&self, _duration: Duration) {}
}

impl Drop for Tape {
    fn drop(&mut self) {
        let unused = self.unused();
        if self.told.load(Ordering::Relaxed) || unused.is_empty() {
            return;
        }
        if self.strict.load(Ordering::Relaxed) {
            tracing::error!(target: TARGET, "{unused}");
        } else {
            tracing::warn!(target: TARGET, "{unused}");
        }
    }
}

fn no_match(asked: &Key, keys: &[Key], exchanges: &[Exchange]) -> Refusal {
    let candidates = (1..).zip(keys).zip(exchanges);
    let nearest = candidates.min_by_key(|((_, key), _)| asked.distance(key));
    let nearest = nearest.map(|((number, key), exchange)| Nearest {
        number,
        operation: exchange.operation(),
        differences: asked.differences(key),
    });
    Refusal::NoMatch { nearest, recorded: keys.len() }
}
