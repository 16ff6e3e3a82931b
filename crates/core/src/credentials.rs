//! Who signs: a key pair, and where it comes from.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use zeroize::Zeroizing;

/// An AWS access key: id, secret, and a session token where it is a temporary one.
///
/// Cheap to clone. Secret and token are wiped from memory with the last clone, and `Debug` shows
/// the key id only.
///
/// # Examples
///
/// ```
/// use kendra_sync_core::Credentials;
///
/// let credentials = Credentials::new("AKIDEXAMPLE", "wJalrXUtnFEMI", Some("token".into()))?;
/// assert_eq!(format!("{credentials:?}"), r#"Credentials { access_key_id: "AKIDEXAMPLE", .. }"#);
/// # Ok::<(), kendra_sync_core::InvalidCredentials>(())
/// ```
#[derive(Clone)]
pub struct Credentials(Arc<Inner>);

struct Inner {
    access_key_id: Box<str>,
    secret_access_key: Zeroizing<String>,
    session_token: Option<Zeroizing<String>>,
}

impl Credentials {
    /// Keeps an access key that can be sent: id and token go into headers.
    ///
    /// # Errors
    ///
    /// [`InvalidCredentials`] when a part is empty, or the id or token holds what a header cannot
    /// carry. The message never repeats a value.
    pub fn new(
        access_key_id: impl Into<String>,
        secret_access_key: impl Into<String>,
        session_token: Option<String>,
    ) -> Result<Self, InvalidCredentials> {
        let access_key_id = access_key_id.into();
        let secret_access_key = Zeroizing::new(secret_access_key.into());
        let session_token = session_token.map(Zeroizing::new);
        // The id stands in `Credential=ID/scope, `: a comma or slash would end it early.
        if !is_visible(&access_key_id) || access_key_id.contains([',', '/']) {
            return Err(InvalidCredentials::AccessKeyId);
        }
        if secret_access_key.is_empty() {
            return Err(InvalidCredentials::SecretAccessKey);
        }
        if session_token.as_ref().is_some_and(|token| !is_visible(token)) {
            return Err(InvalidCredentials::SessionToken);
        }
        let access_key_id = access_key_id.into_boxed_str();
        Ok(Self(Arc::new(Inner { access_key_id, secret_access_key, session_token })))
    }

    /// The id of the access key. Not a secret.
    pub fn access_key_id(&self) -> &str {
        &self.0.access_key_id
    }

    /// The secret. For what must know it to keep it out of something; it is never to be shown.
    pub fn secret_access_key(&self) -> &str {
        &self.0.secret_access_key
    }

    /// The session token of a temporary key. As secret as the key.
    pub fn session_token(&self) -> Option<&str> {
        self.0.session_token.as_ref().map(|token| token.as_str())
    }
}

/// Shows the key id only.
impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("access_key_id", &self.0.access_key_id)
            .finish_non_exhaustive()
    }
}

/// Which part of an access key cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidCredentials {
    /// The access key id.
    AccessKeyId,
    /// The secret access key.
    SecretAccessKey,
    /// The session token.
    SessionToken,
}

impl fmt::Display for InvalidCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AccessKeyId => {
                "access key id must be visible ASCII characters without ',' and '/', at least one"
            }
            Self::SecretAccessKey => "secret access key must not be empty",
            Self::SessionToken => "session token must be visible ASCII characters, at least one",
        })
    }
}

impl StdError for InvalidCredentials {}

/// Where credentials come from.
///
/// An implementation
/// 1. returns within `timeout`, with an error if it must;
/// 2. can be called from many calls at once, and before each attempt: it caches what is costly;
/// 3. puts no secret into its `Debug` or its errors.
///
/// [`Credentials`] themselves are the simplest implementation: always the same.
#[async_trait]
pub trait ProvideCredentials: fmt::Debug + Send + Sync {
    /// Returns credentials to sign one attempt with. `timeout` is what is left of the call's limit.
    ///
    /// # Errors
    ///
    /// [`CredentialsError`] says why there are none; the call ends with it.
    async fn provide(&self, timeout: Duration) -> Result<Credentials, CredentialsError>;

    /// Hears that Kendra took `credentials` for expired. Whoever caches gets new ones before the next
    /// call; by default nothing is done.
    fn refused(&self, credentials: &Credentials) {
        let _ = credentials;
    }
}

#[async_trait]
impl ProvideCredentials for Credentials {
    async fn provide(&self, _timeout: Duration) -> Result<Self, CredentialsError> {
        Ok(self.clone())
    }
}

#[async_trait]
impl<C: ProvideCredentials + ?Sized> ProvideCredentials for Arc<C> {
    async fn provide(&self, timeout: Duration) -> Result<Credentials, CredentialsError> {
        (**self).provide(timeout).await
    }

    fn refused(&self, credentials: &Credentials) {
        (**self).refused(credentials);
    }
}

/// Why there are no credentials, in the provider's words.
#[derive(Debug)]
pub struct CredentialsError {
    message: Box<str>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl CredentialsError {
    /// An error that reads `message`: lowercase, no full stop, no secret.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into().into_boxed_str(), source: None }
    }

    /// Adds what caused it.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }
}

impl fmt::Display for CredentialsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl StdError for CredentialsError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_ref().map(|source| &**source as _)
    }
}

fn is_visible(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_the_key_id_and_neither_secret_nor_token() {
        let credentials =
            Credentials::new("AKIDEXAMPLE", "secret-canary", Some("token-canary".into())).unwrap();
        let expected = "Credentials {\n    access_key_id: \"AKIDEXAMPLE\",\n    ..\n}";
        assert_eq!(format!("{credentials:#?}"), expected);
    }

    #[test]
    fn what_a_header_cannot_carry_is_refused_by_name() {
        use InvalidCredentials as No;
        let token = |token: &str| Some(token.to_owned());
        for (id, secret, token, expected) in [
            ("", "s", None, No::AccessKeyId),
            ("A B", "s", None, No::AccessKeyId),
            ("A/B", "s", None, No::AccessKeyId),
            ("A,B", "s", None, No::AccessKeyId),
            ("A\n", "s", None, No::AccessKeyId),
            ("Ä", "s", None, No::AccessKeyId),
            ("A", "", None, No::SecretAccessKey),
            ("A", "s", token(""), No::SessionToken),
            ("A", "s", token("t\r\nX: y"), No::SessionToken),
            ("A", "s", token("t t"), No::SessionToken),
        ] {
            assert_eq!(Credentials::new(id, secret, token).unwrap_err(), expected);
        }
    }
}
