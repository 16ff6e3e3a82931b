//! The cost of core alone: the state machine, and both drivers against a transport that answers at once.
#![expect(clippy::expect_used, reason = "a bench that cannot do its part has no result")]

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use kendra_sync_benches::{Answer, AtOnce, Calls};
use kendra_sync_core::{Client, Config, Region, blocking};

fn call(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("call");
    let calls = Calls::warm(None);
    group.bench_function("state machine", |bench| {
        bench.iter_batched(Answer::success, |answer| calls.call(answer), BatchSize::SmallInput);
    });
    let Calls { credentials, index, source, .. } = &calls;
    let config = || Config::new(Region::new("eu-west-1").expect("a region"));
    let client = Client::new(AtOnce, credentials.clone(), config());
    group.bench_function("async driver", |bench| {
        bench.iter(|| pollster::block_on(client.stop_data_source_sync_job(index, source)));
    });
    let client = blocking::Client::new(AtOnce, credentials.clone(), config());
    group.bench_function("blocking driver", |bench| {
        bench.iter(|| client.stop_data_source_sync_job(index, source));
    });
}

criterion_group!(benches, call);
criterion_main!(benches);
