//! The headers that tell AWS which client calls, and which attempt of which call this is. They are
//! added after signing.

use std::time::SystemTime;

use http::HeaderValue;

use crate::random::{mix, next};
use crate::sign::AmzDate;

/// `User-Agent` in the AWS SDKs' form, ua/2.1: product, platform, the Rust version that this crate is
/// written for, and where it runs and for whom, if that is told.
pub(crate) fn user_agent(execution_environment: Option<&str>, app_id: Option<&str>) -> HeaderValue {
    let mut agent = format!(
        "kendra-sync/{} ua/2.1 os/{} lang/rust#{}",
        env!("CARGO_PKG_VERSION"),
        std::env::consts::OS,
        env!("CARGO_PKG_RUST_VERSION"),
    );
    for (name, value) in [("exec-env", execution_environment), ("app", app_id)] {
        if let Some(value) = value {
            agent.extend([" ", name, "/"]);
            agent.extend(value.chars().map(|c| if is_token(c) { c } else { '-' }));
        }
    }
    visible(agent)
}

/// `amz-sdk-invocation-id`: a version 4 UUID (RFC 9562 section 5.4), the same for each attempt of a
/// call.
pub(crate) fn invocation_id(seed: u64) -> HeaderValue {
    let random = (u128::from(mix(seed)) << 64) | u128::from(mix(next(seed)));
    let version = 0xf << 76;
    let variant = 0b11 << 62;
    let id = (random & !version & !variant) | (4 << 76) | (0b10 << 62);
    let mut hex = [0; 32];
    // As long as the id needs.
    let _ = hex::encode_to_slice(id.to_be_bytes(), &mut hex);
    let (a, b, c, d, e) = (&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]);
    visible([a, b, c, d, e].join(&b'-'))
}

/// `amz-sdk-request`: this attempt's number, from 1, and how many there may be; from the second on
/// also until when an answer is of use.
pub(crate) fn attempt(number: u32, max: u32, until: Option<SystemTime>) -> HeaderValue {
    match until {
        Some(until) if number > 1 => {
            let until = AmzDate::of(until);
            visible(format!("ttl={until}; attempt={number}; max={max}"))
        }
        _ => visible(format!("attempt={number}; max={max}")),
    }
}

/// `X-Amzn-Trace-Id`: as Lambda gives it, with what a header cannot carry percent-encoded.
pub(crate) fn trace_id(id: &str) -> HeaderValue {
    let mut value = String::with_capacity(id.len());
    for byte in id.bytes() {
        match byte {
            b' '..=b'~' => value.push(char::from(byte)),
            _ => value.push_str(&format!("%{byte:02X}")),
        }
    }
    visible(value)
}

/// What the SDKs' grammar allows in a token of `User-Agent`.
fn is_token(c: char) -> bool {
    c.is_ascii_alphanumeric() || "!$%&'*+-.^_`|~,".contains(c)
}

fn visible(value: impl Into<Vec<u8>>) -> HeaderValue {
    #[expect(clippy::expect_used, reason = "every value above is visible ASCII and spaces")]
    HeaderValue::try_from(value.into()).expect("visible ASCII is a header value")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_user_agent_has_the_sdk_form() {
        let (version, os) = (env!("CARGO_PKG_VERSION"), std::env::consts::OS);
        let base = format!("kendra-sync/{version} ua/2.1 os/{os} lang/rust#1.94.1");
        assert_eq!(user_agent(None, None), base);
        assert_eq!(
            user_agent(Some("AWS_Lambda_provided.al2023"), Some("night shift/é;\r\n1")),
            format!("{base} exec-env/AWS_Lambda_provided.al2023 app/night-shift-----1")
        );
    }

    #[test]
    fn an_invocation_id_is_a_version_4_uuid_of_the_seed() {
        // The first two outputs of SplitMix64 seeded with 0, as its reference code prints them:
        // e220a8397b1dcdaf 6e789e6aa1b965f4.
        assert_eq!(invocation_id(0), "e220a839-7b1d-4daf-ae78-9e6aa1b965f4");
        assert_eq!(invocation_id(0), invocation_id(0));
        assert_ne!(invocation_id(1), invocation_id(2));
    }

    #[test]
    fn an_attempt_names_its_number_and_the_most_and_later_ones_their_end() {
        let until = Some(std::time::UNIX_EPOCH);
        assert_eq!(attempt(1, 3, until), "attempt=1; max=3");
        assert_eq!(attempt(2, 3, until), "ttl=19700101T000000Z; attempt=2; max=3");
        assert_eq!(attempt(2, 3, None), "attempt=2; max=3");
    }

    #[test]
    fn a_trace_id_is_sent_as_it_is_where_a_header_can_carry_it() {
        let id = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";
        assert_eq!(trace_id(id), id);
        assert_eq!(trace_id("a\r\nb: é"), "a%0D%0Ab: %C3%A9");
    }
}
