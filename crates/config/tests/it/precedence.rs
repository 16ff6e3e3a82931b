//! Every setting at every level, good and bad.

use kendra_sync_config::{RetryMode, Setting, Settings, SettingsBuilder, SettingsErrorKind};
use kendra_sync_core::{Endpoint, Region};
use kendra_sync_test_servers::Authority;

use crate::world::{CONFIG, CREDENTIALS, World};

/// A setting, and the levels that it has.
struct Row {
    name: &'static str,
    /// Value and source.
    found: fn(&Settings) -> Option<(String, String)>,
    default: Option<&'static str>,
    /// In the order in which they count.
    variables: &'static [&'static str],
    key: Option<&'static str>,
    /// What the program gives: the flag, its value, and how.
    flag: Option<(&'static str, &'static str, Give)>,
    good: &'static [&'static str],
    /// A value and the rule that it breaks.
    bad: &'static [(&'static str, &'static str)],
}

type Give = fn(SettingsBuilder) -> SettingsBuilder;

fn told<T: ToString>(setting: &Setting<T>) -> (String, String) {
    (setting.value().to_string(), setting.source().to_string())
}

const BOOLEANS: &[(&str, &str)] = &[
    ("yes", "must be true or false"),
    ("1", "must be true or false"),
    ("on", "must be true or false"),
];

const REGION_RULE: &str = "region may hold only ASCII letters, digits and '-', got";

fn rows() -> Vec<Row> {
    vec![
        Row {
            name: "region",
            found: |settings| settings.region().map(told),
            default: None,
            variables: &["AWS_REGION", "AWS_DEFAULT_REGION"],
            key: Some("region"),
            flag: Some(("--region", "flag-1", |b| b.region(Region::new("flag-1").unwrap()))),
            good: &["eu-west-1", "us-east-2"],
            bad: &[
                ("bad_region", REGION_RULE),
                ("a.b", REGION_RULE),
                ("-a", "region must not start"),
            ],
        },
        Row {
            name: "endpoint",
            found: |settings| settings.endpoint().map(told),
            default: None,
            variables: &["AWS_ENDPOINT_URL_KENDRA", "AWS_ENDPOINT_URL"],
            key: Some("endpoint_url"),
            flag: Some(("--endpoint-url", "http://flag", |b| {
                b.endpoint(Endpoint::parse("http://flag").unwrap())
            })),
            good: &["http://a", "https://b:1/c"],
            bad: &[
                ("localhost:80", "endpoint URL must start with http:// or https://"),
                ("https://key:hunter2@h", "endpoint URL must not have user information ('@')"),
            ],
        },
        Row {
            name: "profile",
            found: |settings| Some(told(settings.profile())),
            default: Some("default"),
            variables: &["AWS_PROFILE"],
            key: None,
            flag: Some(("--profile", "ci", |b| b.profile("ci"))),
            good: &["ops", "ci"],
            bad: &[(
                "nobody",
                "no profile nobody in /home/me/.aws/config or /home/me/.aws/credentials",
            )],
        },
        Row {
            name: "ca_bundle",
            found: |settings| {
                let bundle = settings.ca_bundle()?;
                assert_eq!(bundle.value().roots().len(), 1);
                Some((bundle.value().path().display().to_string(), bundle.source().to_string()))
            },
            default: None,
            variables: &["AWS_CA_BUNDLE"],
            key: Some("ca_bundle"),
            flag: Some(("--ca-bundle", "/ca.pem", |b| b.ca_bundle("/ca.pem"))),
            good: &["/ca.pem", "/other.pem"],
            bad: &[
                ("/none.pem", "/none.pem: entity not found"),
                ("/empty.pem", "no certificate in it"),
            ],
        },
        Row {
            name: "max_attempts",
            found: |settings| {
                let attempts = settings.max_attempts().clone();
                Some(told(&attempts.map(|attempts| attempts.get())))
            },
            default: Some("3"),
            variables: &["AWS_MAX_ATTEMPTS"],
            key: Some("max_attempts"),
            flag: Some(("--max-attempts", "9", |b| b.max_attempts("9".parse().unwrap()))),
            good: &["1", "100"],
            bad: &[
                ("0", "the number of attempts must be from 1 to 100"),
                ("101", "the number of attempts must be from 1 to 100"),
                ("many", "the number of attempts must be from 1 to 100"),
            ],
        },
        Row {
            name: "retry_mode",
            found: |settings| Some(told(&settings.retry_mode().clone().map(RetryMode::as_str))),
            default: Some("standard"),
            variables: &["AWS_RETRY_MODE"],
            key: Some("retry_mode"),
            flag: Some(("--retry-mode", "off", |b| b.retry_mode(RetryMode::Off))),
            good: &["adaptive", "legacy"],
            bad: &[("off", "the retry mode must be"), ("fast", "the retry mode must be")],
        },
        Row {
            name: "fips",
            found: |settings| Some(told(settings.fips())),
            default: Some("false"),
            variables: &["AWS_USE_FIPS_ENDPOINT"],
            key: Some("use_fips_endpoint"),
            flag: None,
            good: &["true", "false"],
            bad: BOOLEANS,
        },
        Row {
            name: "dualstack",
            found: |settings| Some(told(settings.dualstack())),
            default: Some("false"),
            variables: &["AWS_USE_DUALSTACK_ENDPOINT"],
            key: Some("use_dualstack_endpoint"),
            flag: None,
            good: &["true", "false"],
            bad: BOOLEANS,
        },
        Row {
            name: "app_id",
            found: |settings| settings.app_id().map(told),
            default: None,
            variables: &["AWS_SDK_UA_APP_ID"],
            key: Some("sdk_ua_app_id"),
            flag: None,
            good: &["night shift", "x"],
            bad: &[],
        },
    ]
}

