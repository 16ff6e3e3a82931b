//! The whole client against a Kendra that checks its signatures.

use std::sync::Arc;
use std::time::Duration;

use kendra_sync_core::{Config, Credentials, Delivery, Endpoint, ErrorCode, Region, RetryPolicy};
use kendra_sync_emulator::{Emulator, Identity, JobStatus};
use kendra_sync_transport_tests::{AnyClient, Subject, for_each_subject};

const INDEX: &str = "0a1b2c3d-4e5f-6789-abcd-ef0123456789";
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const TOKEN: &str = "FQoGZXIvYXdzEXAMPLE//token+==";

/// A client of one attempt that signs as `id`, with a token where there is one.
fn client(
    subject: Subject,
    endpoint: &str,
    region: &str,
    id: &str,
    token: Option<&str>,
) -> AnyClient {
    let credentials = Credentials::new(id, SECRET, token.map(str::to_owned)).unwrap();
    let config = Config::new(Region::new(region).unwrap());
    let config = config.endpoint(Endpoint::parse(endpoint).unwrap());
    subject.client(credentials, config.retry(RetryPolicy::off()))
}

async fn a_stop_is_accepted_and_the_job_ends(subject: Subject) {
    let emulator = Emulator::builder()
        .identity(Identity::new("AKIDEXAMPLE", SECRET))
        .abort_after(Duration::ZERO)
        .start()
        .await
        .unwrap();
    let source = emulator.add_data_source(INDEX, "wiki").unwrap();
    let client = client(subject, &emulator.endpoint_url(), "eu-west-1", "AKIDEXAMPLE", None);
    let stopped = client.stop(INDEX, "wiki").await.unwrap();
    assert_eq!((stopped.attempts(), stopped.request_id().map(str::len)), (1, Some(36)));
    assert_eq!((source.job(), source.stops(), emulator.requests()), (JobStatus::Aborted, 1, 1));
}

async fn signatures_verify_for_any_host_prefix_region_and_token(subject: Subject) {
    for (listen, region, token, prefix) in [
        ("127.0.0.1:0", "eu-west-1", None, ""),
        ("127.0.0.1:0", "us-gov-west-1", Some(TOKEN), "/"),
        ("[::1]:0", "mars-east-1", Some(TOKEN), "/proxy"),
        ("127.0.0.1:0", "x", None, "/a%20b/~c-d._e/%C3%A9/"),
    ] {
        let identity = Identity::new("AKIDEXAMPLE", SECRET);
        let identity = match token {
            Some(token) => identity.session_token(token),
            None => identity,
        };
        let emulator = Emulator::builder()
            .listen(listen.parse().unwrap())
            .identity(identity)
            .region(region)
            .start()
            .await
            .unwrap();
        emulator.add_data_source(INDEX, "wiki").unwrap();
        let endpoint = format!("{}{prefix}", emulator.endpoint_url());
        client(subject, &endpoint, region, "AKIDEXAMPLE", token).stop(INDEX, "wiki").await.unwrap();
    }
}

async fn refusals_come_back_with_code_and_status(subject: Subject) {
    let emulator =
        Emulator::builder().identity(Identity::new("AKIDGOOD", SECRET)).start().await.unwrap();
    emulator.add_identity(Identity::new("AKIDDENIED", SECRET).denied());
    emulator.add_identity(Identity::new("AKIDWRONG", "another secret"));
    emulator.add_identity(Identity::new("AKIDEXPIRED", SECRET).session_token(TOKEN).expired());
    emulator.add_data_source(INDEX, "wiki").unwrap();
    let busy = emulator.add_data_source(INDEX, "busy").unwrap();
    busy.throttle(1);
    busy.fail(1);
    let other = |code: &str| ErrorCode::Other(code.into());
    for (id, token, source, code, status) in [
        ("AKIDDENIED", None, "wiki", ErrorCode::AccessDenied, 400),
        ("AKIDWRONG", None, "wiki", other("InvalidSignatureException"), 400),
        ("AKIDEXPIRED", Some(TOKEN), "wiki", other("ExpiredTokenException"), 403),
        ("AKIDNOBODY", None, "wiki", other("UnrecognizedClientException"), 403),
        ("AKIDGOOD", None, "nowhere", ErrorCode::ResourceNotFound, 400),
        ("AKIDGOOD", None, "busy", ErrorCode::Throttling, 400),
        ("AKIDGOOD", None, "busy", ErrorCode::InternalServer, 500),
    ] {
        let client = client(subject, &emulator.endpoint_url(), "eu-west-1", id, token);
        let error = client.stop(INDEX, source).await.unwrap_err();
        assert_eq!((error.code(), error.status().map(|s| s.as_u16())), (Some(&code), Some(status)));
        assert_eq!(error.request_id().map(str::len), Some(36));
        assert_eq!((error.attempts(), error.delivery()), (1, Delivery::MaybeSent));
    }
    assert_eq!(busy.job(), JobStatus::Syncing);
}

async fn calls_at_the_same_time_each_get_their_own_answer(subject: Subject) {
    let emulator =
        Emulator::builder().identity(Identity::new("AKIDEXAMPLE", SECRET)).start().await.unwrap();
    let client =
        Arc::new(client(subject, &emulator.endpoint_url(), "eu-west-1", "AKIDEXAMPLE", None));
    let names: Vec<String> = (0..64).map(|number| format!("source-{number}")).collect();
    for name in names.iter().step_by(2) {
        emulator.add_data_source(INDEX, name).unwrap();
    }
    let calls = names.into_iter().enumerate().map(|(number, name)| {
        let client = Arc::clone(&client);
        (number, tokio::spawn(async move { client.stop(INDEX, &name).await }))
    });
    let calls: Vec<_> = calls.collect();
    for (number, call) in calls {
        match call.await.unwrap() {
            Ok(_) => assert_eq!(number % 2, 0),
            Err(error) => {
                assert_eq!((number % 2, error.code()), (1, Some(&ErrorCode::ResourceNotFound)));
            }
        }
    }
    assert_eq!(emulator.requests(), 64);
}

for_each_subject![
    a_stop_is_accepted_and_the_job_ends,
    signatures_verify_for_any_host_prefix_region_and_token,
    refusals_come_back_with_code_and_status,
    calls_at_the_same_time_each_get_their_own_answer,
];
