//! What is kept out of a recording.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response};
use kendra_sync_core::{Credentials, TransportError};

use crate::cover::{Cover, cover, cover_text};
use crate::exchange::{Asked, Fault};
use crate::learn::{covered_value, learn_headers, learn_uri};
use crate::placeholders::Placeholders;
use crate::secrets::Secrets;

/// What is kept out of a recording, and made the same in what is compared with one.
///
/// Always: the access key id and the signature in `Authorization`, any other credentials there and in
/// `Proxy-Authorization`, `X-Amz-Security-Token`, cookies, user information in URLs, and header
/// values that are marked as sensitive. Each of them is also taken out wherever else it appears, in
/// answers and errors too: whole or in stretches of eight characters or more, whatever the letter
/// case, also where it is escaped, percent-encoded, broken over lines, in base64 or in hexadecimal. So
/// is any value that is given to [`Redaction::secret`].
///
/// The secret access key is never part of a request. [`Redaction::credentials`] takes it out where
/// a server knows it all the same.
///
/// Clones share what they know. Secrets themselves are not held, only hashes of their stretches under
/// a key of this process.
///
/// # Examples
///
/// ```
/// use kendra_sync_replay::Redaction;
///
/// let redaction = Redaction::new()
///     .secret("the password of the proxy")
///     .replace("wiki", "a-data-source")
///     .account_ids()
///     .index_ids();
/// redaction.register("a value that is known only later");
/// assert_eq!(format!("{redaction:?}"), "Redaction { .. }");
/// ```
#[derive(Clone, Default)]
pub struct Redaction(Arc<Inner>);

#[derive(Default)]
struct Inner {
    known: Mutex<Known>,
    /// Which of all changes to any redaction was the last one here; 0 is none.
    stamp: AtomicU64,
}

#[derive(Default)]
struct Known {
    registered: Secrets,
    /// By where they stood in what was recorded.
    learned: Secrets,
    placeholders: Placeholders,
}

impl Redaction {
    /// What is always kept out, and nothing else.
    pub fn new() -> Self {
        Self::default()
    }

    /// Keeps `value` out: whole, and each stretch of eight characters or more. Shorter values are only
    /// looked for whole; a very short one takes more out than is meant.
    #[must_use]
    pub fn secret(self, value: impl AsRef<[u8]>) -> Self {
        self.register(value);
        self
    }

    /// The same for a value that is known only later. What is recorded already stays as it is.
    pub fn register(&self, value: impl AsRef<[u8]>) {
        self.change(|known| known.registered.add(value.as_ref()));
    }

    /// Keeps all of an access key out: id, secret and token.
    pub fn credentials(&self, credentials: &Credentials) {
        self.register(credentials.access_key_id());
        self.register(credentials.secret_access_key());
        if let Some(token) = credentials.session_token() {
            self.register(token);
        }
    }

    /// Puts `placeholder` wherever `value` stands.
    #[must_use]
    pub fn replace(self, value: impl AsRef<[u8]>, placeholder: impl AsRef<[u8]>) -> Self {
        self.change(|known| known.placeholders.name(value.as_ref(), placeholder.as_ref()));
        self
    }

    /// Numbers account ids: the first one that an ARN holds is `000000000001` wherever it stands,
    /// and so on.
    #[must_use]
    pub fn account_ids(self) -> Self {
        self.change(|known| known.placeholders.for_accounts());
        self
    }

    /// Puts a placeholder for the id of each index that a request names or an ARN holds, wherever it
    /// stands. The same id has the same placeholder in every recording, and a placeholder stays as
    /// it is.
    #[must_use]
    pub fn index_ids(self) -> Self {
        self.change(|known| known.placeholders.for_indexes());
        self
    }

    fn change(&self, change: impl FnOnce(&mut Known)) {
        change(&mut self.0.known.lock().unwrap_or_else(PoisonError::into_inner));
        let stamp = CHANGES.fetch_add(1, Ordering::Relaxed);
        self.0.stamp.store(stamp, Ordering::Relaxed);
    }

    /// A number that only redactions share which keep the same out.
    pub(crate) fn stamp(&self) -> u64 {
        self.0.stamp.load(Ordering::Relaxed)
    }

    /// A request as it may be recorded. What is secret in it is known from here on.
    pub(crate) fn request(&self, request: &Request<Bytes>) -> Asked {
        let mut known = self.0.known.lock().unwrap_or_else(PoisonError::into_inner);
        learn_headers(request.headers(), &mut known.learned);
        learn_uri(request.uri(), &mut known.learned);
        let body = known.bytes(request.body(), Cover::Word);
        Asked {
            method: request.method().clone(),
            url: known.text(&without_users(&request.uri().to_string()), Cover::Word),
            version: request.version(),
            headers: known.headers(request.headers(), Cover::Word),
            body,
        }
    }

