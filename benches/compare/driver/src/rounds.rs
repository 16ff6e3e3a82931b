//! The measuring: every client has its turn in each round, so that what changes on the machine
//! meets all of them.

use std::process::Command;

use crate::Failure;
use crate::builds::{measuring, program};
use crate::clients::{Client, Kind};
use crate::figures::Figures;
use crate::options::Options;
use crate::process::{Cores, output, time};
use crate::server::Server;

/// How many callers are measured, beside one.
pub(crate) const CALLERS: [u64; 3] = [8, 64, 256];

/// New processes in each round, of each kind.
const PROCESSES: usize = 10;

pub(crate) fn measure(options: &Options, figures: &mut Figures) -> Result<(), Failure> {
    let cores = Cores::find()?;
    let server = Server::start(&cores)?;
    let bench = Bench { options, cores, server };
    for client in figures.clients() {
        eprintln!("allocations of {}", client.name);
        let outcome = bench.count(client, figures);
        figures.unless_failed(client, outcome);
    }
    for round in 1..=options.rounds() {
        let mut clients = figures.clients();
        // Nobody always follows the same one.
        if round % 2 == 0 {
            clients.reverse();
        }
        for client in clients {
            eprintln!("round {round} of {}: {}", options.rounds(), client.name);
            let outcome = bench.round(client, figures);
            figures.unless_failed(client, outcome);
        }
    }
    for client in figures.clients().into_iter().filter(|c| c.is_ours() && c.is_over_network()) {
        eprintln!("soak of {}", client.name);
        let outcome = bench.soak(client, figures);
        figures.unless_failed(client, outcome);
    }
    bench.cores.take_all()
}

struct Bench<'a> {
    options: &'a Options,
    cores: Cores,
    server: Server,
}

impl Bench<'_> {
    /// Allocations are the same each time, and counting them takes time: not part of the rounds.
    fn count(&self, client: &'static Client, figures: &mut Figures) -> Result<(), Failure> {
        if !client.is_measured() {
            return Ok(());
        }
        self.cores.take_last()?;
        let calls = self.options.calls().to_string();
        self.run(client, "counted", &["one", &self.server.http, &calls], "", figures)?;
        if client.is_over_network() {
            self.run(client, "counted", &["first", &self.server.http], "first_", figures)?;
        }
        Ok(())
    }

    fn round(&self, client: &'static Client, figures: &mut Figures) -> Result<(), Failure> {
        let (http, https) = (self.server.http.as_str(), self.server.https.as_str());
        self.cores.take_last()?;
        if client.is_measured() {
            let calls = self.options.calls().to_string();
            self.run(client, "timed", &["one", http, &calls], "", figures)?;
        }
        for _ in 0..PROCESSES {
            if client.is_over_network() {
                self.run(client, "timed", &["first", http], "first_http_", figures)?;
            }
            if client.is_program() {
                self.start(client, http, "start_http_ns", figures)?;
            }
            if client.speaks_tls() {
                self.start(client, https, "start_https_ns", figures)?;
                if client.is_measured() {
                    self.run(client, "timed", &["first", https], "first_https_", figures)?;
                }
            }
        }
        if client.is_over_network() {
            self.cores.take_last_two()?;
            let calls = self.options.calls_of_many().to_string();
            for callers in CALLERS {
                let task = ["many", http, &callers.to_string(), &calls];
                self.run(client, "timed", &task, &format!("callers_{callers}_"), figures)?;
            }
        }
        Ok(())
    }

    fn soak(&self, client: &'static Client, figures: &mut Figures) -> Result<(), Failure> {
        self.cores.take_last()?;
        let ends: Vec<_> = self.options.soak().iter().map(u64::to_string).collect();
        let mut task = vec!["soak", self.server.http.as_str()];
        task.extend(ends.iter().map(String::as_str));
        self.run(client, "timed", &task, "soak_", figures)
    }

    /// One run of what measures `client`; its figures get `prefix`.
    fn run(
        &self,
        client: &'static Client,
        what: &str,
        task: &[&str],
        prefix: &str,
        figures: &mut Figures,
    ) -> Result<(), Failure> {
        let mut command = Command::new(measuring(client, what));
        for line in output(self.server.prepare(&mut command).args(task))?.lines() {
            let (name, value) = line.split_once(' ').ok_or("a line without a figure")?;
            figures.add(client, format!("{prefix}{name}"), value.parse()?);
        }
        Ok(())
    }

    /// One process that makes one call.
    fn start(
        &self,
        client: &'static Client,
        url: &str,
        figure: &str,
        figures: &mut Figures,
    ) -> Result<(), Failure> {
        let mut command = Command::new(program(client));
        self.server.prepare(&mut command);
        if let Kind::Command(arguments) = client.kind {
            command.env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE");
            command.env("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG");
            command.args(["stop", "--id", "wiki", "--region", "eu-west-1"]);
            command.args(["--index-id", "0a1b2c3d-4e5f-6789-abcd-ef0123456789", "--endpoint-url"]);
            command.arg(url).args(arguments);
        } else {
            command.arg(url);
        }
        figures.add(client, figure, time(&mut command)?.as_nanos() as f64);
        Ok(())
    }
}
