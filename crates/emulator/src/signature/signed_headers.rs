use super::received::ReceivedRequest;
use super::refusal::Refusal;

/// The `SignedHeaders` parameter: lowercase header names, sorted, none of them twice.
pub(super) struct SignedHeaders<'a> {
    text: &'a str,
}

impl<'a> SignedHeaders<'a> {
    pub(super) fn parse(text: &'a str) -> Result<Self, Refusal> {
        let signed = Self { text };
        let well_formed = |name: &str| !name.is_empty() && name.bytes().all(is_lowercase_token);
        if !signed.names().all(well_formed) || !signed.names().is_sorted_by(|a, b| a < b) {
            return Err(Refusal::incomplete(
                "SignedHeaders must be header names in lowercase, sorted, each one once.",
            ));
        }
        Ok(signed)
    }

    /// Checks that what must be signed is, and that what is signed is there.
    pub(super) fn check(&self, request: &ReceivedRequest<'_>) -> Result<(), Refusal> {
        if let Some(absent) = self.names().find(|name| request.values(name).next().is_none()) {
            return Err(Refusal::incomplete(format!(
                "The signed header '{absent:.100}' is absent."
            )));
        }
        let must_be_signed =
            |name: &str| matches!(name, "host" | "content-type") || name.starts_with("x-amz-");
        let present = request.header_names().map(|name| name.escape_ascii().to_string());
        let mut required = present.chain(["host".to_owned()]);
        let unsigned = required.find_map(|mut name| {
            name.make_ascii_lowercase();
            let missing = must_be_signed(&name) && !self.names().any(|signed| signed == name);
            missing.then_some(name)
        });
        match unsigned {
            Some(name) => {
                Err(Refusal::incomplete(format!("'{name:.100}' must be a 'SignedHeader'.")))
            }
            None => Ok(()),
        }
    }

    pub(super) fn as_str(&self) -> &'a str {
        self.text
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &'a str> {
        self.text.split(';')
    }
}

/// The characters of a header name, RFC 9110, section 5.6.2, but for capitals.
fn is_lowercase_token(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signed_headers_are_lowercase_sorted_and_unique() {
        for (names, accepted) in [
            ("host", true),
            ("host;x-amz-date", true),
            ("x-amz-date;host", false),
            ("host;host", false),
            ("Host", false),
            ("host;", false),
            (";host", false),
            ("ho st", false),
            ("", false),
        ] {
            assert_eq!(SignedHeaders::parse(names).is_ok(), accepted, "{names}");
        }
    }
}