/// Both certificates, and the profiles; `line` is in the profile `ops`, in the file with credentials if
/// asked.
fn world(line: &str, file: &str) -> World {
    let authority = Authority::new("one");
    let mut config = "[profile ci]\nregion = ignored-1\n[profile ops]\n".to_owned();
    let mut credentials = "[ops]\n".to_owned();
    if file == CONFIG {
        config.push_str(line)
    } else {
        credentials.push_str(line)
    }
    World::new()
        .file(CONFIG, config)
        .file(CREDENTIALS, credentials)
        .file("/ca.pem", authority.pem())
        .file("/other.pem", authority.pem())
        .file("/empty.pem", "")
}

fn pair(value: &str, source: &str) -> Option<(String, String)> {
    Some((value.to_owned(), source.to_owned()))
}

#[test]
fn the_program_goes_before_the_environment_before_the_profile_before_the_default() {
    for row in rows() {
        let name = row.name;
        let default = row.default.map(|value| (value.to_owned(), "default".to_owned()));
        assert_eq!((row.found)(&world("", CONFIG).load()), default, "{name}");
        // From the lowest level up, each over those below, with another value than the one below.
        let mut levels: Vec<(World, (&str, String))> = Vec::new();
        let mut values = row.good.iter().cycle();
        let mut upper = world("", CONFIG);
        if let Some(key) = row.key {
            for file in [CONFIG, CREDENTIALS] {
                let value = values.next().unwrap();
                let upper = world(&format!("{key} = {value}\n"), file).with("AWS_PROFILE", "ops");
                levels.push((upper, (value, format!("profile ops ({file})"))));
            }
            upper = levels.last().unwrap().0.clone();
        }
        for variable in row.variables.iter().rev() {
            let value = values.next().unwrap();
            upper = upper.with(variable, value);
            levels.push((upper.clone(), (value, format!("environment {variable}"))));
            // Empty is unset.
            let unset = upper.clone().with(variable, "");
            assert_ne!((row.found)(&unset.load()), pair(value, &format!("environment {variable}")));
        }
        assert!(levels.len() >= row.variables.len() + 2 * usize::from(row.key.is_some()));
        for (world, (value, source)) in &levels {
            assert_eq!((row.found)(&world.load()), pair(value, source), "{name}");
        }
        if let Some((flag, value, give)) = row.flag {
            let settings = give(upper.builder()).load().unwrap();
            assert_eq!((row.found)(&settings), pair(value, &format!("flag {flag}")), "{name}");
        }
    }
}

#[test]
fn a_bad_value_is_an_error_where_it_counts_and_nowhere_else() {
    for row in rows() {
        for (bad, rule) in row.bad {
            let check = |world: &World, place: &str| {
                let message = world.error();
                let expected = format!("{place}: ");
                assert!(message.starts_with(&expected) && message.contains(rule), "{message}");
                assert!(!message.contains("hunter2"), "{message}");
            };
            let mut lower = world("", CONFIG);
            if let Some(key) = row.key {
                for file in [CONFIG, CREDENTIALS] {
                    lower = world(&format!("{key} = {bad}\n"), file).with("AWS_PROFILE", "ops");
                    check(&lower, &format!("{file}: profile ops: {key}"));
                }
            }
            for variable in row.variables.iter().rev() {
                check(&lower.clone().with(variable, bad), variable);
                lower = lower.with(variable, row.good[0]);
                // What it goes before is not looked at.
                let source = format!("environment {variable}");
                assert_eq!((row.found)(&lower.load()), pair(row.good[0], &source), "{}", row.name);
                lower = lower.with(variable, bad);
            }
            if let Some((flag, value, give)) = row.flag {
                let settings = give(lower.builder()).load().unwrap();
                assert_eq!((row.found)(&settings), pair(value, &format!("flag {flag}")));
            }
        }
    }
}

#[test]
fn one_attempt_is_made_without_retries_whatever_is_said_of_attempts() {
    let world = World::new().with("AWS_MAX_ATTEMPTS", "nonsense");
    let settings = world.builder().retry_mode(RetryMode::Off).load().unwrap();
    let attempts = settings.max_attempts();
    assert_eq!(
        (attempts.value().get(), attempts.source().to_string()),
        (1, "flag --retry-mode".into())
    );
}

#[test]
fn without_a_region_there_are_settings_but_none_for_a_client() {
    for world in [World::new(), World::new().with("AWS_ENDPOINT_URL", "http://localhost:8080")] {
        let error = world.load().config().unwrap_err();
        assert_eq!(
            (error.kind(), &*error.to_string()),
            (SettingsErrorKind::NoRegion, "no region is set")
        );
    }
}

#[test]
fn a_profile_that_is_named_must_be_there_even_if_nothing_is_asked_of_it() {
    let world = world("", CONFIG);
    let error = world.builder().profile("default").load().unwrap_err();
    assert_eq!(error.kind(), SettingsErrorKind::Profile);
    let message = format!("--profile: no profile default in {CONFIG} or {CREDENTIALS}");
    assert_eq!(error.to_string(), message);
    let none = World::new().with("HOME", "").with("AWS_PROFILE", "ops");
    let message = "AWS_PROFILE: no profile ops: there is no home directory to look in";
    assert_eq!(none.error(), message);
}
