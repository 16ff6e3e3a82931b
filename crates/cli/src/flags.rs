//! The command line, typed; what it means together with the environment is decided in `settings`.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::setting_flags::SettingFlags;

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
    /// Show every setting in force and where it came from; needs no credentials and calls nothing
    Config(ConfigFlags),
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
    #[command(flatten)]
    pub(crate) settings: SettingFlags,
    /// Record what is sent and answered in this file, without secrets
    #[arg(long, value_name = "FILE")]
    pub(crate) record: Option<PathBuf>,
    /// Answer from a recording: needs no AWS account, region or network
    #[arg(long, value_name = "FILE", conflicts_with_all = ["emulator", "record", "transport"])]
    pub(crate) replay: Option<PathBuf>,
    /// Run against a local Kendra started for this command: needs no AWS account, region or network
    #[arg(long, conflicts_with_all = ["ca_bundle", "endpoint_url", "profile"])]
    pub(crate) emulator: bool,
}

#[derive(Debug, Args)]
#[command(after_help = CONFIG_EXAMPLES)]
pub(crate) struct ConfigFlags {
    #[command(flatten)]
    pub(crate) settings: SettingFlags,
}

#[derive(Debug, Args)]
#[command(after_help = EMULATOR_EXAMPLE)]
pub(crate) struct EmulatorFlags {
    /// The address to listen on; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:0")]
    pub(crate) listen: SocketAddr,
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
  Stop a job, with region and the rest from the environment and AWS's configuration files:
    kendra-sync stop --index-id 0a1b2c3d-4e5f-6789-abcd-ef0123456789 --id wiki
  The same for a script, with ten seconds at most:
    kendra-sync stop --index-id 0a1b2c3d-4e5f-6789-abcd-ef0123456789 --id wiki \\
        --region eu-west-1 --timeout 10 --output json
  Record a stop, and see it again without a network:
    kendra-sync stop --index-id 0a1b2c3d-4e5f-6789-abcd-ef0123456789 --id wiki --record stop.har
    kendra-sync stop --index-id 0a1b2c3d-4e5f-6789-abcd-ef0123456789 --id wiki --replay stop.har

Credentials: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN.
A scheduled job that is not running cannot be stopped.";

const CONFIG_EXAMPLES: &str = "\
Examples:
  kendra-sync config
  kendra-sync config --profile ops --output json

Flags go before environment variables, these before the profile, and this before defaults.
Secrets are not shown. What would keep another command from calling is an error here, too.";

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
}
