//! What was handed over, held against what arrived.

use std::time::{Instant, SystemTime};

use bytes::Bytes;
use http::Request as Handed;
use kendra_sync_core::call::{Call, Now, Shared, Step};
use kendra_sync_core::operation::{Answer, InvalidOutput, Operation};
use kendra_sync_core::operations::StopDataSourceSyncJob;
use kendra_sync_core::{Config, Endpoint, Region};
use kendra_sync_emulator::Identity;
use kendra_sync_emulator::signature::{ReceivedRequest, verify};

use crate::canary::{self, Canaries};
use crate::check::Checks;
use crate::exchange::Bounded;
use crate::server::{Request, Seen};
use crate::subject::target;

/// Looks at each request as it was handed over and as it arrived; one that is missing fails.
pub(crate) fn each(
    seen: &Seen,
    checks: &mut Checks,
    look: fn(&Handed<Bytes>, &Request, &mut Checks),
) {
    let arrived = seen.requests();
    let whole = arrived.iter().filter(|request| request.complete).count();
    let sent = seen.sent.len();
    checks.equal("requests, and whole ones", (arrived.len(), whole), (sent, sent));
    for (handed, arrived) in seen.sent.iter().zip(&arrived) {
        look(handed, arrived, checks);
    }
}

/// The values of a field as they were handed over.
pub(crate) fn handed<'a>(request: &'a Handed<Bytes>, name: &str) -> Vec<&'a [u8]> {
    request.headers().get_all(name).iter().map(http::HeaderValue::as_bytes).collect()
}

/// Values as text, for messages.
pub(crate) fn texts(values: &[&[u8]]) -> Vec<String> {
    values.iter().map(|value| value.escape_ascii().to_string()).collect()
}

/// Every value of a field, in order, byte for byte; secrets are masked in what is told.
pub(crate) fn same_values(
    name: &str,
    request: &Handed<Bytes>,
    arrived: &Request,
    checks: &mut Checks,
) {
    let (expected, actual) = (handed(request, name), arrived.values(name));
    let canaries = Canaries::new(signature(request));
    let shown = |values: &[&[u8]]| {
        let length: usize = values.iter().map(|value| value.len()).sum();
        let texts: Vec<String> =
            values.iter().map(|value| canary::shown(value, &canaries.hidden(value))).collect();
        format!("{} values, {length} bytes: {texts:?}", values.len())
    };
    checks.must(name, expected == actual, shown(&expected), shown(&actual));
}

/// The body, byte for byte.
pub(crate) fn same_body(request: &Handed<Bytes>, arrived: &Request, checks: &mut Checks) {
    let same = request.body() == &arrived.body;
    let place = request.body().iter().zip(&arrived.body).position(|(a, b)| a != b);
    let actual = match place {
        Some(place) => format!("{}, another from byte {place} on", Bounded(&arrived.body)),
        None => Bounded(&arrived.body).to_string(),
    };
    checks.must("body", same, Bounded(request.body()), actual);
}

/// The request line.
pub(crate) fn line(expected: &str, arrived: &Request, checks: &mut Checks) {
    let actual = arrived.line.escape_ascii();
    checks.must("request line", arrived.line == expected.as_bytes(), expected, actual);
}

/// The emulator's verifier, which shares no code with what signed, accepts what arrived.
pub(crate) fn verified(arrived: &Request, checks: &mut Checks) {
    let method = arrived.line.split(|&b| b == b' ').next().unwrap_or_default();
    let mut received = ReceivedRequest::new(method, arrived.target(), &arrived.body);
    for (name, value) in &arrived.headers {
        received = received.header(name, value);
    }
    let identity =
        Identity::new(canary::ACCESS_KEY_ID, canary::SECRET).session_token(canary::TOKEN);
    let lookup = |id: &str| (id == canary::ACCESS_KEY_ID).then_some(identity);
    let outcome = verify(&received, lookup, SystemTime::now(), Some("us-east-1"));
    let actual = match &outcome {
        Ok(_) => "a valid one".to_owned(),
        Err(refusal) => refusal.to_string(),
    };
    checks.must("signature", outcome.is_ok(), "a valid one", actual);
}

/// Signs core's stop for the URI that the request goes to, path and all.
pub(crate) fn signed_anew(request: &mut Handed<Bytes>) {
    let Some((index, source)) = target() else { return };
    sign(request, StopDataSourceSyncJob::new(index, source));
}

/// Signs a body that no serialiser would write.
pub(crate) fn signed_odd(request: &mut Handed<Bytes>) {
    sign(request, OddStop);
}

/// What core would not sign stays as it is, and its signature does not match.
fn sign<O: Operation>(request: &mut Handed<Bytes>, operation: O) {
    let uri = request.uri().to_string();
    let (Ok(endpoint), Ok(region)) = (Endpoint::parse(&uri), Region::new("us-east-1")) else {
        return;
    };
    let shared = std::sync::Arc::new(Shared::new(Config::new(region).endpoint(endpoint)));
    let now = Now { instant: Instant::now(), system: SystemTime::now() };
    let Step::Send(mut attempt) = Call::start(&shared, operation, 1, now) else { return };
    if let Ok(signed) = attempt.sign(&canary::credentials(), now) {
        *request = signed;
    }
}

fn signature(request: &Handed<Bytes>) -> Option<String> {
    let value = request.headers().get(http::header::AUTHORIZATION)?;
    let value = String::from_utf8_lossy(value.as_bytes());
    value.rsplit_once("Signature=").map(|(_, signature)| signature.to_owned())
}

/// The stop with its members out of order, a number, an escape, and white space around everything.
#[derive(Debug)]
struct OddStop;

impl Operation for OddStop {
    const NAME: &'static str = "StopDataSourceSyncJob";

    type Output = ();

    fn body(&self) -> Bytes {
        Bytes::from_static(b"{ \"IndexId\" : \"\\u0061\", \"Id\": \"a\\/b\", \"n\":1.50 }\r\n")
    }

    fn output(&self, _answer: Answer) -> Result<(), InvalidOutput> {
        Ok(())
    }
}
