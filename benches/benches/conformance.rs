//! How long the conformance suite takes.

use std::convert::Infallible;
use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use kendra_sync_conformance::{Filter, Suite};
use kendra_sync_hyper::HyperTransport;

fn conformance(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("conformance");
    group.sample_size(10).measurement_time(Duration::from_secs(60));
    let suite = Suite::new("kendra-sync-hyper", env!("CARGO_PKG_VERSION"))
        .transport(|_env| std::future::ready(Ok::<_, Infallible>(HyperTransport::new())));
    group.bench_function("hyper", |bench| bench.iter(|| suite.run(&Filter::all()).exit_code()));
}

criterion_group!(benches, conformance);
criterion_main!(benches);
