//! The suite: variants of a transport, and running the catalogue against them.

use std::error::Error as StdError;
use std::fmt;
use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use kendra_sync_core::{HttpTransport, blocking};
use time::OffsetDateTime;

use crate::canary::{Canaries, without_signatures};
use crate::caps::Caps;
use crate::catalogue::catalogue;
use crate::check::Check;
use crate::child;
use crate::engine::{self, Ran};
use crate::env::Env;
use crate::exchange::Scheme;
use crate::filter::Filter;
use crate::ground::Ground;
use crate::panics;
use crate::playback::Playback;
use crate::report::{Report, ScenarioResult, Status, digest};
use crate::reports::Declared;
use crate::scenario::{Level, Replay, Scenario};
use crate::self_test::Reader;
use crate::subject::{BoxError, Factory, Subject};

/// A transport's conformance suite.
///
/// # Examples
///
/// The whole test file of a transport of one's own (`harness = false`):
///
/// ```no_run
/// use std::process::ExitCode;
///
/// use kendra_sync_conformance::{Caps, Suite};
/// # use kendra_sync_hyper::HyperTransport as AcmeTransport;
///
/// fn main() -> ExitCode {
///     Suite::new("acme-transport", env!("CARGO_PKG_VERSION"))
///         .caps(Caps::POOL | Caps::TIMEOUT)
///         .transport(|env| async move {
///             let limit = env.connect_timeout();
///             Ok::<_, std::io::Error>(AcmeTransport::builder().connect_timeout(limit).build())
///         })
///         .main()
/// }
/// ```
#[derive(Clone)]
#[must_use]
pub struct Suite {
    pub(crate) name: String,
    version: String,
    caps: Caps,
    pub(crate) variants: Vec<Variant>,
}

#[derive(Clone)]
pub(crate) struct Variant {
    pub(crate) name: String,
    pub(crate) caps: Caps,
    /// How its servers are spoken to, where a case does not say.
    pub(crate) scheme: Scheme,
    pub(crate) blocking: bool,
    pub(crate) factory: Factory,
    /// How it is recorded and played, if it is.
    pub(crate) playback: Option<Playback>,
    /// How core's client gets its answers, if not as they are.
    pub(crate) reader: Option<Reader>,
    /// Whether the servers write nothing.
    pub(crate) silent: bool,
}

impl Suite {
    /// A suite for the transport of this name and version.
    pub fn new(name: impl Into<String>, version: impl Into<String>) -> Self {
        let (name, version) = (name.into(), version.into());
        Self { name, version, caps: Caps::NONE, variants: Vec::new() }
    }

    /// What the transports that are added next can do.
    pub fn caps(mut self, caps: Caps) -> Self {
        self.caps = caps;
        self
    }

    /// Adds an async transport, as the variant `default`; `factory` makes a fresh one for each case. Where
    /// [`Caps::TLS`] is declared the catalogue is run over `https` too, as `default-https`.
    pub fn transport<F, M, T, E>(self, factory: F) -> Self
    where
        F: Fn(Env) -> M + Send + Sync + 'static,
        M: Future<Output = Result<T, E>> + Send + 'static,
        T: HttpTransport + 'static,
        E: Into<Box<dyn StdError + Send + Sync>>,
    {
        let caps = self.caps;
        self.variant("default", caps, factory)
    }

    /// Adds an async transport under a name of its own: another configuration, say. Where the name is
    /// taken, `-2` is appended, and so on.
    pub fn variant<F, M, T, E>(mut self, name: impl Into<String>, caps: Caps, factory: F) -> Self
    where
        F: Fn(Env) -> M + Send + Sync + 'static,
        M: Future<Output = Result<T, E>> + Send + 'static,
        T: HttpTransport + 'static,
        E: Into<Box<dyn StdError + Send + Sync>>,
    {
        let factory: Factory = Arc::new(move |env| {
            let making = factory(env);
            Box::pin(async move {
                let made = making.await.map_err(Into::into)?;
                Ok(Subject::new(Arc::new(made) as Arc<dyn HttpTransport>))
            })
        });
        self.add(name.into(), caps, factory, false);
        self
    }

    /// Adds a blocking transport, as the variant `default`.
    pub fn blocking<F, T, E>(self, factory: F) -> Self
    where
        F: Fn(Env) -> Result<T, E> + Send + Sync + 'static,
        T: blocking::HttpTransport + 'static,
        E: Into<Box<dyn StdError + Send + Sync>>,
    {
        let caps = self.caps;
        self.blocking_variant("default", caps, factory)
    }

