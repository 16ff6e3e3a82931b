//! Runs a case twice: recorded from its servers, and played without them.

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use kendra_sync_core::{Delivery, TransportErrorKind};
use tokio::net::TcpSocket;
use tokio::runtime::Handle;

use crate::canary::{self, Canaries, in_base64};
use crate::case::Case;
use crate::check::{Check, Checks};
use crate::engine::{self, Ended, Played, WATCHDOG};
use crate::exchange::Outcome;
use crate::invariants;
use crate::outcome::shown;
use crate::playback::{Playback, Player};
use crate::scenario::Level;
use crate::server::{Gates, RawServer, Seen, Setting, Tripwire};
use crate::stage::Stage;
use crate::subject::BoxError;
use crate::suite::Variant;

/// Records the case, then plays it: what is expected of the case is expected of both.
///
/// # Errors
///
/// The harness's, and the recorder's when it is made.
pub(crate) async fn run(
    case: &Case,
    variant: &Variant,
    playback: &Playback,
    scale: f64,
    on: &Handle,
) -> Result<Played, BoxError> {
    let directory = tempfile::tempdir()?;
    let file = directory.path().join("tape");
    let mut recorded = engine::live(case, variant, &playback.recorder(&file), scale, on).await?;
    let mut checks = Checks::of(&case.name);
    checks.made = of_recording(std::mem::take(&mut recorded.checks.made));
    if recorded.hung {
        recorded.checks = checks;
        return Ok(recorded.played(case));
    }
    let opened = match std::fs::read(&file) {
        Ok(bytes) => {
            safe(&bytes, &recorded.seen, &mut checks);
            playback.player(&file, on).await
        }
        Err(error) => Err(error.into()),
    };
    let player = match opened {
        Ok(player) => player,
        Err(error) => {
            checks.must("opened", false, "what was recorded is a file that can be played", error);
            checks.mask(&recorded.canaries);
            recorded.checks = checks;
            return Ok(recorded.played(case));
        }
    };
    Ok(play(case, variant, player, recorded, checks, scale).await?.played(case))
}

async fn play(
    case: &Case,
    variant: &Variant,
    player: Player,
    recorded: Ended,
    checks: Checks,
    scale: f64,
) -> Result<Ended, BoxError> {
    let tripwire = Tripwire::start().await?;
    let setting =
        Setting { tripwire: tripwire.address(), second: None, gates: Gates::new(), scale };
    // The requests are for servers that listen, and must see no one.
    let server = RawServer::start(std::iter::empty(), setting.clone()).await?;
    let second = match &case.second {
        None => None,
        Some(_) => Some(RawServer::start(std::iter::empty(), setting.clone()).await?),
    };
    let socket = TcpSocket::new_v4()?;
    socket.bind(([127, 0, 0, 1], 0).into())?;
    let mut stage = Stage::new(
        (player.subject, variant.factory.clone()),
        variant.caps,
        case.scheme.unwrap_or(variant.scheme),
        (scale, WATCHDOG.mul_f64(scale)),
        (server, second),
        socket.local_addr()?,
        setting.gates,
        checks,
    );
    match &case.replays {
        None => engine::act(case, &mut stage).await?,
        Some(replays) => {
            for exchange in &replays.exchanges {
                if !stage.send(exchange.clone()).await? {
                    break;
                }
            }
        }
    }
    let Stage {
        subject,
        server,
        second,
        mut checks,
        outcomes,
        results,
        said,
        deliveries,
        hung,
        watchdog,
        ..
    } = stage;
    checks.case(&case.name);
    let left = case.replays.as_ref().map_or(0, |replays| replays.left);
    checks.equal("exchanges that were not used", (player.unused)(), left);
    subject.end(player.unused, watchdog, &mut checks).await;

    let limit = Duration::from_secs(2).mul_f64(scale);
    let mut made = server.finish(limit).await.0.len();
    if let Some(second) = second {
        made += second.finish(limit).await.0.len();
    }
    let actual = format_args!("{made} connections");
    checks.must("no connection", made == 0, "nothing is connected to by what plays", actual);
    // What was seen on the wire when it was recorded, and what was handed up when it was played.
    let deliveries = if case.replays.is_some() {
        vec![None; recorded.seen.sent.len()]
    } else {
        same(&recorded, (&outcomes, &results), &mut checks);
        deliveries
    };
    let Ended { seen, canaries, .. } = recorded;
    let seen = Seen { outcomes, said, tripped: tripwire.connections(), ..seen };
    invariants::check(&seen, &deliveries, None, &canaries, &mut checks);
    if let Some(check) = case.check {
        check(&seen, &mut checks);
    }
    checks.mask(&canaries);
    Ok(Ended { seen, checks, results, hung, canaries })
}

