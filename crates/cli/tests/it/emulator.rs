//! `stop --emulator` and `kendra-sync emulator`.

use std::process::Stdio;

use tokio::io::{AsyncBufReadExt, BufReader};

use crate::command::{INDEX, Ran, kendra_sync, run};

#[tokio::test]
async fn a_stop_on_the_emulator_needs_nothing() {
    let command = |more: &str| {
        let mut command =
            kendra_sync(&format!("stop --emulator --index-id {INDEX} --id any_1 {more}"));
        // What is set for the real Kendra does not matter, be it right or wrong.
        command.env("AWS_REGION", "not a region").env("AWS_ENDPOINT_URL", "nonsense");
        command.env("AWS_CA_BUNDLE", "/nonexistent").env("AWS_ACCESS_KEY_ID", "half a key");
        command
    };
    let text = run(&mut command("")).await.without_request_ids();
    let expected = format!("stopping: data source any_1 of index {INDEX} (request id ID)\n");
    assert_eq!(text, Ran::new(0, &expected, ""));
    let json = run(&mut command("--output json --region eu-west-1")).await.without_request_ids();
    let expected = format!(
        "{{\"requestId\":\"ID\",\"attempts\":1,\"indexId\":\"{INDEX}\",\"id\":\"any_1\"}}\n"
    );
    assert_eq!(json, Ran::new(0, &expected, ""));
}

#[tokio::test]
async fn the_emulator_prints_how_to_reach_it() {
    let mut emulator =
        kendra_sync("emulator").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(emulator.stdout.take().unwrap()).lines();
    let mut variables = Vec::new();
    for name in
        ["AWS_ENDPOINT_URL_KENDRA", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION"]
    {
        let line = lines.next_line().await.unwrap().unwrap();
        let value = line.strip_prefix(&format!("export {name}=")).unwrap().to_owned();
        variables.push((name, value));
    }
    let example = lines.next_line().await.unwrap().unwrap();
    let arguments = example.strip_prefix("# kendra-sync ").unwrap();

    let ran = run(kendra_sync(arguments).envs(variables.clone())).await;
    assert_eq!((ran.exit, &*ran.stderr), (0, ""));
    let mut wrong = kendra_sync(arguments);
    wrong.envs(variables).env("AWS_SECRET_ACCESS_KEY", "wrong");
    let ran = run(&mut wrong).await;
    assert_eq!(ran.exit, 254);
    assert!(ran.stderr.starts_with("error: InvalidSignatureException: "), "{}", ran.stderr);

    let mut log = BufReader::new(emulator.stderr.take().unwrap()).lines();
    for status in ["status=200", "status=400 code=\"InvalidSignatureException\""] {
        let line = log.next_line().await.unwrap().unwrap();
        assert!(line.contains(status), "{line}");
    }
}

#[tokio::test]
async fn an_address_that_is_taken_is_an_error() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let ran = run(&mut kendra_sync(&format!("emulator --listen {address}"))).await;
    let expected = "error: the emulator cannot be started: Address already in use (os error 98)\n";
    assert_eq!(ran, Ran::new(255, "", expected));
    assert_eq!(run(&mut kendra_sync("emulator --listen nowhere")).await.exit, 252);
}
