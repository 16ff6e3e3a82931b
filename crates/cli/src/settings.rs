//! What a command runs with: flags first, then the environment, then AWS's files, then defaults.

use std::time::Duration;

use kendra_sync_config::{self as config, Environment, SettingsBuilder};
use kendra_sync_hyper::rustls::RootCertStore;
use kendra_sync_hyper::{Config, Credentials, DataSourceId, Endpoint, IndexId, Proxies, Region};

use crate::credentials::Identity;
use crate::failure::Failure;
use crate::flags::StopFlags;
use crate::setting_flags::{RetryMode, SettingFlags};
use crate::text::warn;

/// The data source that a command names.
#[derive(Debug)]
pub(crate) struct Target {
    pub(crate) index: IndexId,
    pub(crate) source: DataSourceId,
}

impl Target {
    /// Checks both ids, so that both are reported when both are wrong.
    pub(crate) fn resolve(flags: &StopFlags) -> Result<Self, Failure> {
        let index = IndexId::new(flags.index_id.as_str());
        let source = DataSourceId::new(flags.id.as_str());
        match (index, source) {
            (Ok(index), Ok(source)) => Ok(Self { index, source }),
            (Err(index), Err(source)) => Err(Failure::usage(format!("{index}; {source}"))),
            (Err(error), _) | (_, Err(error)) => Err(Failure::usage(error)),
        }
    }
}

/// Whom to call, as whom, through and trusting whom.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) config: Config,
    pub(crate) identity: Identity,
    pub(crate) connect_timeout: Duration,
    pub(crate) proxies: Proxies,
    pub(crate) roots: Option<RootCertStore>,
    /// The region is one where Kendra is not known to be, and the endpoint is made of it.
    pub(crate) unknown_region: bool,
}

impl Settings {
    pub(crate) fn resolve(flags: &SettingFlags, environment: Environment) -> Result<Self, Failure> {
        let found = builder(flags)?.environment(environment).load();
        let found = found.map_err(Failure::settings)?;
        let config = found.config().map_err(Failure::settings)?;
        warn_of_mode(&found);
        Ok(Self {
            config: limits(config, flags),
            connect_timeout: flags.connect_timeout().into_value(),
            proxies: found.proxies(),
            roots: found.ca_bundle().map(|bundle| bundle.value().roots().clone()),
            unknown_region: unknown_region(&found).is_some(),
            identity: Identity::Found(Box::new(found)),
        })
    }

    /// Settings that call `endpoint`, if one is named, as `credentials`, and look at nothing but
    /// `environment`: neither at files nor at a profile.
    pub(crate) fn isolated(
        flags: &SettingFlags,
        environment: Environment,
        endpoint: Option<Endpoint>,
        credentials: Credentials,
    ) -> Result<Self, Failure> {
        let mut builder = of_call(flags)?.environment(environment);
        if let Some(endpoint) = endpoint {
            builder = builder.endpoint(endpoint);
        }
        if flags.region.is_none() {
            builder = builder.region(Region::new("us-east-1").map_err(Failure::usage)?);
        }
        let found = builder.load().map_err(Failure::settings)?;
        let config = found.config().map_err(Failure::settings)?;
        warn_of_mode(&found);
        Ok(Self {
            config: limits(config, flags),
            identity: Identity::Given(credentials),
            connect_timeout: flags.connect_timeout().into_value(),
            proxies: Proxies::none(),
            roots: None,
            unknown_region: false,
        })
    }
}

/// What the flags give. Bad ones come first: whatever else is missing, they are wrong.
pub(crate) fn builder(flags: &SettingFlags) -> Result<SettingsBuilder, Failure> {
    let mut builder = of_call(flags)?;
    if let Some(name) = &flags.profile {
        builder = builder.profile(name);
    }
    if let Some(file) = &flags.ca_bundle {
        builder = builder.ca_bundle(file);
    }
    Ok(if flags.no_proxy { builder.without_proxy() } else { builder })
}

/// What the flags give for the call itself, however it is made.
fn of_call(flags: &SettingFlags) -> Result<SettingsBuilder, Failure> {
    let mut builder = config::Settings::builder();
    if let Some(region) = &flags.region {
        builder = builder.region(Region::new(region).map_err(Failure::usage)?);
    }
    if let Some(url) = &flags.endpoint_url {
        builder = builder.endpoint(Endpoint::parse(url).map_err(Failure::usage)?);
    }
    match (flags.retry_mode, flags.max_attempts) {
        (Some(RetryMode::Off), Some(_)) => {
            return Err(Failure::usage("--max-attempts cannot be used with --retry-mode off"));
        }
        (_, Some(attempts)) => builder = builder.max_attempts(attempts),
        (_, None) => {}
    }
    if let Some(mode) = flags.retry_mode {
        builder = builder.retry_mode(match mode {
            RetryMode::Adaptive => config::RetryMode::Adaptive,
            RetryMode::Off => config::RetryMode::Off,
            RetryMode::Standard => config::RetryMode::Standard,
        });
    }
    Ok(builder)
}

/// The retry mode that is run, and a warning where it is not the one that was asked for.
pub(crate) fn warn_of_mode(settings: &config::Settings) -> config::RetryMode {
    match settings.retry_mode().value() {
        asked @ (config::RetryMode::Adaptive | config::RetryMode::Legacy) => {
            warn(&format!("retry mode {} is run as standard", asked.as_str()));
            config::RetryMode::Standard
        }
        run => *run,
    }
}

/// The region, if the endpoint is made of it and Kendra is not known to be there.
pub(crate) fn unknown_region(settings: &config::Settings) -> Option<&Region> {
    let region = settings.region()?.value();
    let by_rules = *settings.endpoint()?.source() == config::Source::EndpointRules;
    Some(region).filter(|region| by_rules && !config::has_kendra(region))
}

/// The limits that the flags give.
fn limits(config: Config, flags: &SettingFlags) -> Config {
    config
        .operation_timeout(flags.timeout().into_value())
        .attempt_timeout(flags.attempt_timeout().into_value())
}