    /// The same for an answer.
    pub(crate) fn response(&self, response: &Response<Bytes>) -> Response<Bytes> {
        let mut known = self.0.known.lock().unwrap_or_else(PoisonError::into_inner);
        learn_headers(response.headers(), &mut known.learned);
        let mut redacted = Response::new(known.bytes(response.body(), Cover::Stars));
        *redacted.status_mut() = response.status();
        *redacted.version_mut() = response.version();
        *redacted.headers_mut() = known.headers(response.headers(), Cover::Stars);
        redacted
    }

    /// The same for an error and what caused it.
    pub(crate) fn error(&self, error: &TransportError) -> Fault {
        let mut known = self.0.known.lock().unwrap_or_else(PoisonError::into_inner);
        let mut fault = Fault::of(error);
        for text in &mut fault.causes {
            *text = known.text(&without_users(text), Cover::Stars);
        }
        fault
    }

    /// The target and the body of a request that is compared with others, without `own` secrets too.
    pub(crate) fn compared(
        &self,
        headers: &HeaderMap,
        body: &Bytes,
        own: &Secrets,
    ) -> (Option<Bytes>, Bytes) {
        let mut known = self.0.known.lock().unwrap_or_else(PoisonError::into_inner);
        let mut redacted = |bytes: &[u8]| {
            let covered = cover(bytes, &[own], Cover::Word);
            known.bytes(
                &covered.map_or_else(|| Bytes::copy_from_slice(bytes), Bytes::from),
                Cover::Word,
            )
        };
        let target = headers.get("x-amz-target").map(|target| redacted(target.as_bytes()));
        (target, redacted(body))
    }
}

impl Known {
    fn bytes(&mut self, bytes: &Bytes, how: Cover) -> Bytes {
        let covered = cover(bytes, &[&self.registered, &self.learned], how);
        let bytes = covered.map_or_else(|| bytes.clone(), Bytes::from);
        if self.placeholders.are_none() {
            return bytes;
        }
        self.placeholders.learn(&bytes);
        self.placeholders.put(&bytes).into()
    }

    fn text(&mut self, text: &str, how: Cover) -> String {
        let covered = cover_text(text, &[&self.registered, &self.learned], how);
        let text = covered.unwrap_or_else(|| text.to_owned());
        self.placeholders.learn(text.as_bytes());
        String::from_utf8_lossy(&self.placeholders.put(text.as_bytes())).into_owned()
    }

    fn headers(&mut self, headers: &HeaderMap, how: Cover) -> HeaderMap {
        let mut redacted = HeaderMap::with_capacity(headers.len());
        for (name, value) in headers {
            let shown = covered_value(name, value).unwrap_or_else(|| value.clone());
            let shown = self.bytes(&Bytes::copy_from_slice(shown.as_bytes()), how);
            let shown = HeaderValue::from_maybe_shared(shown);
            let unnamed = cover_text(name.as_str(), &[&self.registered, &self.learned], how);
            let name = if unnamed.is_some() { REDACTED_NAME } else { name.clone() };
            redacted.append(name, shown.unwrap_or(HeaderValue::from_static("")));
        }
        redacted
    }
}

/// Shows nothing of what it knows.
impl fmt::Debug for Redaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redaction").finish_non_exhaustive()
    }
}

/// `text` without the user information of the URLs in it.
fn without_users(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("://") {
        kept.extend([before, "://"]);
        let end = after.find(|c: char| c.is_whitespace() || "/?#\"'<>".contains(c));
        let (authority, _) = after.split_at(end.unwrap_or(after.len()));
        rest = match authority.rfind('@') {
            Some(at) => after.get(at + 1..).unwrap_or_default(),
            None => after,
        };
    }
    kept + rest
}

/// Counts the changes that callers make to redactions, from 1.
static CHANGES: AtomicU64 = AtomicU64::new(1);

/// Stands for a header's name that spells a secret.
const REDACTED_NAME: HeaderName = HeaderName::from_static("redacted");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_lose_their_users() {
        for (text, without) in [
            ("https://host/a@b", "https://host/a@b"),
            ("https://user:p@ss@host:1/", "https://host:1/"),
            ("proxy http://u:p@h and http://x@y", "proxy http://h and http://y"),
            ("a://", "a://"),
            ("mail me@x", "mail me@x"),
        ] {
            assert_eq!(without_users(text), without);
        }
    }
}
