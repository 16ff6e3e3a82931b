//! What a call makes of its answer: success, each documented error, and what no server should send.

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use kendra_sync_benches::{Answer, Calls};

fn parse(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("parse");
    let calls = Calls::warm(None);
    for answer in Answer::ALL {
        group.bench_function(answer.name, |bench| {
            bench.iter_batched(
                || (calls.sign().0, answer.make()),
                |(attempt, answer)| calls.parse(attempt, answer),
                BatchSize::SmallInput,
            );
        });
    }
}

criterion_group!(benches, parse);
criterion_main!(benches);
