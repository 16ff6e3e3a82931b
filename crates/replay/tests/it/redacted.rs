//! What is taken out does not keep a request from its answer.

use http::Request;
use kendra_sync_replay::{Cassette, Recorder, Redaction, Replay};

use crate::script::{INDEX, Script, TARGET, answer, request, send};

const OTHER: &str = "1b2c3d4e-5f60-789a-bcde-f0123456789a";

fn with_body(body: &str) -> Request<bytes::Bytes> {
    let request = Request::post("https://host/").header("x-amz-target", TARGET);
    request.body(body.to_owned().into()).unwrap()
}

/// The text of a recording of `bodies`, each of which is answered with what was asked.
fn recorded(redaction: Redaction, bodies: &[&str]) -> String {
    let script = Script::new(bodies.iter().map(|body| answer(200, body)));
    let recorder = Recorder::in_memory(script).redaction(redaction);
    for body in bodies {
        send(&recorder, with_body(body)).unwrap();
    }
    recorder.recording().cassette().to_string()
}

#[test]
fn a_registered_value_in_a_request_is_the_same_as_any_other() {
    let text = recorded(
        Redaction::new().secret("the first password"),
        &["{\"Key\":\"the first password\"}"],
    );
    assert!(!text.contains("password"), "{text}");
    assert!(text.contains(r#""{\"Key\":\"<redacted>\"}""#), "{text}");
    assert!(text.contains(r#""{\"Key\":\"******************\"}""#), "{text}");
    let replay = Replay::new(Cassette::parse(&text).unwrap());
    let asked = with_body("{\"Key\":\"another and longer one\"}");
    assert!(send(&replay, asked.clone()).is_err());
    let replay = replay.redaction(Redaction::new().secret("another and longer one"));
    assert_eq!(send(&replay, asked).unwrap().status(), 200);
}

#[test]
fn what_is_registered_later_counts_from_then_on() {
    let replay = Replay::new(
        Cassette::parse(recorded(Redaction::new().secret("pass word"), &["\"pass word\""]))
            .unwrap(),
    );
    let redaction = Redaction::new();
    let replay = replay.redaction(redaction.clone());
    assert!(send(&replay, with_body("\"pass word\"")).is_err());
    redaction.register("pass word");
    assert_eq!(send(&replay, with_body("\"pass word\"")).unwrap().status(), 200);
}

#[test]
fn each_of_a_replays_clones_compares_by_its_own_redaction() {
    let text = recorded(Redaction::new().secret("password"), &["\"password\""]);
    let replay = Replay::new(Cassette::parse(text).unwrap()).repeating();
    let [right, wrong] = ["password", "something else"]
        .map(|secret| replay.clone().redaction(Redaction::new().secret(secret)));
    for _ in 0..2 {
        assert!(send(&wrong, with_body("\"password\"")).is_err());
        assert_eq!(send(&right, with_body("\"password\"")).unwrap().status(), 200);
    }
}

#[test]
fn a_request_with_its_own_token_in_its_body_is_matched() {
    let with_token = |token: &str| {
        let mut request = with_body(&format!("{{\"Echo\":\"{token}\"}}"));
        request.headers_mut().insert("x-amz-security-token", token.parse().unwrap());
        request
    };
    let recorder = Recorder::in_memory(Script::new([answer(200, "")]));
    send(&recorder, with_token("the-token-of-the-recording")).unwrap();
    let cassette = recorder.recording().cassette();
    let replay = Replay::new(Cassette::parse(cassette.to_string()).unwrap());
    assert_eq!(send(&replay, with_token("another-token")).unwrap().status(), 200);
}

#[test]
fn index_and_account_ids_have_placeholders_on_both_sides() {
    let redaction = || Redaction::new().index_ids().account_ids();
    let arn = "arn:aws:kendra:eu-west-1:123456789012:index/";
    let bodies =
        [INDEX, OTHER].map(|index| format!("{{\"IndexId\":\"{index}\",\"Arn\":\"{arn}{index}\"}}"));
    let [first, second] = [&*bodies[0], &*bodies[1]];
    let text = recorded(redaction(), &[first, second]);
    for hidden in [INDEX, OTHER, "123456789012"] {
        assert!(!text.contains(hidden), "{hidden}: {text}");
    }
    assert_eq!(text.matches("000000000001:index/00000000-0000-0000-").count(), 4, "{text}");
    // In another process, the other way round, and with what stands in the cassette itself.
    let replay = Replay::new(Cassette::parse(&text).unwrap()).redaction(redaction()).repeating();
    for asked in [second, first] {
        assert_eq!(send(&replay, with_body(asked)).unwrap().status(), 200);
    }
    let cassette = Cassette::parse(&text).unwrap();
    let placeholders = String::from_utf8(cassette.exchanges()[0].body().to_vec()).unwrap();
    assert_eq!(send(&replay, with_body(&placeholders)).unwrap().status(), 200);
    let plain = Replay::new(cassette);
    assert!(send(&plain, with_body(first)).is_err());
}

#[test]
fn a_named_value_has_its_placeholder_everywhere() {
    let text = recorded(
        Redaction::new().replace("intranet-wiki", "a-source"),
        &["{\"Id\":\"intranet-wiki\"}"],
    );
    assert!(!text.contains("intranet") && text.contains("a-source"), "{text}");
    let request = request("intranet-wiki");
    let replay = Replay::new(
        Cassette::parse(recorded(
            Redaction::new().replace("intranet-wiki", "a-source"),
            &[&String::from_utf8_lossy(request.body())],
        ))
        .unwrap(),
    );
    let replay = replay.redaction(Redaction::new().replace("intranet-wiki", "a-source"));
    assert_eq!(send(&replay, request).unwrap().status(), 200);
}
