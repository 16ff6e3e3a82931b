//! What a profile says of credentials: whom to start with, and which roles to assume from there.

use std::path::{Path, PathBuf};
use std::time::Duration;

use kendra_sync_core::Credentials;

use crate::credentials::provided::Provided;
use crate::error::{SettingsError, SettingsErrorKind};
use crate::shared::Shared;

/// The credentials of a profile, as they are to be had.
#[derive(Clone, Debug)]
pub(crate) struct ProfileSource {
    pub(crate) name: String,
    /// The file that says so.
    pub(crate) file: PathBuf,
    /// The profile that has the base: `name`, or one that it names as a source.
    pub(crate) base_of: String,
    pub(crate) base: Base,
    /// In the order in which they are assumed.
    pub(crate) roles: Vec<Role>,
}

/// What needs no credentials to begin with.
#[derive(Clone)]
pub(crate) enum Base {
    Container,
    Environment,
    Instance,
    Process(String),
    Sso(Sso),
    Static(Provided),
    WebIdentity(WebIdentity),
}

/// A role that is assumed with other credentials.
#[derive(Clone, Debug)]
pub(crate) struct Role {
    pub(crate) arn: String,
    pub(crate) session_name: Option<String>,
    pub(crate) external_id: Option<String>,
    pub(crate) duration: Option<Duration>,
}

/// A sign-in with IAM Identity Center, made by `aws sso login`.
#[derive(Clone, Debug)]
pub(crate) struct Sso {
    /// None for the older form, whose token is known by the start URL.
    pub(crate) session: Option<String>,
    pub(crate) region: String,
    pub(crate) start_url: String,
    pub(crate) account_id: String,
    pub(crate) role_name: String,
}

/// A role that is assumed with a token in a file.
#[derive(Clone, Debug)]
pub(crate) struct WebIdentity {
    pub(crate) token_file: PathBuf,
    pub(crate) role_arn: String,
    pub(crate) session_name: Option<String>,
}

impl ProfileSource {
    /// None where the profile says nothing of credentials, or is not there.
    ///
    /// # Errors
    ///
    /// What is said cannot be followed.
    pub(crate) fn find(shared: &Shared, name: &str) -> Result<Option<Self>, SettingsError> {
        let Some(file) = KEYS.iter().find_map(|key| shared.get(name, key)).map(|(_, file)| file)
        else {
            return Ok(None);
        };
        let mut roles = Vec::new();
        let mut visited = vec![name.to_owned()];
        loop {
            let current = Reader { shared, name: visited.last().map_or(name, String::as_str) };
            let first = visited.len() == 1;
            let own_keys = current.get("aws_access_key_id").is_some();
            let role = current
                .get("role_arn")
                .filter(|_| current.get("web_identity_token_file").is_none());
            let next = match role {
                // Whoever is named as a source gives its own keys, if it has some.
                Some(arn) if first || !own_keys => {
                    roles.push(current.role(arn)?);
                    current.source_profile()?
                }
                _ => None,
            };
            let Some(next) = next else {
                roles.reverse();
                let base_of = current.name.to_owned();
                let base = if first || !own_keys { current.base()? } else { current.keys()? };
                let (name, file) = (name.to_owned(), file.to_owned());
                return Ok(Some(Self { name, file, base_of, base, roles }));
            };
            if shared.check_profile(&next).is_err() {
                return Err(
                    current.invalid("source_profile", &format!("there is no profile {next}"))
                );
            }
            if visited.contains(&next) {
                let chain = format!("{} -> {next} goes round in a circle", visited.join(" -> "));
                return Err(current.invalid("source_profile", &chain));
            }
            visited.push(next);
        }
    }

    /// What `kendra-sync config` calls it.
    pub(crate) fn kind(&self) -> &'static str {
        match (&*self.roles, &self.base) {
            ([_, ..], _) => "assume-role",
            (_, Base::Container) => "container",
            (_, Base::Environment) => "environment",
            (_, Base::Instance) => "instance-metadata",
            (_, Base::Process(_)) => "credential_process",
            (_, Base::Sso(_)) => "sso",
            (_, Base::Static(_)) => "static",
            (_, Base::WebIdentity(_)) => "web-identity",
        }
    }
}

/// Shows no command: it may hold a secret.
impl std::fmt::Debug for Base {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Base")
    }
}

/// One profile.
struct Reader<'a> {
    shared: &'a Shared,
    name: &'a str,
}

