//! Asks the source that is to be asked.

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use aws_sdk_sts::error::{ProvideErrorMetadata, SdkError};
use kendra_sync_core::Credentials;

use crate::builder::Inputs;
use crate::credentials::aws::{Bridge, Silent};
use crate::credentials::not_found::NoCredentials;
use crate::credentials::profile::{Base, ProfileSource, Role, WebIdentity};
use crate::credentials::provided::{Failed, Provided};
use crate::credentials::sources::{Asked, Services, Sources};
use crate::credentials::{container, instance, process, sso};

/// A search for credentials, which can be made again.
#[derive(Clone)]
pub(crate) struct Search {
    pub(crate) sources: Arc<Sources>,
    pub(crate) inputs: Arc<Inputs>,
}

impl Search {
    /// Asks, without a word in any log but one of the source's name.
    pub(crate) async fn run(&self, bridge: Bridge) -> Result<Provided, Failed> {
        let source = self.sources.name().map_or("none", |name| name.into_value());
        tracing::debug!(target: TARGET, source, "asking for credentials");
        let result = Silent::new(self.ask(&bridge)).await;
        match &result {
            Ok(_) => tracing::debug!(target: TARGET, source, "credentials"),
            Err(failed) => {
                tracing::debug!(target: TARGET, source, reason = failed.reason, "no credentials");
            }
        }
        result
    }

    /// `failed` as the end of the search, with what was tried before.
    pub(crate) fn error(&self, failed: Failed) -> NoCredentials {
        let mut tried = self.sources.before.clone();
        if !failed.reason.is_empty() {
            tried.push(format!("{}: {}", self.title(), failed.reason));
        }
        NoCredentials::new(tried, failed.next.unwrap_or_else(|| NEXT.to_owned()))
    }

    fn title(&self) -> String {
        match &self.sources.asked {
            Asked::Container(_) => "container".to_owned(),
            Asked::Environment(_) => "environment".to_owned(),
            Asked::Instance(_) | Asked::None => "instance metadata".to_owned(),
            Asked::Profile(profile) if profile.name == profile.base_of => {
                format!("profile {}", profile.name)
            }
            Asked::Profile(profile) => {
                format!("profile {} (from {})", profile.name, profile.base_of)
            }
            Asked::WebIdentity(_) => "web identity".to_owned(),
        }
    }

    async fn ask(&self, bridge: &Bridge) -> Result<Provided, Failed> {
        let services = &self.sources.services;
        match &self.sources.asked {
            Asked::Container(_) => container::ask(bridge).await,
            Asked::Environment(provided) => Ok(provided.clone()),
            Asked::Instance(metadata) => instance::ask(metadata, bridge).await,
            Asked::None => Err(Failed::new("")),
            Asked::Profile(profile) => self.profile(profile, bridge).await,
            Asked::WebIdentity(identity) => self.web_identity(identity, services, bridge).await,
        }
    }

    async fn profile(&self, profile: &ProfileSource, bridge: &Bridge) -> Result<Provided, Failed> {
        let services = &self.sources.services;
        let base = &profile.base_of;
        let mut provided = match &profile.base {
            Base::Container => container::ask(bridge).await,
            Base::Environment => services.environment.clone().ok_or_else(|| {
                Failed::new("credential_source is Environment, and AWS_ACCESS_KEY_ID or AWS_SECRET_ACCESS_KEY is not set")
            }),
            Base::Instance => instance::ask(&services.instance, bridge).await,
            Base::Process(line) => process::run(line, bridge.deadline()).await.map_err(|failed| {
                let failed = Failed { reason: format!("credential_process: {}", failed.reason), ..failed };
                failed.next(format!("run the command of credential_process in profile {base} by itself"))
            }),
            Base::Sso(sign_in) => sso::ask(sign_in, services, bridge).await.map_err(|failed| {
                failed.next(format!("run aws sso login --profile {base}"))
            }),
            Base::Static(provided) => Ok(provided.clone()),
            Base::WebIdentity(identity) => self.web_identity(identity, services, bridge).await,
        }?;
        for role in &profile.roles {
            provided = assume(role, &provided.credentials, services, bridge).await?;
        }
        Ok(provided)
    }

