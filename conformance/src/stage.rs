//! Where a case is played: the transport on one side, the servers on the other.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::Request;
use kendra_sync_core::call::{Call, Now, Shared, Step};
use kendra_sync_core::operations::StopDataSourceSyncJob;
use kendra_sync_core::{Config, Delivery, Endpoint, Error, Region, RetryPolicy, TransportError};
use tokio::task::JoinHandle;

use crate::canary;
use crate::caps::Caps;
use crate::case::Judge;
use crate::check::Checks;
use crate::env::Env;
use crate::exchange::{Ends, Exchange, Limit, Origin, Outcome, Scheme};
use crate::invariants;
use crate::outcome::{answered, judge, said_of, timely, told};
use crate::self_test::Reader;
use crate::server::{Connection, Gates, RawServer, Record, Setting, without_writes};
use crate::subject::{BoxError, Factory, Subject, target};

/// A case while it is played.
pub(crate) struct Stage {
    pub(crate) subject: Subject,
    /// How core's client gets its answers, if not as they are.
    pub(crate) reader: Option<Reader>,
    /// Whether the servers write nothing.
    pub(crate) silent: bool,
    pub(crate) factory: Factory,
    /// What the variant declares.
    pub(crate) caps: Caps,
    pub(crate) scheme: Scheme,
    pub(crate) scale: f64,
    pub(crate) watchdog: Duration,
    pub(crate) server: RawServer,
    pub(crate) second: Option<RawServer>,
    /// Taken, and not listened on.
    pub(crate) refused: SocketAddr,
    pub(crate) gates: Gates,
    pub(crate) checks: Checks,
    pub(crate) outcomes: Vec<Outcome>,
    pub(crate) sent: Vec<Request<Bytes>>,
    pub(crate) said: Vec<String>,
    /// What was said of each send's delivery, if it failed.
    pub(crate) deliveries: Vec<Option<Delivery>>,
    /// What each call of core's client came to, in words.
    pub(crate) results: Vec<String>,
    /// A send did not return.
    pub(crate) hung: bool,
    /// How many sends are under way.
    in_flight: usize,
}

/// A send that is under way.
pub(crate) struct Sending {
    exchange: Exchange,
    /// The first is 1.
    number: usize,
    task: JoinHandle<Outcome>,
    began: Instant,
    /// How late a timer of the suite's own is that ends with the limit.
    late: Option<JoinHandle<Duration>>,
    /// How many bytes had come before it; none if others were under way.
    before: Option<usize>,
}

impl Stage {
    #[expect(clippy::too_many_arguments, reason = "each stands for itself")]
    pub(crate) fn new(
        (subject, factory): (Subject, Factory),
        caps: Caps,
        scheme: Scheme,
        (scale, watchdog): (f64, Duration),
        (server, second): (RawServer, Option<RawServer>),
        refused: SocketAddr,
        gates: Gates,
        checks: Checks,
    ) -> Self {
        Self {
            subject,
            reader: None,
            silent: false,
            factory,
            caps,
            scheme,
            scale,
            watchdog,
            server,
            second,
            refused,
            gates,
            checks,
            outcomes: Vec::new(),
            sent: Vec::new(),
            said: Vec::new(),
            deliveries: Vec::new(),
            results: Vec::new(),
            hung: false,
            in_flight: 0,
        }
    }

    /// Sends and judges what came of it; false if nothing did. After a send that failed the server is first
    /// given time to see the end of it, so that its bytes are not taken for this one's.
    pub(crate) async fn send(&mut self, exchange: Exchange) -> Result<bool, BoxError> {
        if self.may_be_late() {
            let limit = Duration::from_millis(100).mul_f64(self.scale);
            self.within(limit, |records| records.iter().all(Record::ended)).await;
        }
        let sending = self.start(exchange)?;
        Ok(self.end(sending).await)
    }

    /// Begins to send.
    pub(crate) fn start(&mut self, exchange: Exchange) -> Result<Sending, BoxError> {
        self.start_with(exchange, |_| {})
    }

    /// Begins to send a request that is changed once more.
    pub(crate) fn start_with(
        &mut self,
        exchange: Exchange,
        change: impl FnOnce(&mut Request<Bytes>),
    ) -> Result<Sending, BoxError> {
        let mut request = self.request(&exchange)?;
        change(&mut request);
        let limit = self.limit(&exchange);
        let alone = self.in_flight == 0 && !self.may_be_late();
        let before = alone.then(|| self.bytes_received());
        self.in_flight += 1;
        self.sent.push(request.clone());
        let number = self.sent.len();
        let late = (exchange.ends != Ends::Whenever).then(|| {
            tokio::spawn(async move {
                let began = Instant::now();
                tokio::time::sleep(limit).await;
                began.elapsed().saturating_sub(limit)
            })
        });
        let began = Instant::now();
        let task = self.subject.send(request, limit);
        Ok(Sending { exchange, number, task, began, late, before })
    }

