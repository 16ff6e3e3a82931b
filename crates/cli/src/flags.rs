//! The command line, typed; what it means together with the environment is decided in `settings`.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use kendra_sync_hyper::MaxAttempts;

/// Stop an Amazon Kendra data source sync job.
#[derive(Debug, Parser)]
#[command(name = "kendra-sync", version, arg_required_else_help = true, after_help = EXIT_CODES)]
pub(crate) struct Flags {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Stop the sync job that is running for a data source
    Stop(StopFlags),
    /// Run a local Kendra to try against, until interrupted
    Emulator(EmulatorFlags),
}

#[derive(Debug, Args)]
#[command(after_help = STOP_EXAMPLES)]
pub(crate) struct StopFlags {
    /// The index: 36 characters
    #[arg(long, value_name = "ID")]
    pub(crate) index_id: String,
    /// The data source connector: 1 to 100 characters
    #[arg(long, value_name = "ID")]
    pub(crate) id: String,
    #[command(flatten)]
    pub(crate) call: CallFlags,
}

/// The flags of every command that calls Kendra.
#[derive(Debug, Args)]
pub(crate) struct CallFlags {
    /// The AWS region [env: AWS_REGION, AWS_DEFAULT_REGION]
    #[arg(long)]
    pub(crate) region: Option<String>,
    /// Call this URL instead of the region's endpoint [env: AWS_ENDPOINT_URL_KENDRA,
    /// AWS_ENDPOINT_URL]
    #[arg(long, value_name = "URL")]
    pub(crate) endpoint_url: Option<String>,
    /// How to send
    #[arg(long, value_enum, default_value_t = Transport::Hyper)]
    pub(crate) transport: Transport,
    /// Record what is sent and answered in this file, without secrets
    #[arg(long, value_name = "FILE")]
    pub(crate) record: Option<PathBuf>,
    /// Answer from a recording: needs no AWS account, region or network
    #[arg(long, value_name = "FILE", conflicts_with_all = ["emulator", "record", "transport"])]
    pub(crate) replay: Option<PathBuf>,
    /// Run against a local Kendra started for this command: needs no AWS account, region or network
    #[arg(long, conflicts_with_all = ["ca_bundle", "endpoint_url"])]
    pub(crate) emulator: bool,
    /// How to print the result and errors
    #[arg(long, value_enum, default_value_t = Output::Text)]
    pub(crate) output: Output,
    /// Limit for the whole operation
    #[arg(long, value_name = "SECS", value_parser = seconds, default_value = "60")]
    pub(crate) timeout: Duration,
    /// Limit for connecting: name lookup, TCP and TLS
    #[arg(long, value_name = "SECS", value_parser = seconds, default_value = "3.1")]
    pub(crate) connect_timeout: Duration,
    /// Limit for each attempt
    #[arg(long, value_name = "SECS", value_parser = seconds, default_value = "30")]
    pub(crate) attempt_timeout: Duration,
    /// How many attempts, the first one included: 1 to 100 [default: 3] [env: AWS_MAX_ATTEMPTS]
    #[arg(long, value_name = "N")]
    pub(crate) max_attempts: Option<MaxAttempts>,
    /// How to try again [default: standard] [env: AWS_RETRY_MODE]
    #[arg(long, value_enum)]
    pub(crate) retry_mode: Option<RetryMode>,
    /// Trust the certificates in this PEM file instead of the platform's [env: AWS_CA_BUNDLE]
    #[arg(long, value_name = "FILE")]
    pub(crate) ca_bundle: Option<PathBuf>,
    /// Trace what is done on stderr: endpoint, attempts, answers, times; never a secret
    #[arg(long)]
    pub(crate) debug: bool,
}

#[derive(Debug, Args)]
#[command(after_help = EMULATOR_EXAMPLE)]
pub(crate) struct EmulatorFlags {
    /// The address to listen on; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:0")]
    pub(crate) listen: SocketAddr,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Transport {
    /// ureq and rustls, without a runtime
    Blocking,
    /// tokio, hyper and rustls
    Hyper,
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

const EXIT_CODES: &str = "\
Exit codes (as the AWS CLI's):
  0    done
  130  interrupted
  252  bad input or usage; nothing was sent
  253  no credentials, no region, or bad configuration; nothing was sent
  254  the service answered with an error
  255  anything else: no connection, timeout, no valid answer, no such recording";

const STOP_EXAMPLES: &str = "\
Examples:
  Try it without an AWS account:
    kendra-sync stop --emulator --index-id 0a1b2c3d-4e5f-6789-abcd-ef0123456789 --id wiki
  Stop a job, with credentials and region from the environment:
    kendra-sync stop --index-id 0a1b2c3d-4e5f-6789-abcd-ef0123456789 --id wiki
  The same for a script, with ten seconds at most:
    kendra-sync stop --index-id 0a1b2c3d-4e5f-6789-abcd-ef0123456789 --id wiki \\
        --region eu-west-1 --timeout 10 --output json
  Record a stop, and see it again without a network:
    kendra-sync stop --index-id 0a1b2c3d-4e5f-6789-abcd-ef0123456789 --id wiki --record stop.har
    kendra-sync stop --index-id 0a1b2c3d-4e5f-6789-abcd-ef0123456789 --id wiki --replay stop.har

Credentials: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN.
A scheduled job that is not running cannot be stopped.";

const EMULATOR_EXAMPLE: &str = "\
Example:
  kendra-sync emulator --listen 127.0.0.1:4566
prints the variables that point any AWS client at it, and ids to use.";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        use clap::CommandFactory;
        Flags::command().debug_assert();
    }

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
