//! Retries, the clock and the limits, over real sockets.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use kendra_sync_core::{
    Client, Config, Credentials, DataSourceId, Delivery, Endpoint, Error, ErrorCode, ErrorKind,
    HttpTransport, IndexId, MaxAttempts, Region, RetryPolicy, TransportError, TransportErrorKind,
};
use kendra_sync_emulator::{Emulator, Identity, JobStatus};
use kendra_sync_test_servers::{End, Raw, read_request};
use kendra_sync_transport_tests::{AnyClient, Options, Subject, for_each_subject};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;

const INDEX: &str = "0a1b2c3d-4e5f-6789-abcd-ef0123456789";
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const OK: &[u8] = b"HTTP/1.1 200 OK\r\nx-amzn-RequestId: done\r\nContent-Length: 0\r\n\r\n";
const SHORT: Duration = Duration::from_millis(300);

fn config(url: &str) -> Config {
    Config::new(Region::new("eu-west-1").unwrap()).endpoint(Endpoint::parse(url).unwrap())
}

fn client(subject: Subject, config: Config) -> AnyClient {
    subject.client(Credentials::new("AKIDEXAMPLE", SECRET, None).unwrap(), config)
}

fn error_answer(status: &str, headers: &str, code: &str) -> Vec<u8> {
    let body = format!(r#"{{"__type":"{code}"}}"#);
    let length = body.len();
    format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {length}\r\n\r\n{body}").into_bytes()
}

async fn a_job_is_stopped_although_kendra_throttles_and_fails_first(subject: Subject) {
    let emulator =
        Emulator::builder().identity(Identity::new("AKIDEXAMPLE", SECRET)).start().await.unwrap();
    for (throttles, fails, attempts) in [(0, 2, 3), (1, 1, 3), (2, 0, 3)] {
        let source = emulator.add_data_source(INDEX, "wiki").unwrap();
        source.throttle(throttles);
        source.fail(fails);
        let before = (emulator.requests(), source.stops());
        let stopped =
            client(subject, config(&emulator.endpoint_url())).stop(INDEX, "wiki").await.unwrap();
        assert_eq!(stopped.attempts(), attempts);
        assert_eq!((emulator.requests(), source.stops()), (before.0 + 3, before.1 + 1));
        assert_ne!(source.job(), JobStatus::Syncing);
    }
}

async fn broken_connections_are_followed_by_another_attempt(subject: Subject) {
    let cut = b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort".to_vec();
    let page =
        b"HTTP/1.1 503 Busy\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>".to_vec();
    let server = Raw::sequence(vec![
        (vec![Vec::new()], End::Reset),
        (vec![Vec::new()], End::Close),
        (vec![cut], End::Close),
        (vec![page], End::Close),
        (vec![OK.to_vec()], End::Hold),
    ])
    .await;
    let policy = RetryPolicy::standard().max_attempts(MaxAttempts::new(5).unwrap());
    let stopped =
        client(subject, config(&server.url()).retry(policy)).stop(INDEX, "wiki").await.unwrap();
    assert_eq!((stopped.attempts(), stopped.request_id()), (5, Some("done")));
    let requests = server.requests();
    assert_eq!((server.accepted(), requests.len()), (5, 5));
    let header = |request: &[u8], name: &str| {
        let request = String::from_utf8(request.to_vec()).unwrap();
        let line = request.lines().find(|line| line.starts_with(name)).unwrap();
        line.split_once(": ").unwrap().1.to_owned()
    };
    for (number, request) in (1..).zip(&requests) {
        let counted = header(request, "amz-sdk-request");
        assert!(counted.ends_with(&format!("attempt={number}; max=5")), "{counted}");
        assert_eq!(counted.starts_with("ttl="), number > 1, "{counted}");
        assert_eq!(
            header(request, "amz-sdk-invocation-id"),
            header(&requests[0], "amz-sdk-invocation-id")
        );
    }
}

async fn what_may_have_been_sent_is_not_sent_again_if_so_told(subject: Subject) {
    let server = Raw::start(vec![Vec::new()], End::Reset).await;
    let policy = RetryPolicy::standard().only_when_not_sent();
    let error =
        client(subject, config(&server.url()).retry(policy)).stop(INDEX, "wiki").await.unwrap_err();
    assert_eq!((error.attempts(), error.delivery()), (1, Delivery::MaybeSent));
    assert_eq!(server.requests().len(), 1);
}

async fn a_web_page_that_stays_ends_the_call_with_its_status(subject: Subject) {
    let page =
        b"HTTP/1.1 503 Busy\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>".to_vec();
    let server = Raw::answering(move |_, _| page.clone()).await;
    let error = client(subject, config(&server.url())).stop(INDEX, "wiki").await.unwrap_err();
    let status = error.status().map(|status| status.as_u16());
    assert_eq!((error.attempts(), status, error.code()), (3, Some(503), None));
    assert_eq!(server.requests().len(), 3);
}

async fn a_wait_lasts_as_long_as_the_server_asks(subject: Subject) {
    let busy = error_answer("503 Busy", "x-amz-retry-after: 1500\r\n", "ServiceUnavailable");
    let server =
        Raw::answering(move |number, _| if number == 0 { busy.clone() } else { OK.to_vec() }).await;
    let start = Instant::now();
    let stopped = client(subject, config(&server.url())).stop(INDEX, "wiki").await.unwrap();
    assert_eq!(stopped.attempts(), 2);
    assert!(start.elapsed() >= Duration::from_millis(1400), "{:?}", start.elapsed());
}

/// A server that says nothing, and one that says a byte at a time, against each limit.
async fn neither_silence_nor_dripping_outlasts_a_limit(subject: Subject) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let dripping = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                read_request(&mut stream).await.unwrap();
                let head = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n";
                for byte in head.iter().chain(std::iter::repeat(&b'x')) {
                    if stream.write_all(&[*byte]).await.is_err() {
                        return;
                    }
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
            });
        }
    });
    let silent = Raw::start(vec![Vec::new()], End::Hold).await;
    for url in [silent.url(), dripping] {
        let start = Instant::now();
        let limited = config(&url).operation_timeout(SHORT);
        let error = client(subject, limited).stop(INDEX, "wiki").await.unwrap_err();
        assert!(start.elapsed() >= SHORT, "{url}");
        assert_eq!((error.attempts(), error.limit_reached()), (1, true), "{url}");
        assert_timeout(&error);

        let limited = config(&url).attempt_timeout(SHORT);
        let error = client(subject, limited).stop(INDEX, "wiki").await.unwrap_err();
        assert!(start.elapsed() >= 4 * SHORT, "{url}");
        assert_eq!((error.attempts(), error.limit_reached()), (3, false), "{url}");
        assert_timeout(&error);
    }
    silent.ended(4).await;
}

