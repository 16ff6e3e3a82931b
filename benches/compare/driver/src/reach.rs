//! The targets, and whether they are met.

use serde_json::{Value, json};

use crate::clients::{BARE_HYPER, BARE_UREQ, BLOCKING, COMMAND, CORE, HYPER, SDK};
use crate::figures::Figures;
use crate::tables::SOAK;
use crate::units::{
    MEBIBYTES, MEGABYTES, MICROSECONDS, MILLISECONDS, NUMBER, SECONDS, Unit, number,
};

/// One target.
#[derive(Debug)]
pub(crate) struct Row {
    what: String,
    target: String,
    measured: String,
    /// None if what it takes was not measured.
    met: Option<bool>,
}

impl Row {
    pub(crate) fn markdown(&self) -> String {
        let met = match self.met {
            Some(true) => "yes",
            Some(false) => "**no**",
            None => "not measured",
        };
        format!("| {} | {} | {} | {met} |\n", self.what, self.target, self.measured)
    }

    pub(crate) fn json(&self) -> Value {
        let Self { what, target, measured, met } = self;
        json!({ "what": what, "target": target, "measured": measured, "met": met })
    }
}

/// A figure of a client, and how it is shown.
#[derive(Clone, Copy)]
struct Figure(&'static str, &'static str, Unit);

pub(crate) fn rows(figures: &Figures) -> Vec<Row> {
    let cpu = |client| Figure(client, "cpu_ns", MICROSECONDS);
    let cpu_of_64 = Figure(HYPER, "callers_64_cpu_ns", MICROSECONDS);
    let rate = |client| Figure(client, "callers_64_calls_per_second", NUMBER);
    let rows = [
        at_most("hyper, one caller: CPU per call", cpu(HYPER), 1.25, cpu(BARE_HYPER), figures),
        at_most("hyper, one caller: CPU per call", cpu(HYPER), 1.0 / 3.3, cpu(SDK), figures),
        below(
            "hyper, warm: allocations per call",
            Figure(HYPER, "allocations", NUMBER),
            30.0,
            figures,
        ),
        below("core alone: wall per call", Figure(CORE, "wall_ns", MICROSECONDS), 1.5e3, figures),
        below(
            "core alone: allocations per call",
            Figure(CORE, "allocations", NUMBER),
            12.0,
            figures,
        ),
        at_least("hyper, 64 callers: calls/s", rate(HYPER), 5.0, rate(SDK), figures),
        at_most("hyper, 64 callers: CPU per call", cpu_of_64, 1.2, cpu(HYPER), figures),
        at_most("blocking, one caller: CPU per call", cpu(BLOCKING), 1.1, cpu(BARE_UREQ), figures),
    ];
    let mut rows = Vec::from(rows);
    for client in [HYPER, BLOCKING] {
        let first = Figure(client, "first_http_wall_ns", MILLISECONDS);
        rows.push(below(&format!("{client}: first call, http"), first, 0.5e6, figures));
    }
    for client in [HYPER, BLOCKING] {
        let [ours, theirs] = [client, SDK].map(|client| Figure(client, "build_s", SECONDS));
        rows.push(at_most(
            &format!("{client}: clean release build"),
            ours,
            1.0 / 3.0,
            theirs,
            figures,
        ));
    }
    for client in [HYPER, BLOCKING] {
        let size = Figure(client, "size_b", MEGABYTES);
        rows.push(below(&format!("{client}: stripped program"), size, 3.2e6, figures));
    }
    rows.push(below("the command: stripped", Figure(COMMAND, "size_b", MEGABYTES), 6e6, figures));
    for (scheme, figure, limit) in
        [("http", "start_http_ns", 2e6), ("https", "start_https_ns", 6e6)]
    {
        let start = Figure(COMMAND, figure, MILLISECONDS);
        rows.push(below(&format!("`stop`, start to exit, {scheme}"), start, limit, figures));
    }
    for client in [HYPER, BLOCKING] {
        for (scheme, figure) in [("http", "first_http_peak_kib"), ("https", "first_https_peak_kib")]
        {
            let [ours, theirs] = [client, SDK].map(|client| Figure(client, figure, MEBIBYTES));
            rows.push(at_most(
                &format!("{client}: peak RSS of one call, {scheme}"),
                ours,
                0.4,
                theirs,
                figures,
            ));
        }
    }
    let cpu_of_256 = Figure(HYPER, "callers_256_cpu_ns", MICROSECONDS);
    rows.push(at_most("hyper, 256 callers: CPU per call", cpu_of_256, 1.2, cpu(HYPER), figures));
    for client in [HYPER, BLOCKING] {
        rows.push(flat(
            &format!("{client}: CPU per call as calls add up"),
            client,
            "cpu_ns",
            figures,
        ));
        rows.push(flat(&format!("{client}: RSS as calls add up"), client, "resident_kib", figures));
    }
    rows
}

fn below(what: &str, ours: Figure, limit: f64, figures: &Figures) -> Row {
    let value = figures.median(ours.0, ours.1);
    row(
        what,
        format!("at most {}", shown(ours.2, limit)),
        value.map(|value| (shown(ours.2, value), value <= limit)),
    )
}

fn at_most(what: &str, ours: Figure, times: f64, theirs: Figure, figures: &Figures) -> Row {
    let target = format!("at most {} × {}", number(times), named(ours, theirs));
    row(what, target, compared(ours, theirs, figures).map(|(text, ratio)| (text, ratio <= times)))
}

fn at_least(what: &str, ours: Figure, times: f64, theirs: Figure, figures: &Figures) -> Row {
    let target = format!("at least {} × {}", number(times), named(ours, theirs));
    row(what, target, compared(ours, theirs, figures).map(|(text, ratio)| (text, ratio >= times)))
}

/// Whose figure the other is: another client's, or that of one caller.
fn named(ours: Figure, theirs: Figure) -> &'static str {
    if ours.0 == theirs.0 { "one caller's" } else { theirs.0 }
}

fn compared(ours: Figure, theirs: Figure, figures: &Figures) -> Option<(String, f64)> {
    let [a, b] = [ours, theirs].map(|Figure(client, figure, _)| figures.median(client, figure));
    let (a, b) = (a?, b?);
    Some((format!("{} / {} = {} ×", ours.2.show(a), shown(theirs.2, b), number(a / b)), a / b))
}

/// From a thousand calls on, when all is warm, the last may cost a tenth more than the first.
fn flat(what: &str, client: &'static str, figure: &str, figures: &Figures) -> Row {
    let unit = if figure == "cpu_ns" { MICROSECONDS } else { MEBIBYTES };
    let ends = SOAK.iter().filter(|calls| **calls >= 1_000);
    let values: Vec<_> = ends
        .filter_map(|calls| figures.median(client, &format!("soak_{figure}_{calls}")))
        .collect();
    let measured = match values.as_slice() {
        [first, .., last] => {
            let all: Vec<_> = values.iter().map(|value| unit.show(*value)).collect();
            Some((format!("{} {}", all.join(", "), unit.1), last / first <= 1.1))
        }
        _ => None,
    };
    row(what, "the last at most 1.10 × the first".to_owned(), measured)
}

fn row(what: &str, target: String, measured: Option<(String, bool)>) -> Row {
    let met = measured.as_ref().map(|(_, met)| *met);
    let measured = measured.map_or_else(|| "–".to_owned(), |(text, _)| text);
    Row { what: what.to_owned(), target, measured, met }
}

fn shown(unit: Unit, value: f64) -> String {
    format!("{} {}", unit.show(value), unit.1).trim_end().to_owned()
}
