//! When and how the file is written.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::Request;
use kendra_sync_replay::kendra_sync_core::{Delivery, HttpTransport, TransportErrorKind};
use kendra_sync_replay::{Cassette, CassetteErrorKind, Exchange, Recorder, Redaction};

use crate::log::Log;
use crate::script::{Outcome, Script, answer, failure, request, send};

/// The operation and outcome of each exchange in the file, and what else is in its directory.
fn found(path: &Path) -> (Vec<String>, Vec<String>) {
    let cassette = Cassette::read(path).unwrap();
    let shown = cassette.exchanges().iter().map(|exchange| match exchange.outcome() {
        Ok(response) => response.status().as_u16().to_string(),
        Err(error) => format!("{:?} {:?}", error.kind(), error.delivery()),
    });
    let beside = fs::read_dir(path.parent().unwrap()).unwrap();
    let beside = beside.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut beside: Vec<String> =
        beside.filter(|name| path.file_name().unwrap() != &**name).collect();
    beside.sort();
    (shown.collect(), beside)
}

const NONE: Vec<String> = Vec::new();

#[test]
fn the_file_is_whole_after_each_exchange_and_nothing_is_left_beside_it() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("a.har");
    fs::write(&path, "what was there before").unwrap();
    let script =
        [answer(500, ""), failure(TransportErrorKind::Tls, Delivery::NotSent), answer(200, "")];
    let recorder = Recorder::create(&path, Script::new(script)).unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "what was there before");
    for expected in [&["500"][..], &["500", "Tls NotSent"], &["500", "Tls NotSent", "200"]] {
        let _ = send(&recorder, request("wiki"));
        assert_eq!(
            found(&path),
            (expected.iter().map(ToString::to_string).collect(), vec![".a.har.lock".to_owned()])
        );
    }
    drop(recorder);
    assert_eq!(found(&path).1, NONE);
}

#[test]
fn a_recording_without_exchanges_is_an_empty_cassette() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("a.har");
    drop(Recorder::create(&path, Script::new([])).unwrap());
    assert_eq!(found(&path), (NONE, NONE));
}

#[test]
fn a_long_recording_is_whole_at_its_end() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("a.har");
    let recorder = Recorder::create(&path, Script::new((0..100).map(|_| answer(200, "")))).unwrap();
    for _ in 0..100 {
        send(&recorder, request("wiki")).unwrap();
    }
    let behind = 100 - found(&path).0.len();
    assert!(behind <= 6, "{behind} are not written");
    recorder.recording().finish().unwrap();
    assert_eq!(found(&path).0, vec!["200"; 100]);
}

#[derive(Debug)]
struct Panics;

impl kendra_sync_replay::blocking::HttpTransport for Panics {
    fn send(&self, _request: Request<Bytes>, _timeout: Duration) -> Outcome {
        panic!("a mistake in a transport")
    }

    fn sleep(&self, _duration: Duration) {}
}

#[test]
fn a_panic_leaves_the_recording_behind() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("a.har");
    let callers = || {
        let recorder = Recorder::create(&path, Script::new([answer(200, "")])).unwrap();
        send(&recorder, request("wiki")).unwrap();
        panic!("a mistake in the caller's code");
    };
    catch_unwind(AssertUnwindSafe(callers)).unwrap_err();
    assert_eq!(found(&path), (vec!["200".to_owned()], NONE));

    let transports = || send(&Recorder::create(&path, Panics).unwrap(), request("wiki"));
    catch_unwind(AssertUnwindSafe(transports)).unwrap_err();
    assert_eq!(found(&path), (vec!["Other MaybeSent".to_owned()], NONE));
}

/// Never answers.
#[derive(Debug)]
struct Silent;

#[async_trait]
impl HttpTransport for Silent {
    async fn send(&self, _request: Request<Bytes>, _timeout: Duration) -> Outcome {
        std::future::pending().await
    }

    async fn sleep(&self, _duration: Duration) {}
}

#[test]
fn a_request_that_is_given_up_is_recorded_as_that() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("a.har");
    let recorder = Recorder::create(&path, Silent).unwrap();
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    let mut dropped = recorder.send(request("wiki"), Duration::from_secs(1));
    assert!(dropped.as_mut().poll(&mut context).is_pending());
    drop(dropped);
    assert_eq!(found(&path).0, ["Other MaybeSent"]);
    // Still waiting when the recording is finished, as when the process is interrupted.
    let mut waiting = recorder.send(request("wiki"), Duration::from_secs(1));
    assert!(waiting.as_mut().poll(&mut context).is_pending());
    recorder.recording().finish().unwrap();
    assert_eq!(found(&path), (vec!["Other MaybeSent".to_owned(); 2], NONE));
    drop(waiting);
    assert_eq!(found(&path).0.len(), 2);
}

#[test]
fn exchanges_stand_in_the_order_in_which_they_were_begun() {
    let recorder = Recorder::in_memory(Silent);
    let recording = recorder.recording();
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    let mut first = recorder.send(request("first"), Duration::from_secs(1));
    let mut second = recorder.send(request("second"), Duration::from_secs(1));
    assert!(first.as_mut().poll(&mut context).is_pending());
    assert!(second.as_mut().poll(&mut context).is_pending());
    drop(second);
    drop(first);
    let bodies = recording
        .cassette()
        .exchanges()
        .iter()
        .map(|exchange| exchange.body().clone())
        .collect::<Vec<_>>();
    assert_eq!(bodies, ["first", "second"].map(|source| request(source).into_body()));
}

