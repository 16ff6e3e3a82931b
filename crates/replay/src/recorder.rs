//! The transport that records.

use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use kendra_sync_core::{HttpTransport, TransportError, blocking};

use crate::TARGET;
use crate::error::CassetteError;
use crate::recording::Recording;
use crate::redaction::Redaction;

/// A transport, async or blocking, whose exchanges are recorded: answers, and errors too.
///
/// Secrets are taken out before anything is kept; see [`Redaction`]. The file is written after each
/// exchange (a long one only after some more) and when the recording is finished or the recorder is
/// dropped, also by a panic: whole or not at all, and synced to the disk, which blocks the thread for
/// as long as that takes. A request that is given up, as when its future is dropped, is recorded as
/// that.
///
/// Only what goes through the recorder is recorded. A provider of credentials has a transport of its
/// own, so that its requests never are.
///
/// # Examples
///
/// ```
/// use kendra_sync_replay::blocking::Client;
/// use kendra_sync_replay::{Config, Credentials, Recorder, Region, Replay};
/// # use kendra_sync_replay::{Cassette, Exchange, Redaction};
/// # let request = http::Request::post("/").header("x-amz-target", "AWSKendraFrontendService.StopDataSourceSyncJob")
/// #     .body(r#"{"Id":"wiki","IndexId":"0a1b2c3d-4e5f-6789-abcd-ef0123456789"}"#.into())?;
/// # let answer = http::Response::default();
/// # let exchange = Exchange::new(&request, Ok(&answer), &Redaction::new());
/// # let transport = Replay::new([exchange].into_iter().collect());
/// # let directory = tempfile::tempdir()?;
/// # let file = directory.path().join("stop.har");
///
/// // Any transport: here it is called `transport`.
/// let recorder = Recorder::create(&file, transport)?;
/// let recording = recorder.recording();
/// let credentials = Credentials::new("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG", None)?;
/// let client = Client::new(recorder, credentials, Config::new(Region::new("eu-west-1")?));
/// client.stop_data_source_sync_job(
///     &"0a1b2c3d-4e5f-6789-abcd-ef0123456789".parse()?,
///     &"wiki".parse()?,
/// )?;
/// recording.finish()?;
/// # assert_eq!(Cassette::read(&file)?, recording.cassette());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Recorder<T> {
    transport: T,
    redaction: Redaction,
    recording: Recording,
}

impl<T> Recorder<T> {
    /// Records into a file, which is replaced. Until the recording ends, no other can be made into it.
    ///
    /// # Errors
    ///
    /// [`CassetteError`] when another recording is being made into the file, it is something other
    /// than a file, or nothing can be written beside it.
    pub fn create(path: impl AsRef<Path>, transport: T) -> Result<Self, CassetteError> {
        Ok(Self::new(transport, Recording::into_file(path.as_ref())?))
    }

    /// Records without a file: see [`Recording::cassette`].
    pub fn in_memory(transport: T) -> Self {
        Self::new(transport, Recording::in_memory())
    }

    fn new(transport: T, recording: Recording) -> Self {
        Self { transport, redaction: Redaction::new(), recording }
    }

    /// Keeps out what this says. [`Redaction::new`] by default.
    #[must_use]
    pub fn redaction(mut self, redaction: Redaction) -> Self {
        self.redaction = redaction;
        self
    }

    /// What is recorded, to be finished or looked at when a client has the recorder.
    pub fn recording(&self) -> Recording {
        self.recording.clone()
    }
}

#[async_trait]
impl<T: HttpTransport> HttpTransport for Recorder<T> {
    async fn send(
        &self,
        request: Request<Bytes>,
        timeout: Duration,
    ) -> Result<Response<Bytes>, TransportError> {
        let pending = self.recording.begin(&request, &self.redaction);
        let outcome = self.transport.send(request, timeout).await;
        pending.end(&outcome);
        outcome
    }

    async fn sleep(&self, duration: Duration) {
        self.transport.sleep(duration).await;
    }
}

impl<T: blocking::HttpTransport> blocking::HttpTransport for Recorder<T> {
    fn send(
        &self,
        request: Request<Bytes>,
        timeout: Duration,
    ) -> Result<Response<Bytes>, TransportError> {
        let pending = self.recording.begin(&request, &self.redaction);
        let outcome = self.transport.send(request, timeout);
        pending.end(&outcome);
        outcome
    }

    fn sleep(&self, duration: Duration) {
        self.transport.sleep(duration);
    }
}

impl<T> Drop for Recorder<T> {
    fn drop(&mut self) {
        // Whoever finished it has been told.
        if !self.recording.is_finished()
            && let Err(error) = self.recording.finish()
        {
            tracing::warn!(target: TARGET, %error, "the recording is not written");
        }
    }
}
