//! What a program sets itself, and where it has the rest looked up.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use kendra_sync_core::{Endpoint, MaxAttempts, Region};

use crate::environment::Environment;
use crate::error::SettingsError;
use crate::lookup::Lookup;
use crate::retry_mode::RetryMode;
use crate::settings::Settings;
use crate::shared::{MAX_FILE, ReadFile};

/// What goes before the environment and the profile, and where these are.
///
/// # Examples
///
/// ```
/// use kendra_sync_config::{Environment, Settings};
///
/// // Without the process's environment and file system:
/// let settings = Settings::builder()
///     .environment(Environment::from_iter([("HOME", "/home/me"), ("AWS_PROFILE", "ops")]))
///     .files(|path| match path.to_str() {
///         Some("/home/me/.aws/config") => Ok(b"[profile ops]\nregion = eu-west-1\n".to_vec()),
///         _ => Err(std::io::ErrorKind::NotFound.into()),
///     })
///     .load()?;
/// let region = settings.region().expect("the profile has one");
/// assert_eq!(region.value().as_str(), "eu-west-1");
/// assert_eq!(region.source().to_string(), "profile ops (/home/me/.aws/config)");
/// # Ok::<(), kendra_sync_config::SettingsError>(())
/// ```
#[must_use]
pub struct SettingsBuilder {
    pub(crate) inputs: Inputs,
    pub(crate) ca_bundle: Option<PathBuf>,
    pub(crate) endpoint: Option<Endpoint>,
    pub(crate) max_attempts: Option<MaxAttempts>,
    pub(crate) proxies: Proxying,
    pub(crate) region: Option<Region>,
    pub(crate) retry_mode: Option<RetryMode>,
}

/// Where values are looked up, and in which profile if one is given.
#[derive(Clone)]
pub(crate) struct Inputs {
    pub(crate) environment: Environment,
    pub(crate) read: Arc<ReadFile>,
    pub(crate) profile: Option<String>,
}

/// Whether the environment's proxies count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Proxying {
    AsTheEnvironmentSays,
    Never,
}

impl Inputs {
    pub(crate) fn lookup(&self) -> Result<Lookup<'_>, SettingsError> {
        Lookup::new(&self.environment, &*self.read, self.profile.as_deref())
    }
}

impl SettingsBuilder {
    pub(crate) fn of_process() -> Self {
        Self {
            inputs: Inputs {
                environment: Environment::of_process(),
                read: Arc::new(read),
                profile: None,
            },
            ca_bundle: None,
            endpoint: None,
            max_attempts: None,
            proxies: Proxying::AsTheEnvironmentSays,
            region: None,
            retry_mode: None,
        }
    }

    /// Takes these variables instead of the process's.
    pub fn environment(mut self, environment: Environment) -> Self {
        self.inputs.environment = environment;
        self
    }

    /// Reads files with `read` instead of from the file system.
    pub fn files(
        mut self,
        read: impl Fn(&Path) -> io::Result<Vec<u8>> + Send + Sync + 'static,
    ) -> Self {
        self.inputs.read = Arc::new(read);
        self
    }

    /// Trusts the certificates in this PEM file, as `--ca-bundle` does.
    pub fn ca_bundle(mut self, path: impl Into<PathBuf>) -> Self {
        self.ca_bundle = Some(path.into());
        self
    }

    /// Calls `endpoint`, as `--endpoint-url` does.
    pub fn endpoint(mut self, endpoint: Endpoint) -> Self {
        self.endpoint = Some(endpoint);
        self
    }

    /// Makes at most this many attempts, as `--max-attempts` does.
    pub fn max_attempts(mut self, attempts: MaxAttempts) -> Self {
        self.max_attempts = Some(attempts);
        self
    }

    /// Uses this profile, as `--profile` does. It must be there.
    pub fn profile(mut self, name: impl Into<String>) -> Self {
        self.inputs.profile = Some(name.into());
        self
    }

    /// Ignores the environment's proxies, as `--no-proxy` does.
    pub fn without_proxy(mut self) -> Self {
        self.proxies = Proxying::Never;
        self
    }

    /// Signs for `region`, as `--region` does.
    pub fn region(mut self, region: Region) -> Self {
        self.region = Some(region);
        self
    }

    /// Tries again in this mode, as `--retry-mode` does. [`RetryMode::Off`] makes one attempt, whatever
    /// else is said.
    pub fn retry_mode(mut self, mode: RetryMode) -> Self {
        self.retry_mode = Some(mode);
        self
    }

    /// Looks everything up.
    ///
    /// # Errors
    ///
    /// [`SettingsError`] when a value in force means nothing, or a file or profile that is named is not
    /// there. A value that another one goes before is not looked at.
    pub fn load(self) -> Result<Settings, SettingsError> {
        Settings::resolve(self)
    }
}

/// Shows what the program set.
impl fmt::Debug for SettingsBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SettingsBuilder")
            .field("ca_bundle", &self.ca_bundle)
            .field("endpoint", &self.endpoint)
            .field("max_attempts", &self.max_attempts)
            .field("profile", &self.inputs.profile)
            .field("proxies", &self.proxies)
            .field("region", &self.region)
            .field("retry_mode", &self.retry_mode)
            .finish_non_exhaustive()
    }
}

/// Reads as much of a file as is ever wanted: it may have no end.
fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(|error| match error.kind() {
        // A directory on the way may not be looked into: another user's home, say. Nobody can know
        // whether there is a file, and other AWS tools take it that there is none.
        io::ErrorKind::PermissionDenied if path.metadata().is_err() => {
            io::Error::new(io::ErrorKind::NotFound, error)
        }
        _ => error,
    })?;
    file.take(MAX_FILE as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}
