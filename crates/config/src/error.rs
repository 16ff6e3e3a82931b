//! Why there are no settings.

use std::error::Error as StdError;
use std::fmt;

/// Settings that cannot be had. The text names the flag, variable or file, the profile and the key, and
/// never repeats a value.
#[derive(Debug)]
pub struct SettingsError(Box<Inner>);

#[derive(Debug)]
struct Inner {
    kind: SettingsErrorKind,
    message: String,
}

impl SettingsError {
    pub(crate) fn new(kind: SettingsErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner { kind, message: message.into() }))
    }

    /// What is wrong.
    pub fn kind(&self) -> SettingsErrorKind {
        self.0.kind
    }
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl StdError for SettingsError {}

/// What is wrong with the settings. None goes away by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SettingsErrorKind {
    /// Half of an access key, or of a role, is set: set the rest, or none.
    Credentials,
    /// A file cannot be read, or is not what it should be: mend it, or name another.
    File,
    /// No region is set, and nothing says where else to call: give one.
    NoRegion,
    /// The profile that is named is in no file: name another, or add it.
    Profile,
    /// A value means nothing, or two exclude each other: correct it, or unset it.
    Value,
}
