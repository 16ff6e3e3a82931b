//! Runs a scenario against a transport.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{Request, header};
use kendra_sync_core::call::{Call, Now, Shared, Step};
use kendra_sync_core::operations::StopDataSourceSyncJob;
use kendra_sync_core::{Config, Delivery, Endpoint, Error, Region, RetryPolicy, TransportError};

use crate::canary::{self, Canaries};
use crate::check::Checks;
use crate::child;
use crate::env::Env;
use crate::invariants;
use crate::scenario::{Act, Case, Exchange, Outcome, Scenario, Server, Want};
use crate::server::{self, Mock, RawServer, Seen, Tripwire, Turns};
use crate::subject::{BoxError, Factory, Subject, target};

/// What a scenario came to, before it is judged.
pub(crate) struct Ran {
    pub(crate) checks: Checks,
    /// The connections of each case, masked.
    pub(crate) evidence: Vec<String>,
}

/// Runs all cases, one after the other, each with its own servers and transport.
///
/// # Errors
///
/// The harness's: no port, a factory that fails.
pub(crate) async fn run(
    trial: &str,
    scenario: &Scenario,
    factory: &Factory,
    time_scale: f64,
) -> Result<Ran, BoxError> {
    let mut ran = Ran { checks: Checks::default(), evidence: Vec::new() };
    let only = child::only_case(trial);
    if only.is_some_and(|only| only >= scenario.cases.len()) {
        return Err("the scenario has no such case".into());
    }
    for (number, case) in scenario.cases.iter().enumerate() {
        if only.is_some_and(|only| only != number) {
            continue;
        }
        ran.checks.case(&case.name);
        if let (Some(kind), None) = (case.child, only) {
            let said = child::run(kind, trial, number, time_scale, &mut ran.checks).await?;
            ran.evidence.push(said);
            continue;
        }
        let (seen, canaries, hung) = run_case(case, factory, time_scale, &mut ran.checks).await?;
        let shown =
            seen.records.iter().enumerate().map(|(n, record)| record.shown(n + 1, &canaries));
        let title = if case.name.is_empty() { String::new() } else { format!("{}\n", case.name) };
        ran.evidence.push(format!("{title}{}", shown.collect::<String>()));
        if hung {
            // The next cases would hang as long, each one.
            break;
        }
    }
    Ok(ran)
}

async fn run_case(
    case: &Case,
    factory: &Factory,
    time_scale: f64,
    checks: &mut Checks,
) -> Result<(Seen, Canaries, bool), BoxError> {
    let first = checks.made.len();
    let tripwire = Tripwire::start().await?;
    let server = Running::start(&case.server, tripwire.address()).await?;
    let authority = server.raw.address().to_string();
    let watchdog = WATCHDOG.mul_f64(time_scale);
    let subject = made(factory, Env::new(time_scale), watchdog).await?;

    let (mut outcomes, mut sent, mut said) = (Vec::new(), Vec::new(), Vec::new());
    // What was said of each send's delivery, if it failed.
    let mut deliveries = Vec::new();
    let mut hung = false;
    match &case.act {
        Act::Transport(exchanges) => {
            for exchange in exchanges {
                let request = signed(&authority, exchange)?;
                sent.push(request.clone());
                let before = server.raw.bytes_received();
                let timeout = exchange.timeout.mul_f64(time_scale);
                let sending = tokio::time::timeout(watchdog, subject.send(request, timeout)).await;
                hung = sending.is_err();
                let delivery = said_of(&sending, TransportError::delivery);
                deliveries.push(delivery);
                let Some(outcome) = answered(sending, checks) else { break };
                invariants::delivery(delivery, before, server.raw.bytes_received(), checks);
                judge(&exchange.accepted, &outcome, checks);
                said.extend(
                    outcome.as_ref().err().map(|e| invariants::said(e)).unwrap_or_default(),
                );
                outcomes.push(outcome);
            }
        }
        Act::Client(judges) => {
            for (number, judge) in (1..).zip(judges) {
                if judges.len() > 1 {
                    checks.case(format!("{} (call {number})", case.name).trim_start());
                }
                let config = config(&authority)?;
                let before = server.raw.bytes_received();
                let calling = tokio::time::timeout(watchdog, subject.stop(config)).await;
                hung = calling.is_err();
                let delivery = said_of(&calling, Error::delivery);
                deliveries.push(delivery);
                let Some(result) = answered(calling, checks) else { break };
                invariants::delivery(delivery, before, server.raw.bytes_received(), checks);
                judge(&result, checks);
                said.extend(result.as_ref().err().map(|e| invariants::said(e)).unwrap_or_default());
            }
        }
    }
    checks.case(&case.name);
    // On a thread that may block: a blocking transport may have a runtime of its own to end. Its panic
    // shows as the scenario's.
    let _ = tokio::task::spawn_blocking(move || drop(subject)).await;
    let (records, closed) = server.raw.finish(CLOSES_WITHIN.mul_f64(time_scale)).await;
    // What hangs has the transport still.
    let closed = (!hung).then_some(closed);
    let tripped = tripwire.connections();
    let seen = Seen { authority, records, outcomes, said, sent, tripped };
    let canaries = Canaries::new(signatures(&seen));
    invariants::check(&seen, &deliveries, closed, &canaries, checks);
    if let Some(check) = case.check {
        check(&seen, checks);
    }
    checks.mask(first, &canaries);
    Ok((seen, canaries, hung))
}

