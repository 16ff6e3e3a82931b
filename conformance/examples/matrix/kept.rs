//! What is kept of a report: `report.json` without evidence.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write;
use std::path::Path;

use serde::{Deserialize, Serialize};

/// A report; the fields are those of `report.schema.json`, so a whole one can be read too.
#[derive(Deserialize)]
pub(crate) struct Kept {
    pub(crate) schema: String,
    pub(crate) catalogue: Catalogue,
    pub(crate) transport: Transport,
    pub(crate) started: String,
    pub(crate) variants: Vec<Variant>,
    pub(crate) results: Vec<Outcome>,
}

#[derive(PartialEq, Deserialize, Serialize)]
pub(crate) struct Catalogue {
    pub(crate) version: String,
    pub(crate) digest: String,
}

#[derive(PartialEq, Deserialize, Serialize)]
pub(crate) struct Transport {
    pub(crate) name: String,
    pub(crate) version: String,
}

#[derive(PartialEq, Deserialize, Serialize)]
pub(crate) struct Variant {
    pub(crate) name: String,
    pub(crate) declared: Vec<String>,
    pub(crate) profiles: BTreeMap<String, Profile>,
}

#[derive(PartialEq, Deserialize, Serialize)]
pub(crate) struct Profile {
    pub(crate) verdict: String,
    pub(crate) passed: usize,
    pub(crate) applicable: usize,
}

#[derive(PartialEq, Deserialize, Serialize)]
pub(crate) struct Outcome {
    pub(crate) variant: String,
    pub(crate) id: String,
    pub(crate) status: String,
    /// Kept of known failures alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<String>,
}

impl Kept {
    pub(crate) fn read(file: &Path) -> Result<Self, Box<dyn Error>> {
        let named = |error: &dyn Error| format!("{}: {error}", file.display());
        let text = std::fs::read_to_string(file).map_err(|error| named(&error))?;
        let mut kept: Self = serde_json::from_str(&text).map_err(|error| named(&error))?;
        if kept.schema != SCHEMA {
            return Err(format!("{}: the schema is not {SCHEMA}", file.display()).into());
        }
        for outcome in kept.results.iter_mut().filter(|outcome| outcome.status != "known") {
            outcome.reason = None;
        }
        Ok(kept)
    }

    /// Writes it under the transport's name, a result a line.
    pub(crate) fn write(&self, directory: &Path) -> Result<(), Box<dyn Error>> {
        let json = |value: &dyn erased::Json| value.json();
        let mut text = format!(
            "{{\n\"schema\": {},\n\"catalogue\": {},\n\"transport\": {},\n\"started\": {},\n",
            json(&self.schema)?,
            json(&self.catalogue)?,
            json(&self.transport)?,
            json(&self.started)?,
        );
        for (name, rows) in [
            ("variants", self.variants.iter().map(|row| json(row)).collect::<Result<Vec<_>, _>>()?),
            ("results", self.results.iter().map(|row| json(row)).collect::<Result<Vec<_>, _>>()?),
        ] {
            let end = if name == "results" { "\n]\n}\n" } else { "\n],\n" };
            write!(text, "\"{name}\": [\n{}{end}", rows.join(",\n"))?;
        }
        let name = self.transport.name.to_lowercase().replace([' ', '/'], "-");
        std::fs::create_dir_all(directory)?;
        Ok(std::fs::write(directory.join(format!("{name}.json")), text)?)
    }

    /// Where its column stands.
    pub(crate) fn place(&self) -> (usize, String) {
        let name = self.transport.name.as_str();
        let own = OWN.iter().position(|own| *own == name);
        (own.unwrap_or(OWN.len()), name.to_owned())
    }

    /// In what a later run of it differs, but for when it was.
    pub(crate) fn compare(&self, later: &Self) -> Vec<String> {
        let mut found = Vec::new();
        if self.catalogue != later.catalogue {
            found.push("it was run with another catalogue".to_owned());
        }
        if self.transport.version != later.transport.version {
            found.push(format!("its version is {} now", later.transport.version));
        }
        if self.variants != later.variants {
            found.push("variants, capabilities or verdicts are others now".to_owned());
        }
        for outcome in &later.results {
            let (id, variant) = (&outcome.id, &outcome.variant);
            let before = self.results.iter().find(|o| o.id == *id && o.variant == *variant);
            let before = before.map_or("missing", |before| before.status.as_str());
            if before != outcome.status {
                found.push(format!("{variant}::{id} was {before}, is {} now", outcome.status));
            }
        }
        if self.results.len() > later.results.len() {
            found.push("there are fewer results now".to_owned());
        }
        found
    }
}

mod erased {
    use serde::Serialize;

    /// Anything that can be a line.
    pub(crate) trait Json {
        fn json(&self) -> serde_json::Result<String>;
    }

    impl<T: Serialize> Json for T {
        fn json(&self) -> serde_json::Result<String> {
            serde_json::to_string(self)
        }
    }
}

const SCHEMA: &str = "kendra-sync-conformance/1";

/// This project's transports, in their order.
const OWN: [&str; 4] = [
    "kendra-sync-hyper",
    "kendra-sync-blocking",
    "kendra-sync-blocking Offload",
    "kendra-sync-replay",
];
