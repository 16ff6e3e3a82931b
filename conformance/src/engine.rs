//! Runs a scenario against a transport.

use std::time::Duration;

use futures_util::future::join_all;
use http::header;
use tokio::net::TcpSocket;
use tokio::runtime::Handle;

use crate::canary::Canaries;
use crate::caps::Caps;
use crate::case::{Act, Case, Kind, Server};
use crate::check::{Check, Checks};
use crate::child;
use crate::env::Env;
use crate::exchange::Scheme;
use crate::ground::Ground;
use crate::invariants;
use crate::replaying;
use crate::scenario::Scenario;
use crate::server::{
    Certificate, Connection, Gates, Mock, RawServer, Seen, Setting, Step, Tripwire, Turns,
    without_writes,
};
use crate::stage::Stage;
use crate::subject::{BoxError, Factory, Subject};
use crate::suite::Variant;
use crate::wire;

/// What a scenario came to, before it is judged.
#[derive(Default)]
pub(crate) struct Ran {
    pub(crate) checks: Vec<Check>,
    /// The connections of each case, in words.
    pub(crate) evidence: Vec<String>,
    /// The connections of all cases.
    pub(crate) connections: Vec<wire::Connection>,
    /// Those that were made, to be masked.
    pub(crate) signatures: Vec<String>,
}

/// Whether a case has a meaning for a transport.
pub(crate) fn applies(case: &Case, variant: &Variant) -> bool {
    variant.caps.contains(case.needs)
        && (case.lacks == Caps::NONE || !variant.caps.contains(case.lacks))
        && (case.kind == Kind::Any || !variant.blocking)
        && (case.only_live.is_none() || variant.playback.is_none())
}

/// Runs all cases that apply, one after the other or at once, each with its own servers and transport.
///
/// # Errors
///
/// The harness's: no port, a factory that fails.
pub(crate) async fn run(
    trial: &str,
    scenario: &Scenario,
    variant: &Variant,
    scale: f64,
    threads: &str,
) -> Result<Ran, BoxError> {
    let only = child::only_case(trial);
    if only.is_some_and(|only| only >= scenario.cases.len()) {
        return Err("the scenario has no such case".into());
    }
    let cases =
        scenario.cases.iter().enumerate().filter(|(number, case)| {
            only.is_none_or(|only| only == *number) && applies(case, variant)
        });
    let plays = cases.map(|(number, case)| async move {
        match case.child {
            Some(kind) if only.is_none() => {
                let mut checks = Checks::of(&case.name);
                let (evidence, connections) =
                    child::run(kind, trial, number, scale, &mut checks).await?;
                let signatures = Vec::new();
                Ok::<_, BoxError>(Played { checks, evidence, connections, signatures, hung: false })
            }
            _ => run_case(case, variant, scale, threads).await,
        }
    });
    let mut ran = Ran::default();
    if scenario.at_once {
        for played in join_all(plays).await {
            ran.add(played?);
        }
        return Ok(ran);
    }
    for play in plays {
        if ran.add(play.await?) {
            // The next cases would hang as long, each one.
            break;
        }
    }
    Ok(ran)
}

/// What a case came to.
pub(crate) struct Played {
    checks: Checks,
    evidence: String,
    connections: Vec<wire::Connection>,
    signatures: Vec<String>,
    /// A send did not return.
    hung: bool,
}

/// A case that has been played.
pub(crate) struct Ended {
    pub(crate) seen: Seen,
    pub(crate) checks: Checks,
    /// What each call of core's client came to.
    pub(crate) results: Vec<String>,
    pub(crate) hung: bool,
    pub(crate) canaries: Canaries,
}

impl Ended {
    pub(crate) fn played(self, case: &Case) -> Played {
        let signatures = signatures(&self.seen);
        let canaries = Canaries::spelt(signatures.clone());
        let kept = self.seen.records.iter().enumerate().map(|(at, record)| {
            let server = if at < self.seen.second_from { 1 } else { 2 };
            wire::Connection::new(&case.name, server, record, &canaries)
        });
        let connections: Vec<_> = kept.collect();
        let evidence = evidence(case, &connections);
        Played { checks: self.checks, evidence, connections, signatures, hung: self.hung }
    }
}

impl Ran {
    fn add(&mut self, played: Played) -> bool {
        self.checks.extend(played.checks.made);
        self.evidence.push(played.evidence);
        self.connections.extend(played.connections);
        self.signatures.extend(played.signatures);
        played.hung
    }
}

async fn run_case(
    case: &Case,
    variant: &Variant,
    scale: f64,
    threads: &str,
) -> Result<Played, BoxError> {
    // Not the servers' and the watchdog's: what blocks its executor must not hold them up, nor another case.
    let ground = Ground::new(threads)?;
    let on = ground.handle()?;
    match &variant.playback {
        None => Ok(live(case, variant, &variant.factory, scale, on).await?.played(case)),
        Some(playback) => replaying::run(case, variant, playback, scale, on).await,
    }
}