    /// Waits for a send and judges what came of it; false if nothing did.
    pub(crate) async fn end(&mut self, sending: Sending) -> bool {
        let Sending { exchange, number, task, began, late, before } = sending;
        let abort = task.abort_handle();
        // After one that hung the others are not waited for as long, each one.
        let limit = if self.hung { Duration::from_millis(10) } else { self.watchdog };
        let waited = tokio::time::timeout(limit, task).await;
        let took = began.elapsed();
        if waited.is_err() {
            // What cannot be aborted goes on, and holds the transport.
            abort.abort();
        }
        self.hung |= waited.is_err();
        self.in_flight -= 1;
        let waited = waited.map(Result::ok);
        let delivery = said_of(&waited, TransportError::delivery);
        self.deliveries.push(delivery);
        let Some(outcome) = answered(waited, &mut self.checks) else { return false };
        if let Some(before) = before.filter(|_| self.in_flight == 0) {
            invariants::delivery(delivery, before, self.bytes_received(), &mut self.checks);
        }
        judge(&exchange.accepted, number, &outcome, &mut self.checks);
        if let Some(late) = late {
            let late = if took < self.limit(&exchange) {
                late.abort();
                Duration::ZERO
            } else {
                late.await.unwrap_or_default()
            };
            timely(exchange.ends, self.limit(&exchange), took, late, &mut self.checks);
        }
        let said = outcome.as_ref().err().map(|error| invariants::said(error));
        self.said.extend(said.unwrap_or_default());
        self.outcomes.push(outcome);
        true
    }

    /// Drops a send that is under way: the future, as it is.
    pub(crate) async fn drop_sending(&mut self, sending: Sending) {
        sending.task.abort();
        // Aborted, it has been dropped when this returns; unless it blocks its thread.
        self.hung |= tokio::time::timeout(self.watchdog, sending.task).await.is_err();
        self.in_flight -= 1;
        self.deliveries.push(None);
    }

    /// Gives up a send without waiting for its end.
    pub(crate) fn abandon(&mut self, sending: Sending) {
        sending.task.abort();
        self.in_flight -= 1;
        self.deliveries.push(None);
    }

    /// A raw server besides those of the case. What it sees is looked at by who starts it.
    pub(crate) async fn further(&self, scripts: Vec<Connection>) -> Result<RawServer, BoxError> {
        let (gates, scale) = (self.gates.clone(), self.scale);
        let setting = Setting { tripwire: self.refused, second: None, gates, scale };
        let silent = self.silent;
        let scripts = scripts.into_iter();
        let scripts =
            scripts.map(move |script| if silent { without_writes(script) } else { script });
        Ok(RawServer::start(scripts, setting).await?)
    }

    /// Sends to such a server, for at most twice the limit; nothing is judged.
    pub(crate) async fn probe(
        &mut self,
        server: &RawServer,
        scheme: Scheme,
        limit: Duration,
    ) -> Result<Option<Outcome>, BoxError> {
        let exchange = Exchange::new(Vec::new()).to(Origin::At(server.address())).over(scheme);
        let limit = limit.mul_f64(self.scale);
        let request = self.request(&exchange)?;
        self.sent.push(request.clone());
        self.deliveries.push(None);
        let task = self.subject.send(request, limit);
        let abort = task.abort_handle();
        let waited = tokio::time::timeout(2 * limit, task).await;
        abort.abort();
        Ok(waited.ok().and_then(Result::ok))
    }

    /// Polls the future of a send once, then drops it.
    pub(crate) async fn poll_once(&mut self, exchange: &Exchange) -> Result<(), BoxError> {
        let request = self.request(exchange)?;
        self.sent.push(request.clone());
        self.deliveries.push(None);
        let polling = self.subject.poll_once(request, self.limit(exchange));
        let polled = tokio::time::timeout(self.watchdog, polling).await.is_ok();
        self.hung |= !polled;
        let actual = if polled { "it did" } else { "it hung" };
        self.checks.must("global/G6", polled, "a poll of send returns", actual);
        Ok(())
    }

    /// Core's client calls, and what came of it is judged; false if nothing did.
    pub(crate) async fn call(&mut self, judge: Judge) -> Result<bool, BoxError> {
        let config = config(self.scheme, &self.server.address().to_string())?
            // What a transport keeps, and so does not hang: the client's own limit is longer.
            .attempt_timeout(self.watchdog.mul_f64(0.9));
        let before = self.bytes_received();
        let calling = self.subject.stop(config, self.reader);
        let waited = tokio::time::timeout(self.watchdog, calling).await;
        self.hung |= waited.is_err();
        let delivery = said_of(&waited, Error::delivery);
        self.deliveries.push(delivery);
        let Some(result) = answered(waited, &mut self.checks) else { return Ok(false) };
        invariants::delivery(delivery, before, self.bytes_received(), &mut self.checks);
        judge(&result, &mut self.checks);
        self.results.push(told(&result));
        let said = result.as_ref().err().map(|error| invariants::said(error));
        self.said.extend(said.unwrap_or_default());
        Ok(true)
    }

