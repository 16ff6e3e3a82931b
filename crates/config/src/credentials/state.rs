//! What is known between two searches: the last credentials, when to look for others, the last failure.

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use kendra_sync_core::{Credentials, CredentialsError};

use crate::credentials::not_found::NoCredentials;
use crate::credentials::provided::Provided;

#[derive(Debug, Default)]
pub(crate) struct State {
    cached: Option<Cached>,
    /// How many searches have ended by themselves.
    searches: u64,
    failed: Option<Arc<NoCredentials>>,
}

#[derive(Debug)]
struct Cached {
    provided: Provided,
    refresh: Option<SystemTime>,
}

/// What a call needs.
#[derive(Debug)]
pub(crate) enum Need {
    /// These will do.
    Nothing(Credentials),
    /// Others, now; after this many searches.
    Now(u64),
    /// Others, but these can still be used.
    Soon(Credentials),
}

impl State {
    pub(crate) fn need(&self, now: SystemTime) -> Need {
        let Some(cached) = &self.cached else { return Need::Now(self.searches) };
        let is_past = |time: Option<SystemTime>| time.is_some_and(|time| time <= now);
        let credentials = &cached.provided.credentials;
        if is_past(cached.provided.expiry) {
            Need::Now(self.searches)
        } else if is_past(cached.refresh) {
            Need::Soon(credentials.clone())
        } else {
            Need::Nothing(credentials.clone())
        }
    }

    /// What came of a search that ended since there were `searches`: for whoever waited for it.
    pub(crate) fn since(
        &self,
        searches: u64,
        now: SystemTime,
    ) -> Option<Result<Credentials, CredentialsError>> {
        match self.need(now) {
            Need::Nothing(credentials) | Need::Soon(credentials) => Some(Ok(credentials)),
            Need::Now(_) if self.searches > searches => {
                self.failed.as_ref().map(|failed| Err(error(failed)))
            }
            Need::Now(_) => None,
        }
    }

    pub(crate) fn found(&mut self, provided: Provided) {
        self.searches += 1;
        self.failed = None;
        // So that many machines do not ask at the same moment.
        let early = EARLY + Duration::from_millis(RandomState::new().hash_one(0) % MAX_JITTER_MS);
        let refresh = provided.expiry.map(|expiry| expiry.checked_sub(early).unwrap_or(expiry));
        self.cached = Some(Cached { provided, refresh });
    }

    /// Gives the error. What is still valid is used for a while before another search is made.
    pub(crate) fn failed(&mut self, why: NoCredentials, now: SystemTime) -> CredentialsError {
        self.searches += 1;
        self.not_now(now);
        let why = Arc::new(why);
        self.failed = Some(Arc::clone(&why));
        error(&why)
    }

    /// A search could not be made in the time that there was.
    pub(crate) fn not_now(&mut self, now: SystemTime) {
        if let Some(cached) = &mut self.cached {
            cached.refresh = cached.refresh.and_then(|_| now.checked_add(PAUSE));
        }
    }

    /// AWS takes `credentials` for expired. Those which came since then are kept.
    pub(crate) fn refused(&mut self, credentials: &Credentials) {
        let same = |cached: &Cached| {
            let own = &cached.provided.credentials;
            own.access_key_id() == credentials.access_key_id()
                && own.session_token() == credentials.session_token()
        };
        if self.cached.as_ref().is_some_and(same) {
            self.cached = None;
        }
    }
}

pub(crate) fn error(why: &Arc<NoCredentials>) -> CredentialsError {
    let summary = match why.tried() {
        [.., last] => format!("no source gave credentials; the last one was {last}"),
        [] => "no source gave credentials".to_owned(),
    };
    CredentialsError::new(summary).with_source(NoCredentials::clone(why))
}

/// How long before they expire others are looked for, and how much earlier at most.
const EARLY: Duration = Duration::from_secs(5 * 60);
const MAX_JITTER_MS: u64 = 60_000;

/// How long after a failure nothing is tried while there are valid ones.
const PAUSE: Duration = Duration::from_secs(30);

#[cfg(test)]
mod tests;
