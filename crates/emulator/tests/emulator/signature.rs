use std::time::{Duration, SystemTime};

use kendra_sync_emulator::Identity;
use kendra_sync_emulator::signature::{ReceivedRequest, Refusal, verify};
use proptest::prelude::*;

use crate::client::{Signed, Unsigned, stop};

const KEY_ID: &str = "AKIDEXAMPLE";

fn identity() -> Identity {
    Identity::new(KEY_ID, "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
}

/// 30 August 2015, 12:36:00 UTC.
fn date() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_440_938_160)
}

fn unsigned() -> Unsigned {
    Unsigned { time: date(), ..stop("127.0.0.1:8080", &identity()) }
}

fn check(request: &Signed) -> Result<(), Refusal> {
    check_as(identity(), request)
}

fn check_as(identity: Identity, request: &Signed) -> Result<(), Refusal> {
    let lookup = |key_id: &str| (key_id == KEY_ID).then_some(identity);
    verify(&request.received(), lookup, date(), None).map(drop)
}

fn codes<const N: usize>(requests: [Signed; N]) -> [&'static str; N] {
    requests.map(|request| check(&request).map_or_else(|refusal| refusal.code(), |()| "none"))
}

#[test]
fn what_aws_sigv4_signs_is_accepted() {
    let token = identity().session_token("IQoJb3JpZ2lu/EXAMPLE+TOKEN==");
    let hash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    for request in [
        unsigned(),
        Unsigned { host: "[::1]:8080".to_owned(), ..unsigned() },
        Unsigned { host: "kendra.us-east-1.amazonaws.com".to_owned(), ..unsigned() },
        Unsigned { region: "cn-north-1", ..unsigned() },
        Unsigned { target: "/pre/fix/".to_owned(), ..unsigned() },
        Unsigned { target: "/a%20b/%2F/+~*'()/%C3%A9/".to_owned(), ..unsigned() },
        Unsigned { target: "/?b=2&a=1&a=0&c".to_owned(), ..unsigned() },
        Unsigned { method: "GET", body: Vec::new(), ..unsigned() }
            .header("x-amz-content-sha256", hash),
        unsigned().header("x-amz-meta", "  a   b  ").header("x-amz-meta", "c"),
        unsigned().header("user-agent", "not signed by aws-sigv4"),
        unsigned().without("content-type"),
    ] {
        assert_eq!(check(&request.sign()), Ok(()), "{} {:?}", request.target, request.headers);
    }
    let request = Unsigned { identity: token.clone(), ..unsigned() };
    assert_eq!(check_as(token, &request.sign()), Ok(()));
}

#[test]
fn the_verified_request_tells_who_signed_for_which_region() {
    let request = Unsigned { region: "eu-west-1", ..unsigned() }.sign();
    let verified = verify(&request.received(), |_| Some(identity()), date(), None).unwrap();
    assert_eq!((verified.identity().access_key_id(), verified.region()), (KEY_ID, "eu-west-1"));

    let received = request.received();
    let only = |region| verify(&received, |_| Some(identity()), date(), Some(region)).map(drop);
    assert_eq!(only("eu-west-1"), Ok(()));
    let message = "Credential should be scoped to a valid region.".into();
    assert_eq!(only("us-east-1"), Err(Refusal::InvalidSignature(message)));
}

