use std::collections::HashSet;
use std::time::{Duration, SystemTime};

use kendra_sync_emulator::{Emulator, Identity, JobStatus};

use crate::client::{INDEX, Reply, SOURCE, Unsigned, stop_at, stop_body};

fn error(reply: &Reply) -> (u16, &'static str, String) {
    let member = if reply.json().get("Message").is_some() { "Message" } else { "message" };
    (reply.status, member, reply.code())
}

#[tokio::test]
async fn a_stop_is_answered_200_with_nothing() {
    let emulator = Emulator::start().await.unwrap();
    let source = emulator.add_data_source(INDEX, SOURCE).unwrap();
    let reply = stop_at(&emulator).send(&emulator).await;
    assert_eq!((reply.status, reply.body.as_str()), (200, ""));
    assert_eq!(reply.header("content-type"), Some("application/x-amz-json-1.1"));
    assert_eq!(reply.header("content-length"), Some("0"));
    assert_eq!((source.stops(), emulator.requests()), (1, 1));
}

#[tokio::test]
async fn every_answer_has_a_date_and_a_request_id_of_its_own() {
    let emulator = Emulator::start().await.unwrap();
    let source = emulator.add_data_source(INDEX, SOURCE).unwrap();
    source.fail(1);
    let mut ids = HashSet::new();
    let plain = stop_at(&emulator);
    let requests = [
        plain.sign(),
        plain.sign(),
        plain.sign().without("authorization"),
        Unsigned { body: b"[]".to_vec(), ..plain }.sign(),
    ];
    for (request, status) in requests.iter().zip([500, 200, 403, 400]) {
        let before = SystemTime::now() - Duration::from_secs(2);
        let reply = request.send(&emulator).await;
        assert_eq!(reply.status, status);
        assert_eq!(reply.header("content-type"), Some("application/x-amz-json-1.1"));
        let id = reply.header("x-amzn-RequestId").unwrap();
        assert_eq!((id.len(), id.get(14..15)), (36, Some("4")), "{id}");
        ids.insert(id.to_owned());
        let date = parse_http_date(reply.header("date").unwrap());
        assert!(before <= date && date <= SystemTime::now(), "{date:?}");
    }
    assert_eq!(ids.len(), requests.len());
}

#[tokio::test]
async fn a_job_stops_and_then_is_aborted() {
    let slow = Emulator::builder().abort_after(Duration::MAX).start().await.unwrap();
    let source = slow.add_data_source(INDEX, SOURCE).unwrap();
    assert_eq!(source.job(), JobStatus::Syncing);
    for stops in 1..=2 {
        assert_eq!(stop_at(&slow).send(&slow).await.status, 200);
        assert_eq!((source.job(), source.stops()), (JobStatus::Stopping, stops));
    }

    let fast = Emulator::builder().abort_after(Duration::ZERO).start().await.unwrap();
    let source = fast.add_data_source(INDEX, SOURCE).unwrap();
    for stops in 1..=2 {
        assert_eq!(stop_at(&fast).send(&fast).await.status, 200);
        assert_eq!((source.job(), source.stops()), (JobStatus::Aborted, stops));
    }
    let again = fast.add_data_source(INDEX, SOURCE).unwrap();
    assert_eq!(
        (source.job(), again.job(), again.stops()),
        (JobStatus::Syncing, JobStatus::Syncing, 2)
    );
}

#[tokio::test]
async fn faults_are_used_up_by_calls_that_reach_the_data_source() {
    let emulator = Emulator::start().await.unwrap();
    let source = emulator.add_data_source(INDEX, SOURCE).unwrap();
    emulator.add_data_source(INDEX, "other").unwrap();
    source.throttle(2);
    source.fail(1);

    let stop = stop_at(&emulator);
    let unauthenticated = stop.sign().without("authorization").send(&emulator).await;
    assert_eq!(unauthenticated.status, 403);
    let other = Unsigned { body: stop_body(INDEX, "other"), ..stop.clone() };
    assert_eq!(other.send(&emulator).await.status, 200);

    for _ in 0..2 {
        let reply = stop.send(&emulator).await;
        assert_eq!(error(&reply), (400, "Message", "ThrottlingException".to_owned()));
    }
    let reply = stop.send(&emulator).await;
    assert_eq!(error(&reply), (500, "Message", "InternalServerException".to_owned()));
    assert_eq!((source.job(), source.stops()), (JobStatus::Syncing, 0));
    assert_eq!(stop.send(&emulator).await.status, 200);
    assert_eq!((source.stops(), emulator.requests()), (1, 6));
}

