//! What a program that shows everything gets to see of each source's secrets: nothing.
//!
//! Each case is a run of this program by itself, with the variables of the source, which loads credentials
//! over one of the transports and prints all that there is to print.
#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

use std::error::Error;
use std::ffi::OsStr;
use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use kendra_sync_blocking::BlockingTransport;
use kendra_sync_core::{Credentials, CredentialsError, ProvideCredentials, blocking};
use kendra_sync_hyper::HyperTransport;
use libtest_mimic::{Arguments, Failed, Trial};
use tokio::process::Command;
use tokio::runtime::Runtime;
use tracing::Metadata;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::{Layer, SubscriberExt};

use self::scripted::{ASKED_WITH, Outcome, SECRET, Source, TOKEN};

#[path = "../../cli/tests/it/credentials/scripted.rs"]
mod scripted;

fn main() -> ExitCode {
    let child = std::env::var("LEAKS_CHILD");
    if let Ok(child) = child {
        let (transport, shown) = child.split_once(' ').unwrap();
        load(transport, shown);
        return ExitCode::SUCCESS;
    }
    let arguments = Arguments::from_args();
    let mut trials = Vec::new();
    for source in Source::ALL {
        for outcome in [Outcome::Good(3600), Outcome::Denied, Outcome::Garbage] {
            for transport in ["hyper", "blocking"] {
                for shown in ["advised", "everything"] {
                    let name = format!("{source:?}::{outcome:?}::{transport}::{shown}");
                    let run = move || case(source, outcome, &format!("{transport} {shown}"));
                    trials.push(Trial::test(name, run));
                }
            }
        }
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn case(source: Source, outcome: Outcome, child: &str) -> Result<(), Failed> {
    let output = Runtime::new().unwrap().block_on(async {
        let home = tempfile::tempdir().unwrap();
        let server = source.start(outcome).await;
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.env_clear().env("LEAKS_CHILD", child).env("AWS_REGION", "eu-west-1");
        command.env("HOME", home.path()).env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("AWS_EC2_METADATA_DISABLED", OsStr::new("true"));
        source.configure(&mut command, home.path(), &server, outcome);
        command.output().await.unwrap()
    });
    let mut shown = String::from_utf8(output.stdout).unwrap();
    shown += &String::from_utf8(output.stderr).unwrap();
    let good = matches!(outcome, Outcome::Good(_));
    if shown.contains("Ok(Credentials { access_key_id: \"AKID1\"") != good
        || !shown.contains("asking for")
    {
        return Err(format!("not the outcome: {shown}").into());
    }
    shown.retain(|c| !c.is_whitespace());
    for secret in [&format!("{SECRET}1"), &format!("{TOKEN}1"), ASKED_WITH] {
        for window in secret.as_bytes().windows(8) {
            let window = std::str::from_utf8(window).unwrap();
            if shown.contains(window) {
                return Err(format!("{window} of a secret in: {shown}").into());
            }
        }
    }
    Ok(())
}

/// The child's part.
fn load(transport: &str, shown: &str) {
    let everything = shown == "everything";
    let advised = move |event: &Metadata<'_>| {
        let ours = event.target().starts_with("kendra_sync");
        everything
            || *event.level() <= if ours { tracing::Level::DEBUG } else { tracing::Level::INFO }
    };
    let lines = tracing_subscriber::fmt::layer().with_ansi(false).with_writer(io::stdout);
    let subscriber = tracing_subscriber::registry().with(lines.with_filter(filter_fn(advised)));
    tracing::subscriber::set_global_default(subscriber).unwrap();
    let limit = Duration::from_secs(20);
    if transport == "hyper" {
        let transport = Arc::new(HyperTransport::new());
        let loaded = kendra_sync_config::load(transport).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        show(&loaded, runtime.block_on(loaded.1.provide(limit)));
    } else {
        let transport = Arc::new(BlockingTransport::new());
        let loaded = kendra_sync_config::blocking::load(transport).unwrap();
        show(&loaded, blocking::ProvideCredentials::provide(&loaded.1, limit));
    }
}

fn show(loaded: &impl std::fmt::Debug, provided: Result<Credentials, CredentialsError>) {
    let mut text = format!("{loaded:?}\n{provided:?}\n{provided:#?}\n");
    if let Err(error) = &provided {
        let mut next: Option<&dyn Error> = Some(error);
        while let Some(error) = next {
            text += &format!("{error}\n");
            next = error.source();
        }
    }
    io::stdout().write_all(text.as_bytes()).unwrap();
}
