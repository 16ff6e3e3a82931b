//! Which parts of a request or response are secret by where they stand.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderName, HeaderValue, Uri, header};

use crate::cover::REDACTED;
use crate::secrets::Secrets;
use crate::spelling::{plain, unescaped};

/// Learns what `headers` hold of secrets.
pub(crate) fn learn_headers(headers: &HeaderMap, secrets: &mut Secrets) {
    for (name, value) in headers {
        let holds = Holds::of(name, value);
        let value = value.as_bytes();
        match holds {
            Some(Holds::Credentials) => learn_credentials(value, secrets),
            Some(Holds::Cookies) => {
                let cookies = value.split(|&byte| byte == b';');
                for cookie in
                    cookies.filter_map(|cookie| cookie.splitn(2, |&byte| byte == b'=').nth(1))
                {
                    secrets.learn(cookie.trim_ascii());
                }
            }
            Some(Holds::Secret) => secrets.learn(value),
            None => {}
        }
    }
}

/// Learns user information, and what a presigned query holds.
pub(crate) fn learn_uri(uri: &Uri, secrets: &mut Secrets) {
    if let Some((user, _)) = uri.authority().and_then(|host| host.as_str().rsplit_once('@')) {
        learn_spelled(user, secrets);
        user.splitn(2, ':').for_each(|part| learn_spelled(part, secrets));
    }
    for (name, value) in pairs(uri.query().unwrap_or_default()) {
        match &*name.to_ascii_lowercase() {
            "x-amz-signature" | "x-amz-security-token" => learn_spelled(value, secrets),
            "x-amz-credential" => {
                learn_spelled(value.split(['/', '%']).next().unwrap_or_default(), secrets);
            }
            _ => {}
        }
    }
}

/// The names and values of a query, as they are spelled.
pub(crate) fn pairs(query: &str) -> impl Iterator<Item = (&str, &str)> {
    let parts = query.split('&').filter(|part| !part.is_empty());
    parts.map(|part| part.split_once('=').unwrap_or((part, "")))
}

/// `value` without what is secret by where it stands; `None` where that is nothing.
pub(crate) fn covered_value(name: &HeaderName, value: &HeaderValue) -> Option<HeaderValue> {
    match Holds::of(name, value) {
        Some(Holds::Credentials) => Some(covered_credentials(value.as_bytes())),
        Some(Holds::Cookies | Holds::Secret) => Some(HeaderValue::from_static(REDACTED)),
        None => None,
    }
}

/// What a header holds by its name, or because it is marked.
enum Holds {
    /// A scheme and credentials.
    Credentials,
    Cookies,
    Secret,
}

impl Holds {
    fn of(name: &HeaderName, value: &HeaderValue) -> Option<Self> {
        if [header::AUTHORIZATION, header::PROXY_AUTHORIZATION].contains(name) {
            return Some(Self::Credentials);
        }
        if [header::COOKIE, header::SET_COOKIE].contains(name) || name == "set-cookie2" {
            return Some(Self::Cookies);
        }
        (name == "x-amz-security-token" || value.is_sensitive()).then_some(Self::Secret)
    }
}

fn learn_credentials(value: &[u8], secrets: &mut Secrets) {
    if let Some(signed) = std::str::from_utf8(value).ok().and_then(Signed::parse) {
        secrets.learn(signed.access_key_id.as_bytes());
        secrets.learn(signed.signature.as_bytes());
        return;
    }
    let mut words = value.splitn(2, |&byte| byte == b' ');
    let (scheme, credentials) = (words.next().unwrap_or_default(), words.next());
    let credentials = credentials.unwrap_or(scheme).trim_ascii();
    secrets.learn(credentials);
    if scheme.eq_ignore_ascii_case(b"basic")
        && let Ok(pair) = STANDARD.decode(credentials)
    {
        secrets.learn(&pair);
        if let Some(password) = pair.splitn(2, |&byte| byte == b':').nth(1) {
            secrets.learn(password);
        }
    }
}

