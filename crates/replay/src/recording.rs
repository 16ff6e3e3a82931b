//! What is being recorded, and when it is written.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Instant, SystemTime};

use bytes::Bytes;
use http::{Request, Response};
use kendra_sync_core::{Delivery, TransportError, TransportErrorKind};

use crate::cassette::Cassette;
use crate::error::{CassetteError, CassetteErrorKind};
use crate::exchange::{Asked, Exchange};
use crate::file::CassetteFile;
use crate::redaction::Redaction;
use crate::{TARGET, write};

/// What a [`Recorder`](crate::Recorder) has recorded so far; clones are the same recording.
#[derive(Clone)]
pub struct Recording(Arc<Mutex<Tape>>);

struct Tape {
    file: Option<(PathBuf, CassetteFile)>,
    /// In the order in which they were begun; their text is what is written.
    ended: BTreeMap<u64, (Exchange, String)>,
    begun: BTreeMap<u64, Begun>,
    next: u64,
    /// The size of the whole text.
    size: usize,
    /// How many exchanges the file had no room for.
    left_out: usize,
    /// From how many exchanges on the file is written again.
    write_from: usize,
    /// How writing ended, once the recording is finished.
    finished: Option<Result<(), CassetteError>>,
}

/// A request whose outcome is not known yet.
struct Begun {
    asked: Asked,
    started: SystemTime,
    since: Instant,
}

impl Recording {
    /// Into a file, which nobody else may record into until this recording ends.
    pub(crate) fn into_file(path: &Path) -> Result<Self, CassetteError> {
        let file = CassetteFile::claim(path).map_err(|error| error.at(path))?;
        Ok(Self::new(Some((path.to_owned(), file))))
    }

    pub(crate) fn in_memory() -> Self {
        Self::new(None)
    }

    fn new(file: Option<(PathBuf, CassetteFile)>) -> Self {
        Self(Arc::new(Mutex::new(Tape {
            file,
            ended: BTreeMap::new(),
            begun: BTreeMap::new(),
            next: 0,
            size: write::log::<&str>(&[]).len(),
            left_out: 0,
            write_from: 1,
            finished: None,
        })))
    }

    /// What has been recorded: the exchanges that have ended.
    pub fn cassette(&self) -> Cassette {
        self.tape().ended.values().map(|(exchange, _)| exchange.clone()).collect()
    }

    /// Ends the recording and writes the file. What is sent later is not recorded, and a request that
    /// has no outcome yet is recorded as given up.
    ///
    /// A recording that is finished already stays so, and tells the same again; the recorder finishes
    /// it when it is dropped.
    ///
    /// # Errors
    ///
    /// [`CassetteError`] says why the file could not be written, or that not all exchanges have room in
    /// it; those that have are in it.
    pub fn finish(&self) -> Result<(), CassetteError> {
        let mut tape = self.tape();
        if let Some(written) = &tape.finished {
            return written.clone();
        }
        while let Some((number, begun)) = tape.begun.pop_first() {
            tape.give_up(number, begun);
        }
        let written = tape.write();
        // Lets others record into the file.
        let file = tape.file.take();
        let written = match (written, tape.left_out, file) {
            (Ok(()), 1.., Some((path, _))) => {
                Err(CassetteError::new(CassetteErrorKind::TooLarge).at(&path))
            }
            (written, ..) => written,
        };
        tape.finished = Some(written.clone());
        written
    }

    pub(crate) fn is_finished(&self) -> bool {
        self.tape().finished.is_some()
    }

    /// Takes a request in, without secrets. Its outcome is told to what is returned.
    pub(crate) fn begin(&self, request: &Request<Bytes>, redaction: &Redaction) -> Pending {
        let asked = redaction.request(request);
        let begun = Begun { asked, started: SystemTime::now(), since: Instant::now() };
        let mut tape = self.tape();
        let number = tape.next;
        tape.next += 1;
        if tape.finished.is_none() {
            tape.begun.insert(number, begun);
        }
        Pending { recording: self.clone(), redaction: redaction.clone(), number }
    }

    fn tape(&self) -> MutexGuard<'_, Tape> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Shows how much is recorded.
impl fmt::Debug for Recording {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let exchanges = self.tape().ended.len();
        f.debug_struct("Recording").field("exchanges", &exchanges).finish_non_exhaustive()
    }
}

impl Tape {
    fn add(&mut self, number: u64, exchange: Exchange) {
        let text = write::entry(&exchange);
        let size = self.size + text.len() + SEPARATOR;
        if size > Cassette::MAX_SIZE && self.file.is_some() {
            self.left_out += 1;
            return;
        }
        self.size = size;
        self.ended.insert(number, (exchange, text));
    }

    fn give_up(&mut self, number: u64, begun: Begun) {
        let error = TransportError::new(TransportErrorKind::Other, Delivery::MaybeSent);
        let error = error.with_source("given up before there was an outcome");
        let (started, took) = (begun.started, begun.since.elapsed());
        let exchange = Exchange::of(begun.asked, Err(&error), &Redaction::new());
        self.add(number, exchange.timed(started, took));
    }

    /// Writes after each exchange; later, when there are a sixteenth more than last time, so that
    /// a long recording is not written over and over again.
    fn write_if_due(&mut self) {
        let count = self.ended.len();
        if count < self.write_from {
            return;
        }
        self.write_from = count + 1 + count / 16;
        if let Err(error) = self.write() {
            // Tried again with the next exchange, and at the end, which tells.
            self.write_from = count + 1;
            tracing::debug!(target: TARGET, %error, "the recording is not written yet");
        }
    }

    fn write(&self) -> Result<(), CassetteError> {
        let Some((path, file)) = &self.file else { return Ok(()) };
        let entries = self.ended.values().map(|(_, text)| text.as_str());
        file.replace(&write::log(&entries.collect::<Vec<_>>())).map_err(|error| error.at(path))
    }
}

/// A request that waits for its outcome. Dropped without one, it counts as given up.
pub(crate) struct Pending {
    recording: Recording,
    redaction: Redaction,
    number: u64,
}

impl Pending {
    pub(crate) fn end(self, outcome: &Result<Response<Bytes>, TransportError>) {
        let mut tape = self.recording.tape();
        let Some(begun) = tape.begun.remove(&self.number) else { return };
        let (started, took) = (begun.started, begun.since.elapsed());
        let exchange = Exchange::of(begun.asked, outcome.as_ref(), &self.redaction);
        tape.add(self.number, exchange.timed(started, took));
        tape.write_if_due();
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        let mut tape = self.recording.tape();
        if let Some(begun) = tape.begun.remove(&self.number) {
            tape.give_up(self.number, begun);
            tape.write_if_due();
        }
    }
}

/// What the text between two entries takes.
const SEPARATOR: usize = 8;
