//! All settings in force.

use std::fmt;
use std::sync::Arc;

use kendra_sync_core::{
    Config, Endpoint, HttpTransport, MaxAttempts, Region, RetryPolicy, blocking,
};
use kendra_sync_proxy::{Proxies, Proxy};

use crate::builder::{Inputs, Proxying, SettingsBuilder};
use crate::ca_bundle::CaBundle;
use crate::credentials::CredentialChain;
use crate::credentials::search::Search;
use crate::credentials::sources::Sources;
use crate::endpoint::EndpointSettings;
use crate::environment::Environment;
use crate::error::{SettingsError, SettingsErrorKind};
use crate::proxy::ProxySettings;
use crate::retry_mode::RetryMode;
use crate::setting::{Setting, Source};

/// The settings in force, each with its source.
///
/// Each can be used alone: [`config`](Self::config) is for a client, [`proxies`](Self::proxies) and
/// [`ca_bundle`](Self::ca_bundle) are for a transport's builder.
///
/// # Examples
///
/// ```no_run
/// use kendra_sync_config::Settings;
///
/// let settings = Settings::load()?;
/// let config = settings.config()?;
/// # let _ = config;
/// # Ok::<(), kendra_sync_config::SettingsError>(())
/// ```
#[derive(Clone)]
pub struct Settings {
    profile: Setting<String>,
    region: Option<Setting<Region>>,
    endpoint: EndpointSettings,
    ca_bundle: Option<Setting<CaBundle>>,
    proxy: ProxySettings,
    retry_mode: Setting<RetryMode>,
    max_attempts: Setting<MaxAttempts>,
    app_id: Option<Setting<String>>,
    execution_environment: Option<String>,
    trace_id: Option<String>,
    inputs: Arc<Inputs>,
}

impl Settings {
    /// Looks everything up in this process's environment and in AWS's files.
    ///
    /// # Errors
    ///
    /// As for [`SettingsBuilder::load`].
    pub fn load() -> Result<Self, SettingsError> {
        Self::builder().load()
    }

    /// Starts with what a program sets itself.
    pub fn builder() -> SettingsBuilder {
        SettingsBuilder::of_process()
    }

    pub(crate) fn resolve(given: SettingsBuilder) -> Result<Self, SettingsError> {
        let lookup = given.inputs.lookup()?;
        let region = match given.region {
            Some(region) => Some(Setting::new(region, Source::Flag("--region"))),
            None => lookup.find(&["AWS_REGION", "AWS_DEFAULT_REGION"], "region", str::parse)?,
        };
        let endpoint =
            EndpointSettings::find(&lookup, region.as_ref().map(Setting::value), given.endpoint)?;
        let named = match given.ca_bundle {
            Some(path) => Some(Setting::new(path, Source::Flag("--ca-bundle"))),
            None => lookup.os("AWS_CA_BUNDLE", "ca_bundle")?.map(|path| path.map(Into::into)),
        };
        let ca_bundle = named.map(|named| CaBundle::read(named, lookup.read)).transpose()?;
        let proxy = match given.proxies {
            Proxying::AsTheEnvironmentSays => ProxySettings::find(&lookup)?,
            Proxying::Never => ProxySettings::none(),
        };
        let retry_mode = match given.retry_mode {
            Some(mode) => Some(Setting::new(mode, Source::Flag("--retry-mode"))),
            None => lookup.find(&["AWS_RETRY_MODE"], "retry_mode", RetryMode::parse)?,
        };
        let retry_mode = retry_mode.unwrap_or(Setting::new(RetryMode::Standard, Source::Default));
        let max_attempts = match (retry_mode.value(), given.max_attempts) {
            (RetryMode::Off, _) => {
                Some(Setting::new(MaxAttempts::ONE, retry_mode.source().clone()))
            }
            (_, Some(attempts)) => Some(Setting::new(attempts, Source::Flag("--max-attempts"))),
            (_, None) => lookup.find(&["AWS_MAX_ATTEMPTS"], "max_attempts", str::parse)?,
        };
        let max_attempts =
            max_attempts.unwrap_or(Setting::new(MaxAttempts::THREE, Source::Default));
        let app_id = lookup.find(&["AWS_SDK_UA_APP_ID"], "sdk_ua_app_id", |id| {
            Ok::<_, SettingsError>(id.to_owned())
        })?;
        let execution_environment = given.inputs.environment.text("AWS_EXECUTION_ENV")?;
        Ok(Self {
            profile: lookup.profile().clone(),
            region,
            endpoint,
            ca_bundle,
            proxy,
            retry_mode,
            max_attempts,
            app_id,
            execution_environment: execution_environment.map(str::to_owned),
            trace_id: trace_id(&given.inputs.environment)?,
            inputs: Arc::new(given.inputs.clone()),
        })
    }

