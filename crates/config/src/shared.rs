//! AWS's configuration files: what they say, and which of them says it.
//!
//! The AWS SDK's own parser reads them, each by itself, so that it is known whose a value is, and so that
//! settings and credentials follow one grammar.

use std::collections::HashSet;
use std::ffi::OsString;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use aws_runtime::env_config::file::{EnvConfigFileKind, EnvConfigFiles};
use aws_runtime::env_config::property::PropertiesKey;
use aws_runtime::env_config::section::EnvConfigSections;
use aws_runtime::env_config::source;
use aws_types::os_shim_internal::{Env, Fs};
use tracing::dispatcher::{self, Dispatch};

use crate::environment::Environment;
use crate::error::{SettingsError, SettingsErrorKind};
use crate::location::{Location, Platform};

/// Reads a file; up to a byte more than [`MAX_FILE`] of it is enough.
pub(crate) type ReadFile = dyn Fn(&Path) -> io::Result<Vec<u8>> + Send + Sync;

/// Both files, those that are there.
pub(crate) struct Shared {
    config: Option<File>,
    credentials: Option<File>,
    /// Where they are or would be.
    looked_at: Vec<PathBuf>,
}

struct File {
    path: PathBuf,
    sections: EnvConfigSections,
    /// What stands in the brackets of every section, with single blanks.
    headings: HashSet<String>,
}

impl Shared {
    /// Reads both files.
    ///
    /// # Errors
    ///
    /// [`SettingsErrorKind::File`] when a file that is named is missing, or one that is there cannot be
    /// read or parsed.
    pub(crate) fn load(
        environment: &Environment,
        platform: Platform,
        read: &ReadFile,
    ) -> Result<Self, SettingsError> {
        let config = Location::config(environment, platform);
        let credentials = Location::credentials(environment, platform);
        let looked_at = [&config, &credentials].into_iter().flatten();
        let looked_at = looked_at.map(|location| location.path.clone()).collect();
        let file = |location: Option<Location>, kind| match location {
            Some(location) => File::load(location, kind, read),
            None => Ok(None),
        };
        Ok(Self {
            config: file(config, EnvConfigFileKind::Config)?,
            credentials: file(credentials, EnvConfigFileKind::Credentials)?,
            looked_at,
        })
    }

    /// The value of `key` in `profile`, and the file that has it: the credentials file first, as every
    /// SDK does. An empty value counts as none.
    pub(crate) fn get(&self, profile: &str, key: &str) -> Option<(&str, &Path)> {
        let found = [&self.credentials, &self.config].into_iter().flatten().find_map(|file| {
            let value = file.sections.get_profile(profile)?.get(key)?;
            Some((value, file.path.as_path()))
        });
        found.filter(|(value, _)| !value.is_empty())
    }

    /// The value of `key` for `service` in the section `[services NAME]`. An empty one counts as none.
    ///
    /// # Errors
    ///
    /// What is missing, when there is no such section.
    pub(crate) fn service(
        &self,
        name: &str,
        service: &str,
        key: &str,
    ) -> Result<Option<(&str, &Path)>, String> {
        let heading = format!("services {name}");
        let file = self.config.as_ref().filter(|file| file.headings.contains(&heading));
        let file = file.ok_or_else(|| format!("there is no section [{heading}]"))?;
        let key = PropertiesKey::builder()
            .section_key("services")
            .section_name(name)
            .property_name(service)
            .sub_property_name(key)
            .build()?;
        let value = file.sections.other_sections().get(&key).filter(|value| !value.is_empty());
        Ok(value.map(|value| (value.as_str(), file.path.as_path())))
    }

    /// The value of `key` in the section `[sso-session NAME]`. An empty one counts as none.
    pub(crate) fn session(&self, name: &str, key: &str) -> Option<&str> {
        let session = self.config.as_ref()?.sections.sso_session(name)?;
        session.get(key).filter(|value| !value.is_empty())
    }

    /// Whether a file has `profile`.
    ///
    /// # Errors
    ///
    /// Where it was looked for, and what is there instead.
    pub(crate) fn check_profile(&self, profile: &str) -> Result<(), String> {
        let mut files = [&self.credentials, &self.config].into_iter().flatten();
        if files.any(|file| file.sections.get_profile(profile).is_some()) {
            return Ok(());
        }
        let looked_at: Vec<_> =
            self.looked_at.iter().map(|path| path.display().to_string()).collect();
        let mut message = match &*looked_at {
            [] => format!("no profile {profile}: there is no home directory to look in"),
            files => format!("no profile {profile} in {}", files.join(" or ")),
        };
        if let Some(file) = self.config.as_ref().filter(|file| file.headings.contains(profile)) {
            let path = file.path.display();
            message += &format!("; [{profile}] in {path} must be [profile {profile}]");
        }
        Err(message)
    }
}

