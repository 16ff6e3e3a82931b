//! The same names without async: for programs that run no executor.

use std::fmt;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use kendra_sync_core::blocking::{HttpTransport, ProvideCredentials};
use kendra_sync_core::{Config, Credentials, CredentialsError, TransportError};

use crate::credentials::aws::Bridge;
use crate::credentials::search::Search;
use crate::credentials::state::{self, Need, State};
use crate::credentials::{out_of_time, soon};
use crate::error::SettingsError;
use crate::settings::Settings;

/// Everything as the AWS CLI would have it: settings for a client, and its credentials.
///
/// `transport` is what credentials are asked for over, where they need a request. [`Settings`] has more
/// to choose from.
///
/// # Errors
///
/// As for [`Settings::load`], [`Settings::config`] and [`Settings::blocking_credentials`].
pub fn load<T: HttpTransport + 'static>(
    transport: Arc<T>,
) -> Result<(Config, CredentialChain), SettingsError> {
    let settings = Settings::load()?;
    Ok((settings.config()?, settings.blocking_credentials(transport)?))
}

/// Credentials from the first source that is configured, kept until shortly before they expire.
///
/// One search is made at a time, however many calls wait. From five minutes before they expire others are
/// looked for; those that are still valid are used if that fails. After AWS has called them expired, the
/// next call gets others. Clones share all of this.
///
/// [`Settings::blocking_credentials`] gives one.
#[derive(Clone)]
pub struct CredentialChain(Arc<Inner>);

struct Inner {
    search: Search,
    transport: Arc<dyn HttpTransport>,
    state: Mutex<State>,
    /// Whether somebody searches.
    taken: Mutex<bool>,
    free: Condvar,
}

impl CredentialChain {
    pub(crate) fn new(search: Search, transport: Arc<dyn HttpTransport>) -> Self {
        let (state, taken, free) = (Mutex::default(), Mutex::default(), Condvar::new());
        Self(Arc::new(Inner { search, transport, state, taken, free }))
    }
}

impl Inner {
    fn state<R>(&self, look: impl FnOnce(&mut State) -> R) -> R {
        look(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn search(&self, deadline: Instant) -> Result<Credentials, CredentialsError> {
        let bridge = Bridge::new(Arc::new(Inline(Arc::clone(&self.transport))), deadline);
        // Nothing that it waits for outlasts the deadline.
        match pollster::block_on(self.search.run(bridge)) {
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

    /// The turn to search, if it can be had by `deadline`.
    fn turn(&self, deadline: Instant) -> Option<Turn<'_>> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        while *taken {
            let left = deadline.checked_duration_since(Instant::now())?;
            let waited = self.free.wait_timeout(taken, left);
            taken = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        *taken = true;
        Some(Turn(self))
    }
}

impl ProvideCredentials for CredentialChain {
    fn provide(&self, timeout: Duration) -> Result<Credentials, CredentialsError> {
        let inner = &*self.0;
        let started = Instant::now();
        match inner.state(|state| state.need(SystemTime::now())) {
            Need::Nothing(credentials) => Ok(credentials),
            Need::Soon(valid) => {
                let Some(_turn) = inner.turn(started) else { return Ok(valid) };
                Ok(inner.search(started + soon(timeout)).unwrap_or(valid))
            }
            Need::Now(seen) => {
                let deadline = started + timeout;
                let Some(_turn) = inner.turn(deadline) else { return Err(out_of_time()) };
                match inner.state(|state| state.since(seen, SystemTime::now())) {
                    Some(result) => result,
                    None => inner.search(deadline),
                }
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

/// Gives the turn to the next one when it is dropped.
struct Turn<'a>(&'a Inner);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        *self.0.taken.lock().unwrap_or_else(PoisonError::into_inner) = false;
        self.0.free.notify_one();
    }
}

/// A blocking transport where an async one is wanted: it does its work when it is polled.
#[derive(Debug)]
struct Inline(Arc<dyn HttpTransport>);

#[async_trait]
impl kendra_sync_core::HttpTransport for Inline {
    async fn send(
        &self,
        request: Request<Bytes>,
        timeout: Duration,
    ) -> Result<Response<Bytes>, TransportError> {
        self.0.send(request, timeout)
    }

    async fn sleep(&self, duration: Duration) {
        self.0.sleep(duration);
    }
}
