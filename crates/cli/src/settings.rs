//! What a command runs with: flags first, then the environment, then defaults.

use kendra_sync_hyper::rustls::RootCertStore;
use kendra_sync_hyper::{
    Config, Credentials, DataSourceId, Endpoint, IndexId, MaxAttempts, Region, RetryPolicy,
};

use crate::ca_bundle;
use crate::environment::Environment;
use crate::failure::Failure;
use crate::flags::{CallFlags, RetryMode, StopFlags};
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

/// Whom to call, as whom, trusting whom.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) config: Config,
    pub(crate) credentials: Credentials,
    pub(crate) roots: Option<RootCertStore>,
}

impl Settings {
    pub(crate) fn resolve(flags: &CallFlags, environment: &Environment) -> Result<Self, Failure> {
        // Bad flags first: whatever else is missing, they are wrong.
        let (given_region, given_endpoint) = (given_region(flags)?, given_endpoint(flags)?);
        let region = match given_region {
            Some(region) => region,
            None => region(environment)?,
        };
        let endpoint = match given_endpoint {
            Some(endpoint) => Some(endpoint),
            None => endpoint(environment)?,
        };
        let roots = match (&flags.ca_bundle, environment.os("AWS_CA_BUNDLE")) {
            (Some(file), _) => Some(ca_bundle::read(file, "--ca-bundle")?),
            (None, Some(file)) => Some(ca_bundle::read(file.as_ref(), "AWS_CA_BUNDLE")?),
            (None, None) => None,
        };
        let config = limits(Config::new(region), flags).retry(retry(flags, environment)?);
        let config = match endpoint {
            Some(endpoint) => config.endpoint(endpoint),
            None => config,
        };
        let config = told(config, environment)?;
        Ok(Self { config, credentials: credentials(environment)?, roots })
    }
}

pub(crate) fn given_region(flags: &CallFlags) -> Result<Option<Region>, Failure> {
    flags.region.as_deref().map(Region::new).transpose().map_err(Failure::usage)
}

pub(crate) fn given_endpoint(flags: &CallFlags) -> Result<Option<Endpoint>, Failure> {
    flags.endpoint_url.as_deref().map(Endpoint::parse).transpose().map_err(Failure::usage)
}

/// The limits that the flags give.
pub(crate) fn limits(config: Config, flags: &CallFlags) -> Config {
    config.operation_timeout(flags.timeout).attempt_timeout(flags.attempt_timeout)
}

/// The retry policy that the flags give, and the environment where they give none.
pub(crate) fn retry(flags: &CallFlags, environment: &Environment) -> Result<RetryPolicy, Failure> {
    match (flags.retry_mode, flags.max_attempts) {
        (Some(RetryMode::Off), None) => return Ok(RetryPolicy::off()),
        (Some(RetryMode::Off), Some(_)) => {
            return Err(Failure::usage("--max-attempts cannot be used with --retry-mode off"));
        }
        (Some(RetryMode::Adaptive), _) => warn_of_mode("adaptive"),
        (Some(RetryMode::Standard), _) => {}
        (None, _) => check_retry_mode(environment)?,
    }
    let attempts = match flags.max_attempts {
        Some(attempts) => Some(attempts),
        None => max_attempts(environment)?,
    };
    let policy = RetryPolicy::standard();
    Ok(match attempts {
        Some(attempts) => policy.max_attempts(attempts),
        None => policy,
    })
}

fn max_attempts(environment: &Environment) -> Result<Option<MaxAttempts>, Failure> {
    let Some(attempts) = environment.text("AWS_MAX_ATTEMPTS")? else { return Ok(None) };
    let attempts = attempts.parse();
    attempts.map(Some).map_err(|error| Failure::configuration(format!("AWS_MAX_ATTEMPTS: {error}")))
}

/// Every mode that AWS's tools know is run as standard.
fn check_retry_mode(environment: &Environment) -> Result<(), Failure> {
    let Some(mode) = environment.text("AWS_RETRY_MODE")? else { return Ok(()) };
    match &*mode.to_ascii_lowercase() {
        "standard" => {}
        "adaptive" | "legacy" => warn_of_mode(mode),
        _ => {
            let rule = "AWS_RETRY_MODE: the retry mode must be standard, adaptive or legacy";
            return Err(Failure::configuration(rule));
        }
    }
    Ok(())
}

fn warn_of_mode(mode: &str) {
    warn(&format!("retry mode {mode} is run as standard"));
}

/// What the environment says of the program that calls, for AWS's logs and traces.
fn told(mut config: Config, environment: &Environment) -> Result<Config, Failure> {
    if let Some(id) = environment.text("AWS_SDK_UA_APP_ID")? {
        config = config.app_id(id);
    }
    if let Some(name) = environment.text("AWS_EXECUTION_ENV")? {
        config = config.execution_environment(name);
    }
    // Lambda passes on which invocation this is, so that AWS can break a loop of invocations.
    if environment.os("AWS_LAMBDA_FUNCTION_NAME").is_some()
        && let Some(id) = environment.text("_X_AMZN_TRACE_ID")?
    {
        config = config.trace_id(id);
    }
    Ok(config)
}

fn region(environment: &Environment) -> Result<Region, Failure> {
    let Some((name, region)) = environment.first(&["AWS_REGION", "AWS_DEFAULT_REGION"])? else {
        return Err(Failure::no_region());
    };
    Region::new(region).map_err(|error| Failure::configuration(format!("{name}: {error}")))
}

fn endpoint(environment: &Environment) -> Result<Option<Endpoint>, Failure> {
    let named = environment.first(&["AWS_ENDPOINT_URL_KENDRA", "AWS_ENDPOINT_URL"])?;
    let Some((name, url)) = named else { return Ok(None) };
    let endpoint = Endpoint::parse(url);
    endpoint.map(Some).map_err(|error| Failure::configuration(format!("{name}: {error}")))
}

fn credentials(environment: &Environment) -> Result<Credentials, Failure> {
    let [id, secret, token] = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"]
        .map(|name| environment.text(name));
    let (id, secret) = match (id?, secret?) {
        (Some(id), Some(secret)) => (id, secret),
        (None, None) => return Err(Failure::no_credentials("AWS_ACCESS_KEY_ID is not set")),
        (None, Some(_)) => {
            let reason = "AWS_SECRET_ACCESS_KEY is set, AWS_ACCESS_KEY_ID is not";
            return Err(Failure::no_credentials(reason));
        }
        (Some(_), None) => {
            let reason = "AWS_ACCESS_KEY_ID is set, AWS_SECRET_ACCESS_KEY is not";
            return Err(Failure::no_credentials(reason));
        }
    };
    tracing::debug!(source = "environment", "credentials");
    Credentials::new(id, secret, token?.map(str::to_owned))
        .map_err(|error| Failure::configuration(format!("environment: {error}")))
}