impl<'a> Reader<'a> {
    fn get(&self, key: &str) -> Option<&'a str> {
        self.shared.get(self.name, key).map(|(value, _)| value)
    }

    fn owned(&self, key: &str) -> Option<String> {
        self.get(key).map(str::to_owned)
    }

    fn needed(&self, key: &str, of: &str) -> Result<String, SettingsError> {
        self.owned(key).ok_or_else(|| self.invalid(of, &format!("{key} is missing beside it")))
    }

    fn invalid(&self, key: &str, rule: &str) -> SettingsError {
        let file = self.shared.get(self.name, key).map_or_else(|| Path::new(""), |(_, file)| file);
        let message = format!("{}: profile {}: {key}: {rule}", file.display(), self.name);
        SettingsError::new(SettingsErrorKind::Value, message)
    }

    fn role(&self, arn: &str) -> Result<Role, SettingsError> {
        if self.get("mfa_serial").is_some() {
            let rule = "a code of a device would have to be asked for, which is not supported";
            return Err(self.invalid("mfa_serial", rule));
        }
        let duration = match self.get("duration_seconds") {
            None => None,
            Some(text) => {
                Some(text.parse().ok().filter(|s| (900..=43_200).contains(s)).ok_or_else(|| {
                    self.invalid("duration_seconds", "must be a number from 900 to 43200")
                })?)
            }
        };
        Ok(Role {
            arn: arn.to_owned(),
            session_name: self.owned("role_session_name"),
            external_id: self.owned("external_id"),
            duration: duration.map(Duration::from_secs),
        })
    }

    /// The other profile whose credentials assume this one's role; none where they are this one's.
    fn source_profile(&self) -> Result<Option<String>, SettingsError> {
        match (self.get("source_profile"), self.get("credential_source")) {
            (Some(_), Some(_)) => Err(self.invalid("source_profile", "excludes credential_source")),
            (None, None) => Err(self
                .invalid("role_arn", "source_profile or credential_source is missing beside it")),
            (Some(name), None) if name != self.name => Ok(Some(name.to_owned())),
            _ => Ok(None),
        }
    }

    fn base(&self) -> Result<Base, SettingsError> {
        if let Some(source) = self.get("credential_source") {
            return match &*source.to_ascii_lowercase() {
                "environment" => Ok(Base::Environment),
                "ec2instancemetadata" => Ok(Base::Instance),
                "ecscontainer" => Ok(Base::Container),
                _ => Err(self.invalid(
                    "credential_source",
                    "must be Environment, Ec2InstanceMetadata or EcsContainer",
                )),
            };
        }
        if let Some(file) = self.get("web_identity_token_file") {
            return Ok(Base::WebIdentity(WebIdentity {
                token_file: file.into(),
                role_arn: self.needed("role_arn", "web_identity_token_file")?,
                session_name: self.owned("role_session_name"),
            }));
        }
        if let Some(key) = SSO_KEYS.into_iter().find(|key| self.get(key).is_some()) {
            return self.sso(key).map(Base::Sso);
        }
        if self.get("login_session").is_some() {
            let rule = "a sign-in by aws login is not supported; use IAM Identity Center or a role";
            return Err(self.invalid("login_session", rule));
        }
        match self.get("credential_process") {
            Some(line) => Ok(Base::Process(line.to_owned())),
            None => self.keys(),
        }
    }

    fn keys(&self) -> Result<Base, SettingsError> {
        let (id, secret) = ("aws_access_key_id", "aws_secret_access_key");
        let Some(access_key_id) = self.get(id) else {
            let other =
                [secret, "aws_session_token"].into_iter().find(|key| self.get(key).is_some());
            return Err(match other {
                Some(key) => self.invalid(key, "aws_access_key_id is missing beside it"),
                None => self.invalid("role_arn", "the profile that it needs has no credentials"),
            });
        };
        let secret = self.needed(secret, id)?;
        let credentials = Credentials::new(access_key_id, secret, self.owned("aws_session_token"))
            .map_err(|error| self.invalid(id, &error.to_string()))?;
        Ok(Base::Static(Provided { credentials, expiry: None }))
    }

    fn sso(&self, found: &str) -> Result<Sso, SettingsError> {
        let session = self.owned("sso_session");
        let (region, start_url) = match &session {
            None => (self.needed("sso_region", found)?, self.needed("sso_start_url", found)?),
            Some(name) => {
                let needed = |key: &str| {
                    let value = self.shared.session(name, key).map(str::to_owned);
                    let rule = format!("[sso-session {name}] is missing, or has no {key}");
                    value.ok_or_else(|| self.invalid("sso_session", &rule))
                };
                (needed("sso_region")?, needed("sso_start_url")?)
            }
        };
        Ok(Sso {
            session,
            region,
            start_url,
            account_id: self.needed("sso_account_id", found)?,
            role_name: self.needed("sso_role_name", found)?,
        })
    }
}

const SSO_KEYS: [&str; 5] =
    ["sso_session", "sso_start_url", "sso_region", "sso_account_id", "sso_role_name"];

/// Each of these says that a profile is meant to have credentials.
const KEYS: [&str; 14] = [
    "role_arn",
    "source_profile",
    "credential_source",
    "web_identity_token_file",
    "sso_session",
    "sso_start_url",
    "sso_region",
    "sso_account_id",
    "sso_role_name",
    "login_session",
    "credential_process",
    "aws_access_key_id",
    "aws_secret_access_key",
    "aws_session_token",
];
