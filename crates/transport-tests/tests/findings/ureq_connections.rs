//! ureq: connections, and what it asks for them.

use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};

use crate::agent::agent;
use crate::server::{listen, read_head};

#[test]
fn ureq_keeps_the_connection_of_an_answer_with_a_transfer_coding_and_a_length() {
    let address = listen(|mut stream, number| {
        while read_head(&stream).is_some() {
            let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 2";
            write!(stream, "{head}\r\n\r\n1\r\n{number}\r\n0\r\n\r\n").unwrap();
        }
    });
    let agent = agent();
    for _ in 0..2 {
        let mut response = agent.get(format!("http://{address}/")).call().unwrap();
        assert_eq!(response.body_mut().read_to_string().unwrap(), "0");
    }
}

#[test]
fn ureq_looks_a_name_up_although_it_has_a_connection() {
    #[derive(Debug)]
    struct Counting(Arc<AtomicUsize>);
    impl Resolver for Counting {
        fn resolve(
            &self,
            uri: &http::Uri,
            config: &ureq::config::Config,
            timeout: NextTimeout,
        ) -> Result<ResolvedSocketAddrs, ureq::Error> {
            self.0.fetch_add(1, Ordering::Relaxed);
            DefaultResolver::default().resolve(uri, config, timeout)
        }
    }
    let address = listen(|mut stream, number| {
        while read_head(&stream).is_some() {
            write!(stream, "HTTP/1.1 204 No Content\r\nX-Number: {number}\r\n\r\n").unwrap();
        }
    });
    let lookups = Arc::new(AtomicUsize::new(0));
    let config = ureq::Agent::config_builder().proxy(None).build();
    let agent = ureq::Agent::with_parts(config, DefaultConnector::new(), Counting(lookups.clone()));
    for _ in 0..3 {
        let response = agent.get(format!("http://{address}/")).call().unwrap();
        assert_eq!(response.headers()["x-number"], "0");
    }
    assert_eq!(lookups.load(Ordering::Relaxed), 3);
}

#[test]
fn ureq_panics_at_a_timeout_that_no_clock_reaches() {
    let address = listen(|_, _| {});
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .proxy(None)
        .timeout_global(Some(Duration::MAX))
        .build()
        .into();
    let call = || agent.get(format!("http://{address}/")).call();
    let panic = catch_unwind(AssertUnwindSafe(call)).unwrap_err();
    let message = panic.downcast_ref::<String>().map(String::as_str);
    assert_eq!(message, Some("overflow when adding duration to instant"));
}
