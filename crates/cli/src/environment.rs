//! The process's environment variables, as text.

use std::collections::HashMap;
use std::ffi::OsString;

use crate::failure::Failure;

/// The variables. One that is empty counts as one that is not set.
#[derive(Debug)]
pub(crate) struct Environment(HashMap<OsString, OsString>);

impl Environment {
    pub(crate) fn of_process() -> Self {
        Self(std::env::vars_os().collect())
    }

    pub(crate) fn empty() -> Self {
        Self(HashMap::new())
    }

    /// The value of `name` as it is: a path need not be text.
    pub(crate) fn os(&self, name: &str) -> Option<&OsString> {
        self.0.get(&OsString::from(name)).filter(|value| !value.is_empty())
    }

    /// The value of `name`.
    ///
    /// # Errors
    ///
    /// A failure that names the variable when its value is not UTF-8.
    pub(crate) fn text(&self, name: &str) -> Result<Option<&str>, Failure> {
        let Some(value) = self.os(name) else { return Ok(None) };
        let text = value.to_str().ok_or_else(|| {
            Failure::configuration(format!("environment variable {name} is not valid UTF-8"))
        })?;
        Ok(Some(text))
    }

    /// The first of `names` that is set, and its value.
    pub(crate) fn first<'n>(&self, names: &[&'n str]) -> Result<Option<(&'n str, &str)>, Failure> {
        for name in names {
            if let Some(value) = self.text(name)? {
                return Ok(Some((name, value)));
            }
        }
        Ok(None)
    }
}
