use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::*;

const CONFIG: &str = "/home/me/.aws/config";
const CREDENTIALS: &str = "/home/me/.aws/credentials";

fn load(config: Option<&[u8]>, credentials: Option<&[u8]>) -> Result<Shared, SettingsError> {
    let environment = Environment::from_iter([("HOME", "/home/me")]);
    let files = [(CONFIG, config), (CREDENTIALS, credentials)]
        .map(|(path, bytes)| (path, bytes.map(<[u8]>::to_vec)));
    Shared::load(&environment, Platform::Unix, &move |path: &Path| {
        let file = files.iter().find(|(name, _)| Path::new(name) == path);
        file.and_then(|(_, bytes)| bytes.clone()).ok_or_else(|| io::ErrorKind::NotFound.into())
    })
}

fn of_config(text: &str) -> Shared {
    load(Some(text.as_bytes()), None).unwrap()
}

/// Every name in `input` that could be taken for a key, and every key that is expected.
fn candidates(input: &str, expected: &Map<String, Value>) -> BTreeSet<String> {
    let named = input.lines().filter_map(|line| line.split_once('='));
    let mut keys: BTreeSet<String> = named.map(|(key, _)| key.trim().to_owned()).collect();
    let of_sections = expected.values().flat_map(|keys| keys.as_object().unwrap().keys());
    keys.extend(of_sections.cloned());
    keys
}

/// AWS's cases for every SDK.
#[test]
fn the_parser_does_what_awss_cases_say() {
    let cases = include_str!("../../tests/vectors/profile-parser-tests.json");
    let cases: Value = serde_json::from_str(cases).unwrap();
    let cases = cases["tests"].as_array().unwrap();
    assert_eq!(cases.len(), 65);
    for case in cases {
        let name = &case["name"];
        let input = |key: &str| case["input"][key].as_str();
        let (config, credentials) = (input("configFile"), input("credentialsFile"));
        let loaded = load(config.map(str::as_bytes), credentials.map(str::as_bytes));
        if let Some(part) = case["output"]["errorContaining"].as_str() {
            let message = loaded.unwrap_err().to_string();
            assert!(message.contains(part), "{name}: {message}");
            assert!(message.starts_with(&format!("error parsing {CONFIG} on line ")), "{message}");
            continue;
        }
        let shared = loaded.unwrap();
        let files = [&shared.config, &shared.credentials].into_iter().flatten();
        let text = [config, credentials].into_iter().flatten().collect::<Vec<_>>().join("\n");
        let none = Map::new();

        let expected = case["output"]["config"]["profiles"].as_object().unwrap();
        let found =
            files.clone().flat_map(|file| file.sections.profiles()).collect::<BTreeSet<_>>();
        assert_eq!(found, expected.keys().map(String::as_str).collect(), "{name}");
        for (profile, keys) in expected {
            let found: BTreeMap<String, Value> = candidates(&text, expected)
                .into_iter()
                .filter_map(|key| {
                    // Keys are found whatever their case; each is listed as it is stored.
                    let (value, _) = stored(&shared, profile, &key)?;
                    (key == key.to_ascii_lowercase()).then(|| (key, value.into()))
                })
                .collect();
            assert_eq!(Value::from_iter(found), *keys, "{name}: {profile}");
        }

        let expected = case["output"]["config"]["sso_sessions"].as_object().unwrap_or(&none);
        let found = files.clone().flat_map(|file| file.sections.sso_sessions());
        assert_eq!(found.collect::<BTreeSet<_>>(), expected.keys().map(String::as_str).collect());
        for (session, keys) in expected {
            for (key, value) in keys.as_object().unwrap() {
                let found =
                    files.clone().find_map(|file| file.sections.sso_session(session)?.get(key));
                assert_eq!(found, value.as_str(), "{name}: {session}");
            }
        }
    }
}

/// [`Shared::get`], with empty values.
fn stored<'a>(shared: &'a Shared, profile: &str, key: &str) -> Option<(&'a str, &'a Path)> {
    shared.get(profile, key).or_else(|| {
        [&shared.credentials, &shared.config].into_iter().flatten().find_map(|file| {
            Some((file.sections.get_profile(profile)?.get(key)?, file.path.as_path()))
        })
    })
}

#[test]
fn a_value_is_known_by_its_file_and_the_credentials_file_goes_first() {
    let config = b"[profile ops]\nregion = eu-west-1\nca_bundle = a.pem\nsdk_ua_app_id = x\n";
    let credentials = b"[ops]\nregion = eu-west-2\nsdk_ua_app_id =\n";
    let shared = load(Some(config), Some(credentials)).unwrap();
    assert_eq!(shared.get("ops", "region"), Some(("eu-west-2", Path::new(CREDENTIALS))));
    assert_eq!(shared.get("ops", "Ca_Bundle"), Some(("a.pem", Path::new(CONFIG))));
    assert_eq!(shared.get("ops", "sdk_ua_app_id"), None);
    assert_eq!(shared.get("default", "region"), None);
}

