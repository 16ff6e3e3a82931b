//! A recording that is killed at any moment leaves the old file or a new one, never a part of one.
#![expect(
    clippy::panic,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a failed step is a failed test; the parent reads the lines"
)]

use std::hash::{BuildHasher, RandomState};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use kendra_sync_replay::blocking::HttpTransport;
use kendra_sync_replay::kendra_sync_core::TransportError;
use kendra_sync_replay::{Cassette, Recorder, Replay};
use libtest_mimic::{Arguments, Trial};

fn main() -> ExitCode {
    if let Some(file) = std::env::var_os(CHILD) {
        record(Path::new(&file));
    }
    let trial = Trial::test("a_recording_that_is_killed_leaves_the_old_file_or_a_new_one", || {
        (0..50).for_each(kill);
        Ok(())
    });
    libtest_mimic::run(&Arguments::from_args(), vec![trial]).exit_code()
}

/// Records exchange after exchange into the file, and says so, until it is killed.
fn record(file: &Path) -> ! {
    let recorder = Recorder::create(file, Large).unwrap();
    println!("recording");
    loop {
        recorder.send(request(), Duration::from_secs(1)).unwrap();
        println!("written");
    }
}

fn kill(round: u32) {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("killed.har");
    let old = Cassette::new().to_string();
    std::fs::write(&file, &old).unwrap();
    let mut child = Command::new(std::env::current_exe().unwrap())
        .env(CHILD, &file)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let random = RandomState::new().hash_one(round);
    let (written, spins) = ((random % 6) as usize, (random >> 32) % 200_000);
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    for _ in 0..=written {
        lines.next().unwrap().unwrap();
    }
    // Every other time surely within a write, if only at its beginning.
    while round % 2 == 1 && !directory.path().join(".killed.har.partial").exists() {}
    for spin in 0..spins {
        std::hint::black_box(spin);
    }
    child.kill().unwrap();
    child.wait().unwrap();

    let text = std::fs::read_to_string(&file).unwrap();
    let cassette = Cassette::parse(&text).unwrap_or_else(|error| panic!("round {round}: {error}"));
    assert_eq!(cassette.to_string(), text, "round {round}");
    let exchanges = cassette.exchanges().len();
    assert!(exchanges >= written, "round {round}: {exchanges} of {written}");
    let replay = Replay::new(cassette).strict();
    for _ in 0..exchanges {
        let answer = HttpTransport::send(&replay, request(), Duration::from_secs(1)).unwrap();
        assert_eq!(answer.body(), &large(), "round {round}");
    }
    replay.finish().unwrap();
    // What was left behind is in nobody's way.
    drop(Recorder::create(&file, Large).unwrap());
    assert_eq!(std::fs::read_to_string(&file).unwrap(), old);
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1, "round {round}");
}

/// Answers with so much that writing takes a while.
#[derive(Debug)]
struct Large;

impl HttpTransport for Large {
    fn send(
        &self,
        _request: Request<Bytes>,
        _timeout: Duration,
    ) -> Result<Response<Bytes>, TransportError> {
        Ok(Response::new(large()))
    }

    fn sleep(&self, _duration: Duration) {}
}

fn large() -> Bytes {
    vec![b'x'; 200_000].into()
}

fn request() -> Request<Bytes> {
    Request::post("http://host/").body("{}".into()).unwrap()
}

const CHILD: &str = "KENDRA_SYNC_RECORD_UNTIL_KILLED";