#[test]
fn malformed_requests_are_incomplete() {
    let good = unsigned().sign();
    let headers = "SignedHeaders=content-type;host;x-amz-date;x-amz-target";
    let requests = [
        good.clone().authorization("AWS4-HMAC-SHA256", "AWS4-HMAC-SHA1"),
        good.clone().authorization("Credential=", "credential="),
        good.clone().authorization(", SignedHeaders=", ", Signed="),
        good.clone().authorization("/aws4_request", ""),
        good.clone().authorization("/kendra/", "//"),
        good.clone()
            .authorization(headers, "SignedHeaders=host;content-type;x-amz-date;x-amz-target"),
        good.clone()
            .authorization(headers, "SignedHeaders=content-type;host;host;x-amz-date;x-amz-target"),
        good.clone()
            .authorization(headers, "SignedHeaders=content-type;Host;x-amz-date;x-amz-target"),
        good.clone().authorization(headers, "SignedHeaders=content-type;x-amz-date;x-amz-target"),
        good.clone().authorization(headers, "SignedHeaders=host;x-amz-date;x-amz-target"),
        good.clone().authorization(headers, "SignedHeaders=content-type;host;x-amz-target"),
        good.clone().authorization(headers, "SignedHeaders=content-type;host;x-amz-date"),
        good.clone().authorization("x-amz-target,", "x-amz-target;x-other,"),
        good.clone().with("X-Amz-Extra", "1"),
        good.clone().with("authorization", "AWS4-HMAC-SHA256 Credential=a"),
        good.clone().with("x-amz-date", "20150830T123600Z"),
        good.clone().without("x-amz-date"),
        good.clone().without("host"),
    ];
    assert_eq!(codes(requests), ["IncompleteSignatureException"; 18]);
    for date in ["", "20150830", "20150830T123600", "2015-08-30T12:36:00Z", "20150230T123600Z"] {
        let mut request = good.clone();
        *request.value("x-amz-date") = date.into();
        assert_eq!(codes([request]), ["IncompleteSignatureException"], "{date}");
    }
}

#[test]
fn the_first_check_that_fails_decides() {
    let wrong_secret = Unsigned { identity: Identity::new(KEY_ID, "wrong"), ..unsigned() };
    let stranger = Unsigned { identity: Identity::new("AKIANOBODY", "wrong"), ..unsigned() };
    let requests = [
        stranger.sign().without("authorization"),
        stranger.sign().without("x-amz-date"),
        stranger.sign(),
        Unsigned { service: "s3", ..stranger }.sign(),
        Unsigned { service: "s3", ..wrong_secret.clone() }.sign(),
        wrong_secret.sign(),
        unsigned().sign(),
    ];
    assert_eq!(
        codes(requests),
        [
            "MissingAuthenticationTokenException",
            "IncompleteSignatureException",
            "UnrecognizedClientException",
            "UnrecognizedClientException",
            "InvalidSignatureException",
            "InvalidSignatureException",
            "none",
        ]
    );
    let expired = identity().expired();
    assert_eq!(check_as(expired.clone(), &unsigned().sign()), Err(Refusal::ExpiredToken));
    let refusal = check_as(expired, &wrong_secret.sign()).unwrap_err();
    assert_eq!(refusal.code(), "InvalidSignatureException");
}

#[test]
fn a_scope_for_something_else_is_invalid() {
    let good = unsigned().sign();
    for (from, to, message) in [
        (
            "/20150830/",
            "/20150829/",
            "Date in Credential scope does not match the date of X-Amz-Date.",
        ),
        ("/kendra/", "/s3/", "Credential should be scoped to correct service: 'kendra'."),
        (
            "/aws4_request",
            "/aws4_reques",
            "Credential should be scoped with a valid terminator: 'aws4_request'.",
        ),
    ] {
        let refusal = check(&good.clone().authorization(from, to)).unwrap_err();
        assert_eq!(refusal, Refusal::InvalidSignature(message.into()));
    }
}

#[test]
fn the_date_may_be_five_minutes_off_and_no_more() {
    let request = unsigned().sign();
    let received = request.received();
    let at = |now| verify(&received, |_| Some(identity()), now, None).map(drop);
    let seconds = Duration::from_secs;
    for now in [date() - seconds(300), date(), date() + Duration::from_millis(300_999)] {
        assert_eq!(at(now), Ok(()));
    }
    let message = "Signature expired: 20150830T123600Z is now earlier than 20150830T123601Z \
                   (20150830T124101Z - 5 min.)";
    assert_eq!(at(date() + seconds(301)), Err(Refusal::InvalidSignature(message.into())));
    let message = "Signature not yet current: 20150830T123600Z is still later than \
                   20150830T123559Z (20150830T123059Z + 5 min.)";
    assert_eq!(at(date() - seconds(301)), Err(Refusal::InvalidSignature(message.into())));
    for now in [SystemTime::UNIX_EPOCH, date() + seconds(u64::from(u32::MAX))] {
        assert_eq!(at(now).map_err(|refusal| refusal.code()), Err("InvalidSignatureException"));
    }
}