/// A fresh transport.
///
/// # Errors
///
/// The factory's; it panicked, or did not come to an end.
async fn made(factory: &Factory, env: Env, watchdog: Duration) -> Result<Subject, BoxError> {
    let factory = Factory::clone(factory);
    let making = tokio::spawn(async move { factory(env).await });
    match tokio::time::timeout(watchdog, making).await {
        Ok(Ok(made)) => made,
        Ok(Err(_panic)) => Err("the transport's factory panicked".into()),
        Err(_elapsed) => Err("the transport's factory did not come to an end".into()),
    }
}

/// The delivery that an error tells, if there is one.
fn said_of<T, E>(
    waited: &Result<Option<Result<T, E>>, tokio::time::error::Elapsed>,
    delivery: impl Fn(&E) -> Delivery,
) -> Option<Delivery> {
    waited.as_ref().ok()?.as_ref()?.as_ref().err().map(delivery)
}

/// `None`, and a failed check, when it took too long or panicked.
fn answered<T>(
    waited: Result<Option<T>, tokio::time::error::Elapsed>,
    checks: &mut Checks,
) -> Option<T> {
    let returned = waited.is_ok();
    checks.must(
        "global/G6",
        returned,
        "send returns within the watchdog's limit",
        if returned { "it did" } else { "it hung" },
    );
    let outcome = waited.ok()?;
    if outcome.is_none() {
        checks.must("global/G5", false, "no panic", "send panicked");
    }
    outcome
}

/// Whether an outcome is one of those accepted.
fn judge(accepted: &[Want], outcome: &Outcome, checks: &mut Checks) {
    if accepted.is_empty() {
        return;
    }
    let fits = accepted.iter().any(|want| match (want, outcome) {
        (Want::Answer(status, body), Ok(response)) => {
            response.status().as_u16() == *status && response.body() == body
        }
        (Want::Fails(kinds, delivery), Err(error)) => {
            kinds.contains(&error.kind()) && delivery.is_none_or(|d| d == error.delivery())
        }
        _ => false,
    });
    let expected: Vec<String> = accepted.iter().map(Want::to_string).collect();
    checks.must("outcome", fits, expected.join(", or "), shown(outcome));
}

/// An outcome in words.
pub(crate) fn shown(outcome: &Outcome) -> String {
    match outcome {
        Ok(response) => {
            let body = response.body();
            Want::Answer(response.status().as_u16(), body.to_vec()).to_string()
        }
        Err(error) => {
            let mut text =
                format!("{}, {error}", Want::Fails(vec![error.kind()], Some(error.delivery())));
            let mut source = std::error::Error::source(error);
            while let Some(cause) = source {
                text += &format!(": {cause}");
                source = cause.source();
            }
            text
        }
    }
}

/// The stop, signed by core, changed as the exchange says.
fn signed(authority: &str, exchange: &Exchange) -> Result<Request<Bytes>, BoxError> {
    let shared = std::sync::Arc::new(Shared::new(config(authority)?));
    let (index, source) = target().ok_or("the suite's ids are not valid")?;
    let operation = StopDataSourceSyncJob::new(index, source);
    let now = Now { instant: Instant::now(), system: std::time::SystemTime::now() };
    let Step::Send(mut attempt) = Call::start(&shared, operation, 0, now) else {
        return Err("a call begins by sending".into());
    };
    let mut request = attempt.sign(&canary::credentials(), now)?;
    *request.uri_mut() = format!("http://{authority}{}", exchange.target).parse()?;
    (exchange.change)(&mut request);
    Ok(request)
}

fn config(authority: &str) -> Result<Config, BoxError> {
    let endpoint = Endpoint::parse(&format!("http://{authority}"))?;
    Ok(Config::new(Region::new("us-east-1")?).endpoint(endpoint).retry(RetryPolicy::off()))
}

/// The signatures that were made, as they were handed over and as they arrived.
fn signatures(seen: &Seen) -> Vec<String> {
    let handed =
        seen.sent.iter().filter_map(|request| request.headers().get(header::AUTHORIZATION));
    let handed = handed.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    let arrived = seen.requests().into_iter().filter_map(|request| {
        request.value("authorization").map(|value| String::from_utf8_lossy(value).into_owned())
    });
    handed
        .chain(arrived)
        .filter_map(|value| {
            value.rsplit_once("Signature=").map(|(_, signature)| signature.to_owned())
        })
        .collect()
}

/// The server of a case.
struct Running {
    raw: RawServer,
    /// What `raw` passes everything on to. Held until the end: dropping it ends it.
    _mock: Option<Mock>,
}

impl Running {
    async fn start(server: &Server, tripwire: SocketAddr) -> Result<Self, BoxError> {
        Ok(match server {
            Server::Raw(scripts) => {
                let raw = RawServer::start(scripts.clone().into_iter(), tripwire).await?;
                Self { raw, _mock: None }
            }
            Server::Mock(answers) => {
                let mock = Mock::start(answers.clone(), Turns::Once).await;
                let relays = std::iter::repeat(vec![server::Step::Relay(mock.address())]);
                let raw = RawServer::start(relays, tripwire).await?;
                Self { raw, _mock: Some(mock) }
            }
        })
    }
}

/// How long a send may take before it counts as hung.
const WATCHDOG: Duration = Duration::from_secs(10);

/// How long the sockets of a dropped transport may stay open.
const CLOSES_WITHIN: Duration = Duration::from_secs(2);
