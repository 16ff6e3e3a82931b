//! No secret in what is recorded, shown, logged or said.

use std::error::Error as StdError;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use bytes::Bytes;
use http::{HeaderValue, Request, Response};
use kendra_sync_replay::kendra_sync_core::{Delivery, TransportError, TransportErrorKind};
use kendra_sync_replay::{
    Cassette, Config, Credentials, Recorder, Redaction, Region, Replay, blocking,
};
use serde_json::Value;

use crate::log::Log;
use crate::script::{INDEX, Outcome};

const KEY: &str = "AKIACANARYCANARYKEY2";
const SECRET: &str = "q7Zk2vXw9/rT4bNc8Yd1HsJ+mPfG3uAe5RoQiVxB";
const TOKEN: &str = "Jt5VnQ8zWc2K/Rb7MhLx4PgSd9FuEa1ToXi6+vGk3YwBqNrCmHpUjDlOsI0f==";
const REGISTERED: &str = "hunter\"two\\and a/half é";
const PROXY: &str = "Pr0xyPassw0rd!";
const COOKIE: &str = "c00kie-value-of-a-session";

/// The ways in which a secret is spelled by what sends it back.
fn spellings(secret: &str) -> Vec<String> {
    let escaped: String = secret.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
    let percent =
        |bytes: &str| bytes.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
    let json = Value::from(secret).to_string();
    let mut all = vec![
        secret.to_owned(),
        secret.to_lowercase(),
        secret.to_uppercase(),
        json.replace('/', "\\/"),
        Value::from(&*json).to_string(),
        escaped.clone(),
        Value::from(&*escaped).to_string(),
        percent(secret),
        percent(&percent(secret)),
        secret.replace('/', "%2f").replace('+', "%2B").replace('"', "%22"),
        secret.bytes().map(|byte| format!("&#x{byte:x};")).collect(),
        secret.replace('/', "&#47;").replace('"', "&quot;"),
        format!("{secret:?}"),
        secret.bytes().map(|byte| format!("{byte:02x}")).collect(),
        secret.chars().map(|c| format!("{c}\u{200b}")).collect(),
        secret.chars().map(|c| format!("{c}\r\n ")).collect(),
        secret.chars().take(10).collect(),
    ];
    for start in ["", "x", "xy"] {
        let longer = format!("{start}{secret}{start}");
        all.extend([
            STANDARD.encode(&longer),
            URL_SAFE.encode(&longer),
            STANDARD_NO_PAD.encode(&longer),
        ]);
        all.push(URL_SAFE_NO_PAD.encode(format!("{{\"k\":{json}}}")));
    }
    all
}

/// Sends the request back, in every spelling, in headers and body, as bytes or as the cause of an error.
#[derive(Debug)]
struct Echo(Fault);

#[derive(Clone, Copy, Debug)]
enum Fault {
    Answer(u16),
    Binary,
    Error(TransportErrorKind),
}

impl Echo {
    fn outcome(&self, request: &Request<Bytes>) -> Outcome {
        let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
        let authorization = header("authorization").unwrap_or_default();
        let signature = authorization.rsplit('=').next().unwrap_or_default();
        let secrets = [KEY, SECRET, TOKEN, REGISTERED, PROXY, COOKIE, signature, authorization];
        let echo: Vec<String> = secrets.iter().flat_map(|secret| spellings(secret)).collect();
        let text = echo.join(" | ");
        let mut response = match self.0 {
            Fault::Error(kind) => {
                let text = format!("proxy http://user:{PROXY}@proxy:1 said {text}");
                return Err(TransportError::new(kind, Delivery::MaybeSent).with_source(text));
            }
            Fault::Answer(status) => Response::builder()
                .status(status)
                .body(serde_json::json!({ "__type": text, "message": text }).to_string().into())
                .unwrap(),
            Fault::Binary => Response::new([b"\xff\x00", text.as_bytes(), b"\xfe"].concat().into()),
        };
        let headers = response.headers_mut();
        headers
            .insert("set-cookie", HeaderValue::from_str(&format!("s={COOKIE}; Path=/")).unwrap());
        for (number, spelled) in echo.iter().enumerate() {
            if let Ok(value) = HeaderValue::from_str(spelled) {
                headers.append("x-amzn-requestid", value);
            }
            if let Ok(name) =
                format!("x-{number}-{}", spelled.to_lowercase()).parse::<http::HeaderName>()
            {
                headers.append(name, HeaderValue::from_static(""));
            }
        }
        Ok(response)
    }
}

impl blocking::HttpTransport for Echo {
    fn send(&self, mut request: Request<Bytes>, _timeout: std::time::Duration) -> Outcome {
        request.extensions_mut().clear();
        self.outcome(&request)
    }

    fn sleep(&self, _duration: std::time::Duration) {}
}

/// Adds to each request what a transport's own layers may add.
#[derive(Debug)]
struct Adds<T>(T, std::sync::Mutex<Vec<String>>);

