//! The signature: equal to botocore's for fixed input and to aws-sigv4's for any input.
#![expect(
    clippy::disallowed_methods,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a failed step is a failed test; tests read the clock as a driver does"
)]

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use aws_sigv4::http_request::{self, SignableBody, SignableRequest, SigningSettings};
use aws_sigv4::sign::v4;
use bytes::Bytes;
use http::Request;
use kendra_sync_core::call::{Call, Now, Shared, Step};
use kendra_sync_core::operations::StopDataSourceSyncJob;
use kendra_sync_core::{Config, Credentials, DataSourceId, Endpoint, IndexId, Region};
use proptest::prelude::*;

const INDEX: &str = "0a1b2c3d-4e5f-6789-abcd-ef0123456789";
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

fn shared(region: &str, endpoint: &str) -> Arc<Shared> {
    let config = Config::new(Region::new(region).unwrap());
    Arc::new(Shared::new(config.endpoint(Endpoint::parse(endpoint).unwrap())))
}

fn signed(
    shared: &Arc<Shared>,
    credentials: &Credentials,
    operation: StopDataSourceSyncJob,
    system: SystemTime,
) -> Request<Bytes> {
    let now = Now { instant: Instant::now(), system };
    let Step::Send(mut attempt) = Call::start(shared, operation, 7, now) else {
        panic!("a call starts by sending");
    };
    attempt.sign(credentials, now).unwrap()
}

fn stop() -> StopDataSourceSyncJob {
    stop_of(INDEX, "wiki_1")
}

fn stop_of(index: &str, source: &str) -> StopDataSourceSyncJob {
    StopDataSourceSyncJob::new(IndexId::new(index).unwrap(), DataSourceId::new(source).unwrap())
}

fn at(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(seconds)
}

fn credentials(token: Option<&str>) -> Credentials {
    Credentials::new("AKIDEXAMPLE", SECRET, token.map(str::to_owned)).unwrap()
}

/// Known answers: `botocore.auth.SigV4Auth` 1.44.8 over the same request.
#[test]
fn signatures_equal_botocores() {
    for (endpoint, region, token, seconds, date, signature) in [
        (
            "https://kendra.eu-west-1.amazonaws.com",
            "eu-west-1",
            None,
            1_795_511_287,
            "20261124T090807Z",
            "b77334f24c4bed8f9639ac94af8d754877ced503a2fd8cb7791350871c209ffb",
        ),
        (
            "https://kendra.us-gov-west-1.amazonaws.com",
            "us-gov-west-1",
            Some("FQoGZXIvYXdzEXAMPLE//token+=="),
            1_709_251_199,
            "20240229T235959Z",
            "815b3d60b4528156116a70cc273c26d3a31ee76ca02c8ddb44925184c06dcbe3",
        ),
        (
            "http://[::1]:8080/pre%20fix/~a-b._c",
            "us-east-1",
            None,
            915_148_800,
            "19990101T000000Z",
            "547351c0526c6e8f6319d4e615fcc8464dac80c0b5dffcdf880a619a87d9e73d",
        ),
        (
            "http://127.0.0.1:4566/proxy/",
            "eusc-de-east-1",
            Some("t0ken"),
            2_147_483_648,
            "20380119T031408Z",
            "48c2bc352e0c93c0b2dc296bff70e18c74bf71a4e16e003bb072245a30e0e579",
        ),
    ] {
        let request = signed(&shared(region, endpoint), &credentials(token), stop(), at(seconds));
        let names = match token {
            Some(_) => "content-type;host;x-amz-date;x-amz-security-token;x-amz-target",
            None => "content-type;host;x-amz-date;x-amz-target",
        };
        let expected = format!(
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/{}/{region}/kendra/aws4_request, \
             SignedHeaders={names}, Signature={signature}",
            &date[..8]
        );
        assert_eq!(request.headers()["x-amz-date"], date);
        assert_eq!(request.headers()["authorization"], expected);
    }
}