    /// Waits until the connections are as `are` says, which must come about.
    pub(crate) async fn until(
        &mut self,
        expected: &str,
        are: impl Fn(&[Record]) -> bool + Send + Sync,
    ) -> bool {
        let limit = Duration::from_secs(5).mul_f64(self.scale);
        let there = self.within(limit, are).await;
        let actual = if there { "it did" } else { "it did not" };
        self.checks.must("course", there, expected, actual);
        there
    }

    /// Waits until the connections are as `are` says, or `limit` has passed; whether they are.
    pub(crate) async fn within(
        &self,
        limit: Duration,
        are: impl Fn(&[Record]) -> bool + Send + Sync,
    ) -> bool {
        let mut records = self.server.records();
        let waiting = records.wait_for(|records| are(records));
        tokio::time::timeout(limit, waiting).await.is_ok()
    }

    /// Gives the transport time to see what its sockets have got. Until `done`, or else for a while: what it
    /// does not look at between two sends it need not see.
    pub(crate) async fn settle(&self, done: impl Fn(&[Record]) -> bool + Send + Sync) {
        self.calm(20, done).await;
        // Of what its sockets have got not all of it may know yet.
        self.rest().await;
    }

    /// Gives the transport time to keep a connection whose answer it has handed up.
    pub(crate) async fn rest(&self) {
        self.calm(3, |_| false).await;
    }

    /// Waits so many times 10 ms, not counting those in which the machine was too busy to be in time.
    async fn calm(&self, times: usize, done: impl Fn(&[Record]) -> bool + Send + Sync) {
        let step = Duration::from_millis(10).mul_f64(self.scale);
        let end = Instant::now() + 500 * step;
        let mut calm = 0;
        while calm < times && Instant::now() < end {
            let began = Instant::now();
            if self.within(step, &done).await {
                return;
            }
            calm += usize::from(began.elapsed() < step + Duration::from_millis(5));
        }
    }

    /// The connections to the first server.
    pub(crate) fn records(&self) -> Vec<Record> {
        self.server.records().borrow().clone()
    }

    pub(crate) fn open(&self, gate: usize) {
        self.gates.open(gate);
    }

    /// What an exchange's factory is given.
    pub(crate) fn env(&self) -> Result<Env, BoxError> {
        Env::new(self.scale)
    }

    /// The time limit of an exchange.
    pub(crate) fn limit(&self, exchange: &Exchange) -> Duration {
        match exchange.limit {
            Limit::Scaled(limit) => limit.mul_f64(self.scale),
            Limit::Exact(limit) => limit,
        }
    }

    /// The stop, signed by core, changed as the exchange says.
    pub(crate) fn request(&self, exchange: &Exchange) -> Result<Request<Bytes>, BoxError> {
        let port = self.server.address().port();
        let authority = match exchange.origin {
            Origin::Server => self.server.address().to_string(),
            Origin::Localhost => format!("localhost:{port}"),
            Origin::Second => {
                self.second.as_ref().ok_or("there is no second server")?.address().to_string()
            }
            Origin::At(address) => address.to_string(),
            Origin::Refused => self.refused.to_string(),
            Origin::Nameless => format!("{}.invalid:{port}", "n".repeat(64)),
        };
        let scheme = exchange.scheme.unwrap_or(self.scheme);
        // Only what is signed for must be an endpoint.
        let signed_for = match exchange.origin {
            Origin::Nameless => self.server.address().to_string(),
            _ => authority.clone(),
        };
        let shared = std::sync::Arc::new(Shared::new(config(scheme, &signed_for)?));
        let (index, source) = target().ok_or("the suite's ids are not valid")?;
        let operation = StopDataSourceSyncJob::new(index, source);
        let now = Now { instant: Instant::now(), system: std::time::SystemTime::now() };
        let Step::Send(mut attempt) = Call::start(&shared, operation, 0, now) else {
            return Err("a call begins by sending".into());
        };
        let mut request = attempt.sign(&canary::credentials(), now)?;
        *request.uri_mut() = format!("{scheme}://{authority}{}", exchange.target).parse()?;
        (exchange.change)(&mut request);
        Ok(request)
    }

    /// Whether bytes of a send that failed may be on their way to the server still.
    fn may_be_late(&self) -> bool {
        let failed = self.deliveries.contains(&Some(Delivery::MaybeSent));
        failed && !self.server.records().borrow().iter().all(Record::ended)
    }

    fn bytes_received(&self) -> usize {
        let servers = std::iter::once(&self.server).chain(&self.second);
        servers
            .map(|server| {
                server.records().borrow().iter().map(Record::bytes_received).sum::<usize>()
            })
            .sum()
    }
}

fn config(scheme: Scheme, authority: &str) -> Result<Config, BoxError> {
    let endpoint = Endpoint::parse(&format!("{scheme}://{authority}"))?;
    Ok(Config::new(Region::new("us-east-1")?).endpoint(endpoint).retry(RetryPolicy::off()))
}
