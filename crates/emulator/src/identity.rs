use std::fmt;

use subtle::ConstantTimeEq;

use crate::random;

/// Credentials the emulator accepts, and how it treats who signs with them.
///
/// `Debug` shows the access key id and nothing secret.
#[derive(Clone)]
pub struct Identity {
    access_key_id: String,
    secret_access_key: String,
    session_token: Option<String>,
    lifetime: Lifetime,
    permission: Permission,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lifetime {
    Valid,
    Expired,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Permission {
    Allowed,
    Denied,
}

impl Identity {
    /// Makes a long-term identity that may do everything.
    pub fn new(access_key_id: impl Into<String>, secret_access_key: impl Into<String>) -> Self {
        Self {
            access_key_id: access_key_id.into(),
            secret_access_key: secret_access_key.into(),
            session_token: None,
            lifetime: Lifetime::Valid,
            permission: Permission::Allowed,
        }
    }

    pub(crate) fn generate() -> Self {
        Self::new(random::access_key_id(), random::secret_access_key())
    }

    /// Makes it temporary: each request must carry this `X-Amz-Security-Token`.
    #[must_use]
    pub fn session_token(mut self, token: impl Into<String>) -> Self {
        self.session_token = Some(token.into());
        self
    }

    /// Makes it expired: a request signed with it gets `ExpiredTokenException`.
    #[must_use]
    pub fn expired(mut self) -> Self {
        self.lifetime = Lifetime::Expired;
        self
    }

    /// Takes every permission away: a request signed with it gets `AccessDeniedException`.
    #[must_use]
    pub fn denied(mut self) -> Self {
        self.permission = Permission::Denied;
        self
    }

    /// The access key id; it is sent in the clear and is no secret.
    pub fn access_key_id(&self) -> &str {
        &self.access_key_id
    }

    /// The secret access key, to configure a client with.
    pub fn secret_access_key(&self) -> &str {
        &self.secret_access_key
    }

    /// The session token, if there is one, to configure a client with.
    pub fn token(&self) -> Option<&str> {
        self.session_token.as_deref()
    }

    /// Whether it was marked as expired.
    pub fn is_expired(&self) -> bool {
        self.lifetime == Lifetime::Expired
    }

    /// Whether its permissions were taken away.
    pub fn is_denied(&self) -> bool {
        self.permission == Permission::Denied
    }

    /// Whether a request may carry `token`; the comparison takes the same time for any value of
    /// the same length.
    pub(crate) fn accepts_token(&self, token: Option<&[u8]>) -> bool {
        match (self.token(), token) {
            (None, None) => true,
            (Some(expected), Some(token)) => expected.as_bytes().ct_eq(token).into(),
            _ => false,
        }
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity")
            .field("access_key_id", &self.access_key_id)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_the_key_id_alone() {
        let identity =
            Identity::new("AKIDEXAMPLE", "a-secret-key").session_token("a-token").denied();
        assert_eq!(format!("{identity:?}"), r#"Identity { access_key_id: "AKIDEXAMPLE", .. }"#);
    }

    #[test]
    fn a_token_must_be_there_exactly_when_the_identity_has_one() {
        let long_term = Identity::new("AKID", "secret");
        let temporary = Identity::new("ASIA", "secret").session_token("token");
        let accepted = |identity: &Identity| {
            [None, Some(b"token".as_slice()), Some(b"tokem"), Some(b"token2"), Some(b"")]
                .map(|token| identity.accepts_token(token))
        };
        assert_eq!(accepted(&long_term), [true, false, false, false, false]);
        assert_eq!(accepted(&temporary), [false, true, false, false, false]);
    }

    #[test]
    fn a_generated_identity_looks_like_one_of_aws() {
        let identity = Identity::generate();
        let (key_id, secret) = (identity.access_key_id(), identity.secret_access_key());
        assert_eq!((key_id.len(), secret.len()), (20, 40));
        assert!(key_id.strip_prefix("AKIA").is_some_and(|rest| {
            rest.bytes().all(|byte| matches!(byte, b'A'..=b'Z' | b'2'..=b'7'))
        }));
        assert!(secret.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/".contains(&byte)));
        assert_eq!(
            (identity.token(), identity.is_expired(), identity.is_denied()),
            (None, false, false)
        );
    }
}