#[tokio::test]
async fn requests_that_are_not_authenticated_are_refused() {
    let emulator = Emulator::builder().region("eu-west-1").start().await.unwrap();
    let source = emulator.add_data_source(INDEX, SOURCE).unwrap();
    let own = emulator.credentials().clone();
    let temporary = Identity::new("ASIATEMPORARY", "temporary-secret").session_token("token-one");
    emulator.add_identity(temporary.clone());
    let expired = Identity::new("ASIAEXPIRED", "expired-secret").session_token("old").expired();
    emulator.add_identity(expired.clone());

    let good = Unsigned { region: "eu-west-1", ..stop_at(&emulator) };
    let by = |identity: Identity| Unsigned { identity, ..good.clone() };
    let minutes = |minutes: u64| Duration::from_secs(60 * minutes);
    let cases = [
        ("no header", good.sign().without("authorization"), 403, "MissingAuthenticationToken"),
        (
            "bearer",
            good.sign().authorization("AWS4-HMAC-SHA256", "Bearer"),
            400,
            "IncompleteSignature",
        ),
        ("no signature", good.sign().authorization("Signature=", "S="), 400, "IncompleteSignature"),
        ("short scope", good.sign().authorization("/aws4_request", ""), 400, "IncompleteSignature"),
        ("no date", good.sign().without("x-amz-date"), 400, "IncompleteSignature"),
        ("unsigned header", good.sign().with("x-amz-extra", "1"), 400, "IncompleteSignature"),
        ("absent header", good.sign().without("x-amz-target"), 400, "IncompleteSignature"),
        ("unknown key", by(Identity::new("AKIANOBODY", "s")).sign(), 403, "UnrecognizedClient"),
        (
            "token not expected",
            by(own.clone().session_token("token-one")).sign(),
            403,
            "UnrecognizedClient",
        ),
        (
            "token missing",
            by(Identity::new("ASIATEMPORARY", "temporary-secret")).sign(),
            403,
            "UnrecognizedClient",
        ),
        (
            "token wrong",
            by(temporary.clone().session_token("token-two")).sign(),
            403,
            "UnrecognizedClient",
        ),
        (
            "secret wrong",
            by(Identity::new(own.access_key_id(), "another-secret")).sign(),
            400,
            "InvalidSignature",
        ),
        ("service", Unsigned { service: "s3", ..good.clone() }.sign(), 400, "InvalidSignature"),
        (
            "region",
            Unsigned { region: "us-east-1", ..good.clone() }.sign(),
            400,
            "InvalidSignature",
        ),
        (
            "too old",
            Unsigned { time: good.time - minutes(6), ..good.clone() }.sign(),
            400,
            "InvalidSignature",
        ),
        (
            "too new",
            Unsigned { time: good.time + minutes(6), ..good.clone() }.sign(),
            400,
            "InvalidSignature",
        ),
        ("expired", by(expired.clone()).sign(), 403, "ExpiredToken"),
    ];
    for (case, request, status, code) in &cases {
        let reply = request.send(&emulator).await;
        assert_eq!(error(&reply), (*status, "message", format!("{code}Exception")), "{case}");
    }
    assert_eq!((source.stops(), emulator.requests()), (0, cases.len()));

    assert_eq!(by(temporary).send(&emulator).await.status, 200);
    assert_eq!(good.send(&emulator).await.status, 200);
}

#[tokio::test]
async fn any_region_and_any_prefix_will_do_when_signed() {
    let emulator = Emulator::start().await.unwrap();
    emulator.add_data_source(INDEX, SOURCE).unwrap();
    for (region, target) in [
        ("us-east-1", "/"),
        ("eu-central-7", "/pre/fix/"),
        ("mars", "/a%20b/~c/%C3%A9/d+e/"),
        ("us-east-1", "/?b=2&a=1"),
    ] {
        let request = Unsigned { region, target: target.to_owned(), ..stop_at(&emulator) };
        assert_eq!(request.send(&emulator).await.status, 200, "{region} {target}");
        let mut elsewhere = request.sign();
        elsewhere.target = b"/other".to_vec();
        let reply = elsewhere.send(&emulator).await;
        assert_eq!(reply.error(), (400, "InvalidSignatureException".to_owned()));
    }
}

#[tokio::test]
async fn other_operations_and_methods_are_unknown() {
    let emulator = Emulator::start().await.unwrap();
    emulator.add_data_source(INDEX, SOURCE).unwrap();
    let stop = stop_at(&emulator);
    let bare = stop.clone().without("x-amz-target");
    let prefix = "AWSKendraFrontendService";
    let cases = [
        Unsigned { method: "GET", ..stop.clone() },
        Unsigned { method: "PUT", ..stop.clone() },
        bare.clone(),
        bare.clone().header("x-amz-target", ""),
        bare.clone().header("x-amz-target", "StopDataSourceSyncJob"),
        bare.clone().header("x-amz-target", &format!("{prefix}.ListDataSourceSyncJobs")),
        bare.clone().header("x-amz-target", &format!("{prefix}.stopdatasourcesyncjob")),
        bare.header("x-amz-target", &format!("{prefix}.StopDataSourceSyncJob2")),
    ];
    for request in cases {
        let reply = request.send(&emulator).await;
        let expected = (400, "message", "UnknownOperationException".to_owned());
        assert_eq!(error(&reply), expected, "{} {:?}", request.method, request.headers);
    }
    // Who cannot sign learns nothing about methods.
    let mut get = stop.sign();
    get.method = b"GET".to_vec();
    let reply = get.send(&emulator).await;
    assert_eq!(reply.error(), (400, "InvalidSignatureException".to_owned()));
}

