//! The suite: variants of a transport, and running the catalogue against them.

use std::error::Error as StdError;
use std::fmt;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use kendra_sync_core::{HttpTransport, blocking};

use crate::caps::Caps;
use crate::catalogue::catalogue;
use crate::check::Check;
use crate::child;
use crate::engine;
use crate::env::Env;
use crate::filter::Filter;
use crate::panics;
use crate::report::{Report, ScenarioResult, Status, digest};
use crate::scenario::{Level, Replay, Scenario};
use crate::subject::{Factory, Subject};

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
    name: String,
    version: String,
    caps: Caps,
    pub(crate) variants: Vec<Variant>,
}

#[derive(Clone)]
pub(crate) struct Variant {
    pub(crate) name: String,
    pub(crate) caps: Caps,
    factory: Factory,
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

    /// Adds an async transport, as the variant `default`; `factory` makes a fresh one for each case.
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

    /// Adds an async transport under a name of its own: another configuration, say.
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
                Ok(Subject::Async(Arc::new(made) as Arc<dyn HttpTransport>))
            })
        });
        self.variants.push(Variant { name: name.into(), caps, factory });
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
        let factory: Factory = Arc::new(move |env| {
            let made = factory(env).map_err(Into::into);
            let made = made.map(|made| Subject::Blocking(Arc::new(made)));
            Box::pin(std::future::ready(made))
        });
        self.variants.push(Variant { name: name.into(), caps, factory });
        self
    }

    /// Runs what `filter` selects, on the calling thread, one scenario after the other.
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
            results: Vec::new(),
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
        took: began.elapsed(),
    };
    let missing = scenario.caps().without(variant.caps);
    if missing != Caps::NONE {
        result.status = Status::Skip(format!("capability {missing} is not declared"));
        return result;
    }
    if variant.caps.contains(Caps::REPLAY) && scenario.replay == Replay::NotApplicable {
        result.status = Status::NotApplicable;
        return result;
    }
    if scenario.cases.iter().any(|case| case.child.is_some())
        && let Some(obstacle) = child::obstacle()
    {
        result.status = Status::Skip(obstacle.to_owned());
        return result;
    }
    panics::watch();
    let name = trial_name(&variant.name, scenario);
    let before = panics::of(&name).len();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name(name.clone())
        .enable_all()
        .build();
    let ran = match runtime {
        Ok(runtime) => {
            let ran =
                runtime.block_on(engine::run(&name, scenario, &variant.factory, filter.scale()));
            // What hangs in a thread must not hold up the suite: the watchdog has told of it.
            runtime.shutdown_background();
            ran
        }
        Err(error) => Err(error.into()),
    };
    match ran {
        Err(error) => result.status = Status::Error(error.to_string()),
        Ok(ran) => {
            (result.checks, result.evidence) = (ran.checks.made, ran.evidence);
            for panic in panics::of(&name).into_iter().skip(before) {
                let (expected, actual) = ("no panic, in tasks neither".to_owned(), panic);
                let check = Check {
                    name: "global/G5".into(),
                    level: Level::Must,
                    passed: false,
                    expected,
                    actual,
                };
                result.checks.push(check);
            }
            result.status = judged(scenario.level(), &result.checks);
        }
    }
    if let Some(reason) = filter.known().reason(&variant.name, scenario.id()) {
        result.status = match result.status {
            Status::Fail | Status::Warn => Status::Known(reason.to_owned()),
            Status::Pass => {
                let (expected, actual) =
                    (format!("a failure: {reason}"), "all checks passed".to_owned());
                let name = "known failure".to_owned();
                result.checks.push(Check {
                    name,
                    level: Level::Must,
                    passed: false,
                    expected,
                    actual,
                });
                Status::Fail
            }
            other => other,
        };
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
