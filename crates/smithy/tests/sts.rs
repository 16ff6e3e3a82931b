//! A real operation of the SDK over our transports: STS GetCallerIdentity.
#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

use aws_sdk_sts::config::{BehaviorVersion, Credentials, Region};
use kendra_sync_blocking::{BlockingTransport, Offload};
use kendra_sync_core::HttpTransport;
use kendra_sync_hyper::HyperTransport;
use kendra_sync_replay::{Recorder, Replay};
use kendra_sync_smithy::SdkHttpClient;
use kendra_sync_test_servers::{End, Raw};

fn client(transport: impl HttpTransport + 'static, url: &str) -> aws_sdk_sts::Client {
    let http = SdkHttpClient::new(transport);
    let config = aws_sdk_sts::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .credentials_provider(Credentials::new("AKIDEXAMPLE", "secret", None, None, "test"))
        .region(Region::new("eu-west-1"))
        .endpoint_url(url)
        .http_client(http.clone())
        .sleep_impl(http)
        .build();
    aws_sdk_sts::Client::from_conf(config)
}

async fn account(client: &aws_sdk_sts::Client) -> String {
    client.get_caller_identity().send().await.unwrap().account.unwrap()
}

/// As STS answers.
fn identity() -> Vec<u8> {
    let body = "<GetCallerIdentityResponse><GetCallerIdentityResult><Account>123456789012</Account>\
        </GetCallerIdentityResult></GetCallerIdentityResponse>";
    let length = body.len();
    format!("HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: {length}\r\n\r\n{body}")
        .into()
}

fn answer(head: &str) -> Vec<u8> {
    format!("HTTP/1.1 {head}\r\nContent-Length: 0\r\n\r\n").into()
}

#[tokio::test]
async fn the_sdk_calls_over_the_hyper_transport() {
    let server = Raw::start(vec![identity(), identity()], End::Hold).await;
    let client = client(HyperTransport::new(), &server.url());
    assert_eq!(account(&client).await, "123456789012");
    assert_eq!(account(&client).await, "123456789012");
    // Connectors come and go; the transport's connections stay.
    assert_eq!(server.accepted(), 1);
    let request = String::from_utf8(server.requests().remove(0)).unwrap();
    let body = "Action=GetCallerIdentity&Version=2011-06-15";
    assert!(request.ends_with(&format!("\r\n\r\n{body}")), "{request}");
    let host = format!("\r\nhost: {}\r\n", server.address());
    for field in [host, format!("\r\ncontent-length: {}\r\n", body.len())] {
        assert_eq!(request.to_ascii_lowercase().matches(&field).count(), 1, "{field} {request}");
    }
}

#[test]
fn the_sdk_calls_over_the_blocking_transport_without_a_runtime() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let server = runtime.block_on(Raw::start(vec![identity()], End::Hold));
    let client = client(Offload::new(BlockingTransport::new()), &server.url());
    assert_eq!(pollster::block_on(account(&client)), "123456789012");
}

#[test]
fn what_was_recorded_of_the_sdk_is_replayed_to_it_without_a_server() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (url, cassette) = runtime.block_on(async {
        let server = Raw::start(vec![answer("503 no"), identity()], End::Hold).await;
        let recorder = Recorder::in_memory(HyperTransport::new());
        let recording = recorder.recording();
        assert_eq!(account(&client(recorder, &server.url())).await, "123456789012");
        (server.url(), recording.cassette())
    });
    drop(runtime);
    let replay = Replay::new(cassette).strict();
    // The wait before the second attempt is the replay's, which has none.
    assert_eq!(pollster::block_on(account(&client(replay.clone(), &url))), "123456789012");
    assert_eq!(replay.finish().unwrap().len(), 0);
}

#[tokio::test]
async fn the_sdk_tries_again_what_core_would() {
    let broken = (vec![b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort".to_vec()], End::Close);
    let server = Raw::sequence(vec![broken, (vec![identity()], End::Hold)]).await;
    assert_eq!(account(&client(HyperTransport::new(), &server.url())).await, "123456789012");
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn the_sdk_does_not_try_again_what_is_no_http() {
    let server = Raw::start(vec![b"SMTP ready\r\n\r\n".to_vec()], End::Close).await;
    let client = client(HyperTransport::new(), &server.url());
    let error = client.get_caller_identity().send().await.unwrap_err();
    assert!(error.as_service_error().is_none());
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_body_over_the_limit_is_an_error_and_not_a_short_answer() {
    let mut large = identity();
    let padding = vec![b' '; 2 << 20];
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", padding.len());
    large.splice(.., head.bytes().chain(padding));
    let server = Raw::scripted(move |_| (vec![large.clone()], End::Close)).await;
    let client = client(HyperTransport::new(), &server.url());
    let error = client.get_caller_identity().send().await.unwrap_err();
    let text = aws_sdk_sts::error::DisplayErrorContext(&error).to_string();
    assert!(text.contains("the body is over the limit of 1 MiB"), "{text}");
}
