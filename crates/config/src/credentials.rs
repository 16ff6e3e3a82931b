//! Credentials from wherever AWS tools find them.

use std::fmt;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use async_trait::async_trait;
use futures_util::future::{Either, select};
use kendra_sync_core::{Config, Credentials, CredentialsError, HttpTransport, ProvideCredentials};
use tokio::sync::Mutex as AsyncMutex;

use crate::credentials::aws::Bridge;
use crate::credentials::search::Search;
use crate::credentials::state::{Need, State};
use crate::error::SettingsError;
use crate::settings::Settings;

pub(crate) mod aws;
pub(crate) mod command_line;
pub(crate) mod container;
pub(crate) mod instance;
pub(crate) mod not_found;
pub(crate) mod process;
pub(crate) mod profile;
pub(crate) mod provided;
pub(crate) mod search;
pub(crate) mod sources;
pub(crate) mod sso;
pub(crate) mod state;

/// Everything as the AWS CLI would have it: settings for a client, and its credentials.
///
/// `transport` is what credentials are asked for over, where they need a request. [`Settings`] has more
/// to choose from.
///
/// # Errors
///
/// As for [`Settings::load`], [`Settings::config`] and [`Settings::credentials`].
pub fn load<T: HttpTransport + 'static>(
    transport: Arc<T>,
) -> Result<(Config, CredentialChain), SettingsError> {
    let settings = Settings::load()?;
    Ok((settings.config()?, settings.credentials(transport)?))
}

/// Credentials from the first source that is configured, kept until shortly before they expire.
///
/// One search is made at a time, however many calls wait. From five minutes before they expire others are
/// looked for; those that are still valid are used if that fails. After AWS has called them expired, the
/// next call gets others. Clones share all of this.
///
/// [`Settings::credentials`] gives one.
#[derive(Clone)]
pub struct CredentialChain(Arc<Inner>);

struct Inner {
    search: Search,
    transport: Arc<dyn HttpTransport>,
    state: Mutex<State>,
    /// Held by whoever searches.
    turn: AsyncMutex<()>,
}

impl CredentialChain {
    pub(crate) fn new(search: Search, transport: Arc<dyn HttpTransport>) -> Self {
        let (state, turn) = (Mutex::default(), AsyncMutex::new(()));
        Self(Arc::new(Inner { search, transport, state, turn }))
    }
}

impl Inner {
    fn state<R>(&self, look: impl FnOnce(&mut State) -> R) -> R {
        look(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    async fn search(&self, deadline: Instant) -> Result<Credentials, CredentialsError> {
        let bridge = Bridge::new(Arc::clone(&self.transport), deadline);
        match self.search.run(bridge).await {
            Ok(provided) => {
                let credentials = provided.credentials.clone();
                self.state(|state| state.found(provided));
                Ok(credentials)
            }
            Err(failed) if failed.timed_out || Instant::now() >= deadline => {
                self.state(|state| state.not_now(SystemTime::now()));
                Err(state::error(&Arc::new(self.search.error(failed))))
            }
            Err(failed) => {
                let why = self.search.error(failed);
                Err(self.state(|state| state.failed(why, SystemTime::now())))
            }
        }
    }

    /// Waits for whoever searches, and searches if that has brought nothing.
    async fn now(&self, seen: u64, deadline: Instant) -> Result<Credentials, CredentialsError> {
        let _turn = self.turn.lock().await;
        match self.state(|state| state.since(seen, SystemTime::now())) {
            Some(result) => result,
            None => self.search(deadline).await,
        }
    }

    /// None when `limit` passes first.
    async fn within<T>(&self, limit: Duration, work: impl Future<Output = T> + Send) -> Option<T> {
        match select(pin!(work), pin!(self.transport.sleep(limit))).await {
            Either::Left((done, _)) => Some(done),
            Either::Right(((), _)) => None,
        }
    }
}

#[async_trait]
impl ProvideCredentials for CredentialChain {
    async fn provide(&self, timeout: Duration) -> Result<Credentials, CredentialsError> {
        let inner = &*self.0;
        let started = Instant::now();
        match inner.state(|state| state.need(SystemTime::now())) {
            Need::Nothing(credentials) => Ok(credentials),
            Need::Soon(valid) => {
                let Ok(_turn) = inner.turn.try_lock() else { return Ok(valid) };
                let limit = soon(timeout);
                let found = inner.within(limit, inner.search(started + limit)).await;
                if found.is_none() {
                    inner.state(|state| state.not_now(SystemTime::now()));
                }
                Ok(found.and_then(Result::ok).unwrap_or(valid))
            }
            Need::Now(seen) => {
                let found = inner.within(timeout, inner.now(seen, started + timeout)).await;
                found.unwrap_or_else(|| Err(out_of_time()))
            }
        }
    }

    fn refused(&self, credentials: &Credentials) {
        self.0.state(|state| state.refused(credentials));
    }
}

/// Shows the source's name.
impl fmt::Debug for CredentialChain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CredentialChain").field("search", &self.0.search).finish_non_exhaustive()
    }
}

pub(crate) fn out_of_time() -> CredentialsError {
    CredentialsError::new("the time limit passed before a source gave credentials")
}

/// How long a call that has valid credentials waits for others.
pub(crate) fn soon(timeout: Duration) -> Duration {
    (timeout / 2).min(Duration::from_secs(5))
}
