//! Which files are read.

use crate::world::{CONFIG, CREDENTIALS, World};

const EVERYTHING: [(&str, &str); 7] = [
    ("AWS_REGION", "eu-west-1"),
    ("AWS_ENDPOINT_URL", "https://kendra.example.com"),
    ("AWS_USE_FIPS_ENDPOINT", "false"),
    ("AWS_USE_DUALSTACK_ENDPOINT", "false"),
    ("AWS_MAX_ATTEMPTS", "3"),
    ("AWS_RETRY_MODE", "standard"),
    ("AWS_SDK_UA_APP_ID", "nightly"),
];

fn world() -> World {
    let world = World::new().file(CONFIG, "not [ a config").file("/ca.pem", "");
    EVERYTHING.iter().fold(world, |world, (name, value)| world.with(name, value))
}

#[test]
fn with_everything_in_the_environment_no_configuration_file_is_read() {
    let ignore = "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS";
    let complete = world().with(ignore, "false").with("AWS_CA_BUNDLE", "/ca.pem");
    assert_eq!(complete.error(), "AWS_CA_BUNDLE: /ca.pem: no certificate in it");
    assert_eq!(complete.asked(), ["/ca.pem"]);
    // Each one that is missing is a reason to look.
    for (missing, _) in EVERYTHING.iter().chain(&[(ignore, ""), ("AWS_CA_BUNDLE", "")]) {
        let incomplete = complete.clone().with(missing, "").file("/ca.pem", "");
        let message = incomplete.error();
        let parsed = message.starts_with(&format!("error parsing {CONFIG} on line 1: "));
        let bundle = message == "AWS_CA_BUNDLE: /ca.pem: no certificate in it";
        assert!(parsed || bundle, "{missing}: {message}");
        let asked = incomplete.asked();
        assert!(asked.contains(&CONFIG.to_owned()) || bundle, "{missing}: {asked:?}");
    }
}

#[test]
fn each_file_is_read_once() {
    let world = World::new().file(CONFIG, "[default]\nregion = eu-west-1\n");
    assert_eq!(world.load().region().unwrap().value().as_str(), "eu-west-1");
    assert_eq!(world.asked(), [CONFIG, CREDENTIALS]);
}

#[test]
fn what_is_named_must_be_there_whether_or_not_it_is_needed() {
    for variable in ["AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"] {
        let named = world().file(CONFIG, "").with(variable, "/none");
        assert_eq!(named.error(), format!("{variable}: /none: entity not found"));
    }
}