#[test]
fn a_content_hash_must_be_that_of_the_body() {
    let hash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    for value in [hash, "UNSIGNED-PAYLOAD", ""] {
        let request = unsigned().header("x-amz-content-sha256", value).sign();
        let message = "x-amz-content-sha256 is not the SHA-256 of the body.".into();
        assert_eq!(check(&request), Err(Refusal::InvalidSignature(message)), "{value}");
    }
}

#[test]
fn a_refusal_tells_neither_the_signature_nor_the_secret() {
    let good = unsigned().sign();
    let authorization = String::from_utf8(good.clone().value("authorization").clone()).unwrap();
    let (_, expected) = authorization.rsplit_once('=').unwrap();
    let wrong = good.authorization(expected, &"0".repeat(64));
    let refusal = check(&wrong).unwrap_err();
    let told = format!("{refusal} {refusal:?}");
    assert!(told.contains("does not match"), "{told}");
    for secret in [expected, identity().secret_access_key()] {
        for window in secret.as_bytes().windows(8) {
            assert!(!told.contains(std::str::from_utf8(window).unwrap()), "{told}");
        }
    }
}

fn bytes(longest: usize) -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u8>(), 0..longest)
}

proptest! {
    #[test]
    fn no_authorization_made_up_is_accepted(value in bytes(200)) {
        let mut request = unsigned().sign();
        *request.value("authorization") = value;
        prop_assert!(check(&request).is_err());
    }

    #[test]
    fn no_authorization_that_looks_right_is_accepted(
        value in "AWS4-HMAC-SHA256 (Credential=(AKIDEXAMPLE|[a-z/]{0,9})/20150830/[a-z]{0,9}/kendra/aws4_request,? ?|\
                  SignedHeaders=content-type;host;x-amz-date;x-amz-target,? ?|\
                  Signature=[0-9a-f]{0,64},? ?|[ -~]{0,20}){0,5}"
    ) {
        let mut request = unsigned().sign();
        *request.value("authorization") = value.into_bytes();
        prop_assert!(check(&request).is_err());
    }

    #[test]
    fn no_date_made_up_is_accepted(value in "[0-9TZ+:-]{0,20}|[0-9]{8}T[0-9]{6}Z") {
        let mut request = unsigned().sign();
        *request.value("x-amz-date") = value.into_bytes();
        prop_assert!(check(&request).is_err());
    }

    #[test]
    fn any_request_has_an_outcome(
        (method, target, body) in (bytes(9), bytes(60), bytes(60)),
        headers in prop::collection::vec((bytes(9), bytes(60)), 0..6),
    ) {
        let mut request = unsigned().sign();
        (request.method, request.target, request.body) = (method, target, body);
        prop_assert!(check(&request).is_err());
        let mut received = ReceivedRequest::new(&request.method, &request.target, &request.body);
        for (name, value) in &headers {
            received = received.header(name, value);
        }
        let outcome = verify(&received, |_| Some(identity()), date(), None);
        prop_assert!(outcome.is_err());
    }

    #[test]
    fn any_prefix_query_and_body_that_is_signed_is_accepted(
        target in "(/[a-zA-Z0-9_~!$&'()*+,;=:@-]{1,8}|/%[0-9A-F]{2}x){0,4}/(\\?([a-z]{1,3}=[a-zA-Z0-9._~-]{0,4}&){0,3}z)?",
        body in bytes(200),
    ) {
        let request = Unsigned { target, body, ..unsigned() };
        prop_assert_eq!(check(&request.sign()), Ok(()));
    }
}