    /// The settings of a client.
    ///
    /// # Errors
    ///
    /// [`SettingsErrorKind::NoRegion`] when no region is set: a request to a custom endpoint is signed
    /// for one, too.
    pub fn config(&self) -> Result<Config, SettingsError> {
        let (Some(region), Some(endpoint)) = (&self.region, &self.endpoint.endpoint) else {
            return Err(SettingsError::new(SettingsErrorKind::NoRegion, "no region is set"));
        };
        let mut config = Config::new(region.value().clone())
            .endpoint(endpoint.value().clone())
            .retry(RetryPolicy::standard().max_attempts(*self.max_attempts.value()));
        if let Some(id) = &self.app_id {
            config = config.app_id(id.value());
        }
        if let Some(name) = &self.execution_environment {
            config = config.execution_environment(name);
        }
        if let Some(id) = &self.trace_id {
            config = config.trace_id(id);
        }
        Ok(config)
    }

    /// Credentials for a client, asked for over `transport` where they need a request. None is asked
    /// for before a call needs them.
    ///
    /// # Errors
    ///
    /// [`SettingsErrorKind::Credentials`] when half of a key is set,
    /// [`SettingsErrorKind::Value`] when what a profile says of credentials cannot be followed, and as
    /// for [`SettingsBuilder::load`] of files that are only read now.
    pub fn credentials<T: HttpTransport + 'static>(
        &self,
        transport: Arc<T>,
    ) -> Result<CredentialChain, SettingsError> {
        Ok(CredentialChain::new(self.search()?, transport))
    }

    /// The same for a blocking client.
    ///
    /// # Errors
    ///
    /// As for [`Settings::credentials`].
    pub fn blocking_credentials<T: blocking::HttpTransport + 'static>(
        &self,
        transport: Arc<T>,
    ) -> Result<crate::blocking::CredentialChain, SettingsError> {
        Ok(crate::blocking::CredentialChain::new(self.search()?, transport))
    }

    /// Which source of credentials would be asked: `environment`, `static`, `assume-role`, `sso`,
    /// `web-identity`, `credential_process`, `container` or `instance-metadata`. It is not asked now.
    ///
    /// # Errors
    ///
    /// As for [`Settings::credentials`].
    pub fn credential_source(&self) -> Result<Option<Setting<&'static str>>, SettingsError> {
        Ok(self.search()?.sources.name())
    }

    fn search(&self) -> Result<Search, SettingsError> {
        let region = self.region.as_ref().map(|region| region.value().as_str());
        let sources = Sources::find(&self.inputs.lookup()?, region)?;
        Ok(Search { sources: Arc::new(sources), inputs: Arc::clone(&self.inputs) })
    }

    /// The region, if one is set.
    pub fn region(&self) -> Option<&Setting<Region>> {
        self.region.as_ref()
    }

    /// What is called, if a URL or a region is set.
    pub fn endpoint(&self) -> Option<&Setting<Endpoint>> {
        self.endpoint.endpoint.as_ref()
    }

    /// Whether FIPS 140 validated cryptography is asked of the endpoint.
    pub fn fips(&self) -> &Setting<bool> {
        &self.endpoint.fips
    }

    /// Whether the endpoint is to have IPv6 addresses, too.
    pub fn dualstack(&self) -> &Setting<bool> {
        &self.endpoint.dualstack
    }

    /// The name of the profile.
    pub fn profile(&self) -> &Setting<String> {
        &self.profile
    }

    /// The roots to trust instead of the platform's.
    pub fn ca_bundle(&self) -> Option<&Setting<CaBundle>> {
        self.ca_bundle.as_ref()
    }

    /// The proxy that requests to the endpoint go through; where there is none, the source says why.
    pub fn proxy(&self) -> Setting<Option<Proxy>> {
        let endpoint = self.endpoint.endpoint.as_ref().map(Setting::value);
        endpoint.map_or(Setting::new(None, Source::Default), |endpoint| self.proxy.of(endpoint))
    }

    /// All proxies, for a transport's builder.
    pub fn proxies(&self) -> Proxies {
        self.proxy.proxies()
    }

    /// The retry mode that was asked for. [`RetryMode::Adaptive`] and [`RetryMode::Legacy`] are run as
    /// [`RetryMode::Standard`], of which a program should warn.
    pub fn retry_mode(&self) -> &Setting<RetryMode> {
        &self.retry_mode
    }

    /// How many attempts may be made, the first one included.
    pub fn max_attempts(&self) -> &Setting<MaxAttempts> {
        &self.max_attempts
    }

    /// What the application calls itself to AWS.
    pub fn app_id(&self) -> Option<&Setting<String>> {
        self.app_id.as_ref()
    }
}

/// Shows the settings: neither the environment nor files.
impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("profile", &self.profile)
            .field("region", &self.region)
            .field("endpoint", &self.endpoint)
            .field("ca_bundle", &self.ca_bundle)
            .field("proxy", &self.proxy)
            .field("retry_mode", &self.retry_mode)
            .field("max_attempts", &self.max_attempts)
            .field("app_id", &self.app_id)
            .field("execution_environment", &self.execution_environment)
            .field("trace_id", &self.trace_id)
            .finish_non_exhaustive()
    }
}

/// Lambda passes on which invocation this is, so that AWS can break a loop of invocations.
fn trace_id(environment: &Environment) -> Result<Option<String>, SettingsError> {
    if environment.os("AWS_LAMBDA_FUNCTION_NAME").is_none() {
        return Ok(None);
    }
    environment.text("_X_AMZN_TRACE_ID").map(|id| id.map(str::to_owned))
}
