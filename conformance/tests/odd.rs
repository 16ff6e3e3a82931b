//! Transports that misbehave towards the suite itself: each gets its verdict, and none gets another's.
#![expect(clippy::panic, clippy::unwrap_used, reason = "panicking is what these transports do")]

use std::convert::Infallible;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use kendra_sync_conformance::{Caps, Filter, Report, Status, Suite};
use kendra_sync_core::{Delivery, HttpTransport, TransportError, TransportErrorKind};

#[derive(Debug)]
struct Transport(Odd);

/// What it does instead of sending.
#[derive(Clone, Copy, Debug)]
enum Odd {
    BlocksItsThread,
    Hangs,
    PanicsInDrop,
    PanicsInSend,
    PanicsInTask,
    TellsTheToken,
}

#[async_trait]
impl HttpTransport for Transport {
    async fn send(
        &self,
        request: Request<Bytes>,
        _timeout: Duration,
    ) -> Result<Response<Bytes>, TransportError> {
        let error = TransportError::new(TransportErrorKind::Connect, Delivery::NotSent);
        match self.0 {
            Odd::BlocksItsThread => loop {
                std::thread::park();
            },
            Odd::Hangs => std::future::pending().await,
            Odd::PanicsInDrop => Err(error),
            Odd::PanicsInSend => panic!("in send"),
            Odd::PanicsInTask => {
                tokio::spawn(async { panic!("in a task") }).await.unwrap_err();
                Err(error)
            }
            Odd::TellsTheToken => {
                let token = request.headers()["x-amz-security-token"].to_str().unwrap();
                Err(error.with_source(format!("not sent with {token}")))
            }
        }
    }

    async fn sleep(&self, _duration: Duration) {}
}

impl Drop for Transport {
    fn drop(&mut self) {
        if matches!(self.0, Odd::PanicsInDrop) {
            panic!("in drop");
        }
    }
}

const SCENARIO: &str = "framing/cl-short-truncated";

fn run(odd: Odd) -> Report {
    let suite = Suite::new("odd", "0")
        .transport(move |_env| std::future::ready(Ok::<_, Infallible>(Transport(odd))));
    // The watchdog's limit is a tenth.
    suite.run(&Filter::all().exact().name(SCENARIO).time_scale(0.1))
}

fn failed(report: &Report) -> Vec<&str> {
    let checks = report.results.iter().flat_map(|result| &result.checks);
    checks.filter(|check| !check.passed).map(|check| check.name.as_str()).collect()
}

#[test]
fn what_panics_or_hangs_fails_at_the_check_of_it() {
    for (odd, check, text) in [
        (Odd::Hangs, "global/G6", "it hung"),
        (Odd::PanicsInDrop, "global/G5", "in drop"),
        (Odd::PanicsInSend, "global/G5", "in send"),
        (Odd::PanicsInTask, "global/G5", "in a task"),
    ] {
        let report = run(odd);
        assert_eq!(report.exit_code(), 1, "{odd:?}");
        assert!(failed(&report).iter().any(|name| name.contains(check)), "{odd:?}: {report:?}");
        assert!(report.results[0].to_string().contains(text), "{odd:?}: {}", report.results[0]);
        assert_eq!(report.profiles("default", Caps::NONE)[0].conformant, Some(false));
    }
    // One case that hangs is enough, and it alone is to blame.
    assert!(failed(&run(Odd::Hangs)).iter().all(|name| name.ends_with("global/G6")));
}

/// More sends at a time than its runtime has threads, and sends one after the other.
#[test]
fn a_transport_that_blocks_its_executor_holds_up_neither_the_suite_nor_the_watchdog() {
    let suite = Suite::new("odd", "0")
        .caps(Caps::TIMEOUT | Caps::CANCEL)
        .transport(|_env| std::future::ready(Ok::<_, Infallible>(Transport(Odd::BlocksItsThread))));
    for scenario in
        ["timeout/body-stall", "concurrency/responses-not-mixed", "cancel/no-ghost-request"]
    {
        let report = suite.run(&Filter::all().exact().name(scenario).time_scale(0.1));
        assert_eq!(report.results[0].status, Status::Fail, "{scenario}: {report:?}");
        assert!(failed(&report).iter().any(|name| name.contains("global/G6")), "{report:?}");
    }
}

#[test]
fn a_secret_that_a_transport_tells_is_found_and_not_told_again() {
    let report = run(Odd::TellsTheToken);
    assert!(failed(&report).iter().any(|name| name.contains("global/G4")), "{report:?}");
    let text = format!("{}{report:?}", report.results[0]);
    assert!(text.contains("not sent with ▒▒▒▒▒▒▒▒"), "{text}");
    assert!(!text.contains("Jt5VnQ8z"), "{text}");
}

#[test]
fn a_factory_that_panics_or_fails_says_nothing_of_the_transport() {
    let panics = Suite::new("odd", "0").transport(
        |_env| -> std::future::Ready<Result<Transport, Infallible>> { panic!("in the factory") },
    );
    let panics_blocking = Suite::new("odd", "0").blocking(
        |_env| -> Result<kendra_sync_blocking::BlockingTransport, Infallible> {
            panic!("in the factory")
        },
    );
    let fails = Suite::new("odd", "0")
        .transport(|_env| std::future::ready(Err::<Transport, _>(std::io::Error::other("no"))));
    for suite in [panics, panics_blocking, fails] {
        let report = suite.run(&Filter::all().exact().name(SCENARIO));
        assert!(matches!(report.results[0].status, Status::Error(_)), "{report:?}");
        assert_eq!(report.exit_code(), 3);
        assert_eq!(report.profiles("default", Caps::NONE)[0].conformant, Some(false));
    }
}

#[test]
fn suites_that_run_at_once_do_not_get_each_others_panics() {
    std::thread::scope(|scope| {
        let panicking = scope.spawn(|| run(Odd::PanicsInSend));
        let quiet = scope.spawn(|| run(Odd::TellsTheToken));
        let has_panicked = |report: &Report| failed(report).iter().any(|n| n.contains("G5"));
        assert!(has_panicked(&panicking.join().unwrap()));
        assert!(!has_panicked(&quiet.join().unwrap()));
    });
}

#[tokio::test]
async fn a_suite_runs_inside_a_runtime() {
    assert_eq!(run(Odd::TellsTheToken).exit_code(), 1);
}

#[test]
fn variants_of_one_name_are_told_apart() {
    let odd = |_env| std::future::ready(Ok::<_, Infallible>(Transport(Odd::Hangs)));
    let suite = Suite::new("odd", "0").transport(odd).transport(odd);
    let report = suite.run(&Filter::all().exact().name(SCENARIO).time_scale(0.1));
    let names: Vec<&str> = report.results.iter().map(|result| result.variant.as_str()).collect();
    assert_eq!(names, ["default", "default-2"]);
}

#[test]
fn a_part_of_the_catalogue_is_no_verdict() {
    let suite = Suite::new("hyper", "0").transport(|_env| {
        std::future::ready(Ok::<_, Infallible>(kendra_sync_hyper::HyperTransport::new()))
    });
    let report = suite.run(&Filter::all().exact().name(SCENARIO).name("auto/env-proxy-ignored"));
    let core = &report.profiles("default", Caps::NONE)[0];
    assert_eq!((core.claimed, core.conformant, core.passed), (true, None, 1));
    assert_eq!(report.exit_code(), 0);
}
