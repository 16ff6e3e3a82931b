//! Whole exchanges with a server on this machine, each transport beside the library that it stands on,
//! which sends the same bytes without signing.
#![expect(clippy::expect_used, reason = "a bench that cannot do its part has no result")]

use std::time::Instant;

use criterion::{Criterion, criterion_group, criterion_main};
use kendra_sync_benches::{BareHyper, Calls, Stub, bare_ureq};
use kendra_sync_blocking::BlockingTransport;
use kendra_sync_core::{Client, blocking};
use kendra_sync_hyper::HyperTransport;
use kendra_sync_test_servers::Authority;
use tokio::runtime::Builder;

fn one_caller(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("loopback");
    let stub = Stub::http();
    let url = format!("http://{}", stub.address());
    let calls = Calls::warm(None);
    let Calls { credentials, index, source, .. } = &calls;
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");

    let request = calls.unsigned(&url);
    let mut bare = runtime.block_on(BareHyper::connect(&stub));
    group.bench_function("bare hyper", |bench| {
        bench.iter(|| runtime.block_on(bare.exchange(&request)));
    });
    let client = Client::new(HyperTransport::new(), credentials.clone(), Calls::config(&url));
    group.bench_function("hyper", |bench| {
        bench.iter(|| {
            runtime.block_on(client.stop_data_source_sync_job(index, source)).expect("success")
        });
    });
    let agent = ureq::agent();
    group.bench_function("bare ureq", |bench| {
        bench.iter(|| bare_ureq(&agent, &request));
    });
    let client =
        blocking::Client::new(BlockingTransport::new(), credentials.clone(), Calls::config(&url));
    group.bench_function("blocking", |bench| {
        bench.iter(|| client.stop_data_source_sync_job(index, source).expect("success"));
    });
}

fn over_tls(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("loopback over TLS");
    let authority = Authority::new("benches");
    let stub = Stub::https(authority.server("localhost", 0, 1));
    let url = format!("https://localhost:{}", stub.address().port());
    let calls = Calls::warm(None);
    let Calls { credentials, index, source, .. } = &calls;
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");

    let transport = HyperTransport::builder().roots(authority.roots()).build();
    let client = Client::new(transport, credentials.clone(), Calls::config(&url));
    group.bench_function("hyper", |bench| {
        bench.iter(|| {
            runtime.block_on(client.stop_data_source_sync_job(index, source)).expect("success")
        });
    });
    let transport = BlockingTransport::builder().roots(authority.roots()).build();
    let client = blocking::Client::new(transport, credentials.clone(), Calls::config(&url));
    group.bench_function("blocking", |bench| {
        bench.iter(|| client.stop_data_source_sync_job(index, source).expect("success"));
    });
}

/// The time of a call is that of all of them, shared out.
fn many_callers(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("loopback, 64 callers");
    let stub = Stub::http();
    let url = format!("http://{}", stub.address());
    let Calls { credentials, index, source, .. } = &Calls::warm(None);
    let runtime = Builder::new_multi_thread().enable_all().build().expect("a runtime");

    let client = Client::new(HyperTransport::new(), credentials.clone(), Calls::config(&url));
    group.bench_function("hyper", |bench| {
        bench.iter_custom(|calls| {
            let began = Instant::now();
            let callers = Vec::from_iter(shares(calls).map(|calls| {
                let (client, index, source) = (client.clone(), index.clone(), source.clone());
                runtime.spawn(async move {
                    for _ in 0..calls {
                        let stopped = client.stop_data_source_sync_job(&index, &source).await;
                        stopped.expect("success");
                    }
                })
            }));
            for caller in callers {
                runtime.block_on(caller).expect("no call panics");
            }
            began.elapsed()
        });
    });
    let client =
        blocking::Client::new(BlockingTransport::new(), credentials.clone(), Calls::config(&url));
    group.bench_function("blocking", |bench| {
        bench.iter_custom(|calls| {
            let began = Instant::now();
            std::thread::scope(|scope| {
                for calls in shares(calls) {
                    let client = &client;
                    scope.spawn(move || {
                        for _ in 0..calls {
                            client.stop_data_source_sync_job(index, source).expect("success");
                        }
                    });
                }
            });
            began.elapsed()
        });
    });
}

/// How many of `calls` each of 64 callers makes.
fn shares(calls: u64) -> impl Iterator<Item = u64> {
    (0..64).map(move |caller| calls / 64 + u64::from(caller < calls % 64))
}

criterion_group!(benches, one_caller, over_tls, many_callers);
criterion_main!(benches);
