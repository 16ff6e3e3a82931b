//! What each scenario's servers write and what it sends, held against `scripts.lock`: bytes that change by
//! accident could leave a scenario that every transport passes.

use std::collections::BTreeSet;
use std::fmt::{self, Debug, Write};

use bytes::Bytes;
use http::{Request, header};
use sha2::{Digest, Sha256};

use super::catalogue;
use crate::case::{Act, Answer, Case, Server};
use crate::exchange::{Exchange, Want};
use crate::scenario::Scenario;
use crate::server::{Connection, Step};

const LOCK: &str = include_str!("../../scripts.lock");

/// Of what is written into it, by `Debug` where that is short.
struct Hash(Sha256);

impl Write for Hash {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.update(text);
        Ok(())
    }
}

impl Hash {
    fn add(&mut self, part: impl Debug) {
        writeln!(self, "{part:?}").unwrap();
    }

    fn add_bytes(&mut self, bytes: &[u8]) {
        self.add(bytes.len());
        self.0.update(bytes);
    }

    fn add_script(&mut self, script: &Connection) {
        self.add(script.len());
        for step in script {
            match step {
                Step::Write(bytes) => self.add_bytes(bytes),
                Step::Drip(bytes) => {
                    self.add("drip");
                    self.add_bytes(bytes);
                }
                Step::Flood { piece, pause, most } => {
                    self.add(("flood", pause, most));
                    self.add_bytes(piece);
                }
                Step::Either { tls, plain } => {
                    self.add("either");
                    [tls, plain].into_iter().for_each(|script| self.add_script(script));
                }
                step => self.add(step),
            }
        }
    }

    /// With what its request becomes, but for what depends on the time.
    fn add_exchange(&mut self, exchange: &Exchange) {
        let Exchange { origin, scheme, target, change, accepted, limit, ends } = exchange;
        self.add((origin, scheme, target, limit, ends));
        for want in accepted {
            match want {
                Want::Answer(status, body) => {
                    self.add(status);
                    self.add_bytes(body);
                }
                Want::Fails(..) => self.add(want),
            }
        }
        let mut request = Request::post("http://host.example/").body(Bytes::from("{}")).unwrap();
        change(&mut request);
        let (mut head, body) = request.into_parts();
        head.headers.remove(header::AUTHORIZATION);
        head.headers.remove("x-amz-date");
        self.add((head.method, head.uri, head.version, head.headers));
        self.add_bytes(&body);
    }

    fn add_case(&mut self, case: &Case) {
        let Case { name, second, scheme, needs, lacks, kind, child, only_live, check, .. } = case;
        self.add((name, scheme, needs, lacks, kind, child, only_live, check.is_some()));
        match &case.server {
            Server::Raw(scripts) => scripts.iter().for_each(|script| self.add_script(script)),
            Server::Mock(answers) => {
                for Answer { status, headers, body } in answers {
                    self.add((status, headers));
                    self.add_bytes(body);
                }
            }
        }
        self.add(second.iter().len());
        second.iter().flatten().for_each(|script| self.add_script(script));
        match &case.act {
            Act::Transport(exchanges) => exchanges.iter().for_each(|e| self.add_exchange(e)),
            Act::Client(judges) => self.add(judges.len()),
            Act::Course { told, .. } => self.add(told),
        }
        if let Some(replays) = &case.replays {
            replays.exchanges.iter().for_each(|exchange| self.add_exchange(exchange));
            self.add(replays.left);
        }
    }
}

fn line(scenario: &Scenario) -> String {
    let mut hash = Hash(Sha256::new());
    scenario.cases.iter().for_each(|case| hash.add_case(case));
    let digest: String = hash.0.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{} {} {}", scenario.id(), scenario.revision(), &digest[..16])
}

#[test]
fn what_a_scenario_sends_and_takes_is_what_is_locked() {
    let locked: BTreeSet<&str> = LOCK.lines().filter(|line| !line.starts_with('#')).collect();
    let there: Vec<String> = catalogue().iter().map(line).collect();
    let there: BTreeSet<&str> = there.iter().map(String::as_str).collect();
    let others: Vec<_> = there.difference(&locked).collect();
    assert!(
        others.is_empty(),
        "not in scripts.lock, whose head says when they may be: {others:#?}"
    );
    assert_eq!(locked.len(), catalogue().len());
}
