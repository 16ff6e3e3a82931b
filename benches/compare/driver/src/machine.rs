//! Where and how it was measured.

use std::process::Command;

use serde_json::{Value, json};

use crate::Failure;
use crate::options::Options;
use crate::process::{Cores, output};

/// What a run depends on.
#[derive(Debug)]
pub(crate) struct Machine {
    pub(crate) lines: Vec<(&'static str, String)>,
    pub(crate) cores: usize,
}

pub(crate) fn describe(options: &Options) -> Result<Machine, Failure> {
    let said = |program: &str, arguments: &[&str]| {
        output(Command::new(program).args(arguments)).map(|text| text.trim().to_owned())
    };
    let read = |path: &str| std::fs::read_to_string(path).map_err(|e| format!("{path}: {e}"));
    let processors = read("/proc/cpuinfo")?;
    let model = processors.lines().find_map(|line| line.strip_prefix("model name"));
    let cores = Cores::find()?.count();
    let dirty = if said("git", &["status", "--porcelain"])?.is_empty() { "" } else { ", changed" };
    Ok(Machine {
        cores,
        lines: vec![
            ("command", Options::command()),
            ("date", said("date", &["-u", "+%Y-%m-%d %H:%M UTC"])?),
            ("commit", said("git", &["rev-parse", "--short=10", "HEAD"])? + dirty),
            ("processor", model.unwrap_or("unknown").trim_matches([' ', '\t', ':']).to_owned()),
            ("cores", cores.to_string()),
            ("kernel", read("/proc/sys/kernel/osrelease")?.trim().to_owned()),
            ("rustc", said("rustc", &["--version"])?),
            (
                "load before",
                read("/proc/loadavg")?.split(' ').take(3).collect::<Vec<_>>().join(" "),
            ),
            ("rounds", options.rounds().to_string()),
            ("clean builds", options.builds().to_string()),
        ],
    })
}

impl Machine {
    pub(crate) fn json(&self) -> Value {
        self.lines.iter().map(|(name, value)| (*name, json!(value))).collect()
    }
}
