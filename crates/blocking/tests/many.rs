//! Many calls from many threads on a server that closes its connections. A test binary of its own, as
//! the process's file descriptors are counted.
#![cfg(target_os = "linux")]

use std::collections::HashSet;
use std::sync::atomic::{AtomicU32, Ordering};

use kendra_sync_blocking::{
    BlockingTransport, Client, Config, Credentials, DataSourceId, IndexId, MaxAttempts, RetryPolicy,
};
use kendra_sync_test_servers::{End, Raw};

const THREADS: usize = 16;
const CALLS: usize = 10_000;
const OK: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

const LAST: &[u8] = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";

/// Every seventh connection is closed when its first request has come, unanswered; the others say
/// with their fifth answer that they close.
async fn server() -> Raw {
    Raw::scripted(|connection| match connection % 7 {
        6 => (vec![Vec::new()], End::Close),
        _ => (vec![OK.to_vec(), OK.to_vec(), OK.to_vec(), OK.to_vec(), LAST.to_vec()], End::Close),
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_calls_of_16_threads_are_all_answered_and_leave_nothing_behind() {
    let server = server().await;
    let open = || std::fs::read_dir("/proc/self/fd").unwrap().count();
    let before = open();
    let config = Config::new("eu-west-1".parse().unwrap()).endpoint(server.url().parse().unwrap());
    // A call may meet a seventh connection several times in a row.
    let policy = RetryPolicy::standard().max_attempts(MaxAttempts::new(10).unwrap());
    let config = config.retry(policy);
    let credentials = Credentials::new("AKIDEXAMPLE", "secret", None).unwrap();
    let client = Client::new(BlockingTransport::new(), credentials, config);
    let attempts = AtomicU32::new(0);
    tokio::task::block_in_place(|| {
        std::thread::scope(|scope| {
            for thread in 0..THREADS {
                let (client, attempts) = (client.clone(), &attempts);
                scope.spawn(move || {
                    let index = IndexId::new("0a1b2c3d-4e5f-6789-abcd-ef0123456789").unwrap();
                    let source = DataSourceId::new(format!("source-{thread}")).unwrap();
                    for _ in 0..CALLS / THREADS {
                        let stopped = client.stop_data_source_sync_job(&index, &source).unwrap();
                        attempts.fetch_add(stopped.attempts(), Ordering::Relaxed);
                    }
                });
            }
        });
    });
    drop(client);
    let accepted = server.accepted();
    server.ended(accepted).await;

    // Every request that arrived is an attempt of a call's, and none came twice.
    let requests = server.requests();
    let distinct: HashSet<String> = requests.iter().map(|request| attempt_of(request)).collect();
    assert_eq!(distinct.len(), requests.len());
    // An attempt whose connection closed under it may not have arrived; each answer had one.
    let attempts = usize::try_from(attempts.into_inner()).unwrap();
    assert!((CALLS..=attempts).contains(&requests.len()), "{} of {attempts}", requests.len());
    // Each connection was used for as many requests as it took, five at most, and a closed one for none.
    let unanswered = accepted / 7;
    assert!(unanswered > 0 && attempts >= CALLS + unanswered, "{unanswered} {attempts}");
    assert!((CALLS / 5..CALLS / 2).contains(&accepted), "{accepted}");
    assert_eq!(open(), before);
}

/// What names an attempt: the call's id and the attempt's number.
fn attempt_of(request: &[u8]) -> String {
    let request = String::from_utf8_lossy(request);
    let names = ["amz-sdk-invocation-id", "amz-sdk-request"];
    request.lines().filter(|line| names.iter().any(|name| line.starts_with(name))).collect()
}
