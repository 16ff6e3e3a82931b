//! Which source is asked, decided without asking it: the order, and the rule that a configured one is the
//! last.

use std::path::PathBuf;

use kendra_sync_core::{Credentials, Endpoint};

use crate::credentials::aws::Service;
use crate::credentials::profile::{ProfileSource, WebIdentity};
use crate::credentials::provided::Provided;
use crate::endpoint::service_url;
use crate::environment::Environment;
use crate::error::{SettingsError, SettingsErrorKind};
use crate::lookup::{Lookup, truth};
use crate::setting::{Setting, Source};

/// The source that is asked, and why none of those before it is.
#[derive(Clone, Debug)]
pub(crate) struct Sources {
    pub(crate) before: Vec<String>,
    pub(crate) asked: Asked,
    pub(crate) services: Services,
}

#[derive(Clone, Debug)]
pub(crate) enum Asked {
    Container(&'static str),
    Environment(Provided),
    Instance(InstanceMetadata),
    /// The instance's are turned off, too.
    None,
    Profile(Box<ProfileSource>),
    WebIdentity(WebIdentity),
}

/// Where AWS's services for credentials are.
#[derive(Clone, Debug, Default)]
pub(crate) struct Services {
    pub(crate) sts: Service,
    pub(crate) sso: Service,
    pub(crate) sso_oidc: Service,
    pub(crate) instance: InstanceMetadata,
    /// The environment's keys, for a profile that asks for them.
    pub(crate) environment: Option<Provided>,
}

/// Where EC2's metadata are.
#[derive(Clone, Debug, Default)]
pub(crate) struct InstanceMetadata {
    pub(crate) endpoint: String,
}

impl Sources {
    pub(crate) fn find(lookup: &Lookup<'_>, region: Option<&str>) -> Result<Self, SettingsError> {
        let profile = lookup.profile().value().clone();
        let by_flag = matches!(lookup.profile().source(), Source::Flag(_));
        let mut sources =
            Self { before: Vec::new(), asked: Asked::None, services: Services::default() };
        let keys = if by_flag { None } else { of_environment(lookup.environment)? };
        if let Some(keys) = keys {
            sources.asked = Asked::Environment(keys);
            return Ok(sources);
        }
        sources.before.push(match by_flag {
            true => "environment: not used, since --profile is given".to_owned(),
            false => "environment: AWS_ACCESS_KEY_ID is not set".to_owned(),
        });
        let shared = lookup.shared()?;
        sources.services = Services::find(lookup, region)?;
        if let Some(found) = ProfileSource::find(shared, &profile)? {
            sources.services.environment = of_environment(lookup.environment).ok().flatten();
            sources.asked = Asked::Profile(Box::new(found));
            return Ok(sources);
        }
        sources.before.push(match shared.check_profile(&profile) {
            Ok(()) => format!("profile {profile}: says nothing of credentials"),
            Err(message) => format!("profile {profile}: {message}"),
        });
        if let Some(found) = web_identity(lookup.environment)? {
            sources.asked = Asked::WebIdentity(found);
            return Ok(sources);
        }
        sources.before.push("web identity: AWS_WEB_IDENTITY_TOKEN_FILE is not set".to_owned());
        let container = CONTAINER.into_iter().find(|name| lookup.environment.os(name).is_some());
        if let Some(variable) = container {
            sources.asked = Asked::Container(variable);
            return Ok(sources);
        }
        let why = format!("container: neither {} nor {} is set", CONTAINER[0], CONTAINER[1]);
        sources.before.push(why);
        if lookup.variable(&["AWS_EC2_METADATA_DISABLED"], truth)?.is_some_and(Setting::into_value)
        {
            sources.before.push("instance metadata: AWS_EC2_METADATA_DISABLED is true".to_owned());
        } else {
            sources.asked = Asked::Instance(sources.services.instance.clone());
        }
        Ok(sources)
    }

    /// Its name, and where it is said. None where it is sure that nothing gives any.
    pub(crate) fn name(&self) -> Option<Setting<&'static str>> {
        Some(match &self.asked {
            Asked::Container(variable) => Setting::new("container", Source::Environment(variable)),
            Asked::Environment(_) => {
                Setting::new("environment", Source::Environment("AWS_ACCESS_KEY_ID"))
            }
            Asked::Instance(_) => Setting::new("instance-metadata", Source::Default),
            Asked::None => return None,
            Asked::Profile(found) => {
                let (profile, file) = (found.name.clone(), found.file.clone());
                Setting::new(found.kind(), Source::Profile { profile, file })
            }
            Asked::WebIdentity(_) => {
                Setting::new("web-identity", Source::Environment("AWS_WEB_IDENTITY_TOKEN_FILE"))
            }
        })
    }
}

