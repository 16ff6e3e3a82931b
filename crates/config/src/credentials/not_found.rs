//! Why there are no credentials.

use std::error::Error as StdError;
use std::fmt;

/// No source gave credentials: which were tried, why each gave none, and what to do about it.
///
/// It is the `source()` of the [`CredentialsError`](kendra_sync_core::CredentialsError) of the chains in
/// this crate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoCredentials(Box<Inner>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Inner {
    tried: Vec<String>,
    next: String,
}

impl NoCredentials {
    pub(crate) fn new(tried: Vec<String>, next: String) -> Self {
        Self(Box::new(Inner { tried, next }))
    }

    /// A line for each source, in their order: its name, a colon, and why it gave none. The last one is
    /// the source that was meant, if one was.
    pub fn tried(&self) -> &[String] {
        &self.0.tried
    }

    /// What to do.
    pub fn next_step(&self) -> &str {
        &self.0.next
    }
}

/// A line for each source, and one for what to do.
impl fmt::Display for NoCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in &self.0.tried {
            writeln!(f, "{line}")?;
        }
        write!(f, "next: {}", self.0.next)
    }
}

impl StdError for NoCredentials {}
