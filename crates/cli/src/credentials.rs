//! As whom to call.

use kendra_sync_config::{Environment, Setting, Source};
use kendra_sync_hyper::Credentials;

use crate::failure::Failure;
use crate::setting_flags::SettingFlags;

/// The environment's credentials, unless the command line names a profile: then, as for the AWS CLI,
/// they are not meant.
pub(crate) fn find(
    flags: &SettingFlags,
    environment: &Environment,
) -> Result<Option<Setting<Credentials>>, Failure> {
    if flags.profile.is_some() {
        return Ok(None);
    }
    let text = |name| environment.text(name).map_err(Failure::settings);
    let (id, secret) = match (text("AWS_ACCESS_KEY_ID")?, text("AWS_SECRET_ACCESS_KEY")?) {
        (Some(id), Some(secret)) => (id, secret),
        (None, None) => return Ok(None),
        (None, Some(_)) => {
            let reason = "AWS_SECRET_ACCESS_KEY is set, AWS_ACCESS_KEY_ID is not";
            return Err(Failure::no_credentials(reason));
        }
        (Some(_), None) => {
            let reason = "AWS_ACCESS_KEY_ID is set, AWS_SECRET_ACCESS_KEY is not";
            return Err(Failure::no_credentials(reason));
        }
    };
    let token = text("AWS_SESSION_TOKEN")?.map(str::to_owned);
    let credentials = Credentials::new(id, secret, token)
        .map_err(|error| Failure::configuration(format!("environment: {error}")))?;
    Ok(Some(Setting::new(credentials, Source::Environment("AWS_ACCESS_KEY_ID"))))
}

/// [`find`] for a command that needs them.
pub(crate) fn required(
    flags: &SettingFlags,
    environment: &Environment,
) -> Result<Credentials, Failure> {
    match find(flags, environment)? {
        Some(found) => {
            tracing::debug!(source = "environment", "credentials");
            Ok(found.into_value())
        }
        None if flags.profile.is_some() => Err(Failure::no_credentials(
            "--profile is given, and credentials of a profile cannot be read yet",
        )
        .advice("set AWS_PROFILE instead, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")),
        None => Err(Failure::no_credentials("AWS_ACCESS_KEY_ID is not set")),
    }
}