fn assert_timeout(error: &Error) {
    let kind = match error.kind() {
        ErrorKind::Transport(transport) => Some(transport.kind()),
        _ => None,
    };
    assert_eq!(kind, Some(TransportErrorKind::Timeout));
    assert_eq!((error.delivery(), error.retryable()), (Delivery::MaybeSent, true));
}

async fn a_wait_that_would_pass_the_limit_is_not_begun(subject: Subject) {
    let busy = error_answer("503 Busy", "x-amz-retry-after: 4000\r\n", "ServiceUnavailable");
    let server = Raw::answering(move |_, _| busy.clone()).await;
    let limited = config(&server.url()).operation_timeout(Duration::from_secs(3));
    let start = Instant::now();
    let error = client(subject, limited).stop(INDEX, "wiki").await.unwrap_err();
    assert!(start.elapsed() < Duration::from_secs(3), "{:?}", start.elapsed());
    assert_eq!((error.attempts(), error.limit_reached()), (1, true));
    assert_eq!(error.code(), Some(&ErrorCode::Other("ServiceUnavailable".into())));
}

/// A server whose clock is two hours ahead, and which refuses what is not signed by it.
async fn a_server_two_hours_ahead_costs_one_more_attempt_once(subject: Subject) {
    const TWO_HOURS: Duration = Duration::from_secs(2 * 60 * 60);
    let server = Raw::answering(|_, request| {
        let there = SystemTime::now() + TWO_HOURS;
        let text = String::from_utf8(request.to_vec()).unwrap();
        let signed = text.lines().find_map(|line| line.strip_prefix("x-amz-date: ")).unwrap();
        let off = seconds_of_day(signed).abs_diff(unix(there) % 86_400);
        let date = format!("Date: {}\r\n", httpdate::fmt_http_date(there));
        // Around midnight the two are a day apart.
        if !(300..=86_100).contains(&off) {
            return format!("HTTP/1.1 200 OK\r\n{date}Content-Length: 0\r\n\r\n").into_bytes();
        }
        error_answer("400 Bad Request", &date, "InvalidSignatureException")
    })
    .await;
    let client = client(subject, config(&server.url()));
    assert_eq!(client.stop(INDEX, "wiki").await.unwrap().attempts(), 2);
    assert_eq!(client.stop(INDEX, "wiki").await.unwrap().attempts(), 1, "what was learned is kept");
    assert_eq!(client.clone().stop(INDEX, "wiki").await.unwrap().attempts(), 1, "clones share it");
    assert_eq!(server.requests().len(), 4);
}

/// The clock in `YYYYMMDDThhmmssZ`, in seconds.
fn seconds_of_day(date: &str) -> u64 {
    let number = |range: std::ops::Range<usize>| date[range].parse::<u64>().unwrap();
    number(9..11) * 3600 + number(11..13) * 60 + number(13..15)
}

fn unix(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).unwrap().as_secs()
}

