//! Core's request, signed, beside aws-sigv4's `sign()` of the same one.
#![expect(clippy::expect_used, reason = "a bench that cannot do its part has no result")]

use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{self, SignableBody, SignableRequest, SigningSettings};
use aws_sigv4::sign::v4;
use bytes::Bytes;
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use http::Request;
use kendra_sync_benches::{Calls, TOKEN};

fn sign(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("sign");
    for (name, token) in [("warm key", None), ("with token", Some(TOKEN))] {
        let calls = Calls::warm(token);
        group.bench_function(name, |bench| {
            bench.iter_batched_ref(
                || calls.start(),
                |attempt| attempt.sign(&calls.credentials, calls.now),
                BatchSize::SmallInput,
            );
        });
    }
    group.bench_function("cold key", |bench| {
        bench.iter_batched_ref(
            || {
                let calls = Calls::new(None);
                (calls.start(), calls)
            },
            |(attempt, calls)| attempt.sign(&calls.credentials, calls.now),
            BatchSize::SmallInput,
        );
    });
    let calls = Calls::warm(None);
    let (_attempt, request) = calls.sign();
    let identity = Credentials::new(
        calls.credentials.access_key_id(),
        calls.credentials.secret_access_key(),
        None,
        None,
        "bench",
    )
    .into();
    group.bench_function("aws-sigv4", |bench| {
        bench.iter(|| aws_sigv4(&request, &identity, calls.now.system));
    });
}

/// The headers that the signature covers, signed as AWS's own signer does it.
fn aws_sigv4(
    request: &Request<Bytes>,
    identity: &aws_smithy_runtime_api::client::identity::Identity,
    time: SystemTime,
) -> String {
    let params = v4::SigningParams::builder()
        .identity(identity)
        .region("eu-west-1")
        .name("kendra")
        .time(time)
        .settings(SigningSettings::default())
        .build()
        .expect("all that is required is set")
        .into();
    let headers = ["host", "content-type", "x-amz-target"]
        .map(|name| (name, request.headers()[name].to_str().expect("core's headers are ASCII")));
    let signable = SignableRequest::new(
        "POST",
        request.uri().to_string(),
        headers.into_iter(),
        SignableBody::Bytes(request.body()),
    );
    let signed = http_request::sign(signable.expect("core's requests can be signed"), &params);
    signed.expect("core's requests can be signed").signature().to_owned()
}

criterion_group!(benches, sign);
criterion_main!(benches);
