//! A call to an address starts no thread.
#![cfg(target_os = "linux")]

use std::process::Command;

use kendra_sync_test_servers::{End, Raw};

#[tokio::test]
async fn a_call_to_an_address_runs_on_the_calling_thread_alone() {
    // Takes the request and says nothing: the call is under way while threads are counted.
    let server = Raw::start(vec![Vec::new()], End::Hold).await;
    let tests = std::env::current_exe().unwrap();
    let example = tests.parent().unwrap().parent().unwrap().join("examples/stop");
    let mut child = Command::new(example)
        .args([&server.url(), "eu-west-1", "0a1b2c3d-4e5f-6789-abcd-ef0123456789", "wiki"])
        .env_clear()
        .env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
        .env("AWS_SECRET_ACCESS_KEY", "secret")
        .spawn()
        .unwrap();
    while server.requests().is_empty() {
        tokio::task::yield_now().await;
    }
    let threads = std::fs::read_dir(format!("/proc/{}/task", child.id())).unwrap().count();
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(threads, 1);
}