/// 64 calls at once, half of whose requests fail: each gets its own answer, and no more requests
/// arrive than were counted.
async fn many_calls_on_a_failing_server_are_each_answered_once(subject: Subject) {
    let server = Raw::answering(|number, request| {
        if number % 2 == 0 {
            return error_answer("500 Internal", "", "InternalServerException");
        }
        let request = String::from_utf8(request.to_vec()).unwrap();
        let (_, rest) = request.split_once(r#"{"Id":""#).unwrap();
        let (id, _) = rest.split_once('"').unwrap();
        format!("HTTP/1.1 200 OK\r\nx-amzn-RequestId: {id}\r\nContent-Length: 0\r\n\r\n")
            .into_bytes()
    })
    .await;
    let policy = RetryPolicy::standard().max_attempts(MaxAttempts::new(20).unwrap());
    let client = Arc::new(client(subject, config(&server.url()).retry(policy)));
    let calls: Vec<_> = (0..64)
        .map(|number| {
            let client = Arc::clone(&client);
            tokio::spawn(async move {
                let id = format!("source-{number}");
                (client.stop(INDEX, &id).await, id)
            })
        })
        .collect();
    let (mut attempts, mut succeeded) = (0, 0);
    for call in calls {
        match call.await.unwrap() {
            (Ok(stopped), id) => {
                assert_eq!(stopped.request_id(), Some(&*id));
                attempts += stopped.attempts();
                succeeded += 1;
            }
            // The quota is shared: 500 tokens are 35 retries, so some calls go without.
            (Err(error), _) => {
                assert_eq!(error.code(), Some(&ErrorCode::InternalServer));
                attempts += error.attempts();
            }
        }
    }
    assert_eq!(server.requests().len(), usize::try_from(attempts).unwrap());
    assert_eq!(succeeded, server.requests().len() / 2);
}

/// Counts what is handed to the transport.
#[derive(Debug)]
struct Counting(Arc<dyn HttpTransport>, Arc<AtomicUsize>);

#[async_trait::async_trait]
impl HttpTransport for Counting {
    async fn send(
        &self,
        request: http::Request<bytes::Bytes>,
        timeout: Duration,
    ) -> Result<http::Response<bytes::Bytes>, TransportError> {
        self.1.fetch_add(1, Ordering::Relaxed);
        self.0.send(request, timeout).await
    }

    async fn sleep(&self, duration: Duration) {
        self.0.sleep(duration).await;
    }
}

async fn a_call_dropped_in_a_wait_sends_nothing_more(subject: Subject) {
    let busy = error_answer("503 Busy", "x-amz-retry-after: 50\r\n", "ServiceUnavailable");
    let server = Raw::answering(move |_, _| busy.clone()).await;
    let policy = RetryPolicy::standard().max_attempts(MaxAttempts::new(100).unwrap());
    let sends = Arc::new(AtomicUsize::new(0));
    let transport = Counting(subject.transport(Options::default()), Arc::clone(&sends));
    let credentials = Credentials::new("AKIDEXAMPLE", SECRET, None).unwrap();
    let client = Client::new(transport, credentials, config(&server.url()).retry(policy));
    let tasks = || tokio::runtime::Handle::current().metrics().num_alive_tasks();
    let before = tasks();
    let calling = tokio::spawn(async move {
        let (index, source) = (IndexId::new(INDEX).unwrap(), DataSourceId::new("wiki").unwrap());
        client.stop_data_source_sync_job(&index, &source).await
    });
    while server.requests().len() < 3 {
        tokio::task::yield_now().await;
    }
    calling.abort();
    assert!(calling.await.unwrap_err().is_cancelled());
    let sent = sends.load(Ordering::Relaxed);
    // When no task is left but the server's own, nothing can be sent any more.
    while tasks() > before {
        tokio::task::yield_now().await;
    }
    server.ended(server.accepted()).await;
    assert_eq!(sends.load(Ordering::Relaxed), sent);
    assert!(server.requests().len() <= sent);
}

#[tokio::test]
async fn a_hyper_call_dropped_in_a_wait_sends_nothing_more() {
    a_call_dropped_in_a_wait_sends_nothing_more(Subject::Hyper).await;
}

#[tokio::test]
async fn an_offloaded_call_dropped_in_a_wait_sends_nothing_more() {
    a_call_dropped_in_a_wait_sends_nothing_more(Subject::Offload).await;
}

for_each_subject![
    a_job_is_stopped_although_kendra_throttles_and_fails_first,
    broken_connections_are_followed_by_another_attempt,
    what_may_have_been_sent_is_not_sent_again_if_so_told,
    a_web_page_that_stays_ends_the_call_with_its_status,
    a_wait_lasts_as_long_as_the_server_asks,
    neither_silence_nor_dripping_outlasts_a_limit,
    a_wait_that_would_pass_the_limit_is_not_begun,
    a_server_two_hours_ahead_costs_one_more_attempt_once,
    many_calls_on_a_failing_server_are_each_answered_once,
];
