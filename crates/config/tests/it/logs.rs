//! What is logged, to a program that shows everything.

use std::io;
use std::sync::{Arc, Mutex};

use tracing_subscriber::fmt::MakeWriter;

use crate::world::{CONFIG, CREDENTIALS, World};

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

/// The SDK's parser warns of what it ignores, with the value: under a misspelled heading, a secret.
#[test]
fn no_value_of_a_file_is_logged_or_shown() {
    let secret = "wJalrXUtnFEMI/K7MDENG";
    let config = format!(
        "[profiel ops]\naws_secret_access_key = {secret}\n[profile ops]\naws_secret_access_key = {secret}\n\
         bad key = {secret}\n[services x]\nkendra = {secret}\n[services  x]\nkendra =\n a = {secret}\n a = {secret}\n"
    );
    let credentials =
        format!("[a b]\naws_secret_access_key = {secret}\n[ops]\nregion = {secret}\n");
    let world = World::new().file(CONFIG, config).file(CREDENTIALS, credentials);
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .with_writer(log.clone())
        .finish();
    let shown = tracing::subscriber::with_default(subscriber, || {
        tracing::error!("seen");
        let builder = world.with("AWS_PROFILE", "ops").builder();
        let builder_shown = format!("{builder:?}");
        builder_shown + &format!("{:?}", builder.load().unwrap_err())
    });
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(log.contains("seen"), "{log}");
    assert!(!log.contains("wJalrXUt") && !shown.contains("wJalrXUt"), "{log} {shown}");
}
