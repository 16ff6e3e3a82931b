//! Where AWS's configuration files are.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use crate::environment::Environment;

/// A file, and whether the environment names it: one that is named must be there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Location {
    pub(crate) path: PathBuf,
    pub(crate) named_by: Option<&'static str>,
}

/// Whose rules for home directories and paths apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Platform {
    Unix,
    Windows,
}

impl Platform {
    pub(crate) const HERE: Self = if cfg!(windows) { Self::Windows } else { Self::Unix };

    fn separator(self) -> &'static str {
        match self {
            Self::Unix => "/",
            Self::Windows => "\\",
        }
    }
}

impl Location {
    /// The file with settings. None where nothing names one and there is no home directory.
    pub(crate) fn config(environment: &Environment, platform: Platform) -> Option<Self> {
        Self::of(environment, platform, "AWS_CONFIG_FILE", "config")
    }

    /// The file with credentials, which may hold settings too.
    pub(crate) fn credentials(environment: &Environment, platform: Platform) -> Option<Self> {
        Self::of(environment, platform, "AWS_SHARED_CREDENTIALS_FILE", "credentials")
    }

    fn of(
        environment: &Environment,
        platform: Platform,
        variable: &'static str,
        name: &str,
    ) -> Option<Self> {
        let home = home(environment, platform);
        if let Some(path) = environment.os(variable) {
            let path = match (under_home(path, platform), home) {
                (Some(rest), Some(home)) => join(home, &[rest], platform),
                _ => path.to_owned(),
            };
            return Some(Self { path: path.into(), named_by: Some(variable) });
        }
        let path = join(home?, &[OsStr::new(".aws"), OsStr::new(name)], platform);
        Some(Self { path: path.into(), named_by: None })
    }
}

fn home(environment: &Environment, platform: Platform) -> Option<OsString> {
    let set = |name| environment.os(name).map(OsStr::to_owned);
    if platform == Platform::Unix {
        return set("HOME");
    }
    set("HOME").or_else(|| set("USERPROFILE")).or_else(|| {
        let mut home = set("HOMEDRIVE")?;
        home.push(set("HOMEPATH")?);
        Some(home)
    })
}

/// What follows `~/`.
fn under_home(path: &OsStr, platform: Platform) -> Option<&OsStr> {
    let text = path.to_str()?;
    let rest = text.strip_prefix("~/");
    let rest = rest.or_else(|| text.strip_prefix("~\\").filter(|_| platform == Platform::Windows));
    rest.map(OsStr::new)
}

fn join(mut home: OsString, names: &[&OsStr], platform: Platform) -> OsString {
    for name in names {
        if !home.to_string_lossy().ends_with(['/', '\\']) {
            home.push(platform.separator());
        }
        home.push(name);
    }
    home
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    /// AWS's cases for every SDK, those for Windows included.
    #[test]
    fn files_are_where_awss_cases_say() {
        let cases = include_str!("../tests/vectors/file-location-tests.json");
        let cases: Value = serde_json::from_str(cases).unwrap();
        let cases = cases["tests"].as_array().unwrap();
        assert_eq!(cases.len(), 9);
        for case in cases {
            let variables = case["environment"].as_object().unwrap().iter();
            let environment: Environment =
                variables.map(|(name, value)| (name.as_str(), value.as_str().unwrap())).collect();
            let platform = match case["platform"].as_str().unwrap() {
                "linux" => Platform::Unix,
                "windows" => Platform::Windows,
                other => panic!("{other}"),
            };
            let found = [
                Location::config(&environment, platform),
                Location::credentials(&environment, platform),
            ];
            let paths = found.map(|location| location.unwrap().path.into_os_string());
            let expected = ["configLocation", "credentialsLocation"];
            let expected = expected.map(|key| OsString::from(case[key].as_str().unwrap()));
            assert_eq!(paths, expected, "{}", case["name"]);
            if let Some(profile) = case["profile"].as_str() {
                let named = environment.text("AWS_PROFILE").unwrap();
                assert_eq!(named.unwrap_or("default"), profile, "{}", case["name"]);
            }
        }
    }

    #[test]
    fn a_tilde_is_the_home_directory() {
        let path = |home: Option<&str>, named: &str, platform| {
            let variables = home.map(|home| ("HOME", home)).into_iter();
            let environment = variables.chain([("AWS_CONFIG_FILE", named)]).collect();
            Location::config(&environment, platform).unwrap().path.into_os_string()
        };
        for (home, named, platform, expected) in [
            (Some("/home/me"), "~/x/config", Platform::Unix, "/home/me/x/config"),
            (Some("/"), "~/config", Platform::Unix, "/config"),
            (Some("/home/me"), "~other/config", Platform::Unix, "~other/config"),
            (Some("/home/me"), "a/~/config", Platform::Unix, "a/~/config"),
            (Some("C:\\me"), "~\\config", Platform::Windows, "C:\\me\\config"),
            (Some("/home/me"), "~\\config", Platform::Unix, "~\\config"),
            (None, "~/config", Platform::Unix, "~/config"),
        ] {
            assert_eq!(path(home, named, platform), expected, "{named}");
        }
        assert_eq!(Location::config(&Environment::default(), Platform::Unix), None);
    }
}
