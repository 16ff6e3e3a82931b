#![doc = include_str!("../README.md")]

pub use self::caps::Caps;
pub use self::catalogue::catalogue;
pub use self::check::Check;
pub use self::env::Env;
pub use self::filter::Filter;
pub use self::known::KnownFailures;
pub use self::playback::Playback;
pub use self::report::{Profile, Report, ScenarioResult, Status};
pub use self::reports::Wire;
pub use self::scenario::{Level, Scenario};
pub use self::suite::Suite;

#[doc(hidden)]
pub mod self_test;

mod canary;
mod caps;
mod case;
mod catalogue;
mod check;
mod child;
mod command;
mod engine;
mod env;
mod exchange;
mod filter;
mod ground;
mod invariants;
mod known;
mod logs;
mod outcome;
mod panics;
mod playback;
mod process;
mod reader;
mod replaying;
mod report;
mod reports;
mod scenario;
mod serve;
mod server;
mod stage;
mod subject;
mod suite;
mod summary;
mod wire;
mod words;
