//! Checks the AWS Signature Version 4 of a request that was received, without any I/O.
//!
//! The rules are those of [Authenticating Requests][sigv4] for a service other than S3: the path is
//! percent-encoded once more, and the hash of the body stands in the canonical request. Nothing of
//! a request is trusted: whatever its bytes are, the outcome is [`Verified`] or a [`Refusal`].
//!
//! The checks run in this order, and the first that fails decides:
//!
//! 1. There is an `Authorization` header.
//! 2. It and `X-Amz-Date` are well formed; `host`, `content-type` (where there is one) and every
//!    `x-amz-*` header are signed; every signed header is there.
//! 3. The access key id is known, and the session token is the one that goes with it.
//! 4. The scope is of this date, region and service; the date is at most 5 minutes off;
//!    `x-amz-content-sha256`, where there is one, is the body's hash.
//! 5. The signature matches.
//! 6. The identity has not expired. AWS does not say where this check stands; here only who
//!    knows the secret key learns of the expiry.
//!
//! Stricter than AWS: a path is not normalised, so one with `.`, `..` or empty segments matches only
//! if it was signed just as it was sent; and a signature in the query is not looked at.
//!
//! [sigv4]: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html

mod authorization;
mod canonical;
mod received;
mod refusal;
mod signed_headers;
mod timestamp;

use std::time::SystemTime;

use subtle::ConstantTimeEq;

use self::authorization::{Authorization, Scope};
pub use self::received::ReceivedRequest;
pub use self::refusal::Refusal;
use self::signed_headers::SignedHeaders;
use self::timestamp::Timestamp;
use crate::identity::Identity;

/// Whose request it is, and what it was signed for.
#[derive(Clone, Debug)]
pub struct Verified {
    identity: Identity,
    region: String,
}

/// Checks the signature of `request`.
///
/// `lookup` finds the identity of an access key id. `now` is the verifier's clock, of which the
/// request's date may differ by 5 minutes either way. A `region` other than `None` is the only one
/// that the scope may name.
///
/// # Errors
///
/// The [`Refusal`] with which AWS would answer; it never tells the signature that was expected.
///
/// # Examples
///
/// ```
/// use std::time::SystemTime;
///
/// use kendra_sync_emulator::Identity;
/// use kendra_sync_emulator::signature::{ReceivedRequest, Refusal, verify};
///
/// let identity = Identity::new("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
/// let lookup = |key_id: &str| (key_id == "AKIDEXAMPLE").then(|| identity.clone());
///
/// let unsigned = ReceivedRequest::new("POST", "/", "{}").header("host", "127.0.0.1:8080");
/// let refusal = verify(&unsigned, lookup, SystemTime::now(), None).unwrap_err();
/// assert_eq!(refusal, Refusal::MissingAuthenticationToken);
/// assert_eq!(refusal.status(), 403);
/// ```
pub fn verify(
    request: &ReceivedRequest<'_>,
    lookup: impl FnOnce(&str) -> Option<Identity>,
    now: SystemTime,
    region: Option<&str>,
) -> Result<Verified, Refusal> {
    if request.values("authorization").next().is_none() {
        return Err(Refusal::MissingAuthenticationToken);
    }
    let authorization = request
        .only("authorization")
        .ok_or_else(|| Refusal::incomplete("There must be one Authorization header."))
        .and_then(Authorization::parse)?;
    let date = request.only("x-amz-date").and_then(Timestamp::parse).ok_or_else(|| {
        Refusal::incomplete("X-Amz-Date must be there once, in the form YYYYMMDD'T'HHMMSS'Z'.")
    })?;
    let signed_headers = SignedHeaders::parse(authorization.signed_headers)?;
    signed_headers.check(request)?;

    let identity = lookup(authorization.access_key_id).ok_or(Refusal::UnrecognizedClient)?;
    check_token(request, &identity)?;

    let scope = &authorization.scope;
    check_scope(scope, date, region)?;
    check_age(date, Timestamp::of(now))?;
    let payload_hash = canonical::hex_sha256(request.body());
    if request.values("x-amz-content-sha256").any(|value| value != payload_hash.as_bytes()) {
        return Err(Refusal::invalid("x-amz-content-sha256 is not the SHA-256 of the body."));
    }

    let canonical_request = canonical::request(request, &signed_headers, &payload_hash);
    let string_to_sign = canonical::string_to_sign(&canonical_request, date, scope);
    let expected = canonical::signature(identity.secret_access_key(), scope, &string_to_sign);
    if !bool::from(expected.as_bytes().ct_eq(authorization.signature.as_bytes())) {
        return Err(Refusal::mismatch());
    }
    if identity.is_expired() {
        return Err(Refusal::ExpiredToken);
    }
    Ok(Verified { identity, region: scope.region.to_owned() })
}

impl Verified {
    /// The identity that signed.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The region it was signed for.
    pub fn region(&self) -> &str {
        &self.region
    }
}

/// A token that is missing, another one, or there without need: AWS words all three alike.
fn check_token(request: &ReceivedRequest<'_>, identity: &Identity) -> Result<(), Refusal> {
    let present = request.values("x-amz-security-token").next().is_some();
    let token = request.only("x-amz-security-token");
    if present == token.is_some() && identity.accepts_token(token) {
        Ok(())
    } else {
        Err(Refusal::UnrecognizedClient)
    }
}

fn check_scope(scope: &Scope<'_>, date: Timestamp, region: Option<&str>) -> Result<(), Refusal> {
    if scope.terminator != TERMINATOR {
        return Err(Refusal::invalid(
            "Credential should be scoped with a valid terminator: 'aws4_request'.",
        ));
    }
    if scope.service != SERVICE {
        return Err(Refusal::invalid("Credential should be scoped to correct service: 'kendra'."));
    }
    if region.is_some_and(|region| region != scope.region) {
        return Err(Refusal::invalid("Credential should be scoped to a valid region."));
    }
    if scope.date != date.day() {
        return Err(Refusal::invalid(
            "Date in Credential scope does not match the date of X-Amz-Date.",
        ));
    }
    Ok(())
}

/// Whole seconds are compared, as `X-Amz-Date` has no finer ones.
fn check_age(date: Timestamp, now: Timestamp) -> Result<(), Refusal> {
    let (earliest, latest) = (now.plus(-TOLERANCE), now.plus(TOLERANCE));
    if date < earliest {
        return Err(Refusal::invalid(format!(
            "Signature expired: {date} is now earlier than {earliest} ({now} - 5 min.)"
        )));
    }
    if date > latest {
        return Err(Refusal::invalid(format!(
            "Signature not yet current: {date} is still later than {latest} ({now} + 5 min.)"
        )));
    }
    Ok(())
}

const SERVICE: &str = "kendra";
const TERMINATOR: &str = "aws4_request";

/// How far the request's date may be off, in seconds.
const TOLERANCE: i64 = 5 * 60;
