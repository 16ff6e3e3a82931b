//! Signature Version 4 of one request shape: `POST`, a path, no query, a JSON body.
//!
//! Key derivation and signature are `aws-sigv4`'s; the canonical request is written here, since this
//! shape needs none of the general one's cost. Tests hold it against `aws-sigv4`'s own.

use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use aws_sigv4::sign::v4::{calculate_signature, generate_signing_key};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;
use zeroize::Zeroizing;

use crate::credentials::Credentials;
use crate::endpoint::Endpoint;
use crate::operation::join;
use crate::region::Region;

/// Signs for one region, and keeps the signing key of the day.
pub(crate) struct Signer {
    region: Region,
    key: Mutex<Option<SigningKey>>,
}

/// What a signature adds to a request.
pub(crate) struct Signed {
    /// `X-Amz-Date`.
    pub(crate) date: AmzDate,
    pub(crate) authorization: Vec<u8>,
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
        target: &[u8],
        body: &[u8],
        credentials: &Credentials,
        time: SystemTime,
    ) -> Signed {
        let time = within_four_digit_years(time);
        let date = AmzDate::of(time);
        let token = credentials.session_token();
        let headers = if token.is_some() { SIGNED_HEADERS_WITH_TOKEN } else { SIGNED_HEADERS };

        // The canonical request, hashed part by part: it holds the token, so it is nowhere as a whole.
        let mut request = Sha256::new();
        let (path, host) = (endpoint.canonical_path(), endpoint.host());
        request.update(b"POST\n");
        request.update(path);
        request.update(b"\n\ncontent-type:");
        request.update(CONTENT_TYPE);
        request.update(b"\nhost:");
        request.update(host);
        request.update(b"\nx-amz-date:");
        request.update(date.as_bytes());
        if let Some(token) = token {
            request.update(b"\nx-amz-security-token:");
            request.update(token);
        }
        request.update(b"\nx-amz-target:");
        request.update(target);
        request.update(b"\n\n");
        request.update(headers);
        request.update(b"\n");
        request.update(hex(&Sha256::digest(body).into()));
        let request_hash = hex(&request.finalize().into());

        let (day, region) = (date.day(), self.region.as_str().as_bytes());
        let (to_sign, length) = join::<LONGEST_TO_SIGN, _>([
            b"AWS4-HMAC-SHA256\n",
            date.as_bytes(),
            b"\n",
            day,
            b"/",
            region,
            SCOPE_END,
            b"\n",
            &request_hash,
        ]);
        let key = self.key(credentials, day, time);
        let signature = calculate_signature(key, to_sign.split_at(length).0);
        let authorization: [&[u8]; 11] = [
            b"AWS4-HMAC-SHA256 Credential=",
            credentials.access_key_id().as_bytes(),
            b"/",
            day,
            b"/",
            region,
            SCOPE_END,
            b", SignedHeaders=",
            headers.as_bytes(),
            b", Signature=",
            signature.as_bytes(),
        ];
        Signed { date, authorization: authorization.concat(), signature }
    }

    /// The key for `day`: derived once for each day and access key.
    fn key(&self, credentials: &Credentials, day: &[u8], time: SystemTime) -> Zeroizing<[u8; 32]> {
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
            day: day.to_vec(),
            secret_access_key: Zeroizing::new(secret.to_owned()),
            key: key.clone(),
        });
        key
    }
}

/// What the key was derived from, besides the signer's region.
struct SigningKey {
    day: Vec<u8>,
    secret_access_key: Zeroizing<String>,
    key: Zeroizing<[u8; 32]>,
}

/// A time as `YYYYMMDDThhmmssZ`.
#[derive(Clone, Copy)]
pub(crate) struct AmzDate([u8; 16]);

impl AmzDate {
    pub(crate) fn of(time: SystemTime) -> Self {
        let time = OffsetDateTime::from(within_four_digit_years(time));
        let (century, year) = (time.year() / 100, time.year() % 100);
        let (date, clock) =
            ([time.month().into(), time.day()], [time.hour(), time.minute(), time.second()]);
        let two = |number: u8| [b'0' + number / 10, b'0' + number % 10];
        let mut text = *b"YYYYMMDDThhmmssZ";
        text[..4].copy_from_slice([two(century as u8), two(year as u8)].as_flattened());
        text[4..8].copy_from_slice(date.map(two).as_flattened());
        text[9..15].copy_from_slice(clock.map(two).as_flattened());
        Self(text)
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// `YYYYMMDD`.
    fn day(&self) -> &[u8] {
        &self.0[..8]
    }
}

impl fmt::Display for AmzDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(str::from_utf8(&self.0).unwrap_or_default())
    }
}

/// A clock that is set to before 1970 or after 9999 must not panic; no signature helps it.
fn within_four_digit_years(time: SystemTime) -> SystemTime {
    let last = UNIX_EPOCH + std::time::Duration::from_secs(253_402_300_799);
    time.clamp(UNIX_EPOCH, last)
}

fn hex(hash: &[u8; 32]) -> [u8; 64] {
    let mut hex = [0; 64];
    // As long as the hash needs.
    let _ = hex::encode_to_slice(hash, &mut hex);
    hex
}

pub(crate) const CONTENT_TYPE: &str = "application/x-amz-json-1.1";
const SERVICE: &str = "kendra";
/// With the longest region: 63 characters.
const LONGEST_TO_SIGN: usize = 17 + 16 + 1 + 8 + 1 + 63 + SCOPE_END.len() + 1 + 64;
/// What follows the region in a scope.
const SCOPE_END: &[u8] = b"/kendra/aws4_request";
const SIGNED_HEADERS: &str = "content-type;host;x-amz-date;x-amz-target";
const SIGNED_HEADERS_WITH_TOKEN: &str =
    "content-type;host;x-amz-date;x-amz-security-token;x-amz-target";