/// As it is spelled, and as it is meant.
fn learn_spelled(text: &str, secrets: &mut Secrets) {
    secrets.learn(text.as_bytes());
    if let Some(units) = unescaped(&plain(text.as_bytes())) {
        secrets.learn(&units.iter().map(|unit| unit.byte).collect::<Vec<_>>());
    }
}

/// The scope and the names of what is signed are worth keeping.
fn covered_credentials(value: &[u8]) -> HeaderValue {
    let signed = std::str::from_utf8(value).ok().and_then(Signed::parse);
    let covered = signed.map(|Signed { algorithm, scope, headers, .. }| {
        format!(
            "{algorithm} Credential={REDACTED}/{scope}, SignedHeaders={headers}, Signature={REDACTED}"
        )
    });
    let covered = covered.and_then(|covered| HeaderValue::try_from(covered).ok());
    covered.unwrap_or_else(|| HeaderValue::from_static(REDACTED))
}

/// `Authorization` of Signature Version 4, if it is nothing else.
struct Signed<'a> {
    algorithm: &'a str,
    access_key_id: &'a str,
    scope: &'a str,
    headers: &'a str,
    signature: &'a str,
}

impl<'a> Signed<'a> {
    fn parse(value: &'a str) -> Option<Self> {
        let (algorithm, parts) = value.split_once(' ')?;
        let mut parts = parts.split(',').map(str::trim);
        let mut part = |name: &str| parts.next()?.strip_prefix(name)?.strip_prefix('=');
        let credential = part("Credential")?;
        let (headers, signature) = (part("SignedHeaders")?, part("Signature")?);
        let (access_key_id, scope) = credential.split_once('/')?;
        let whole = parts.next().is_none() && algorithm.starts_with("AWS4-");
        let signed = Self { algorithm, access_key_id, scope, headers, signature };
        whole.then_some(signed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cover::{Cover, cover_text};

    #[test]
    fn only_what_is_secret_of_a_signature_is_covered() {
        let covered = |value: &str| {
            let value = HeaderValue::from_str(value).unwrap();
            let covered = covered_value(&header::AUTHORIZATION, &value).unwrap();
            covered.to_str().unwrap().to_owned()
        };
        let scope = "20261124/eu-west-1/kendra/aws4_request";
        assert_eq!(
            covered(&format!(
                "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/{scope}, SignedHeaders=host, Signature=abc"
            )),
            format!(
                "AWS4-HMAC-SHA256 Credential=<redacted>/{scope}, SignedHeaders=host, \
                 Signature=<redacted>"
            )
        );
        for other in [
            "Bearer abcdef",
            "Basic dXNlcjpwYXNz",
            "AWS4-HMAC-SHA256 Credential=A/b, Signature=c",
            "",
        ] {
            assert_eq!(covered(other), "<redacted>");
        }
    }

    #[test]
    fn what_stands_where_secrets_stand_is_known_elsewhere() {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("cookie", "a=1; session=cookie-canary"),
            ("proxy-authorization", "Basic dXNlcjpwcm94eS1jYW5hcnk="),
            ("x-amz-security-token", "token-canary"),
            ("authorization", "Bearer bearer-canary"),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
        let mut marked = HeaderValue::from_static("marked-canary");
        marked.set_sensitive(true);
        headers.insert("x-custom", marked);
        let mut secrets = Secrets::default();
        learn_headers(&headers, &mut secrets);
        learn_uri(
            &Uri::from_static("https://user:u%72i-canary@host/?X-Amz-Signature=query-canary"),
            &mut secrets,
        );
        for canary in ["cookie", "proxy", "token", "bearer", "marked", "uri", "query"]
            .map(|of| format!("{of}-canary"))
        {
            let covered = cover_text(&canary, &[&secrets], Cover::Word);
            assert_eq!(covered.as_deref(), Some("<redacted>"), "{canary}");
        }
        assert_eq!(cover_text("a=1 nothing else", &[&secrets], Cover::Word), None);
    }
}
