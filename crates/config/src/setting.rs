//! A value in force, and where it came from.

use std::fmt;
use std::path::PathBuf;

/// A value in force, and where it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting<T> {
    value: T,
    source: Source,
}

impl<T> Setting<T> {
    /// `value` from `source`.
    pub const fn new(value: T, source: Source) -> Self {
        Self { value, source }
    }

    /// The value.
    pub fn value(&self) -> &T {
        &self.value
    }

    /// Where it came from.
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// The value alone.
    pub fn into_value(self) -> T {
        self.value
    }

    /// Another value of the same source.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Setting<U> {
        Setting { value: change(self.value), source: self.source }
    }
}

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Source {
    /// Nobody set it.
    Default,
    /// AWS's endpoint rules make it of the region.
    EndpointRules,
    /// The environment variable of this name.
    Environment(&'static str),
    /// The program set it: as the command's flag of this name does.
    Flag(&'static str),
    /// AWS's configuration files.
    #[non_exhaustive]
    Profile {
        /// The profile's name.
        profile: String,
        /// The file that has it.
        file: PathBuf,
    },
}

/// `default`, `endpoint rules`, `environment X`, `flag --x` or `profile P (FILE)`.
impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::EndpointRules => f.write_str("endpoint rules"),
            Self::Environment(name) => write!(f, "environment {name}"),
            Self::Flag(name) => write!(f, "flag {name}"),
            Self::Profile { profile, file } => write!(f, "profile {profile} ({})", file.display()),
        }
    }
}
