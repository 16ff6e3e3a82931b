//! What the emulator logs. A binary of its own: whether an event is of interest to anyone is cached for the
//! whole process, so another test's thread could switch it off here.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "../emulator/client.rs"]
#[expect(dead_code, reason = "the other tests use the rest of it")]
mod client;

use std::io;
use std::sync::{Arc, Mutex};

use kendra_sync_emulator::{Emulator, Identity};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt::MakeWriter;

use crate::client::{INDEX, SOURCE, stop, stop_at};

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Lines {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

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

#[tokio::test]
async fn each_request_is_one_event_without_a_secret() {
    let lines = Lines::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(LevelFilter::TRACE)
        .with_ansi(false)
        .with_writer(lines.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);

    let identity = Identity::new("ASIALOGGED", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
        .session_token("IQoJb3JpZ2luX2VjEXAMPLETOKENEXAMPLETOKEN==");
    let emulator = Emulator::builder().identity(identity.clone()).start().await.unwrap();
    emulator.add_data_source(INDEX, SOURCE).unwrap();

    let good = stop_at(&emulator).sign();
    let served = good.send(&emulator).await;
    let unknown = stop(&emulator.local_addr().to_string(), &Identity::new("AKIANOBODY", "secret"));
    let refused = unknown.sign().send(&emulator).await;
    drop(emulator);

    let log = lines.text();
    let events: Vec<_> = log.lines().filter(|line| line.contains(" INFO ")).collect();
    assert_eq!(events.len(), 2, "{log}");
    for (event, parts) in events.iter().zip([
        [
            " kendra_sync_emulator: ",
            "operation=\"StopDataSourceSyncJob\"",
            "index_id=\"0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0\"",
            "data_source_id=\"wiki\"",
            "status=200",
            served.header("x-amzn-requestid").unwrap(),
        ],
        [
            " kendra_sync_emulator: ",
            "answered",
            "status=403",
            "code=\"UnrecognizedClientException\"",
            "request_id=",
            refused.header("x-amzn-requestid").unwrap(),
        ],
    ]) {
        for part in parts {
            assert!(event.contains(part), "{part} is not in {event}");
        }
    }

    let authorization = String::from_utf8(good.clone().value("authorization").clone()).unwrap();
    let signature = authorization.rsplit('=').next().unwrap();
    for secret in [identity.secret_access_key(), identity.token().unwrap(), signature] {
        for window in secret.as_bytes().windows(8) {
            let window = std::str::from_utf8(window).unwrap();
            assert!(!log.contains(window), "{window} is in {log}");
        }
    }
}
