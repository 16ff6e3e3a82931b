//! Values by precedence: the environment, then the profile. What was given stands before both, and is
//! decided by whoever asks.

use std::cell::OnceCell;
use std::ffi::OsString;
use std::fmt::Display;
use std::path::Path;

use crate::environment::Environment;
use crate::error::{SettingsError, SettingsErrorKind};
use crate::location::Platform;
use crate::setting::{Setting, Source};
use crate::shared::{ReadFile, Shared};

/// Where values are looked up. Files are read when a value is first asked of them.
pub(crate) struct Lookup<'a> {
    pub(crate) environment: &'a Environment,
    pub(crate) read: &'a ReadFile,
    profile: Setting<String>,
    shared: OnceCell<Shared>,
}

impl<'a> Lookup<'a> {
    /// Starts with `given` as the profile's name, if there is one.
    ///
    /// # Errors
    ///
    /// When a profile or a file is named and is not there, whether or not it will be needed.
    pub(crate) fn new(
        environment: &'a Environment,
        read: &'a ReadFile,
        given: Option<&str>,
    ) -> Result<Self, SettingsError> {
        let profile = match given {
            Some(name) => Setting::new(name.to_owned(), Source::Flag("--profile")),
            None => match environment.text("AWS_PROFILE")? {
                Some(name) => Setting::new(name.to_owned(), Source::Environment("AWS_PROFILE")),
                None => Setting::new("default".to_owned(), Source::Default),
            },
        };
        let named = ["AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"];
        let any_named = named.into_iter().any(|name| environment.os(name).is_some());
        let lookup = Self { environment, read, profile, shared: OnceCell::new() };
        let source = lookup.profile.source();
        if *source == Source::Default {
            if any_named {
                lookup.shared()?;
            }
            return Ok(lookup);
        }
        let place = place(source, "");
        lookup.shared()?.check_profile(lookup.profile.value()).map_err(|message| {
            SettingsError::new(SettingsErrorKind::Profile, format!("{place}: {message}"))
        })?;
        Ok(lookup)
    }

    /// The profile's name.
    pub(crate) fn profile(&self) -> &Setting<String> {
        &self.profile
    }

    /// The value of the first of `variables` that is set, else of `key` in the profile.
    pub(crate) fn find<T, E: Display>(
        &self,
        variables: &[&'static str],
        key: &str,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Result<Option<Setting<T>>, SettingsError> {
        match self.variable(variables, &parse)? {
            Some(found) => Ok(Some(found)),
            None => self.key(key, parse),
        }
    }

    /// The value of the first of `variables` that is set.
    pub(crate) fn variable<T, E: Display>(
        &self,
        variables: &[&'static str],
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Result<Option<Setting<T>>, SettingsError> {
        for name in variables {
            if let Some(value) = self.environment.text(name)? {
                return parsed(value, Source::Environment(name), "", parse).map(Some);
            }
        }
        Ok(None)
    }

    /// The value of `key` in the profile.
    pub(crate) fn key<T, E: Display>(
        &self,
        key: &str,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Result<Option<Setting<T>>, SettingsError> {
        let Some((value, file)) = self.shared()?.get(self.profile.value(), key) else {
            return Ok(None);
        };
        parsed(value, self.of_profile(file), key, parse).map(Some)
    }

    /// The value of `key` for `service` in the section that the profile names with `services`.
    pub(crate) fn service<T, E: Display>(
        &self,
        service: &str,
        key: &str,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Result<Option<Setting<T>>, SettingsError> {
        let shared = self.shared()?;
        let Some((name, file)) = shared.get(self.profile.value(), "services") else {
            return Ok(None);
        };
        let found = shared.service(name, service, key);
        let found = found.map_err(|rule| invalid(&self.of_profile(file), "services", rule))?;
        let Some((value, file)) = found else { return Ok(None) };
        let key = format!("services {name}: {service}: {key}");
        parsed(value, self.of_profile(file), &key, parse).map(Some)
    }

    /// The value of `variable` as it is, else of `key` in the profile: a path need not be text.
    pub(crate) fn os(
        &self,
        variable: &'static str,
        key: &str,
    ) -> Result<Option<Setting<OsString>>, SettingsError> {
        match self.environment.os(variable) {
            Some(value) => Ok(Some(Setting::new(value.into(), Source::Environment(variable)))),
            None => self.key(key, |value| Ok::<_, SettingsError>(value.into())),
        }
    }

    /// Both files.
    pub(crate) fn shared(&self) -> Result<&Shared, SettingsError> {
        if let Some(shared) = self.shared.get() {
            return Ok(shared);
        }
        let shared = Shared::load(self.environment, Platform::HERE, self.read)?;
        Ok(self.shared.get_or_init(|| shared))
    }

    fn of_profile(&self, file: &Path) -> Source {
        Source::Profile { profile: self.profile.value().clone(), file: file.to_owned() }
    }
}

/// `true` or `false`; case does not matter.
pub(crate) fn truth(value: &str) -> Result<bool, &'static str> {
    match &*value.to_ascii_lowercase() {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err("must be true or false"),
    }
}

/// That what `source` says (under `key`, in a profile) breaks `rule`.
pub(crate) fn invalid(source: &Source, key: &str, rule: impl Display) -> SettingsError {
    let message = format!("{}: {rule}", place(source, key));
    SettingsError::new(SettingsErrorKind::Value, message)
}

/// How a message names `source`, and `key` in a profile.
pub(crate) fn place(source: &Source, key: &str) -> String {
    match source {
        Source::Default | Source::EndpointRules => source.to_string(),
        Source::Environment(name) | Source::Flag(name) => (*name).to_owned(),
        Source::Profile { profile, file } => {
            format!("{}: profile {profile}: {key}", file.display())
        }
    }
}

fn parsed<T, E: Display>(
    value: &str,
    source: Source,
    key: &str,
    parse: impl Fn(&str) -> Result<T, E>,
) -> Result<Setting<T>, SettingsError> {
    match parse(value) {
        Ok(value) => Ok(Setting::new(value, source)),
        Err(rule) => Err(invalid(&source, key, rule)),
    }
}
