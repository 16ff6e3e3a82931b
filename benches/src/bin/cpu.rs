//! The CPU time of a call, the system's part included, beside that of the library that it stands on.
//!
//! `cargo run --release -p kendra-sync-benches --bin cpu`. Rounds take turns, and each has the time of its
//! own thread alone, so a machine that does other work is no matter; what counts is the least.
#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a measurement that cannot be made has no result"
)]

use kendra_sync_benches::{Answer, AtOnce, BareHyper, Calls, Stub, bare_ureq};
use kendra_sync_blocking::BlockingTransport;
use kendra_sync_core::{Client, blocking};
use kendra_sync_hyper::HyperTransport;
use rustix::time::{ClockId, clock_gettime};
use tokio::runtime::Builder;

fn main() {
    let stub = Stub::http();
    let url = format!("http://{}", stub.address());
    let calls = Calls::warm(None);
    let Calls { credentials, index, source, .. } = &calls;
    let request = calls.unsigned(&url);
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");

    let at_once = blocking::Client::new(AtOnce, credentials.clone(), Calls::config(&url));
    let mut bare = runtime.block_on(BareHyper::connect(&stub));
    let hyper = Client::new(HyperTransport::new(), credentials.clone(), Calls::config(&url));
    let agent = ureq::agent();
    let transport = BlockingTransport::new();
    let blocking = blocking::Client::new(transport, credentials.clone(), Calls::config(&url));

    let mut least = [f64::INFINITY; 6];
    for _ in 0..ROUNDS {
        let round = [
            each(|| drop(calls.call(Answer::success()))),
            each(|| drop(at_once.stop_data_source_sync_job(index, source).expect("success"))),
            each(|| drop(runtime.block_on(bare.exchange(&request)))),
            each(|| {
                let stopped = hyper.stop_data_source_sync_job(index, source);
                drop(runtime.block_on(stopped).expect("success"));
            }),
            each(|| drop(bare_ureq(&agent, &request))),
            each(|| drop(blocking.stop_data_source_sync_job(index, source).expect("success"))),
        ];
        least = std::array::from_fn(|i| least[i].min(round[i]));
    }
    let [machine, core, bare_hyper, hyper, bare_ureq, blocking] = least;
    println!("state machine  {machine:6.2} µs");
    println!("core           {core:6.2} µs");
    println!("bare hyper     {bare_hyper:6.2} µs");
    println!("hyper          {hyper:6.2} µs  {:.2} of bare hyper", hyper / bare_hyper);
    println!("bare ureq      {bare_ureq:6.2} µs");
    println!("blocking       {blocking:6.2} µs  {:.2} of bare ureq", blocking / bare_ureq);
}

/// Microseconds of this thread's CPU time for each run of `call`.
fn each(mut call: impl FnMut()) -> f64 {
    let now = || {
        let time = clock_gettime(ClockId::ThreadCPUTime);
        time.tv_sec as f64 * 1e6 + time.tv_nsec as f64 / 1e3
    };
    let began = now();
    for _ in 0..CALLS {
        call();
    }
    (now() - began) / f64::from(CALLS)
}

const CALLS: u32 = 1000;
const ROUNDS: usize = 20;