#[test]
fn a_second_recording_into_the_same_file_is_refused_until_the_first_ends() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("a.har");
    let first = Recorder::create(&path, Script::new([answer(200, "")])).unwrap();
    let error = Recorder::create(&path, Script::new([])).unwrap_err();
    assert_eq!(error.kind(), &CassetteErrorKind::Locked);
    let said = format!("cassette {}: another recording is being made into it", path.display());
    assert_eq!(error.to_string(), said);
    assert_eq!(Cassette::new().write(&path).unwrap_err().kind(), &CassetteErrorKind::Locked);
    send(&first, request("wiki")).unwrap();
    first.recording().finish().unwrap();
    assert_eq!(found(&path).0, ["200"]);
    drop(Recorder::create(&path, Script::new([])).unwrap());
    assert_eq!(found(&path).0, NONE);
}

#[test]
fn many_that_want_the_same_file_take_turns() {
    let directory = tempfile::tempdir().unwrap();
    let path = Arc::new(directory.path().join("a.har"));
    let writers: Vec<_> = (0..8)
        .map(|_| {
            let path = Arc::clone(&path);
            std::thread::spawn(move || {
                let mut written = 0;
                while written < 20 {
                    match Cassette::new().write(&*path) {
                        Ok(()) => written += 1,
                        Err(error) => {
                            assert_eq!(error.kind(), &CassetteErrorKind::Locked, "{error:?}")
                        }
                    }
                }
            })
        })
        .collect();
    for writer in writers {
        writer.join().unwrap();
    }
    assert_eq!(found(&path), (NONE, NONE));
}

#[test]
fn where_nothing_can_be_written_recording_does_not_begin() {
    let directory = tempfile::tempdir().unwrap();
    let said = |path: &Path| {
        let error = Recorder::create(path, Script::new([])).unwrap_err();
        let cause = std::error::Error::source(&error).map(ToString::to_string);
        (error.kind().clone(), cause)
    };
    let no_directory = said(&directory.path().join("none/a.har"));
    assert_eq!(
        no_directory,
        (CassetteErrorKind::Io, Some("No such file or directory (os error 2)".to_owned()))
    );
    assert_eq!(said(directory.path()), (CassetteErrorKind::NotAFile, None));
    assert_eq!(said(Path::new("/dev/null")), (CassetteErrorKind::NotAFile, None));
    assert_eq!(said(Path::new("")), (CassetteErrorKind::NotAFile, None));
    assert_eq!(said(Path::new("..")), (CassetteErrorKind::NotAFile, None));
}

#[test]
fn a_file_that_cannot_be_written_at_the_end_is_told() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("gone/a.har");
    fs::create_dir(path.parent().unwrap()).unwrap();
    let recorder = Recorder::create(&path, Script::new([answer(200, "")])).unwrap();
    fs::remove_dir_all(path.parent().unwrap()).unwrap();
    // The call itself goes on.
    assert_eq!(send(&recorder, request("wiki")).unwrap().status(), 200);
    let recording = recorder.recording();
    for _ in 0..2 {
        assert_eq!(recording.finish().unwrap_err().kind(), &CassetteErrorKind::Io);
    }
    assert_eq!(Log::of(|| drop(recorder)), "");

    fs::create_dir(path.parent().unwrap()).unwrap();
    let recorder = Recorder::create(&path, Script::new([])).unwrap();
    fs::remove_dir_all(path.parent().unwrap()).unwrap();
    let warned = Log::of(|| drop(recorder));
    assert!(
        warned
            .starts_with(" WARN kendra_sync::replay: the recording is not written error=cassette "),
        "{warned}"
    );
}

#[cfg(unix)]
#[test]
fn links_are_followed_and_permissions_are_kept() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let directory = tempfile::tempdir().unwrap();
    let (path, link) = (directory.path().join("a.har"), directory.path().join("link.har"));
    fs::write(&path, "").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    symlink(&path, &link).unwrap();
    // Left behind by somebody, where the next one would be written: not written through.
    symlink(directory.path().join("elsewhere"), directory.path().join(".a.har.partial")).unwrap();
    Cassette::new().write(&link).unwrap();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(found(&path), (NONE, vec!["link.har".to_owned()]));
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
}

#[test]
fn what_has_no_room_is_left_out_and_told() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("a.har");
    // 36 MiB of text: JSON has six bytes for each of them.
    let body = "\u{1}".repeat(6 * 1024 * 1024);
    let script = Script::new((0..2).map(|_| answer(200, &body)));
    let recorder = Recorder::create(&path, script).unwrap();
    for _ in 0..2 {
        send(&recorder, request("wiki")).unwrap();
    }
    let error = recorder.recording().finish().unwrap_err();
    assert_eq!(error.kind(), &CassetteErrorKind::TooLarge);
    assert_eq!(found(&path).0, ["200"]);
    let large = Exchange::new(&request("wiki"), answer(200, &body).as_ref(), &Redaction::new());
    let cassette: Cassette = [large.clone(), large].into_iter().collect();
    assert_eq!(cassette.write(&path).unwrap_err().kind(), &CassetteErrorKind::TooLarge);
    assert_eq!(found(&path), (vec!["200".to_owned()], NONE));
}
