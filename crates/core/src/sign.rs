//! Signature Version 4 of one request shape: `POST`, a path, no query, a JSON body.
//!
//! Key derivation and signature are `aws-sigv4`'s; the canonical request is written here, since this
//! shape needs none of the general one's cost. Tests hold it against `aws-sigv4`'s own.

use std::sync::{Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use aws_sigv4::sign::v4::{calculate_signature, generate_signing_key};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;
use zeroize::Zeroizing;

use crate::credentials::Credentials;
use crate::endpoint::Endpoint;
use crate::region::Region;

/// Signs for one region, and keeps the signing key of the day.
pub(crate) struct Signer {
    region: Region,
    key: Mutex<Option<SigningKey>>,
}

/// What a signature adds to a request.
pub(crate) struct Signed {
    /// `X-Amz-Date`, `YYYYMMDDThhmmssZ`.
    pub(crate) date: String,
    pub(crate) authorization: String,
    /// The last part of `authorization`.
    pub(crate) signature: String,
}

impl Signer {
    pub(crate) fn new(region: Region) -> Self {
        Self { region, key: Mutex::new(None) }
    }

    pub(crate) fn sign(
        &self,
        endpoint: &Endpoint,
        target: &str,
        body: &[u8],
        credentials: &Credentials,
        time: SystemTime,
    ) -> Signed {
        let time = within_four_digit_years(time);
        let date = amz_date(time);
        let day = &date[..8];
        let scope = format!("{day}/{}/{SERVICE}/aws4_request", self.region);
        let token = credentials.session_token();
        let headers = if token.is_some() { SIGNED_HEADERS_WITH_TOKEN } else { SIGNED_HEADERS };

        let path = endpoint.canonical_path();
        // A `Host` is parsed from visible ASCII.
        let host = endpoint.host().to_str().unwrap_or_default();
        let mut request = Zeroizing::new(String::with_capacity(512 + token.map_or(0, str::len)));
        for part in ["POST\n", path, "\n\ncontent-type:", CONTENT_TYPE, "\nhost:", host] {
            request.push_str(part);
        }
        for part in ["\nx-amz-date:", &date] {
            request.push_str(part);
        }
        if let Some(token) = token {
            request.push_str("\nx-amz-security-token:");
            request.push_str(token);
        }
        for part in ["\nx-amz-target:", target, "\n\n", headers, "\n", &sha256_hex(body)] {
            request.push_str(part);
        }
        let request_hash = sha256_hex(request.as_bytes());
        let to_sign = format!("AWS4-HMAC-SHA256\n{date}\n{scope}\n{request_hash}");

        let key = self.key(credentials, day, time);
        let signature = calculate_signature(key, to_sign.as_bytes());
        let id = credentials.access_key_id();
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential={id}/{scope}, SignedHeaders={headers}, Signature={signature}"
        );
        Signed { date, authorization, signature }
    }

    /// The key for `day`: derived once for each day and access key.
    fn key(&self, credentials: &Credentials, day: &str, time: SystemTime) -> Zeroizing<[u8; 32]> {
        let mut kept = self.key.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(kept) = kept.as_ref()
            && kept.day == day
            && kept.secret_access_key.as_str() == credentials.secret_access_key()
        {
            return kept.key.clone();
        }
        let secret = credentials.secret_access_key();
        let derived = generate_signing_key(secret, time, self.region.as_str(), SERVICE);
        let mut key = Zeroizing::new([0; 32]);
        key.iter_mut().zip(derived.as_ref()).for_each(|(to, from)| *to = *from);
        *kept = Some(SigningKey {
            day: day.to_owned(),
            secret_access_key: Zeroizing::new(secret.to_owned()),
            key: key.clone(),
        });
        key
    }
}

/// What the key was derived from, besides the signer's region.
struct SigningKey {
    day: String,
    secret_access_key: Zeroizing<String>,
    key: Zeroizing<[u8; 32]>,
}

/// `time` as `YYYYMMDDThhmmssZ`.
pub(crate) fn amz_date(time: SystemTime) -> String {
    let time = OffsetDateTime::from(within_four_digit_years(time));
    format!(
        "{:04}{:02}{:02}T{:02}{:02}{:02}Z",
        time.year(),
        u8::from(time.month()),
        time.day(),
        time.hour(),
        time.minute(),
        time.second()
    )
}

/// A clock that is set to before 1970 or after 9999 must not panic; no signature helps it.
fn within_four_digit_years(time: SystemTime) -> SystemTime {
    let last = UNIX_EPOCH + std::time::Duration::from_secs(253_402_300_799);
    time.clamp(UNIX_EPOCH, last)
}

fn sha256_hex(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

pub(crate) const CONTENT_TYPE: &str = "application/x-amz-json-1.1";
const SERVICE: &str = "kendra";
const SIGNED_HEADERS: &str = "content-type;host;x-amz-date;x-amz-target";
const SIGNED_HEADERS_WITH_TOKEN: &str =
    "content-type;host;x-amz-date;x-amz-security-token;x-amz-target";