/// What must hold of a transport must hold while it is recorded; what only should is no matter of the recorder's.
fn of_recording(made: Vec<Check>) -> Vec<Check> {
    let kept = made.into_iter().filter(|check| check.level == Level::Must);
    kept.map(|check| Check { name: format!("recording: {}", check.name), ..check }).collect()
}

/// No secret stands in the file: no stretch of one, neither as it is nor in base64.
fn safe(file: &[u8], seen: &Seen, checks: &mut Checks) {
    let secrets = signed_with(seen);
    let planted = [canary::SECRET, canary::TOKEN].map(str::to_owned);
    let encoded: Vec<String> = secrets.iter().chain(&planted).flat_map(|s| in_base64(s)).collect();
    let canaries = Canaries::new(secrets.into_iter().chain(encoded));
    let found = canaries.found(&String::from_utf8_lossy(file));
    let actual = if found.is_some() { "a stretch of one is in it" } else { "none" };
    checks.must("file", found.is_none(), "no secret in what is recorded", actual);
}

/// What a recording has not, besides the secrets that are the same in every case.
fn signed_with(seen: &Seen) -> HashSet<String> {
    let mut secrets: HashSet<String> = engine::signatures(seen).into_iter().collect();
    secrets.insert(canary::ACCESS_KEY_ID.to_owned());
    secrets
}

/// Each outcome and each call is the one that was recorded. Of a secret that a server sent back, a recording
/// has as many stars.
fn same(recorded: &Ended, played: (&[Outcome], &[String]), checks: &mut Checks) {
    let canaries = Canaries::new(signed_with(&recorded.seen));
    let (outcomes, results) = played;
    checks.equal("outcomes", outcomes.len(), recorded.seen.outcomes.len());
    for (recorded, played) in recorded.seen.outcomes.iter().zip(outcomes) {
        let passed = parts(recorded, &canaries) == parts(played, &canaries);
        checks.must("as recorded", passed, whole(recorded), whole(played));
    }
    let starred = |results: &[String]| {
        let texts = results.iter().map(|text| starred(text.as_bytes(), &canaries));
        texts.map(|text| String::from_utf8_lossy(&text).into_owned()).collect::<Vec<_>>()
    };
    checks.equal("calls as recorded", starred(results), starred(&recorded.results));
}

/// What of an outcome a recording keeps.
#[derive(Debug, PartialEq)]
enum Parts {
    Answer(u16, BTreeMap<String, Vec<Vec<u8>>>, Vec<u8>),
    Error(TransportErrorKind, Delivery),
}

fn parts(outcome: &Outcome, canaries: &Canaries) -> Parts {
    match outcome {
        Ok(response) => {
            let mut fields = BTreeMap::<String, Vec<Vec<u8>>>::new();
            for (name, value) in response.headers() {
                let value = starred(value.as_bytes(), canaries);
                fields.entry(name.as_str().to_owned()).or_default().push(value);
            }
            let body = starred(response.body(), canaries);
            Parts::Answer(response.status().as_u16(), fields, body)
        }
        Err(error) => Parts::Error(error.kind(), error.delivery()),
    }
}

fn starred(bytes: &[u8], canaries: &Canaries) -> Vec<u8> {
    let hidden = canaries.hidden(bytes);
    bytes.iter().zip(hidden).map(|(byte, hidden)| if hidden { b'*' } else { *byte }).collect()
}