/// Shows where the files are: their values may be secrets.
impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").field("looked_at", &self.looked_at).finish_non_exhaustive()
    }
}

impl File {
    /// None where nobody named the file and it is not there.
    fn load(
        location: Location,
        kind: EnvConfigFileKind,
        read: &ReadFile,
    ) -> Result<Option<Self>, SettingsError> {
        let Location { path, named_by } = location;
        let problem = |reason: &str| {
            let place = named_by.map(|variable| format!("{variable}: ")).unwrap_or_default();
            let message = format!("{place}{}: {reason}", path.display());
            SettingsError::new(SettingsErrorKind::File, message)
        };
        let bytes = match read(&path) {
            Ok(bytes) if bytes.len() > MAX_FILE => {
                return Err(problem("larger than 16 MiB, which no such file is"));
            }
            Ok(bytes) => bytes,
            Err(error) if named_by.is_none() && is_absence(&error) => return Ok(None),
            Err(error) => return Err(problem(&error.to_string())),
        };
        let text = std::str::from_utf8(&bytes).map_err(|error| {
            let good = bytes.get(..error.valid_up_to()).unwrap_or_default();
            let line = 1 + good.iter().filter(|&&b| b == b'\n').count();
            problem(&format!("line {line} is not valid UTF-8"))
        })?;
        let (text, headings) = spelled_alike(text);
        let sections = parse(&path, kind, text)
            .map_err(|message| SettingsError::new(SettingsErrorKind::File, message))?;
        Ok(Some(Self { path, sections, headings }))
    }
}

/// The AWS SDK's parser. Its messages have the path, the line and the rule.
fn parse(path: &Path, kind: EnvConfigFileKind, text: String) -> Result<EnvConfigSections, String> {
    let files = EnvConfigFiles::builder().with_file(kind, path).build();
    let bytes = [(OsString::from(path), text.into_bytes())];
    let fs = Fs::from_raw_map(bytes.into());
    // It logs what it ignores, as a warning and with the value: a secret, under a misspelled heading.
    dispatcher::with_default(&Dispatch::none(), || {
        let nothing = Env::from_slice(&[]);
        // It only ever looks into `fs`, and so is ready at once.
        let source = pollster::block_on(source::load(&nothing, &fs, &files))
            .map_err(|error| error.to_string())?;
        let parsed = EnvConfigSections::parse(source);
        parsed.map_err(|error| error.to_string().replace(":\n  ", ": "))
    })
}

/// `text` with one spelling for each section's heading, and all of these.
///
/// The parser merges sections of one name in the order of a hash map when their headings differ in white
/// space; written alike they are merged in the file's order.
fn spelled_alike(text: &str) -> (String, HashSet<String>) {
    let mut alike = String::with_capacity(text.len());
    let mut headings = HashSet::new();
    for line in text.lines() {
        let heading = line.strip_prefix('[').and_then(|rest| {
            let end = rest.find(['#', ';']).unwrap_or(rest.len());
            rest.get(..end)?.trim_end_matches(BLANKS).strip_suffix(']')
        });
        match heading {
            None => alike.push_str(line),
            Some(heading) => {
                let words = heading.split(BLANKS).filter(|word| !word.is_empty());
                let heading = words.collect::<Vec<_>>().join(" ");
                alike.extend(["[", &heading, "]"]);
                headings.insert(heading);
            }
        }
        alike.push('\n');
    }
    (alike, headings)
}

/// Nothing is there: neither a file nor, as container engines make of a mount that has no source, a
/// directory.
fn is_absence(error: &io::Error) -> bool {
    use io::ErrorKind::{IsADirectory, NotADirectory, NotFound};
    matches!(error.kind(), NotFound | NotADirectory | IsADirectory)
}

/// What the grammar takes for white space.
const BLANKS: [char; 2] = [' ', '\t'];

/// The most that a file of settings or certificates may have: no such file does.
pub(crate) const MAX_FILE: usize = 16 * 1024 * 1024;

#[cfg(test)]
mod tests;