    /// Adds a blocking transport under a name of its own.
    pub fn blocking_variant<F, T, E>(
        mut self,
        name: impl Into<String>,
        caps: Caps,
        factory: F,
    ) -> Self
    where
        F: Fn(Env) -> Result<T, E> + Send + Sync + 'static,
        T: blocking::HttpTransport + 'static,
        E: Into<Box<dyn StdError + Send + Sync>>,
    {
        let factory = Arc::new(factory);
        let factory: Factory = Arc::new(move |env| {
            let factory = Arc::clone(&factory);
            // On a thread that may block: it may make a runtime of its own.
            let making = move || {
                let made = factory(env).map_err(Into::into)?;
                Ok(Subject::blocking(Arc::new(made) as Arc<dyn blocking::HttpTransport>))
            };
            Box::pin(async move { tokio::task::spawn_blocking(making).await? })
        });
        self.add(name.into(), caps, factory, true);
        self
    }

    /// Adds a recorder and its player, under a name of its own. `caps` are those of the transport that is
    /// recorded; [`Caps::REPLAY`] is declared by this. Each scenario that a recording can hold is recorded and
    /// then played, over `http` unless a case is about `https`; the others are `na`.
    pub fn replay(mut self, name: impl Into<String>, caps: Caps, playback: Playback) -> Self {
        let factory: Factory = Arc::new(|_env| {
            Box::pin(async { Err("there is no transport without a recording".into()) })
        });
        let name = self.free(name.into());
        let (scheme, blocking) = (Scheme::Http, playback.blocking);
        let (caps, playback) = (caps | Caps::REPLAY, Some(playback));
        let (reader, silent) = (None, false);
        let variant = Variant { name, caps, scheme, blocking, factory, playback, reader, silent };
        self.variants.push(variant);
        self
    }

    /// Over `http`, and over `https` too if that is declared.
    fn add(&mut self, name: String, caps: Caps, factory: Factory, blocking: bool) {
        let name = self.free(name);
        // Without a recording it could pass for what plays one.
        let caps = caps.without(Caps::REPLAY);
        let (scheme, playback) = (Scheme::Http, None);
        let (reader, silent) = (None, false);
        let plain = Variant { name, caps, scheme, blocking, factory, playback, reader, silent };
        let secure = caps.contains(Caps::TLS).then(|| {
            let name = format!("{}-https", plain.name);
            Variant { name, scheme: Scheme::Https, ..plain.clone() }
        });
        self.variants.push(plain);
        self.variants.extend(secure);
    }

    /// The name, or the first one with a number that is not taken.
    fn free(&self, name: String) -> String {
        let taken = |name: &String| self.variants.iter().any(|variant| variant.name == *name);
        let numbered = (2..).map(|number: u32| format!("{name}-{number}"));
        let free = std::iter::once(name.clone()).chain(numbered).find(|name| !taken(name));
        free.unwrap_or(name)
    }

    /// Runs what `filter` selects, one scenario after the other.
    ///
    /// Scenarios that need a process of their own are skipped: only [`Suite::main`] can start one.
    pub fn run(&self, filter: &Filter) -> Report {
        let mut report = self.report(filter);
        for variant in &self.variants {
            for scenario in catalogue() {
                if filter.selects(&variant.name, scenario) {
                    report.results.push(run_one(variant, scenario, filter));
                }
            }
        }
        report
    }

    /// A report without results.
    pub(crate) fn report(&self, filter: &Filter) -> Report {
        Report {
            transport: self.name.clone(),
            version: self.version.clone(),
            digest: digest(catalogue()),
            strict: filter.is_strict(),
            time_scale: filter.scale(),
            started: OffsetDateTime::now_utc(),
            variants: self.variants.iter().map(Variant::declared).collect(),
            results: Vec::new(),
        }
    }
}

impl Variant {
    fn declared(&self) -> Declared {
        let kind = match (&self.playback, self.blocking) {
            (Some(_), _) => "replay",
            (None, true) => "blocking",
            (None, false) => "async",
        };
        Declared {
            name: self.name.clone(),
            kind: kind.to_owned(),
            scheme: self.scheme.to_string(),
            declared: self.caps.names(),
        }
    }
}

/// Shows the name and the variants.
impl fmt::Debug for Suite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let variants: Vec<_> =
            self.variants.iter().map(|v| (&v.name, v.caps.to_string())).collect();
        f.debug_struct("Suite")
            .field("name", &self.name)
            .field("version", &self.version)
            .field("variants", &variants)
            .finish()
    }
}

/// What a scenario's threads and trial are called.
pub(crate) fn trial_name(variant: &str, scenario: &Scenario) -> String {
    format!("{variant}::{}", scenario.id())
}