#[tokio::test]
async fn a_denied_identity_is_told_what_it_may_not_do() {
    let emulator = Emulator::builder().account("210987654321").unwrap().start().await.unwrap();
    emulator.add_data_source(INDEX, SOURCE).unwrap();
    let denied = Identity::new("AKIADENIED", "denied-secret").denied();
    emulator.add_identity(denied.clone());
    let stop = Unsigned { identity: denied, region: "eu-west-1", ..stop_at(&emulator) };
    let garbage = Unsigned { body: b"?".to_vec(), ..stop.clone() };
    for (request, index) in [(stop, INDEX), (garbage, "*")] {
        let reply = request.send(&emulator).await;
        assert_eq!(error(&reply), (400, "Message", "AccessDeniedException".to_owned()));
        assert_eq!(
            reply.message(),
            format!(
                "User: arn:aws:iam::210987654321:user/emulator is not authorized to perform: \
                 kendra:StopDataSourceSyncJob on resource: \
                 arn:aws:kendra:eu-west-1:210987654321:index/{index}"
            )
        );
    }
}

#[tokio::test]
async fn bodies_are_checked_before_resources() {
    let emulator = Emulator::start().await.unwrap();
    let source = emulator.add_data_source(INDEX, SOURCE).unwrap();
    source.throttle(1);
    let other_index = INDEX.replace('0', "1");
    let cases = [
        (b"".to_vec(), "message", "SerializationException"),
        (b"[]".to_vec(), "message", "SerializationException"),
        (b"{\"Id\":".to_vec(), "message", "SerializationException"),
        (b"{\"Id\":1,\"IndexId\":\"x\"}".to_vec(), "message", "SerializationException"),
        (b"{}".to_vec(), "Message", "ValidationException"),
        (stop_body("short", SOURCE), "Message", "ValidationException"),
        (stop_body(INDEX, "_wiki"), "Message", "ValidationException"),
        (stop_body(&other_index, SOURCE), "Message", "ResourceNotFoundException"),
        (stop_body(INDEX, "unknown"), "Message", "ResourceNotFoundException"),
        (stop_body(INDEX, SOURCE), "Message", "ThrottlingException"),
    ];
    for (body, member, code) in cases {
        let request = Unsigned { body, ..stop_at(&emulator) };
        let reply = request.send(&emulator).await;
        assert_eq!(error(&reply), (400, member, code.to_owned()), "{:?}", request.body);
    }
    assert_eq!(source.stops(), 0);
}

#[tokio::test]
async fn a_validation_message_names_every_broken_rule() {
    let emulator = Emulator::start().await.unwrap();
    let request = Unsigned { body: stop_body("short", "_"), ..stop_at(&emulator) };
    assert_eq!(
        request.send(&emulator).await.message(),
        "2 validation errors detected: \
         Value at 'indexId' failed to satisfy constraint: \
         Member must have length greater than or equal to 36; \
         Value at 'id' failed to satisfy constraint: \
         Member must satisfy regular expression pattern: [a-zA-Z0-9][a-zA-Z0-9_-]*"
    );
    let one = Unsigned { body: stop_body(INDEX, ""), ..stop_at(&emulator) };
    assert!(one.send(&emulator).await.message().starts_with("2 validation errors detected: "));
    let one = Unsigned { body: stop_body(INDEX, &"a".repeat(101)), ..stop_at(&emulator) };
    assert!(one.send(&emulator).await.message().starts_with("1 validation error detected: "));
}

/// Reads `Sun, 06 Nov 1994 08:49:37 GMT` by counting days, month by month.
fn parse_http_date(text: &str) -> SystemTime {
    let months = "JanFebMarAprMayJunJulAugSepOctNovDec";
    let number = |range: std::ops::Range<usize>| text[range].parse::<u64>().unwrap();
    let (day, year) = (number(5..7), number(12..16));
    let month = months.find(&text[8..11]).unwrap() / 3;
    let leap = |year: u64| {
        year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
    };
    let lengths = [31, if leap(year) { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let days = (1970..year).map(|year| if leap(year) { 366 } else { 365 }).sum::<u64>()
        + lengths[..month].iter().sum::<u64>()
        + day
        - 1;
    assert!(text.ends_with(" GMT"), "{text}");
    let seconds = (number(17..19) * 60 + number(20..22)) * 60 + number(23..25);
    SystemTime::UNIX_EPOCH + Duration::from_secs(days * 86_400 + seconds)
}
