//! The headers that tell AWS which client calls, and which attempt of which call this is. They are
//! added after signing.

use http::HeaderValue;

/// `User-Agent` in the AWS SDKs' form, ua/2.1: product, platform, and the Rust version that this
/// crate is written for.
pub(crate) fn user_agent() -> HeaderValue {
    visible(format!(
        "kendra-sync/{} ua/2.1 os/{} lang/rust#{}",
        env!("CARGO_PKG_VERSION"),
        std::env::consts::OS,
        env!("CARGO_PKG_RUST_VERSION"),
    ))
}

/// `amz-sdk-invocation-id`: a version 4 UUID (RFC 9562 section 5.4), the same for each attempt of a
/// call.
pub(crate) fn invocation_id(seed: u64) -> HeaderValue {
    let random = (u128::from(mix(seed)) << 64) | u128::from(mix(seed.wrapping_add(GAMMA)));
    let version = 0xf << 76;
    let variant = 0b11 << 62;
    let id = (random & !version & !variant) | (4 << 76) | (0b10 << 62);
    let hex = format!("{id:032x}");
    let (a, b, c, d, e) = (&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]);
    visible(format!("{a}-{b}-{c}-{d}-{e}"))
}

/// `amz-sdk-request`: this attempt's number, from 1, and how many there may be.
pub(crate) fn attempt(number: u32, max: u32) -> HeaderValue {
    visible(format!("attempt={number}; max={max}"))
}

fn visible(value: String) -> HeaderValue {
    #[expect(clippy::expect_used, reason = "every value above is visible ASCII and spaces")]
    HeaderValue::try_from(value).expect("visible ASCII is a header value")
}

/// SplitMix64's output function: one number from another, well spread.
fn mix(seed: u64) -> u64 {
    let z = seed.wrapping_add(GAMMA);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

const GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_user_agent_has_the_sdk_form() {
        let value = user_agent();
        let fields: Vec<&str> = value.to_str().unwrap().split(' ').collect();
        let expected = [
            format!("kendra-sync/{}", env!("CARGO_PKG_VERSION")),
            "ua/2.1".to_owned(),
            format!("os/{}", std::env::consts::OS),
            "lang/rust#1.94.1".to_owned(),
        ];
        assert_eq!(fields, expected);
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
    fn an_attempt_names_its_number_and_the_most() {
        assert_eq!(attempt(2, 3), "attempt=2; max=3");
    }
}
