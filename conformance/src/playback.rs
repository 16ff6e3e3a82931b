//! A recorder and its player, as a suite is given them.

use std::error::Error as StdError;
use std::fmt;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use kendra_sync_core::{HttpTransport, blocking};
use tokio::runtime::Handle;

use crate::env::Env;
use crate::subject::{BoxError, Factory, Making, Subject};

/// How a suite records and plays: what [`Suite::replay`](crate::Suite::replay) needs to know of a recorder and its
/// player.
///
/// Each case is recorded from its servers into a file of its own, and then played from it.
///
/// # Examples
///
/// ```no_run
/// use std::path::PathBuf;
/// use std::process::ExitCode;
///
/// use kendra_sync_conformance::{Caps, Playback, Suite};
/// use kendra_sync_hyper::HyperTransport;
/// use kendra_sync_replay::{CassetteError, Recorder, Replay};
///
/// fn main() -> ExitCode {
///     let playback = Playback::new(
///         |_env, file: PathBuf| async move { Recorder::create(file, HyperTransport::new()) },
///         |file| Replay::open(file),
///         |replay| replay.finish().map_or_else(|unused| unused.len(), |unused| unused.len()),
///     );
///     Suite::new("acme-replay", "1.0.0").replay("default", Caps::NONE, playback).main()
/// }
/// ```
#[derive(Clone)]
pub struct Playback {
    recorders: Arc<dyn Fn(Env, PathBuf) -> Making + Send + Sync>,
    players: Arc<dyn Fn(PathBuf) -> Result<Player, BoxError> + Send + Sync>,
    pub(crate) blocking: bool,
}

/// What plays a file.
pub(crate) struct Player {
    pub(crate) subject: Subject,
    /// How many exchanges were not used so far.
    pub(crate) unused: Box<dyn Fn() -> usize + Send + Sync>,
}

impl Playback {
    /// Async ones. `record` makes a transport that records into a file, which must be whole once the transport
    /// is dropped; `play` makes one that answers from such a file; `unused` tells how many recorded
    /// exchanges it has not used so far.
    pub fn new<R, M, T, E, P, F>(
        record: impl Fn(Env, PathBuf) -> M + Send + Sync + 'static,
        play: impl Fn(PathBuf) -> Result<P, F> + Send + Sync + 'static,
        unused: R,
    ) -> Self
    where
        M: Future<Output = Result<T, E>> + Send + 'static,
        T: HttpTransport + 'static,
        E: Into<Box<dyn StdError + Send + Sync>>,
        P: HttpTransport + 'static,
        F: Into<Box<dyn StdError + Send + Sync>>,
        R: Fn(&P) -> usize + Clone + Send + Sync + 'static,
    {
        let recorders = move |env, file| -> Making {
            let making = record(env, file);
            Box::pin(async move { Ok(Subject::new(Arc::new(making.await.map_err(Into::into)?))) })
        };
        let players = move |file| {
            let (player, unused) = (Arc::new(play(file).map_err(Into::into)?), unused.clone());
            let subject = Subject::new(Arc::clone(&player) as Arc<dyn HttpTransport>);
            Ok(Player { subject, unused: Box::new(move || unused(&player)) })
        };
        Self { recorders: Arc::new(recorders), players: Arc::new(players), blocking: false }
    }

    /// The same of blocking ones.
    pub fn blocking<R, T, E, P, F>(
        record: impl Fn(Env, PathBuf) -> Result<T, E> + Send + Sync + 'static,
        play: impl Fn(PathBuf) -> Result<P, F> + Send + Sync + 'static,
        unused: R,
    ) -> Self
    where
        T: blocking::HttpTransport + 'static,
        E: Into<Box<dyn StdError + Send + Sync>>,
        P: blocking::HttpTransport + 'static,
        F: Into<Box<dyn StdError + Send + Sync>>,
        R: Fn(&P) -> usize + Clone + Send + Sync + 'static,
    {
        let record = Arc::new(record);
        let recorders = move |env, file| -> Making {
            let record = Arc::clone(&record);
            let making = move || {
                let made = record(env, file).map_err(Into::into)?;
                Ok(Subject::blocking(Arc::new(made) as Arc<dyn blocking::HttpTransport>))
            };
            Box::pin(async move { tokio::task::spawn_blocking(making).await? })
        };
        let players = move |file| {
            let (player, unused) = (Arc::new(play(file).map_err(Into::into)?), unused.clone());
            let subject =
                Subject::blocking(Arc::clone(&player) as Arc<dyn blocking::HttpTransport>);
            Ok(Player { subject, unused: Box::new(move || unused(&player)) })
        };
        Self { recorders: Arc::new(recorders), players: Arc::new(players), blocking: true }
    }

    /// Makes transports that record into `file`.
    pub(crate) fn recorder(&self, file: &Path) -> Factory {
        let (recorders, file) = (Arc::clone(&self.recorders), file.to_owned());
        Arc::new(move |env| recorders(env, file.clone()))
    }

    /// A transport that plays `file`, made on a thread of that runtime that may block.
    ///
    /// # Errors
    ///
    /// The player's.
    pub(crate) async fn player(&self, file: &Path, on: &Handle) -> Result<Player, BoxError> {
        let (players, file) = (Arc::clone(&self.players), file.to_owned());
        on.spawn_blocking(move || players(file)).await?
    }
}

/// Shows of which kind it is.
impl fmt::Debug for Playback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Playback").field("blocking", &self.blocking).finish_non_exhaustive()
    }
}
