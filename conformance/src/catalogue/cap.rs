//! The group `cap`: a transport can what it declares, and refuses what it cannot.

use std::time::Duration;

use bytes::Bytes;
use http::Request;
use kendra_sync_core::Delivery::NotSent;
use kendra_sync_core::TransportErrorKind::{self, InvalidRequest};
use kendra_sync_core::transport::MAX_BODY;

use super::conn::complete;
use super::handed_up::sound;
use crate::caps::Caps;
use crate::case::Case;
use crate::check::Checks;
use crate::exchange::{Exchange, Limit, Origin, Scheme, Want};
use crate::scenario::Scenario;
use crate::server::{
    Certificate, Connection, RawServer, Record, Seen, Step, answer, answers, response,
};
use crate::stage::Stage;
use crate::subject::BoxError;

pub(crate) fn rows() -> Vec<Scenario> {
    vec![undeclared(), observed()]
}

fn undeclared() -> Scenario {
    let refused = || Exchange::new(Want::fails(&[InvalidRequest], NotSent));
    let uris: [(&str, Change); 4] = [
        ("ftp", |request| put(request, "ftp")),
        ("an unknown scheme", |request| put(request, "kendra")),
        ("a path alone", |request| *request.uri_mut() = http::Uri::from_static("/")),
        ("no URI but *", |request| *request.uri_mut() = http::Uri::from_static("*")),
    ];
    let row = Scenario::must("cap/undeclared-refused")
        .why("what a transport cannot do it refuses at once: it does not do something else instead")
        .rule("RFC 9110 section 4.2; HttpTransport contracts 2 and 10")
        .replayable();
    let cases = uris.map(|(name, change)| {
        Case::raw(name, vec![ok()], vec![refused().change(change)]).check(nothing_sent)
    });
    cases.into_iter().fold(row, Scenario::case).case(sound()).case(
        Case::raw("https", vec![ok(), ok()], vec![refused().over(Scheme::Https)])
            .http()
            .lacks(Caps::TLS)
            .check(nothing_sent),
    )
}

type Change = fn(&mut Request<Bytes>);

fn put(request: &mut Request<Bytes>, scheme: &str) {
    let authority = request.uri().authority().map(http::uri::Authority::as_str);
    if let Ok(uri) = format!("{scheme}://{}/", authority.unwrap_or_default()).parse() {
        *request.uri_mut() = uri;
    }
}

fn nothing_sent(seen: &Seen, checks: &mut Checks) {
    let received: usize = seen.records.iter().map(Record::bytes_received).sum();
    checks.must("request", received == 0, "not a byte of it", format_args!("{received} bytes"));
}

fn observed() -> Scenario {
    Scenario::should(DECLARED_MATCHES_OBSERVED)
        .why("what is declared is what is tested: too much fails, too little leaves it untested")
        .rule("docs/conformance.md, \"How do I leave something out?\"")
        .replayable()
        .case(Case::course(
            "",
            Vec::new(),
            "to servers of its own: two sends on end; one over https; one that is not answered; one that is \
             answered with too long a body; one that is dropped. What shows is compared with what is declared; of what \
             plays a recording that alone: an answer without a connection",
            |stage| Box::pin(compare(stage)),
        ))
}

async fn compare(stage: &mut Stage) -> Result<(), BoxError> {
    let mut observed = Caps::NONE;
    // What plays a recording shows nothing of what the recorded transport can.
    let replays = stage.caps.contains(Caps::REPLAY);
    let looked_at = |(_, cap): &(_, Caps)| !replays || *cap == Caps::REPLAY;
    for (_, cap) in Caps::ALL.into_iter().filter(looked_at) {
        if shows(stage, cap).await? {
            observed = observed | cap;
        }
    }
    for (name, cap) in Caps::ALL.into_iter().filter(looked_at) {
        let (declared, seen) = (stage.caps.contains(cap), observed.contains(cap));
        if declared == seen {
            continue;
        }
        let (expected, actual) = match declared {
            true => ("it shows, as it is declared", "it does not show"),
            false => ("it is declared, as it shows", "it is not declared"),
        };
        stage.checks.should(name, false, expected, actual);
    }
    stage.checks.record(OBSERVED, "any", observed);
    Ok(())
}

/// The scenario that observes what a transport can.
pub(crate) const DECLARED_MATCHES_OBSERVED: &str = "cap/declared-matches-observed";

/// Its check that names what was observed.
pub(crate) const OBSERVED: &str = "observed";

/// Whether the transport shows a capability.
async fn shows(stage: &mut Stage, cap: Caps) -> Result<bool, BoxError> {
    match cap {
        Caps::CANCEL => cancels(stage).await,
        Caps::LIMIT => {
            let bytes = response("200 OK", "", &vec![b'b'; 2 * MAX_BODY]);
            let server = stage.further(vec![answer(bytes)]).await?;
            let taken = stage.probe(&server, Scheme::Http, LONG).await?;
            Ok(taken.is_some_and(|taken| taken.is_ok_and(|r| r.body().len() == MAX_BODY + 1)))
        }
        Caps::POOL => {
            let bytes = response("200 OK", "", b"ok");
            let server = stage.further(vec![answers(bytes, 2); 2]).await?;
            for _ in 0..2 {
                stage.probe(&server, Scheme::Http, LONG).await?;
            }
            let records = server.records().borrow().clone();
            Ok(records.iter().any(|record| record.requests().len() == 2))
        }
        Caps::TIMEOUT => {
            let server = stage.further(vec![vec![Step::Read]]).await?;
            let sent = stage.probe(&server, Scheme::Http, SHORT).await?;
            Ok(sent.is_some_and(|sent| {
                sent.is_err_and(|error| error.kind() == TransportErrorKind::Timeout)
            }))
        }
        Caps::TLS => {
            let mut script = vec![Step::Handshake(Certificate::Trusted)];
            script.extend(ok());
            let server = stage.further(vec![script]).await?;
            let sent = stage.probe(&server, Scheme::Https, LONG).await?;
            let secured = server.records().borrow().iter().any(Record::secured);
            Ok(secured && sent.is_some_and(|sent| sent.is_ok()))
        }
        Caps::REPLAY => {
            let server = stage.further(vec![ok()]).await?;
            let sent = stage.probe(&server, Scheme::Http, LONG).await?;
            let connected = !server.records().borrow().is_empty();
            Ok(!connected && sent.is_some_and(|sent| sent.is_ok()))
        }
        _ => Ok(false),
    }
}

async fn cancels(stage: &mut Stage) -> Result<bool, BoxError> {
    let server: RawServer = stage.further(vec![vec![Step::Read]]).await?;
    let exchange = Exchange::new(Vec::new()).to(Origin::At(server.address()));
    let exchange = exchange.over(Scheme::Http).limit(Limit::Scaled(LONG));
    let sending = stage.start(exchange)?;
    let mut records = server.records();
    let limit = Duration::from_secs(2).mul_f64(stage.scale);
    let come = tokio::time::timeout(limit, records.wait_for(|r| complete(r) == 1)).await.is_ok();
    stage.abandon(sending);
    let left = records.wait_for(|records| records.iter().all(Record::ended));
    Ok(come && tokio::time::timeout(limit, left).await.is_ok())
}

fn ok() -> Connection {
    answer(response("200 OK", "", b"ok"))
}

const LONG: Duration = Duration::from_secs(5);
const SHORT: Duration = Duration::from_millis(300);
