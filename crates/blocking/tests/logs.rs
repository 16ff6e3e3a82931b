//! What a program's subscriber shows of ureq's logs. A test binary of its own: a logger is for the whole
//! process.
#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

use std::io;
use std::sync::{Arc, Mutex};

use kendra_sync_blocking::{BlockingTransport, Client, Config, Credentials};
use kendra_sync_test_servers::{End, Raw};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, fmt};

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const TOKEN: &str = "FQoGZXIvYXdzEJrQ7xvBqkC2nUM5hTtYwEXAMPLE";

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Lines {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

impl Lines {
    /// How many stretches of eight characters of `secret` are in it, white space dropped.
    fn stretches(&self, secret: &str) -> usize {
        let mut text = String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned();
        text.retain(|c| !c.is_whitespace());
        let windows = secret.as_bytes().windows(8).map(|w| std::str::from_utf8(w).unwrap());
        windows.filter(|window| text.contains(window)).count()
    }
}

#[tokio::test]
async fn the_filter_that_the_docs_advise_shows_calls_and_no_secret() {
    let (advised, loud) = (Lines::default(), Lines::default());
    let filter: Targets = "info,kendra_sync=debug".parse().unwrap();
    let advising = fmt::layer().with_ansi(false).with_writer(advised.clone()).with_filter(filter);
    let everything = fmt::layer().with_ansi(false).with_writer(loud.clone());
    let everything = everything.with_filter(LevelFilter::TRACE);
    tracing_subscriber::registry().with(advising).with(everything).init();

    let answer = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n".to_vec();
    let server = Raw::start(vec![answer], End::Hold).await;
    let config = Config::new("eu-west-1".parse().unwrap()).endpoint(server.url().parse().unwrap());
    let credentials = Credentials::new("AKIDEXAMPLE", SECRET, Some(TOKEN.to_owned())).unwrap();
    let client = Client::new(BlockingTransport::new(), credentials, config);
    let call = move || {
        let index = "0a1b2c3d-4e5f-6789-abcd-ef0123456789".parse().unwrap();
        client.stop_data_source_sync_job(&index, &"wiki".parse().unwrap()).unwrap_err()
    };
    tokio::task::spawn_blocking(call).await.unwrap();

    let request = String::from_utf8(server.requests().remove(0)).unwrap();
    let (_, rest) = request.split_once("Signature=").unwrap();
    let signature = &rest[..64];
    // Why a filter is needed: everything, at trace level, is too much.
    assert!(loud.stretches(TOKEN) > 0, "ureq no longer logs request heads: the advice can go");
    for secret in [SECRET, TOKEN, signature] {
        assert_eq!(advised.stretches(secret), 0);
    }
    assert_eq!(advised.stretches("answered"), 1, "the call is shown");
}