impl<T: blocking::HttpTransport> blocking::HttpTransport for Adds<T> {
    fn send(&self, mut request: Request<Bytes>, timeout: std::time::Duration) -> Outcome {
        let authorization = request.headers()["authorization"].to_str().unwrap();
        let signature = authorization.rsplit('=').next().unwrap().to_owned();
        self.1.lock().unwrap().push(signature);
        let headers = request.headers_mut();
        let proxy = format!("Basic {}", STANDARD.encode(format!("user:{PROXY}")));
        headers.insert("proxy-authorization", proxy.parse().unwrap());
        headers.insert("cookie", format!("a=b; s={COOKIE}").parse().unwrap());
        let mut uri = format!("https://user:{PROXY}@host/?X-Amz-Signature=");
        uri.extend(TOKEN.bytes().map(|byte| format!("%{byte:02x}")));
        *request.uri_mut() = uri.parse().unwrap();
        self.0.send(request, timeout)
    }

    fn sleep(&self, duration: std::time::Duration) {
        self.0.sleep(duration);
    }
}

/// Looks for every stretch of eight characters of each secret, white space dropped.
fn assert_clean(what: &str, text: &str, secrets: &[String]) {
    let dropped =
        |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_lowercase();
    let solid = dropped(text);
    for secret in secrets {
        let chars: Vec<char> = dropped(secret).chars().collect();
        for window in chars.windows(8) {
            let window: String = window.iter().collect();
            assert!(!solid.contains(&window), "{window:?} of {secret} in {what}: {text:.2000}");
        }
    }
}

/// Every string of a JSON value, and what it holds if it is base64.
fn strings(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => {
            found.push(text.clone());
            if let Ok(bytes) = STANDARD.decode(text) {
                found.push(String::from_utf8_lossy(&bytes).into_owned());
            }
        }
        Value::Array(values) => values.iter().for_each(|value| strings(value, found)),
        Value::Object(members) => members.iter().for_each(|(name, value)| {
            found.push(name.clone());
            strings(value, found);
        }),
        _ => {}
    }
}

#[test]
fn planted_secrets_are_nowhere() {
    let errors = TransportErrorKind::ALL.iter().map(|kind| Fault::Error(*kind));
    let faults = [Fault::Answer(200), Fault::Answer(400), Fault::Answer(500), Fault::Binary];
    for fault in faults.into_iter().chain(errors) {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("leaks.har");
        let mut shown = String::new();
        let mut signatures = Vec::new();
        let log = Log::of(|| {
            let credentials = Credentials::new(KEY, SECRET, Some(TOKEN.to_owned())).unwrap();
            let redaction = Redaction::new().secret(REGISTERED);
            redaction.credentials(&credentials);
            let recorder =
                Recorder::create(&file, Echo(fault)).unwrap().redaction(redaction.clone());
            let recording = recorder.recording();
            let transport = std::sync::Arc::new(Adds(recorder, std::sync::Mutex::default()));
            let config = Config::new(Region::new("eu-west-1").unwrap());
            let client =
                blocking::Client::new(transport.clone(), credentials.clone(), config.clone());
            let (index, source) = (INDEX.parse().unwrap(), "wiki".parse().unwrap());
            // What core makes of the answer is its own matter.
            let _ = client.stop_data_source_sync_job(&index, &source);
            signatures = transport.1.lock().unwrap().clone();
            let cassette = recording.cassette();
            shown += &format!(
                "{:?} {recording:?} {redaction:?} {cassette:?} {cassette:#?}",
                transport.0
            );
            recording.finish().unwrap();

            let replay = Replay::open(&file).unwrap().redaction(redaction);
            shown += &format!("{replay:?} {replay:#?}");
            let client = blocking::Client::new(replay, credentials, config);
            for _ in 0..2 {
                if let Err(error) = client.stop_data_source_sync_job(&index, &source) {
                    let causes =
                        std::iter::successors(Some(&error as &dyn StdError), |&e| e.source());
                    shown += &causes.map(|cause| format!("{cause} {cause:?} ")).collect::<String>();
                }
            }
        });
        assert!(!signatures.is_empty());
        let mut secrets =
            [KEY, SECRET, TOKEN, REGISTERED, PROXY, COOKIE].map(str::to_owned).to_vec();
        secrets.extend(signatures);
        // Whatever spells one of them spells it in the file too.
        let spelled: Vec<String> = secrets.iter().flat_map(|secret| spellings(secret)).collect();
        let text = std::fs::read_to_string(&file).unwrap();
        assert!(text.contains("<redacted>") && text.contains("**********"), "{text:.2000}");
        let mut inside = Vec::new();
        strings(&serde_json::from_str(&text).unwrap(), &mut inside);
        assert_clean("the file", &text, &secrets);
        assert_clean("the file's strings", &inside.join("\n"), &secrets);
        assert_clean("what is shown", &shown, &secrets);
        // Core's own lines are core's own matter: it does not take the key's id for a secret.
        let log: Vec<&str> =
            log.lines().filter(|line| line.contains("kendra_sync::replay")).collect();
        assert!(!log.is_empty());
        assert_clean("the log", &log.join("\n"), &secrets);
        for spelled in spelled.iter().filter(|spelled| spelled.len() >= 16) {
            assert!(
                !inside.iter().any(|text| text.contains(spelled.as_str())),
                "{spelled} in the file"
            );
        }
        Cassette::parse(text).unwrap();
    }
}