    async fn web_identity(
        &self,
        identity: &WebIdentity,
        services: &Services,
        bridge: &Bridge,
    ) -> Result<Provided, Failed> {
        let token = self.token(&identity.token_file)?;
        bridge.hide(&token);
        let config = bridge.sdk_config(&services.sts);
        let answer = aws_sdk_sts::Client::new(&config)
            .assume_role_with_web_identity()
            .role_arn(&identity.role_arn)
            .role_session_name(identity.session_name.clone().unwrap_or_else(session_name))
            .web_identity_token(token)
            .send()
            .await
            .map_err(|error| {
                refused("STS", &error, bridge).next(format!(
                "check that {} trusts the token's issuer, and that the token in {} is a new one",
                identity.role_arn, identity.token_file.display()
            ))
            })?;
        of_sts(answer.credentials)
    }

    fn token(&self, file: &Path) -> Result<String, Failed> {
        let cannot = |why: &dyn fmt::Display| {
            let next = "check web_identity_token_file or AWS_WEB_IDENTITY_TOKEN_FILE";
            Failed::new(format!("the token's file {}: {why}", file.display())).next(next)
        };
        let bytes = (self.inputs.read)(file).map_err(|error| cannot(&error))?;
        let text = String::from_utf8(bytes).map_err(|_| cannot(&"is not valid UTF-8"))?;
        match text.trim() {
            "" => Err(cannot(&"is empty")),
            token => Ok(token.to_owned()),
        }
    }
}

/// Shows the sources.
impl fmt::Debug for Search {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Search").field(&self.sources.name()).finish()
    }
}

async fn assume(
    role: &Role,
    with: &Credentials,
    services: &Services,
    bridge: &Bridge,
) -> Result<Provided, Failed> {
    let with = aws_credential_types::Credentials::new(
        with.access_key_id(),
        with.secret_access_key(),
        with.session_token().map(str::to_owned),
        None,
        "kendra-sync",
    );
    let config = bridge.sdk_config(&services.sts);
    let config = aws_sdk_sts::config::Builder::from(&config).credentials_provider(with).build();
    let seconds = role.duration.and_then(|duration| i32::try_from(duration.as_secs()).ok());
    let answer = aws_sdk_sts::Client::from_conf(config)
        .assume_role()
        .role_arn(&role.arn)
        .role_session_name(role.session_name.clone().unwrap_or_else(session_name))
        .set_external_id(role.external_id.clone())
        .set_duration_seconds(seconds)
        .send()
        .await
        .map_err(|error| {
            refused("STS", &error, bridge)
                .next(format!("check that this identity may assume {}", role.arn))
        })?;
    of_sts(answer.credentials)
}

fn of_sts(answer: Option<aws_sdk_sts::types::Credentials>) -> Result<Provided, Failed> {
    let theirs = answer.ok_or_else(|| Failed::new("STS answered without credentials"))?;
    let credentials = Credentials::new(
        theirs.access_key_id,
        theirs.secret_access_key,
        Some(theirs.session_token),
    );
    let credentials =
        credentials.map_err(|error| Failed::new(format!("what STS answered: {error}")))?;
    let expiry = SystemTime::try_from(theirs.expiration)
        .map_err(|_| Failed::new("STS answered with a time that is none"))?;
    Provided { credentials, expiry: Some(expiry) }.unexpired()
}

/// What a service's client ends with.
pub(crate) fn refused<E, R>(service: &str, error: &SdkError<E, R>, bridge: &Bridge) -> Failed
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
    R: fmt::Debug + 'static,
{
    let reason = match error {
        SdkError::ServiceError(context) => match (context.err().code(), context.err().message()) {
            (Some(code), Some(message)) => format!("{service} answered {code}: {message}"),
            (Some(code), None) => format!("{service} answered {code}"),
            _ => format!("{service} gave an answer that is not its own"),
        },
        SdkError::ResponseError(_) => format!("{service} gave an answer that cannot be read"),
        _ => format!("{service} could not be asked: {}", bridge.words(error)),
    };
    Failed::new(bridge.clean(&reason))
}

fn session_name() -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    format!("kendra-sync-{}", now.as_millis())
}

/// The target of this crate's events on credentials.
const TARGET: &str = "kendra_sync::credentials";

/// What to do where no source is meant.
pub(crate) const NEXT: &str = "run aws configure, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (and AWS_SESSION_TOKEN if there is one)";
