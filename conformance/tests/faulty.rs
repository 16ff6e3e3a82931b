//! What the report of a transport that is broken on purpose tells. That each defect is found, the self-test of
//! `crates/faulty` shows.

use std::convert::Infallible;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use kendra_sync_conformance::{Caps, Filter, Report, Status, Suite};
use kendra_sync_core::{HttpTransport, TransportError, TransportErrorKind};
use kendra_sync_hyper::HyperTransport;

/// What is wrong with a transport that is otherwise right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Defect {
    /// Nothing: the control.
    None,
    /// A body that breaks off is handed up as if it were whole.
    ShortBody,
}

#[derive(Debug)]
struct Broken {
    transport: HyperTransport,
    defect: Defect,
}

#[async_trait]
impl HttpTransport for Broken {
    async fn send(
        &self,
        request: Request<Bytes>,
        timeout: Duration,
    ) -> Result<Response<Bytes>, TransportError> {
        let outcome = self.transport.send(request, timeout).await;
        match (self.defect, outcome) {
            (Defect::ShortBody, Err(error)) if error.kind() == TransportErrorKind::Interrupted => {
                Ok(Response::new(Bytes::from_static(b"short")))
            }
            (_, outcome) => outcome,
        }
    }

    async fn sleep(&self, duration: Duration) {
        self.transport.sleep(duration).await;
    }
}

fn run(defect: Defect, scenarios: &[&str]) -> Report {
    let suite = Suite::new(format!("{defect:?}"), "0").caps(Caps::POOL).transport(move |_env| {
        std::future::ready(Ok::<_, Infallible>(Broken { transport: HyperTransport::new(), defect }))
    });
    let mut filter = Filter::all().exact();
    for scenario in scenarios {
        filter = filter.name(*scenario);
    }
    suite.run(&filter)
}

#[test]
fn a_failure_tells_a_stranger_what_to_mend() {
    let report = run(Defect::ShortBody, &["framing/cl-short-truncated"]);
    let [result] = report.results.as_slice() else { panic!("{report:?}") };
    let text = result.to_string();
    for part in [
        "framing/cl-short-truncated (default, must): fail",
        "why      a body shorter than its Content-Length",
        "rule     RFC 9112",
        "expected an error of kind [Interrupted",
        r#"actual   a response with status 200 and a body of 5 bytes, "short""#,
        "connection 1",
        "> POST / HTTP/1.1",
        "< HTTP/1.1 200 OK",
    ] {
        assert!(text.contains(part), "{part} is not in\n{text}");
    }
    let signature = text.split("Signature=").nth(1).unwrap();
    assert!(signature.starts_with("▒▒▒▒"), "{text}");
}

#[test]
fn what_does_not_run_is_no_pass() {
    let report = run(Defect::None, &["auto/env-proxy-ignored"]);
    let [result] = report.results.as_slice() else { panic!("{report:?}") };
    assert!(matches!(result.status, Status::Skip(_)), "{result}");
    assert_eq!(report.exit_code(), 4);
    assert_eq!(run(Defect::None, &["no/such-scenario"]).exit_code(), 4);
    let core = &run(Defect::None, &["status/success-200-empty"]).profiles("default", Caps::POOL)[0];
    assert_eq!((core.name, core.conformant, core.passed), ("core", None, 1));
}