impl Services {
    fn find(lookup: &Lookup<'_>, region: Option<&str>) -> Result<Self, SettingsError> {
        let switch = |variable, key| -> Result<bool, SettingsError> {
            Ok(lookup.find(&[variable], key, truth)?.is_some_and(Setting::into_value))
        };
        let fips = switch("AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint")?;
        let dualstack = switch("AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint")?;
        let service = |variable, key| -> Result<Service, SettingsError> {
            let endpoint = service_url(lookup, variable, key)?;
            let endpoint = endpoint.map(|url| url.into_value().to_string());
            // A custom endpoint is neither, and the SDK refuses both at once.
            let (fips, dualstack) = (fips && endpoint.is_none(), dualstack && endpoint.is_none());
            Ok(Service { endpoint, region: region.map(str::to_owned), fips, dualstack })
        };
        Ok(Self {
            sts: service("AWS_ENDPOINT_URL_STS", "sts")?,
            sso: service("AWS_ENDPOINT_URL_SSO", "sso")?,
            sso_oidc: service("AWS_ENDPOINT_URL_SSO_OIDC", "sso_oidc")?,
            instance: InstanceMetadata::find(lookup)?,
            environment: None,
        })
    }
}

impl InstanceMetadata {
    fn find(lookup: &Lookup<'_>) -> Result<Self, SettingsError> {
        let url = lookup.find(
            &["AWS_EC2_METADATA_SERVICE_ENDPOINT"],
            "ec2_metadata_service_endpoint",
            Endpoint::parse,
        )?;
        if let Some(url) = url {
            return Ok(Self { endpoint: url.into_value().to_string() });
        }
        let mode = lookup.find(
            &["AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE"],
            "ec2_metadata_service_endpoint_mode",
            |mode| match &*mode.to_ascii_lowercase() {
                "ipv4" => Ok("http://169.254.169.254"),
                "ipv6" => Ok("http://[fd00:ec2::254]"),
                _ => Err("must be IPv4 or IPv6"),
            },
        )?;
        let endpoint = mode.map_or("http://169.254.169.254", Setting::into_value);
        Ok(Self { endpoint: endpoint.to_owned() })
    }
}

/// The short way: nothing else is looked at where the environment has keys.
fn of_environment(environment: &Environment) -> Result<Option<Provided>, SettingsError> {
    let (id, secret) = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY");
    let missing = |set: &str, other: &str| {
        let message = format!("{set} is set, {other} is not");
        Err(SettingsError::new(SettingsErrorKind::Credentials, message))
    };
    let (key, secret) = match (environment.text(id)?, environment.text(secret)?) {
        (Some(key), Some(secret)) => (key, secret),
        (None, None) => return Ok(None),
        (None, Some(_)) => return missing(secret, id),
        (Some(_), None) => return missing(id, secret),
    };
    let token = environment.text("AWS_SESSION_TOKEN")?.map(str::to_owned);
    let credentials = Credentials::new(key, secret, token).map_err(|error| {
        SettingsError::new(SettingsErrorKind::Value, format!("environment: {error}"))
    })?;
    Ok(Some(Provided { credentials, expiry: None }))
}

fn web_identity(environment: &Environment) -> Result<Option<WebIdentity>, SettingsError> {
    let variable = "AWS_WEB_IDENTITY_TOKEN_FILE";
    let Some(file) = environment.os(variable) else { return Ok(None) };
    let role = environment.text("AWS_ROLE_ARN")?.ok_or_else(|| {
        let message = format!("{variable} is set, AWS_ROLE_ARN is not");
        SettingsError::new(SettingsErrorKind::Credentials, message)
    })?;
    Ok(Some(WebIdentity {
        token_file: PathBuf::from(file),
        role_arn: role.to_owned(),
        session_name: environment.text("AWS_ROLE_SESSION_NAME")?.map(str::to_owned),
    }))
}

/// The relative one goes before the full one.
const CONTAINER: [&str; 2] =
    ["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI"];