#[test]
fn a_request_has_these_headers_and_no_others() {
    let shared = shared("eu-west-1", "https://kendra.eu-west-1.amazonaws.com");
    let request = signed(&shared, &credentials(Some("token")), stop(), at(1_795_511_287));
    let mut names: Vec<&str> = request.headers().keys().map(|name| name.as_str()).collect();
    names.sort_unstable();
    let expected = [
        "amz-sdk-invocation-id",
        "amz-sdk-request",
        "authorization",
        "content-type",
        "host",
        "user-agent",
        "x-amz-date",
        "x-amz-security-token",
        "x-amz-target",
    ];
    assert_eq!(names, expected);
    assert_eq!(request.method(), "POST");
    assert_eq!(request.uri(), "https://kendra.eu-west-1.amazonaws.com/");
    assert_eq!(request.headers()["host"], "kendra.eu-west-1.amazonaws.com");
    assert_eq!(request.headers()["content-type"], "application/x-amz-json-1.1");
    assert_eq!(request.headers()["x-amz-target"], "AWSKendraFrontendService.StopDataSourceSyncJob");
    assert_eq!(request.headers()["amz-sdk-request"], "attempt=1; max=3");
    assert_eq!(request.body(), &format!(r#"{{"Id":"wiki_1","IndexId":"{INDEX}"}}"#));
    let sensitive: Vec<&str> = request
        .headers()
        .iter()
        .filter(|(_, value)| value.is_sensitive())
        .map(|(name, _)| name.as_str())
        .collect();
    assert_eq!(sensitive, ["x-amz-security-token", "authorization"]);
}

#[test]
fn the_kept_key_follows_the_day_and_the_credentials() {
    let kept = shared("eu-west-1", "http://localhost");
    let other = Credentials::new("AKIDEXAMPLE", "another secret", None).unwrap();
    let day = 24 * 60 * 60;
    for (credentials, seconds) in [
        (credentials(None), day - 1),
        (credentials(None), day),
        (other.clone(), day),
        (credentials(None), day),
        (other, day - 1),
    ] {
        let fresh = shared("eu-west-1", "http://localhost");
        assert_eq!(
            signed(&kept, &credentials, stop(), at(seconds)).headers()["authorization"],
            signed(&fresh, &credentials, stop(), at(seconds)).headers()["authorization"],
        );
    }
}

#[test]
fn no_clock_setting_panics() {
    let shared = shared("eu-west-1", "http://localhost");
    let far = Duration::from_secs(u64::from(u32::MAX) * 1000);
    for (time, date) in
        [(UNIX_EPOCH - far, "19700101T000000Z"), (UNIX_EPOCH + far, "99991231T235959Z")]
    {
        let request = signed(&shared, &credentials(None), stop(), time);
        assert_eq!(request.headers()["x-amz-date"], date);
    }
}

/// aws-sigv4's signature of `request` as it would go out, given the headers that are signed.
fn reference(
    request: &Request<Bytes>,
    credentials: &AnyCredentials,
    region: &str,
    time: SystemTime,
) -> String {
    let identity = aws_credential_types::Credentials::new(
        &credentials.id,
        &credentials.secret,
        credentials.token.clone(),
        None,
        "test",
    )
    .into();
    let parameters = v4::SigningParams::builder()
        .identity(&identity)
        .region(region)
        .name("kendra")
        .time(time)
        .settings(SigningSettings::default())
        .build()
        .unwrap()
        .into();
    let given = ["content-type", "host", "x-amz-target"]
        .map(|name| (name, request.headers()[name].to_str().unwrap()));
    let uri = request.uri().to_string();
    let body = SignableBody::Bytes(request.body());
    let signable = SignableRequest::new("POST", uri, given.into_iter(), body).unwrap();
    http_request::sign(signable, &parameters).unwrap().signature().to_owned()
}

#[derive(Clone, Debug)]
struct AnyCredentials {
    id: String,
    secret: String,
    token: Option<String>,
}

fn any_credentials() -> impl Strategy<Value = AnyCredentials> {
    let token = proptest::option::of("[!-~]{1,1200}");
    ("[!-+\\--.0-~]{1,128}", ".{1,100}", token).prop_map(|(id, secret, token)| AnyCredentials {
        id,
        secret,
        token,
    })
}

fn any_endpoint() -> impl Strategy<Value = String> {
    let host = prop_oneof![
        "[a-zA-Z0-9_-]{1,20}(\\.[a-zA-Z0-9-]{1,20}){0,3}",
        any::<std::net::Ipv4Addr>().prop_map(|address| address.to_string()),
        any::<std::net::Ipv6Addr>().prop_map(|address| format!("[{address}]")),
    ];
    let port = prop_oneof![
        Just(String::new()),
        Just(":80".to_owned()),
        Just(":443".to_owned()),
        (1_u16..).prop_map(|port| format!(":{port}")),
    ];
    let segment = "[A-Za-z0-9_~-]{0,4}([A-Za-z0-9_~-]|%[0-9A-Fa-f]{2}){1,6}[.]?";
    let prefix = proptest::collection::vec(segment, 0..4).prop_map(|segments| {
        segments.iter().map(|segment| format!("/{segment}")).collect::<String>()
    });
    ("https?", host, port, prefix, "/?").prop_map(|(scheme, host, port, prefix, slash)| {
        format!("{scheme}://{host}{port}{prefix}{slash}")
    })
}

proptest! {
    #[test]
    fn signatures_equal_aws_sigv4s_for_any_input(
        credentials in any_credentials(),
        endpoint in any_endpoint(),
        region in "[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?",
        index in "[A-Za-z0-9][A-Za-z0-9-]{35}",
        source in "[A-Za-z0-9][A-Za-z0-9_-]{0,99}",
        seconds in 0_u64..=253_402_300_799,
    ) {
        let ours = Credentials::new(
            credentials.id.clone(),
            credentials.secret.clone(),
            credentials.token.clone(),
        ).unwrap();
        let shared = shared(&region, &endpoint);
        let request = signed(&shared, &ours, stop_of(&index, &source), at(seconds));
        let authorization = request.headers()["authorization"].to_str().unwrap();
        let (_, signature) = authorization.rsplit_once("Signature=").unwrap();
        prop_assert_eq!(signature, reference(&request, &credentials, &region, at(seconds)));
    }
}
