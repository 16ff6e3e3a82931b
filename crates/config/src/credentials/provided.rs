//! What a source gives, or why it does not.

use std::time::SystemTime;

use kendra_sync_core::Credentials;
use time::OffsetDateTime;
use time::format_description::well_known::Iso8601;

/// Credentials, and until when they can be used.
#[derive(Clone, Debug)]
pub(crate) struct Provided {
    pub(crate) credentials: Credentials,
    pub(crate) expiry: Option<SystemTime>,
}

impl Provided {
    /// These, unless they have expired already.
    pub(crate) fn unexpired(self) -> Result<Self, Failed> {
        match self.expiry {
            Some(expiry) if expiry <= SystemTime::now() => {
                Err(Failed::new("the credentials that it gave have expired"))
            }
            _ => Ok(self),
        }
    }
}

/// The SDK's as ours.
impl TryFrom<aws_credential_types::Credentials> for Provided {
    type Error = Failed;

    fn try_from(theirs: aws_credential_types::Credentials) -> Result<Self, Failed> {
        let token = theirs.session_token().filter(|token| !token.is_empty()).map(str::to_owned);
        let credentials =
            Credentials::new(theirs.access_key_id(), theirs.secret_access_key(), token)
                .map_err(|error| Failed::new(format!("what it gave: {error}")))?;
        Self { credentials, expiry: theirs.expiry() }.unexpired()
    }
}

/// Why a source that is configured gave nothing.
#[derive(Clone, Debug)]
pub(crate) struct Failed {
    pub(crate) reason: String,
    pub(crate) next: Option<String>,
    /// Only the caller's limit passed: another one may have more time.
    pub(crate) timed_out: bool,
}

impl Failed {
    pub(crate) fn new(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), next: None, timed_out: false }
    }

    pub(crate) fn timed_out(reason: impl Into<String>) -> Self {
        Self { timed_out: true, ..Self::new(reason) }
    }

    /// The same with this to do next, if nothing else is said yet.
    pub(crate) fn next(mut self, next: impl Into<String>) -> Self {
        self.next.get_or_insert_with(|| next.into());
        self
    }
}

/// A time as AWS writes it.
pub(crate) fn instant(text: &str) -> Option<SystemTime> {
    OffsetDateTime::parse(text, &Iso8601::DEFAULT).ok().map(SystemTime::from)
}
