//! Recorders and players that are broken on purpose fail at the scenarios that name the defect.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use kendra_sync_conformance::{Caps, Filter, Playback, Report, Status, Suite};
use kendra_sync_core::{Delivery, HttpTransport, TransportError, TransportErrorKind};
use kendra_sync_hyper::HyperTransport;
use kendra_sync_replay::{Cassette, CassetteError, Exchange, Recorder, Replay};

/// What is wrong with a recorder and its player that are otherwise right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Defect {
    /// Nothing: the control.
    None,
    /// The first exchange answers whatever is asked.
    FirstAnswers,
    /// An answer of another status is played.
    OtherStatus,
    /// A recorded error is played as another one.
    OtherError,
    /// What is played is sent too.
    Sends,
    /// Not all that was recorded must be used.
    ForgetsTheRest,
    /// A refusal shows the request.
    ShowsTheRequest,
    /// The file is cut off.
    CutsTheFile,
    /// The file has the signature.
    WritesAuthorization,
}

/// Records with the defect.
#[derive(Debug)]
struct Recording {
    recorder: Recorder<HyperTransport>,
    file: PathBuf,
    signed: Mutex<String>,
    defect: Defect,
}

#[async_trait]
impl HttpTransport for Recording {
    async fn send(
        &self,
        request: Request<Bytes>,
        timeout: Duration,
    ) -> Result<Response<Bytes>, TransportError> {
        let signed = request.headers().get("authorization");
        let signed = signed.and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
        *self.signed.lock().unwrap_or_else(PoisonError::into_inner) = signed;
        self.recorder.send(request, timeout).await
    }

    async fn sleep(&self, duration: Duration) {
        self.recorder.sleep(duration).await;
    }
}

impl Drop for Recording {
    fn drop(&mut self) {
        let _ = self.recorder.recording().finish();
        match self.defect {
            Defect::CutsTheFile => {
                let _ = std::fs::write(&self.file, "{\"log\":");
            }
            Defect::WritesAuthorization => {
                let signed = self.signed.lock().unwrap_or_else(PoisonError::into_inner);
                write_into(&self.file, &signed);
            }
            _ => {}
        }
    }
}

/// Plays with the defect.
#[derive(Debug)]
struct Player {
    replay: Replay,
    defect: Defect,
}

#[async_trait]
impl HttpTransport for Player {
    async fn send(
        &self,
        request: Request<Bytes>,
        timeout: Duration,
    ) -> Result<Response<Bytes>, TransportError> {
        let again = request.clone();
        let outcome = HttpTransport::send(&self.replay, request, timeout).await;
        match (self.defect, outcome) {
            (Defect::OtherStatus, Ok(mut response)) => {
                *response.status_mut() = http::StatusCode::IM_A_TEAPOT;
                Ok(response)
            }
            (Defect::OtherError, Err(_)) => {
                Err(TransportError::new(TransportErrorKind::Other, Delivery::MaybeSent))
            }
            (Defect::ShowsTheRequest, Err(error)) => {
                let body = String::from_utf8_lossy(again.body()).into_owned();
                Err(TransportError::new(error.kind(), error.delivery()).with_source(body))
            }
            (Defect::Sends, outcome) => {
                let _ = HyperTransport::new().send(again, Duration::from_secs(1)).await;
                outcome
            }
            (_, outcome) => outcome,
        }
    }

    async fn sleep(&self, _duration: Duration) {}
}

fn run(defect: Defect, scenarios: &[&str]) -> Report {
    let playback = Playback::new(
        move |_env, file: PathBuf| async move {
            let recorder = Recorder::create(&file, HyperTransport::new())?;
            Ok::<_, CassetteError>(Recording { recorder, file, signed: Mutex::default(), defect })
        },
        move |file: PathBuf| {
            let cassette = Cassette::read(&file)?;
            let replay = match defect {
                Defect::FirstAnswers => Replay::new(first_of(&cassette)).repeating(),
                _ => Replay::new(cassette),
            };
            Ok::<_, CassetteError>(Player { replay, defect })
        },
        move |player: &Player| match player.replay.finish() {
            _ if defect == Defect::ForgetsTheRest => 0,
            Ok(unused) | Err(unused) => unused.len(),
        },
    );
    let suite = Suite::new(format!("{defect:?}"), "0").replay("default", Caps::NONE, playback);
    let filter = scenarios.iter().fold(Filter::all().exact(), |filter, name| filter.name(*name));
    suite.run(&filter)
}

/// As many exchanges, all of them the first one.
fn first_of(cassette: &Cassette) -> Cassette {
    let exchanges: &[Exchange] = cassette.exchanges();
    exchanges.iter().filter_map(|_| exchanges.first().cloned()).collect()
}

/// Into a field that no reader looks at.
fn write_into(file: &Path, signed: &str) {
    let Ok(text) = std::fs::read_to_string(file) else { return };
    let signed = format!("\"log\": {{ \"_signed\": {signed:?},");
    let _ = std::fs::write(file, text.replacen("\"log\": {", &signed, 1));
}

#[test]
fn each_defect_fails_at_the_scenarios_that_name_it() {
    for (defect, scenarios) in [
        (Defect::FirstAnswers, &["replay/match-order-exhaust"][..]),
        (Defect::OtherStatus, &["status/unusual-codes-pass", "status/success-200-empty"]),
        (
            Defect::OtherError,
            &["replay/errors-round-trip", "replay/mismatch-redacted", "conn/refused"],
        ),
        (Defect::Sends, &["replay/cassette-safe", "fault/eof-after-request"]),
        (Defect::ForgetsTheRest, &["replay/match-order-exhaust"]),
        (Defect::ShowsTheRequest, &["replay/mismatch-redacted"]),
        (Defect::CutsTheFile, &["status/success-200-empty", "replay/errors-round-trip"]),
        (Defect::WritesAuthorization, &["replay/cassette-safe", "header/multi-value-kept"]),
    ] {
        let control = run(Defect::None, scenarios);
        assert_eq!(control.results.len(), scenarios.len());
        for result in &control.results {
            assert_eq!(result.status, Status::Pass, "{result}");
        }
        let report = run(defect, scenarios);
        for result in &report.results {
            let failed = matches!(result.status, Status::Fail | Status::Warn);
            assert!(failed, "{defect:?}: {result}");
        }
    }
}

#[test]
fn what_no_recording_can_hold_does_not_apply_and_a_plain_transport_claims_no_replay() {
    let report = run(Defect::None, &["framing/cl-short-truncated"]);
    assert_eq!(report.results[0].status, Status::NotApplicable);
    let plain = Suite::new("plain", "0").caps(Caps::REPLAY).transport(|_env| {
        std::future::ready(Ok::<_, std::convert::Infallible>(HyperTransport::new()))
    });
    let report = plain.run(&Filter::all().exact().name("replay/cassette-safe"));
    assert!(matches!(report.results[0].status, Status::Skip(_)), "{report:?}");
}
