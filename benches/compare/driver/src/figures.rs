//! What was measured.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::Failure;
use crate::clients::Client;
use crate::machine::Machine;
use crate::reach::Row;

/// All samples, by client and figure.
#[derive(Debug)]
pub(crate) struct Figures {
    clients: Vec<&'static Client>,
    samples: BTreeMap<(&'static str, String), Vec<f64>>,
    versions: BTreeMap<&'static str, String>,
    failed: BTreeMap<&'static str, String>,
}

impl Figures {
    pub(crate) fn new(clients: Vec<&'static Client>) -> Self {
        Self {
            clients,
            samples: BTreeMap::new(),
            versions: BTreeMap::new(),
            failed: BTreeMap::new(),
        }
    }

    /// Those that have not failed.
    pub(crate) fn clients(&self) -> Vec<&'static Client> {
        self.clients.iter().filter(|c| !self.failed.contains_key(c.name)).copied().collect()
    }

    /// Notes that `client` failed, unless `outcome` is none.
    pub(crate) fn unless_failed(&mut self, client: &'static Client, outcome: Result<(), Failure>) {
        if let Err(error) = outcome {
            eprintln!("{} failed: {error}", client.name);
            self.failed.entry(client.name).or_insert_with(|| error.to_string());
        }
    }

    pub(crate) fn failed(&self) -> Vec<String> {
        self.failed.iter().map(|(name, error)| format!("{name}: {error}")).collect()
    }

    pub(crate) fn add(&mut self, client: &Client, figure: impl Into<String>, value: f64) {
        self.samples.entry((client.name, figure.into())).or_default().push(value);
    }

    pub(crate) fn set_version(&mut self, client: &Client, version: String) {
        self.versions.insert(client.name, version);
    }

    /// Name, version and remark.
    pub(crate) fn label(&self, client: &Client) -> String {
        let version = self.versions.get(client.name).map_or("", String::as_str);
        let name = [client.about.unwrap_or(client.name), version].join(" ");
        match client.remark {
            "" => name.trim_end().to_owned(),
            remark => format!("{}, {remark}", name.trim_end()),
        }
    }

    pub(crate) fn median(&self, client: &str, figure: &str) -> Option<f64> {
        self.spread(client, figure).map(|spread| spread.median)
    }

    pub(crate) fn spread(&self, client: &str, figure: &str) -> Option<Spread> {
        let (_, samples) = self.samples.iter().find(|((c, f), _)| *c == client && f == figure)?;
        let mut sorted = samples.clone();
        sorted.sort_by(f64::total_cmp);
        let middle = sorted.len() / 2;
        let upper = *sorted.get(middle)?;
        let median = if sorted.len() % 2 == 1 {
            upper
        } else {
            f64::midpoint(*sorted.get(middle.checked_sub(1)?)?, upper)
        };
        Some(Spread { min: *sorted.first()?, median, max: *sorted.last()? })
    }

    /// Everything, samples included.
    pub(crate) fn json(&self, machine: &Machine, reach: &[Row]) -> Result<String, Failure> {
        let clients: BTreeMap<_, _> = self.clients.iter().map(|c| (c.name, self.of(c))).collect();
        let reach: Vec<_> = reach.iter().map(Row::json).collect();
        let (run, failed) = (machine.json(), &self.failed);
        let all = json!({ "run": run, "clients": clients, "reach": reach, "failed": failed });
        Ok(serde_json::to_string_pretty(&all)? + "\n")
    }

    fn of(&self, client: &Client) -> Value {
        let own = self.samples.iter().filter(|((name, _), _)| *name == client.name);
        let figures: BTreeMap<_, _> = own
            .filter_map(|((_, figure), samples)| {
                let spread = self.spread(client.name, figure)?;
                let Spread { min, median, max } = spread;
                let value = json!({ "median": median, "min": min, "max": max, "samples": samples });
                Some((figure, value))
            })
            .collect();
        json!({ "label": self.label(client), "figures": figures })
    }
}

/// The middle of some samples, and their bounds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spread {
    pub(crate) min: f64,
    pub(crate) median: f64,
    pub(crate) max: f64,
}
