//! The command line.

use clap::Parser;

use crate::Failure;
use crate::clients::Client;
use crate::tables::SOAK;

/// Builds and measures kendra-sync beside aws-sdk-kendra, hyper, ureq and a bare socket.
///
/// Results are printed, and kept in benches/compare/target/results. All takes about 20 minutes.
#[derive(Debug, Parser)]
#[command(name = "benches/compare/run")]
pub(crate) struct Options {
    /// To try it out: builds are kept and not timed, and few calls are made
    #[arg(long)]
    pub(crate) quick: bool,

    /// Rounds, in each of which every client has its turn [default: 5, quick: 2]
    #[arg(long, value_name = "N")]
    rounds: Option<u64>,

    /// Clean builds of each client [default: 1, quick: 0]
    #[arg(long, value_name = "N")]
    builds: Option<u64>,

    /// These clients only
    #[arg(long, value_name = "NAME,..", value_delimiter = ',')]
    only: Vec<String>,

    /// Puts the results in docs/performance.md and beside it
    #[arg(long, conflicts_with_all = ["quick", "only"])]
    pub(crate) write: bool,
}

impl Options {
    pub(crate) fn rounds(&self) -> u64 {
        self.rounds.unwrap_or(if self.quick { 2 } else { 5 })
    }

    pub(crate) fn builds(&self) -> u64 {
        self.builds.unwrap_or(if self.quick { 0 } else { 1 })
    }

    /// Calls of one caller in a row.
    pub(crate) fn calls(&self) -> u64 {
        if self.quick { 3_000 } else { 20_000 }
    }

    /// Calls of many callers together.
    pub(crate) fn calls_of_many(&self) -> u64 {
        if self.quick { 6_000 } else { 50_000 }
    }

    /// Where the soak looks at what calls cost: after so many of them.
    pub(crate) fn soak(&self) -> &'static [u64] {
        if self.quick { &[1, 1_000, 100_000] } else { &SOAK }
    }

    pub(crate) fn chosen(
        &self,
        clients: &'static [Client],
    ) -> Result<Vec<&'static Client>, Failure> {
        if let Some(name) = self.only.iter().find(|name| clients.iter().all(|c| c.name != **name)) {
            let names: Vec<_> = clients.iter().map(|client| client.name).collect();
            return Err(format!("there is no client {name}; there are {}", names.join(", ")).into());
        }
        let only =
            |client: &&Client| self.only.is_empty() || self.only.iter().any(|n| n == client.name);
        Ok(clients.iter().filter(only).collect())
    }

    /// The command that was given.
    pub(crate) fn command() -> String {
        let arguments: Vec<_> = std::env::args().skip(1).collect();
        format!("benches/compare/run {}", arguments.join(" ")).trim_end().to_owned()
    }
}
