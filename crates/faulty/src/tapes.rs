//! Recorders and players with a defect.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, header};
use kendra_sync_conformance::{Caps, Env, Playback};
use kendra_sync_core::{Delivery, HttpTransport, TransportError, TransportErrorKind};
use kendra_sync_hyper::HyperTransport;
use kendra_sync_replay::{Cassette, Exchange, Recorder, Replay};

use crate::faulty::Make::Tape;
use crate::faulty::{BoxError, Faulty, Outcome, all_caps, hyper};

pub(crate) fn rows() -> Vec<Faulty> {
    let row = |id, defect, tape, caught_by| {
        let caps = all_caps() | Caps::REPLAY;
        Faulty::new(id, defect, Tape(tape), caught_by).caps(caps)
    };
    vec![
        row(
            "T00",
            "none: recorder and player without a defect, which must pass",
            Defect::None,
            &[],
        ),
        row(
            "S76",
            "the first exchange answers whatever is asked",
            Defect::FirstAnswers,
            &["replay/match-order-exhaust", "replay/mismatch-redacted"],
        ),
        row(
            "S77",
            "the file holds the signature",
            Defect::WritesAuthorization,
            &["replay/cassette-safe"],
        ),
        row(
            "S78",
            "a recorded error is played as another one, perhaps sent",
            Defect::OtherError,
            &["replay/errors-round-trip"],
        ),
        row(
            "X70",
            "what was recorded and not asked for is forgotten",
            Defect::ForgetsTheRest,
            &["replay/match-order-exhaust"],
        ),
        row(
            "X71",
            "a refusal shows what was asked",
            Defect::ShowsTheRequest,
            &["replay/mismatch-redacted"],
        ),
        row("X72", "what is played is sent too", Defect::Sends, &["replay/cassette-safe"]),
    ]
}

/// What is wrong with a recorder and its player.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Defect {
    None,
    FirstAnswers,
    ForgetsTheRest,
    OtherError,
    Sends,
    ShowsTheRequest,
    WritesAuthorization,
}

/// Both, with the defect.
pub(crate) fn playback(defect: Defect) -> Playback {
    Playback::new(
        move |env: Env, file: PathBuf| async move {
            let recorder = Recorder::create(&file, hyper(&env)?)?;
            let signed = Mutex::default();
            Ok::<_, BoxError>(Recording { recorder, file, signed, defect })
        },
        move |file: PathBuf| {
            let cassette = Cassette::read(&file)?;
            let first = cassette.exchanges().first().cloned();
            Ok::<_, BoxError>(Player { replay: Replay::new(cassette), first, defect })
        },
        move |player: &Player| match player.replay.finish() {
            _ if defect == Defect::ForgetsTheRest => 0,
            Ok(unused) | Err(unused) => unused.len(),
        },
    )
}

#[derive(Debug)]
struct Recording {
    recorder: Recorder<HyperTransport>,
    file: PathBuf,
    signed: Mutex<String>,
    defect: Defect,
}

#[async_trait]
impl HttpTransport for Recording {
    async fn send(&self, request: Request<Bytes>, timeout: Duration) -> Outcome {
        if self.defect == Defect::WritesAuthorization {
            let signed = request.headers().get(header::AUTHORIZATION);
            let signed = signed.and_then(|value| value.to_str().ok()).unwrap_or_default();
            signed.clone_into(&mut self.signed.lock().unwrap_or_else(PoisonError::into_inner));
        }
        self.recorder.send(request, timeout).await
    }

    async fn sleep(&self, duration: Duration) {
        self.recorder.sleep(duration).await;
    }
}

impl Drop for Recording {
    fn drop(&mut self) {
        let _ = self.recorder.recording().finish();
        if self.defect == Defect::WritesAuthorization {
            let signed = self.signed.lock().unwrap_or_else(PoisonError::into_inner);
            write_into(&self.file, &signed);
        }
    }
}

#[derive(Debug)]
struct Player {
    replay: Replay,
    first: Option<Exchange>,
    defect: Defect,
}

#[async_trait]
impl HttpTransport for Player {
    async fn send(&self, request: Request<Bytes>, timeout: Duration) -> Outcome {
        let asked = request.clone();
        let outcome = HttpTransport::send(&self.replay, request, timeout).await;
        match self.defect {
            Defect::FirstAnswers => self.first.as_ref().map_or(outcome, Exchange::outcome),
            Defect::OtherError => outcome
                .map_err(|_| TransportError::new(TransportErrorKind::Other, Delivery::MaybeSent)),
            Defect::ShowsTheRequest => outcome.map_err(|error| {
                let body = String::from_utf8_lossy(asked.body()).into_owned();
                TransportError::new(error.kind(), error.delivery()).with_source(body)
            }),
            Defect::Sends => {
                let _ = HyperTransport::new().send(asked, Duration::from_secs(1)).await;
                outcome
            }
            _ => outcome,
        }
    }

    async fn sleep(&self, _duration: Duration) {}
}

/// Into a field that no reader looks at.
fn write_into(file: &Path, signed: &str) {
    let Ok(text) = std::fs::read_to_string(file) else { return };
    let signed = format!("\"log\": {{ \"_signed\": {signed:?},");
    let _ = std::fs::write(file, text.replacen("\"log\": {", &signed, 1));
}
