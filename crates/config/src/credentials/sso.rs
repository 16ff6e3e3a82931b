//! Credentials of IAM Identity Center: a token that `aws sso login` has left, changed for those of a role.

use aws_config::Region;
use aws_config::sso::SsoTokenProvider;
use aws_credential_types::provider::token::ProvideToken;
use aws_smithy_types::DateTime;
use kendra_sync_core::Credentials;

use crate::credentials::aws::{Bridge, Service};
use crate::credentials::profile::Sso;
use crate::credentials::provided::{Failed, Provided};
use crate::credentials::search::refused;
use crate::credentials::sources::Services;

pub(crate) async fn ask(
    sign_in: &Sso,
    services: &Services,
    bridge: &Bridge,
) -> Result<Provided, Failed> {
    let in_its_region =
        |service: &Service| Service { region: Some(sign_in.region.clone()), ..service.clone() };
    // The older form's token is kept under the hash of the start URL, where the newer one's is under that
    // of the session's name.
    let name = sign_in.session.as_ref().unwrap_or(&sign_in.start_url);
    let tokens = SsoTokenProvider::builder()
        .configure(&bridge.sdk_config(&in_its_region(&services.sso_oidc)))
        .session_name(name)
        .region(Region::new(sign_in.region.clone()))
        .start_url(&sign_in.start_url)
        .build()
        .await;
    let token = tokens.provide_token().await;
    let token = token.map_err(|error| Failed::new(format!("sso: {}", bridge.words(&error))))?;
    bridge.hide(token.token());
    let config = bridge.sdk_config(&in_its_region(&services.sso));
    let answer = aws_sdk_sso::Client::new(&config)
        .get_role_credentials()
        .account_id(&sign_in.account_id)
        .role_name(&sign_in.role_name)
        .access_token(token.token())
        .send()
        .await
        .map_err(|error| refused("sso: the portal", &error, bridge))?;
    let theirs =
        answer.role_credentials.ok_or_else(|| Failed::new("sso: no credentials in the answer"))?;
    let (Some(id), Some(secret)) = (theirs.access_key_id, theirs.secret_access_key) else {
        return Err(Failed::new("sso: half of an access key in the answer"));
    };
    let credentials = Credentials::new(id, secret, theirs.session_token)
        .map_err(|error| Failed::new(format!("sso: what the portal answered: {error}")))?;
    let expiry = DateTime::from_millis(theirs.expiration).try_into().ok();
    let expiry = expiry.filter(|_| theirs.expiration != 0);
    Provided { credentials, expiry }.unexpired()
}