/// Runs one scenario for one variant, on a runtime of its own.
pub(crate) fn run_one(variant: &Variant, scenario: &Scenario, filter: &Filter) -> ScenarioResult {
    let began = Instant::now();
    let mut result = ScenarioResult {
        variant: variant.name.clone(),
        id: scenario.id(),
        level: scenario.level(),
        caps: scenario.caps(),
        status: Status::Pass,
        checks: Vec::new(),
        evidence: Vec::new(),
        connections: Vec::new(),
        took: began.elapsed(),
    };
    if variant.playback.is_some() && scenario.replay == Replay::NotApplicable {
        result.status = Status::NotApplicable;
        return result;
    }
    let missing = scenario.caps().without(variant.caps);
    if missing != Caps::NONE {
        result.status = Status::Skip(format!("capability {missing} is not declared"));
        return result;
    }
    let mut applies =
        scenario.cases.iter().filter(|case| engine::applies(case, variant)).peekable();
    if applies.peek().is_none() && !scenario.cases.is_empty() {
        result.status = Status::NotApplicable;
        return result;
    }
    if applies.any(|case| case.child.is_some())
        && let Some(obstacle) = child::obstacle()
    {
        result.status = Status::Skip(obstacle.to_owned());
        return result;
    }
    panics::watch();
    // Panics are told apart by the thread's name.
    static RUNS: AtomicU64 = AtomicU64::new(0);
    let trial = trial_name(&variant.name, scenario);
    let threads = format!("{trial}#{}", RUNS.fetch_add(1, Ordering::Relaxed));
    let run = || -> Result<Ran, BoxError> {
        let runtime = Ground::new(&threads)?;
        let run = engine::run(&trial, scenario, variant, filter.scale(), &threads);
        runtime.block_on(run)
    };
    // On a thread of its own: the caller may be in a runtime.
    let ran = std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().name(threads.clone()).spawn_scoped(scope, run)?;
        thread.join().unwrap_or_else(|_panic| Err("the suite panicked".into()))
    });
    match ran {
        Err(error) => {
            // It may hold what a process of its own has said.
            let reason = without_signatures(&error.to_string());
            result.status = Status::Error(Canaries::spelt([]).kept(&reason));
        }
        Ok(ran) => {
            (result.checks, result.evidence) = (ran.checks, ran.evidence);
            result.connections = ran.connections;
            if result.checks.is_empty() {
                result.status = Status::Error("nothing was looked at".to_owned());
                return result;
            }
            for panic in panics::of(&threads) {
                let expected = "no panic, in tasks neither".to_owned();
                let check = Check {
                    name: "global/G5".into(),
                    level: Level::Must,
                    passed: false,
                    expected,
                    actual: panic,
                };
                result.checks.push(check);
            }
            let canaries = Canaries::spelt(ran.signatures);
            for check in &mut result.checks {
                check.expected = canaries.kept(&check.expected);
                check.actual = canaries.kept(&check.actual);
            }
            result.status = judged(scenario.level(), &result.checks);
        }
    }
    if let Some(known) = filter.known().find(&variant.name, scenario.id()) {
        let contrary = match result.status {
            Status::Fail | Status::Warn if !known.expired => {
                result.status = Status::Known(known.reason.clone());
                None
            }
            Status::Fail | Status::Warn => Some("it has expired"),
            Status::Pass => Some("all checks passed"),
            _ => None,
        };
        if let Some(actual) = contrary {
            let (name, level) = ("known failure".to_owned(), Level::Must);
            let expected = format!("a failure that is still known: {}", known.reason);
            let actual = actual.to_owned();
            result.checks.push(Check { name, level, passed: false, expected, actual });
            result.status = Status::Fail;
        }
    }
    result.took = began.elapsed();
    result
}

/// A check is as binding as it is itself, and at most as its scenario is.
fn judged(level: Level, checks: &[Check]) -> Status {
    let worst = checks.iter().filter(|check| !check.passed).map(|check| {
        // What must hold in every scenario does not depend on this one's level.
        if check.name.contains("global/") { check.level } else { check.level.min(level) }
    });
    match worst.max() {
        None | Some(Level::May) => Status::Pass,
        Some(Level::Should) => Status::Warn,
        Some(Level::Must) => Status::Fail,
    }
}

/// Where results from several threads are put.
#[derive(Clone, Debug, Default)]
pub(crate) struct Results(Arc<Mutex<Vec<ScenarioResult>>>);

impl Results {
    pub(crate) fn add(&self, result: ScenarioResult) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(result);
    }

    pub(crate) fn take(&self) -> Vec<ScenarioResult> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
pub(crate) mod tests;