/// aws-runtime 1.10.2 by itself takes either region, from run to run.
#[test]
fn sections_of_one_name_are_merged_in_the_files_order_however_they_are_written() {
    let text =
        "[profile ops]\nregion = a\n[profile  ops]\nregion = b\n[\tprofile ops ] # c\nregion = c\n";
    for _ in 0..50 {
        assert_eq!(of_config(text).get("ops", "region"), Some(("c", Path::new(CONFIG))));
    }
    for unfinished in ["[profile ops # ]", "[profile ops] x"] {
        let message = load(Some(unfinished.as_bytes()), None).unwrap_err().to_string();
        assert!(message.ends_with("on line 1: Profile definition must end with ']'"), "{message}");
    }
}

#[test]
fn a_service_has_its_own_section() {
    let shared = of_config(
        "[profile a]\nservices = local\n[services local]\nkendra =\n  endpoint_url = http://a:1\n  \
         other = x\ns3 =\n  endpoint_url = http://b:1\n[services  none]\n",
    );
    let of = |name, service, key| shared.service(name, service, key);
    let found = Ok(Some(("http://a:1", Path::new(CONFIG))));
    assert_eq!(of("local", "kendra", "endpoint_url"), found);
    assert_eq!(of("local", "kendra", "region"), Ok(None));
    assert_eq!(of("local", "lex", "endpoint_url"), Ok(None));
    assert_eq!(of("none", "kendra", "endpoint_url"), Ok(None));
    let missing = Err("there is no section [services typo]".to_owned());
    assert_eq!(of("typo", "kendra", "endpoint_url"), missing);
}

#[test]
fn an_unknown_profile_is_told_with_the_files_that_were_looked_at() {
    let shared = of_config("[ops]\nregion = x\n[profile ci]\n");
    assert_eq!(shared.check_profile("ci"), Ok(()));
    assert_eq!(
        shared.check_profile("ops"),
        Err(format!(
            "no profile ops in {CONFIG} or {CREDENTIALS}; [ops] in {CONFIG} must be [profile ops]"
        ))
    );
    let shared = Shared::load(&Environment::default(), Platform::Unix, &|_| panic!("no file"));
    let message = "no profile ops: there is no home directory to look in";
    assert_eq!(shared.unwrap().check_profile("ops"), Err(message.to_owned()));
}

#[test]
fn a_file_that_cannot_be_read_is_an_error_unless_nobody_named_it_and_it_is_absent() {
    use io::ErrorKind::{IsADirectory, NotADirectory, NotFound, PermissionDenied};
    let load = |named: bool, kind: io::ErrorKind| {
        let variable = if named { "AWS_SHARED_CREDENTIALS_FILE" } else { "OTHER" };
        let environment = Environment::from_iter([("HOME", "/home/me"), (variable, "/named")]);
        let wanted = if named { "/named" } else { CREDENTIALS };
        Shared::load(&environment, Platform::Unix, &move |path: &Path| {
            let kind = if path == Path::new(wanted) { kind } else { NotFound };
            Err(io::Error::new(kind, "why not"))
        })
    };
    let message = |loaded: Result<Shared, SettingsError>| {
        let error = loaded.unwrap_err();
        assert_eq!(error.kind(), SettingsErrorKind::File);
        error.to_string()
    };
    for kind in [IsADirectory, NotADirectory, NotFound] {
        assert!(load(false, kind).is_ok(), "{kind}");
    }
    for kind in [IsADirectory, NotADirectory, NotFound, PermissionDenied] {
        let expected = "AWS_SHARED_CREDENTIALS_FILE: /named: why not";
        assert_eq!(message(load(true, kind)), expected, "{kind}");
    }
    assert_eq!(message(load(false, PermissionDenied)), format!("{CREDENTIALS}: why not"));
}

#[test]
fn bytes_that_are_no_text_are_an_error_with_their_line() {
    let error = load(Some(b"[default]\nregion = eu-west-1\n# caf\xe9\n"), None).unwrap_err();
    assert_eq!(error.to_string(), format!("{CONFIG}: line 3 is not valid UTF-8"));
    let endless = vec![b'\n'; MAX_FILE + 1];
    let error = load(Some(&endless), None).unwrap_err();
    let message = format!("{CONFIG}: larger than 16 MiB, which no such file is");
    assert_eq!(error.to_string(), message);
}