/// An outcome in words, with its fields.
fn whole(outcome: &Outcome) -> String {
    let fields = outcome.as_ref().map(|response| format!("{:?}", response.headers()));
    let fields: String = fields.unwrap_or_default().chars().take(500).collect();
    format!("{} {fields}", shown(outcome))
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use kendra_sync_core::TransportError;

    use super::*;

    #[test]
    fn a_secret_is_found_in_base64_wherever_it_begins() {
        let encoded = in_base64(canary::TOKEN);
        let canaries = Canaries::new(encoded);
        for before in ["", "a", "ab", "abc", "Authorization: "] {
            let body = format!("{before}{}\0\u{ff}", canary::TOKEN);
            assert!(canaries.found(&STANDARD.encode(&body)).is_some(), "{before}");
        }
        assert_eq!(canaries.found(&STANDARD.encode("a body without any of them \0")), None);
    }

    #[test]
    fn outcomes_are_the_same_but_for_secrets() {
        let canaries = Canaries::new([]);
        let answer = |field: &str, body: &str| -> Outcome {
            let response = http::Response::builder().header("x-a", field);
            Ok(response.body(body.to_owned().into()).unwrap())
        };
        let live = parts(&answer("1", canary::TOKEN), &canaries);
        let stars = "*".repeat(canary::TOKEN.len());
        assert_eq!(live, parts(&answer("1", &stars), &canaries));
        for other in [answer("2", &stars), answer("1", "*"), answer("1", "")] {
            assert_ne!(live, parts(&other, &canaries));
        }
        let error = |kind, delivery| parts(&Err(TransportError::new(kind, delivery)), &canaries);
        let reset = error(TransportErrorKind::Interrupted, Delivery::MaybeSent);
        assert_ne!(reset, error(TransportErrorKind::Interrupted, Delivery::NotSent));
        assert_ne!(reset, error(TransportErrorKind::Other, Delivery::MaybeSent));
    }

    #[test]
    fn what_must_hold_of_a_recording_is_kept_under_a_name_of_its_own() {
        let mut checks = Checks::of("a case");
        checks.must("one", true, "", "");
        checks.must("two", false, "", "");
        checks.should("three", false, "", "");
        checks.record("four", "", "");
        let kept = of_recording(checks.made);
        let told: Vec<_> = kept.iter().map(|check| (check.name.as_str(), check.passed)).collect();
        assert_eq!(told, [("recording: a case: one", true), ("recording: a case: two", false)]);
    }

    #[test]
    fn what_is_played_is_held_against_what_was_recorded() {
        let answer = |body: &str| -> Outcome { Ok(http::Response::new(body.to_owned().into())) };
        let recorded = Ended {
            seen: Seen {
                authority: String::new(),
                records: Vec::new(),
                second_from: 0,
                outcomes: vec![answer("one")],
                said: Vec::new(),
                sent: Vec::new(),
                tripped: 0,
            },
            checks: Checks::default(),
            results: vec!["stopped".to_owned()],
            hung: false,
            canaries: Canaries::new([]),
        };
        let failed = |outcomes: &[Outcome], result: &str| {
            let mut checks = Checks::default();
            same(&recorded, (outcomes, &[result.to_owned()]), &mut checks);
            let failed = checks.made.into_iter().filter(|check| !check.passed);
            failed.map(|check| check.name).collect::<Vec<_>>()
        };
        assert_eq!(failed(&[answer("one")], "stopped"), Vec::<String>::new());
        assert_eq!(failed(&[], "stopped"), ["outcomes"]);
        assert_eq!(failed(&[answer("two")], "stopped"), ["as recorded"]);
        assert_eq!(failed(&[answer("one")], "failed"), ["calls as recorded"]);
        let mut response = http::Response::new("one".into());
        response.headers_mut().insert("x-a", http::HeaderValue::from_static("1"));
        let told = whole(&Ok(response));
        assert!(told.starts_with("a response with status 200") && told.contains("x-a"), "{told}");
    }
}
