//! Whatever the files hold, there are settings or an error.

use proptest::prelude::*;

use crate::world::{CONFIG, CREDENTIALS, World};

fn check(config: &[u8], credentials: &[u8], profile: &str) {
    let world = World::new().with("AWS_PROFILE", profile);
    let world = world.file(CONFIG, config).file(CREDENTIALS, credentials);
    match world.builder().load() {
        Ok(settings) => {
            drop(format!("{settings:?} {:?} {}", settings.config(), settings.profile().value()))
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

/// Lines of the grammar, broken and whole, with the keys that are looked at.
fn line() -> impl Strategy<Value = String> {
    prop_oneof![
        "\\[(profile|services|sso-session|)[ \\t]{0,2}(ops|default|local|a b|)[ \\t]?\\]?[ #;]{0,3}",
        "[ \\t]{0,2}(region|endpoint_url|services|max_attempts|retry_mode|use_fips_endpoint|kendra|ca_bundle)\
         [ \\t]?=?[ \\t]?(eu-west-1|http://h|true|local|3|standard|/none|\\PC{0,6})[ #;]{0,2}",
        "\\PC{0,20}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn any_bytes_are_settings_or_an_error(config: Vec<u8>, credentials: Vec<u8>) {
        check(&config, &credentials, "");
        check(&config, &credentials, "ops");
    }

    #[test]
    fn any_lines_are_settings_or_an_error(
        config in prop::collection::vec(line(), 0..12),
        credentials in prop::collection::vec(line(), 0..6),
        end in prop_oneof![Just("\n"), Just("\r\n"), Just("\r")],
    ) {
        let text = |lines: &[String]| lines.join(end).into_bytes();
        check(&text(&config), &text(&credentials), "");
        check(&text(&config), &text(&credentials), "ops");
    }

    #[test]
    fn any_values_of_variables_are_settings_or_an_error(
        name in prop::sample::select(vec![
            "AWS_REGION", "AWS_ENDPOINT_URL", "AWS_MAX_ATTEMPTS", "AWS_RETRY_MODE", "AWS_PROFILE",
            "AWS_USE_FIPS_ENDPOINT", "HTTPS_PROXY", "NO_PROXY", "AWS_CONFIG_FILE", "HOME", "AWS_SDK_UA_APP_ID",
        ]),
        value in "\\PC{0,30}",
    ) {
        match World::new().with(name, &value).builder().load() {
            Ok(settings) => drop(format!("{settings:?} {:?}", settings.proxy())),
            Err(error) => prop_assert!(!error.to_string().is_empty()),
        }
    }
}

/// Time grows with the size alone.
#[test]
fn a_large_file_is_no_hang() {
    let headings = "[profile ops]\n".repeat(100_000);
    check(headings.as_bytes(), b"", "ops");
    let continued = format!("[profile ops]\nregion = a\n{}", " b\n".repeat(400_000));
    check(continued.as_bytes(), b"", "ops");
    let comments = "#".repeat(16_000_000);
    check(comments.as_bytes(), b"", "");
}
