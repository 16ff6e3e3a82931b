//! What is guarded.

use std::hint::black_box;

use kendra_sync_benches::{Answer, Calls, Stub, TOKEN};
use kendra_sync_blocking::BlockingTransport;
use kendra_sync_core::{Client, blocking};
use kendra_sync_hyper::HyperTransport;
use tokio::runtime::Builder;

use crate::measure::{Counted, counted};

/// One of them.
pub(crate) struct Cost {
    pub(crate) name: &'static str,
    /// Whether its instructions are counted: not where the system and other threads have a part.
    pub(crate) instructions: bool,
    /// Runs it so many times, warm.
    pub(crate) run: fn(usize) -> Counted,
}

pub(crate) const COSTS: [Cost; 7] = [
    Cost { name: "call", instructions: true, run: call },
    Cost { name: "sign", instructions: true, run: |calls| sign(calls, &Calls::warm(None)) },
    Cost {
        name: "sign with token",
        instructions: true,
        run: |calls| sign(calls, &Calls::warm(Some(TOKEN))),
    },
    Cost { name: "parse success", instructions: true, run: |calls| parse(calls, "success") },
    Cost { name: "parse validation", instructions: true, run: |calls| parse(calls, "validation") },
    Cost { name: "hyper", instructions: false, run: hyper },
    Cost { name: "blocking", instructions: false, run: blocking },
];

fn call(times: usize) -> Counted {
    let calls = Calls::warm(None);
    counted(times, Answer::success, |answer| calls.call(answer))
}

fn sign(times: usize, calls: &Calls) -> Counted {
    let attempts = || calls.start();
    counted(times, attempts, |mut attempt| {
        let request = attempt.sign(&calls.credentials, calls.now);
        (attempt, request)
    })
}

fn parse(times: usize, answer: &str) -> Counted {
    let calls = Calls::warm(None);
    let answer = Answer::ALL.into_iter().find(|known| known.name == answer);
    let answer = answer.expect("a name of ALL");
    let sent = || (calls.sign().0, answer.make());
    counted(times, sent, |(attempt, answer)| calls.parse(attempt, answer))
}

fn hyper(times: usize) -> Counted {
    let stub = Stub::http();
    let Calls { credentials, index, source, .. } = Calls::new(None);
    let config = Calls::config(&format!("http://{}", stub.address()));
    let client = Client::new(HyperTransport::new(), credentials, config);
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let calls = async |times: usize| {
            for _ in 0..times {
                let stopped = client.stop_data_source_sync_job(&index, &source).await;
                black_box(stopped.expect("success"));
            }
        };
        calls(WARM).await;
        let before = Counted::now();
        calls(times).await;
        Counted::since(before, times)
    })
}

fn blocking(times: usize) -> Counted {
    let stub = Stub::http();
    let Calls { credentials, index, source, .. } = Calls::new(None);
    let config = Calls::config(&format!("http://{}", stub.address()));
    let client = blocking::Client::new(BlockingTransport::new(), credentials, config);
    let stop = || client.stop_data_source_sync_job(&index, &source).expect("success");
    for _ in 0..WARM {
        stop();
    }
    counted(times, || (), |()| stop())
}

/// Until connection and buffers are there.
const WARM: usize = 10;
