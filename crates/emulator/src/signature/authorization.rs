use super::refusal::Refusal;

/// The parts of an `Authorization` header, none of them checked against anything yet.
pub(super) struct Authorization<'a> {
    pub(super) access_key_id: &'a str,
    pub(super) scope: Scope<'a>,
    pub(super) signed_headers: &'a str,
    pub(super) signature: &'a str,
}

/// What a signature is good for: `date/region/service/terminator`.
pub(super) struct Scope<'a> {
    pub(super) date: &'a str,
    pub(super) region: &'a str,
    pub(super) service: &'a str,
    pub(super) terminator: &'a str,
}

impl<'a> Authorization<'a> {
    /// Reads `AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…`, in any order, with or
    /// without spaces after the commas.
    pub(super) fn parse(value: &'a [u8]) -> Result<Self, Refusal> {
        let parameters = std::str::from_utf8(value)
            .ok()
            .filter(|text| text.bytes().all(|byte| matches!(byte, b' '..=b'~')))
            .and_then(|text| text.strip_prefix(ALGORITHM)?.strip_prefix(' '))
            .ok_or_else(|| {
                Refusal::incomplete("The Authorization header must begin with AWS4-HMAC-SHA256.")
            })?;

        let (mut credential, mut signed_headers, mut signature) = (None, None, None);
        for parameter in parameters.split(',') {
            let place = match parameter.trim_matches(' ').split_once('=') {
                Some(("Credential", value)) => Some((&mut credential, value)),
                Some(("SignedHeaders", value)) => Some((&mut signed_headers, value)),
                Some(("Signature", value)) => Some((&mut signature, value)),
                _ => None,
            };
            let Some((place @ None, value)) = place else {
                return Err(Refusal::incomplete(
                    "The Authorization header holds a parameter that is unknown or repeated.",
                ));
            };
            *place = Some(value);
        }
        let required = |parameter: Option<&'a str>, name| {
            parameter.filter(|value| !value.is_empty()).ok_or_else(|| {
                Refusal::incomplete(format!("Authorization header requires '{name}' parameter."))
            })
        };
        let credential = required(credential, "Credential")?;
        let signed_headers = required(signed_headers, "SignedHeaders")?;
        let signature = required(signature, "Signature")?;

        let parts: Vec<_> = credential.split('/').collect();
        let &[access_key_id, date, region, service, terminator] = parts.as_slice() else {
            return Err(Refusal::incomplete(BROKEN_CREDENTIAL));
        };
        if parts.contains(&"") {
            return Err(Refusal::incomplete(BROKEN_CREDENTIAL));
        }
        let scope = Scope { date, region, service, terminator };
        Ok(Self { access_key_id, scope, signed_headers, signature })
    }
}

const ALGORITHM: &str = "AWS4-HMAC-SHA256";

const BROKEN_CREDENTIAL: &str = "Credential must have exactly 5 slash-delimited elements: \
                                 keyid/date/region/service/aws4_request.";

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(value: &str) -> Option<[&str; 7]> {
        let parsed = Authorization::parse(value.as_bytes()).ok()?;
        let Scope { date, region, service, terminator } = parsed.scope;
        let (key_id, headers) = (parsed.access_key_id, parsed.signed_headers);
        Some([key_id, date, region, service, terminator, headers, parsed.signature])
    }

    #[test]
    fn the_parameters_come_in_any_order_and_spacing() {
        let parts = Some(["K", "D", "R", "S", "T", "a;b", "f"]);
        for value in [
            "AWS4-HMAC-SHA256 Credential=K/D/R/S/T, SignedHeaders=a;b, Signature=f",
            "AWS4-HMAC-SHA256 Credential=K/D/R/S/T,SignedHeaders=a;b,Signature=f",
            "AWS4-HMAC-SHA256   Signature=f ,  SignedHeaders=a;b, Credential=K/D/R/S/T",
        ] {
            assert_eq!(parse(value), parts, "{value}");
        }
    }

    #[test]
    fn anything_else_is_incomplete() {
        for value in [
            "",
            "AWS4-HMAC-SHA256",
            "AWS4-HMAC-SHA256 ",
            "AWS4-HMAC-SHA256Credential=K/D/R/S/T, SignedHeaders=a, Signature=f",
            "AWS4-HMAC-SHA512 Credential=K/D/R/S/T, SignedHeaders=a, Signature=f",
            "aws4-hmac-sha256 Credential=K/D/R/S/T, SignedHeaders=a, Signature=f",
            "Bearer token",
            "AWS4-HMAC-SHA256 SignedHeaders=a, Signature=f",
            "AWS4-HMAC-SHA256 Credential=K/D/R/S/T, Signature=f",
            "AWS4-HMAC-SHA256 Credential=K/D/R/S/T, SignedHeaders=a",
            "AWS4-HMAC-SHA256 Credential=K/D/R/S/T, SignedHeaders=a, Signature=",
            "AWS4-HMAC-SHA256 Credential=, SignedHeaders=a, Signature=f",
            "AWS4-HMAC-SHA256 Credential=K/D/R/S/T, SignedHeaders=a, Signature=f,",
            "AWS4-HMAC-SHA256 Credential=K/D/R/S/T, SignedHeaders=a, Signature=f, Extra=1",
            "AWS4-HMAC-SHA256 Credential=K/D/R/S/T, SignedHeaders=a, Signature=f, Signature=f",
            "AWS4-HMAC-SHA256 Credential=K/D/R/S, SignedHeaders=a, Signature=f",
            "AWS4-HMAC-SHA256 Credential=K/D/R/S/T/U, SignedHeaders=a, Signature=f",
            "AWS4-HMAC-SHA256 Credential=/D/R/S/T, SignedHeaders=a, Signature=f",
            "AWS4-HMAC-SHA256 Credential=K/D//S/T, SignedHeaders=a, Signature=f",
            "AWS4-HMAC-SHA256 Credential=K/D/R/S/T, SignedHeaders=\u{e9}, Signature=f",
            "AWS4-HMAC-SHA256 Credential=K/D/R/S/T, SignedHeaders=a\t, Signature=f",
        ] {
            assert_eq!(parse(value), None, "{value}");
        }
    }
}
