//! Environment variables, as a value.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::fmt;

use crate::error::{SettingsError, SettingsErrorKind};

/// Environment variables. One that is empty counts as one that is not set.
///
/// # Examples
///
/// ```
/// use kendra_sync_config::Environment;
///
/// let environment = Environment::from_iter([("AWS_REGION", "eu-west-1"), ("AWS_PROFILE", "")]);
/// assert_eq!(environment.text("AWS_REGION")?, Some("eu-west-1"));
/// assert_eq!(environment.text("AWS_PROFILE")?, None);
/// # Ok::<(), kendra_sync_config::SettingsError>(())
/// ```
#[derive(Clone, Default)]
pub struct Environment(HashMap<OsString, OsString>);

impl Environment {
    /// This process's, as they are now.
    pub fn of_process() -> Self {
        Self(std::env::vars_os().collect())
    }

    /// The value of `name` as it is: a path need not be text.
    pub fn os(&self, name: &str) -> Option<&OsStr> {
        self.0.get(OsStr::new(name)).map(OsString::as_os_str).filter(|value| !value.is_empty())
    }

    /// The value of `name`.
    ///
    /// # Errors
    ///
    /// [`SettingsErrorKind::Value`] when it is not UTF-8.
    pub fn text(&self, name: &str) -> Result<Option<&str>, SettingsError> {
        let Some(value) = self.os(name) else { return Ok(None) };
        let text = value.to_str().ok_or_else(|| {
            let message = format!("environment variable {name} is not valid UTF-8");
            SettingsError::new(SettingsErrorKind::Value, message)
        })?;
        Ok(Some(text))
    }
}

impl<K: Into<OsString>, V: Into<OsString>> FromIterator<(K, V)> for Environment {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(variables: I) -> Self {
        Self(variables.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}

/// Shows how many variables there are: any of them may be a secret.
impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Environment").field("variables", &self.0.len()).finish_non_exhaustive()
    }
}
