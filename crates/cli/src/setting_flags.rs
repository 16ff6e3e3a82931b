//! The flags for settings, and what they are when they are not given.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};
use kendra_sync_config::{Setting, Source};
use kendra_sync_hyper::MaxAttempts;

/// What decides whom a command calls, and how.
#[derive(Debug, Args)]
pub(crate) struct SettingFlags {
    /// The AWS region [env: AWS_REGION, AWS_DEFAULT_REGION]
    #[arg(long)]
    pub(crate) region: Option<String>,
    /// The profile in AWS's configuration files; credentials in the environment are then not used
    /// [default: default] [env: AWS_PROFILE]
    #[arg(long, value_name = "NAME")]
    pub(crate) profile: Option<String>,
    /// Call this URL instead of the region's endpoint [env: AWS_ENDPOINT_URL_KENDRA,
    /// AWS_ENDPOINT_URL]
    #[arg(long, value_name = "URL")]
    pub(crate) endpoint_url: Option<String>,
    /// How to send [default: hyper]
    #[arg(long, value_enum)]
    transport: Option<Transport>,
    /// How to print the result and errors
    #[arg(long, value_enum, default_value_t = Output::Text)]
    pub(crate) output: Output,
    /// Limit for the whole operation [default: 60]
    #[arg(long, value_name = "SECS", value_parser = seconds)]
    timeout: Option<Duration>,
    /// Limit for connecting: name lookup, TCP, a proxy's answer and TLS [default: 3.1]
    #[arg(long, value_name = "SECS", value_parser = seconds)]
    connect_timeout: Option<Duration>,
    /// Limit for each attempt [default: 30]
    #[arg(long, value_name = "SECS", value_parser = seconds)]
    attempt_timeout: Option<Duration>,
    /// How many attempts, the first one included: 1 to 100 [default: 3] [env: AWS_MAX_ATTEMPTS]
    #[arg(long, value_name = "N")]
    pub(crate) max_attempts: Option<MaxAttempts>,
    /// How to try again [default: standard] [env: AWS_RETRY_MODE]
    #[arg(long, value_enum)]
    pub(crate) retry_mode: Option<RetryMode>,
    /// Trust the certificates in this PEM file instead of the platform's [env: AWS_CA_BUNDLE]
    #[arg(long, value_name = "FILE")]
    pub(crate) ca_bundle: Option<PathBuf>,
    /// Use no proxy [env: HTTPS_PROXY, HTTP_PROXY, NO_PROXY]
    #[arg(long)]
    pub(crate) no_proxy: bool,
    /// Trace what is done on stderr: endpoint, attempts, answers, times; never a secret
    #[arg(long)]
    pub(crate) debug: bool,
}

impl SettingFlags {
    pub(crate) fn transport(&self) -> Setting<Transport> {
        given(self.transport, "--transport", Transport::Hyper)
    }

    /// The limit for the whole operation.
    pub(crate) fn timeout(&self) -> Setting<Duration> {
        given(self.timeout, "--timeout", Duration::from_secs(60))
    }

    pub(crate) fn connect_timeout(&self) -> Setting<Duration> {
        given(self.connect_timeout, "--connect-timeout", Duration::from_millis(3100))
    }

    pub(crate) fn attempt_timeout(&self) -> Setting<Duration> {
        given(self.attempt_timeout, "--attempt-timeout", Duration::from_secs(30))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Transport {
    /// ureq and rustls, without a runtime
    Blocking,
    /// tokio, hyper and rustls
    Hyper,
}

impl Transport {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Blocking => "blocking",
            Self::Hyper => "hyper",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum RetryMode {
    /// The AWS SDKs' standard mode: exponential back-off with jitter, within a quota
    Standard,
    /// Run as standard, with a warning
    Adaptive,
    /// One attempt
    Off,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    /// For people
    Text,
    /// One JSON object: the result on stdout, or the error as the last line of stderr
    Json,
}

impl Output {
    /// What a command line asks for that could not be parsed.
    pub(crate) fn asked_for(arguments: impl IntoIterator<Item = OsString>) -> Self {
        let arguments: Vec<OsString> = arguments.into_iter().collect();
        let apart = arguments.windows(2).any(|pair| pair == ["--output", "json"]);
        let joined = arguments.iter().any(|argument| argument == "--output=json");
        if apart || joined { Self::Json } else { Self::Text }
    }
}

fn given<T>(value: Option<T>, flag: &'static str, default: T) -> Setting<T> {
    match value {
        Some(value) => Setting::new(value, Source::Flag(flag)),
        None => Setting::new(default, Source::Default),
    }
}

/// A decimal number of seconds, above 0 and at most a day.
fn seconds(text: &str) -> Result<Duration, String> {
    let decimal = text.bytes().all(|b| b.is_ascii_digit() || b == b'.')
        && text.bytes().any(|b| b.is_ascii_digit());
    let number = text.parse().ok().filter(|_| decimal);
    match number.map(Duration::try_from_secs_f64) {
        Some(Ok(limit)) if !limit.is_zero() && limit <= Duration::from_secs(86_400) => Ok(limit),
        _ => Err("must be a decimal number of seconds, above 0 and at most 86400".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_decimal_and_bounded() {
        for (text, millis) in
            [("1", 1000), ("0.25", 250), (".5", 500), ("2.", 2000), ("86400", 86_400_000)]
        {
            assert_eq!(seconds(text), Ok(Duration::from_millis(millis)), "{text}");
        }
        for text in [
            "",
            ".",
            "0",
            "0.0",
            "-1",
            "+1",
            "1e3",
            "inf",
            "NaN",
            "1s",
            "1,5",
            " 1",
            "86400.1",
            "0x1",
            "1.2.3",
            "0.0000000000001",
            "99999999999999999999999999",
            "١",
        ] {
            assert!(seconds(text).is_err(), "{text}");
        }
    }

    #[test]
    fn json_is_asked_for_even_where_the_rest_cannot_be_parsed() {
        let asked = |line: &str| Output::asked_for(line.split(' ').map(OsString::from));
        assert_eq!(asked("kendra-sync stop --output json --bogus"), Output::Json);
        assert_eq!(asked("kendra-sync --output=json"), Output::Json);
        assert_eq!(asked("kendra-sync stop --output text json"), Output::Text);
    }
}
