//! What came of a send, judged.

use std::time::Duration;

use kendra_sync_core::{Delivery, Error, Stopped};

use crate::check::Checks;
use crate::exchange::{Ends, Outcome, Want};

/// Whether the outcome of the send with this number is one of those accepted.
pub(crate) fn judge(accepted: &[Want], number: usize, outcome: &Outcome, checks: &mut Checks) {
    if accepted.is_empty() {
        return;
    }
    let fits = accepted.iter().any(|want| want.is(outcome));
    let expected: Vec<String> = accepted.iter().map(Want::to_string).collect();
    // Most cases send once.
    let name = if number > 1 { &format!("outcome of send {number}") } else { "outcome" };
    checks.must(name, fits, expected.join(", or "), shown(outcome));
}

/// A send that is to end with its limit took so long, while a timer of the suite's was so late.
pub(crate) fn timely(
    ends: Ends,
    limit: Duration,
    took: Duration,
    late: Duration,
    checks: &mut Checks,
) {
    let actual = format!("after {:.3} s", took.as_secs_f64());
    if ends == Ends::At {
        let expected = format!("not before {:.3} s", limit.as_secs_f64());
        // Timers count in milliseconds.
        let early = took + Duration::from_millis(5) < limit;
        checks.must("not before its limit", !early, expected, &actual);
    }
    let latest = 3 * (limit + late);
    let expected = format!("before {:.3} s, three times its limit", latest.as_secs_f64());
    checks.must("at its limit", took < latest, expected, &actual);
}

/// The delivery that an error tells, if there is one.
pub(crate) fn said_of<T, E>(
    waited: &Result<Option<Result<T, E>>, tokio::time::error::Elapsed>,
    delivery: impl Fn(&E) -> Delivery,
) -> Option<Delivery> {
    waited.as_ref().ok()?.as_ref()?.as_ref().err().map(delivery)
}

/// `None`, and a failed check, when it took too long or panicked.
pub(crate) fn answered<T>(
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

/// What a call came to, in words: all of it, but for what caused an error of the transport's.
pub(crate) fn told(result: &Result<Stopped, Error>) -> String {
    let (attempts, request_id) = match result {
        Ok(stopped) => (stopped.attempts(), stopped.request_id()),
        Err(error) => (error.attempts(), error.request_id()),
    };
    let rest = match result {
        Ok(_) => "stopped".to_owned(),
        Err(error) => {
            let (code, status, delivery) = (error.code(), error.status(), error.delivery());
            let (later, limit) = (error.retryable(), error.limit_reached());
            format!(
                "{error}; {code:?}, {status:?}, {delivery:?}, retryable: {later}, limit reached: {limit}"
            )
        }
    };
    format!("{rest}; request id {request_id:?}, attempts: {attempts}")
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

#[cfg(test)]
mod tests;