/// Plays a case with its servers and a fresh transport of `factory`.
///
/// # Errors
///
/// The harness's: no port, a factory that fails.
pub(crate) async fn live(
    case: &Case,
    variant: &Variant,
    factory: &Factory,
    scale: f64,
    on: &Handle,
) -> Result<Ended, BoxError> {
    let checks = Checks::of(&case.name);
    let tripwire = Tripwire::start().await?;
    let servers = Servers::start(case, variant, &tripwire, scale).await?;
    let authority = servers.raw.address().to_string();
    let watchdog = WATCHDOG.mul_f64(scale);
    let subject = made(factory, Env::new(scale)?, watchdog, on).await?;
    let socket = TcpSocket::new_v4()?;
    socket.bind(([127, 0, 0, 1], 0).into())?;

    let mut stage = Stage::new(
        (subject, Factory::clone(factory)),
        variant.caps,
        case.scheme.unwrap_or(variant.scheme),
        (scale, watchdog),
        (servers.raw, servers.second),
        socket.local_addr()?,
        servers.gates,
        checks,
    );
    (stage.reader, stage.silent) = (variant.reader, variant.silent);
    act(case, &mut stage).await?;
    let Stage {
        subject,
        server,
        second,
        mut checks,
        outcomes,
        sent,
        said,
        deliveries,
        results,
        hung,
        ..
    } = stage;
    checks.case(&case.name);
    subject.end((), watchdog, &mut checks).await;
    let limit = CLOSES_WITHIN.mul_f64(scale);
    let (mut records, mut closed) = server.finish(limit).await;
    let second_from = records.len();
    if let Some(second) = second {
        let (more, too) = second.finish(limit).await;
        records.extend(more);
        closed &= too;
    }
    // What hangs has the transport still.
    let closed = (!hung).then_some(closed);
    let tripped = tripwire.connections();
    let seen = Seen { authority, records, second_from, outcomes, said, sent, tripped };
    let canaries = Canaries::new(signatures(&seen));
    invariants::check(&seen, &deliveries, closed, &canaries, &mut checks);
    if let Some(check) = case.check {
        check(&seen, &mut checks);
    }
    checks.mask(&canaries);
    Ok(Ended { seen, checks, results, hung, canaries })
}

/// Does with the transport what the case says.
///
/// # Errors
///
/// The suite's: a request that cannot be made.
pub(crate) async fn act(case: &Case, stage: &mut Stage) -> Result<(), BoxError> {
    match &case.act {
        Act::Transport(exchanges) => {
            for exchange in exchanges {
                if !stage.send(exchange.clone()).await? {
                    break;
                }
            }
        }
        Act::Client(judges) => {
            for (number, judge) in (1..).zip(judges) {
                if judges.len() > 1 {
                    stage.checks.case(format!("{} (call {number})", case.name).trim_start());
                }
                if !stage.call(*judge).await? {
                    break;
                }
            }
        }
        Act::Course { run, .. } => run(stage).await?,
    }
    Ok(())
}

fn evidence(case: &Case, connections: &[wire::Connection]) -> String {
    let shown = (1..).zip(connections).map(|(number, connection)| connection.shown(number));
    let title = if case.name.is_empty() { String::new() } else { format!("{}\n", case.name) };
    format!("{title}{}", shown.collect::<String>())
}

/// A fresh transport, to be used on that runtime.
///
/// # Errors
///
/// The factory's; it panicked, or did not come to an end.
pub(crate) async fn made(
    factory: &Factory,
    env: Env,
    watchdog: Duration,
    on: &Handle,
) -> Result<Subject, BoxError> {
    let factory = Factory::clone(factory);
    let making = on.spawn(async move { factory(env).await });
    match tokio::time::timeout(watchdog, making).await {
        Ok(Ok(made)) => made,
        Ok(Err(_panic)) => Err("the transport's factory panicked".into()),
        Err(_elapsed) => Err("the transport's factory did not come to an end".into()),
    }
}

/// The signatures that were made, as they were handed over and as they arrived.
pub(crate) fn signatures(seen: &Seen) -> Vec<String> {
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

/// The servers of a case.
struct Servers {
    raw: RawServer,
    second: Option<RawServer>,
    gates: Gates,
    /// What `raw` passes everything on to. Held until the end: dropping it ends it.
    _mock: Option<Mock>,
}

impl Servers {
    async fn start(
        case: &Case,
        variant: &Variant,
        tripwire: &Tripwire,
        scale: f64,
    ) -> Result<Self, BoxError> {
        let gates = Gates::new();
        let tripwire = tripwire.address();
        let mut setting = Setting { tripwire, second: None, gates: gates.clone(), scale };
        let dress = case.scheme.is_none() && variant.scheme == Scheme::Https;
        let silent = variant.silent;
        let dressed = move |script| {
            let script = if dress { over_tls(script) } else { script };
            if silent { without_writes(script) } else { script }
        };
        let second = match &case.second {
            None => None,
            Some(scripts) => {
                let scripts = scripts.clone().into_iter().map(dressed);
                Some(RawServer::start(scripts, setting.clone()).await?)
            }
        };
        setting.second = second.as_ref().map(RawServer::address);
        let (raw, mock) = match &case.server {
            Server::Raw(scripts) => {
                let scripts = scripts.clone().into_iter().map(dressed);
                (RawServer::start(scripts, setting).await?, None)
            }
            Server::Mock(answers) => {
                let mock = Mock::start(answers.clone(), Turns::Once).await;
                let relays = std::iter::repeat(vec![Step::Relay(mock.address())]).map(dressed);
                (RawServer::start(relays, setting).await?, Some(mock))
            }
        };
        Ok(Self { raw, second, gates, _mock: mock })
    }
}

/// The same over TLS. What happens before the client has spoken happens before TLS too.
pub(crate) fn over_tls(mut script: Connection) -> Connection {
    let before = script.iter().take_while(|step| matches!(step, Step::Reset)).count();
    script.insert(before, Step::Handshake(Certificate::Trusted));
    script
}

/// How long a send may take before it counts as hung.
pub(crate) const WATCHDOG: Duration = Duration::from_secs(10);

/// How long the sockets of a dropped transport may stay open.
const CLOSES_WITHIN: Duration = Duration::from_secs(2);

#[cfg(test)]
mod tests;
