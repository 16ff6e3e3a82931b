//! The tables of a run, as Markdown.

use std::fmt::Write as _;

use crate::clients::{Client, HYPER};
use crate::figures::Figures;
use crate::machine::Machine;
use crate::reach::Row;
use crate::rounds::CALLERS;
use crate::units::{
    MEBIBYTES, MEGABYTES, MICROSECONDS, MILLISECONDS, NUMBER, SECONDS, Unit, number,
};

/// The whole of it.
pub(crate) fn markdown(machine: &Machine, figures: &Figures, reach: &[Row]) -> String {
    let mut text = String::new();
    for (name, value) in &machine.lines {
        text += &format!(
            "- {name}: {}\n",
            if *name == "command" { format!("`{value}`") } else { value.clone() }
        );
    }
    text += "\n![Some of the figures, as bars](performance.svg)\n";
    text += "\n### Reach\n\n| what | target | measured | met |\n| --- | --- | --- | --- |\n";
    reach.iter().for_each(|row| text += &row.markdown());
    text += &one_caller(figures);
    text += &many_callers(machine, figures);
    text += &once(figures);
    text += &built(figures);
    text += &soak(figures);
    text
}

fn one_caller(figures: &Figures) -> String {
    let columns = [
        Column::spread("CPU", "cpu_ns", MICROSECONDS),
        Column::ratio("cpu_ns"),
        Column::spread("wall", "wall_ns", MICROSECONDS),
        Column::ratio("wall_ns"),
        Column::plain("p50", "p50_ns", MICROSECONDS),
        Column::plain("p99", "p99_ns", MICROSECONDS),
        Column::plain("p99.9", "p999_ns", MICROSECONDS),
        Column::plain("allocations", "allocations", NUMBER),
        Column::plain("bytes", "bytes", NUMBER),
    ];
    let intro = "Per call, over a warm connection, on a core of its own.";
    table("One caller", intro, figures, &columns)
}

fn many_callers(machine: &Machine, figures: &Figures) -> String {
    let mut columns = Vec::new();
    for callers in CALLERS {
        columns.push(Column::spread(
            format!("{callers}: calls/s"),
            format!("callers_{callers}_calls_per_second"),
            NUMBER,
        ));
        columns.push(Column::plain(
            format!("{callers}: CPU"),
            format!("callers_{callers}_cpu_ns"),
            MICROSECONDS,
        ));
    }
    let shared = match machine.cores {
        1 => "The client and the server share the one core.",
        2 => "The client has two cores, and the server shares one: calls/s would be more on three.",
        _ => "The client has two cores, the server another.",
    };
    let intro = format!(
        "{shared} CPU is the client's,\nper call. Async clients have a tokio runtime of two \
         threads, blocking ones a thread for each caller."
    );
    table("Many callers", &intro, figures, &columns)
}

fn once(figures: &Figures) -> String {
    let columns = [
        Column::spread("first call, http", "first_http_wall_ns", MILLISECONDS),
        Column::plain("allocations", "first_allocations", NUMBER),
        Column::spread("first call, https", "first_https_wall_ns", MILLISECONDS),
        Column::spread("start to exit, http", "start_http_ns", MILLISECONDS),
        Column::spread("start to exit, https", "start_https_ns", MILLISECONDS),
        Column::ratio("start_https_ns"),
        Column::plain("peak RSS, http", "first_http_peak_kib", MEBIBYTES),
        Column::plain("peak RSS, https", "first_https_peak_kib", MEBIBYTES),
    ];
    let intro = "The first call of a process, from making the client to its answer; and a whole \
        process that makes\none call. With https, the platform's roots are loaded.";
    table("One call", intro, figures, &columns)
}

fn built(figures: &Figures) -> String {
    let columns = [
        Column::spread("clean build", "build_s", SECONDS),
        Column::ratio("build_s"),
        Column::plain("crates", "crates", NUMBER),
        Column::plain("stripped", "size_b", MEGABYTES),
        Column::ratio("size_b"),
        Column::plain("`small` profile", "small_b", MEGABYTES),
    ];
    let intro = "A program that makes one call with static credentials, with cargo's own release \
        profile; the command\nwith its `dist` profile.";
    table("The program", intro, figures, &columns)
}

fn soak(figures: &Figures) -> String {
    let mut text = String::from(
        "\n### A million calls\n\nOf one caller, in one process. CPU is per call since the line \
         before.\n\n\
         | client | calls | CPU | RSS |\n| --- | ---: | ---: | ---: |\n",
    );
    for client in figures.clients() {
        for calls in SOAK {
            let cpu = figures.median(client.name, &format!("soak_cpu_ns_{calls}"));
            let memory = figures.median(client.name, &format!("soak_resident_kib_{calls}"));
            if let (Some(cpu), Some(memory)) = (cpu, memory) {
                let (cpu, memory) = (MICROSECONDS.show(cpu), MEBIBYTES.show(memory));
                let calls = crate::units::grouped(calls as f64);
                let _ = writeln!(
                    text,
                    "| {} | {calls} | {cpu} µs | {memory} MiB |",
                    figures.label(client)
                );
            }
        }
    }
    text
}

/// Where the soak may look.
pub(crate) static SOAK: [u64; 4] = [1, 1_000, 100_000, 1_000_000];

struct Column {
    head: String,
    figure: String,
    shown: Shown,
}

enum Shown {
    /// The median.
    Plain(Unit),
    /// And the bounds.
    Spread(Unit),
    /// The median over that of kendra-sync-hyper.
    Ratio,
}

impl Column {
    fn plain(head: impl Into<String>, figure: impl Into<String>, unit: Unit) -> Self {
        Self { head: head.into(), figure: figure.into(), shown: Shown::Plain(unit) }
    }

    fn spread(head: impl Into<String>, figure: impl Into<String>, unit: Unit) -> Self {
        Self { head: head.into(), figure: figure.into(), shown: Shown::Spread(unit) }
    }

    fn ratio(figure: impl Into<String>) -> Self {
        Self { head: "× ours".to_owned(), figure: figure.into(), shown: Shown::Ratio }
    }

    fn head(&self) -> String {
        match self.shown {
            Shown::Plain(Unit(_, "")) | Shown::Spread(Unit(_, "")) | Shown::Ratio => {
                self.head.clone()
            }
            Shown::Plain(Unit(_, unit)) | Shown::Spread(Unit(_, unit)) => {
                format!("{}, {unit}", self.head)
            }
        }
    }

    fn cell(&self, client: &Client, figures: &Figures) -> Option<String> {
        let spread = figures.spread(client.name, &self.figure)?;
        Some(match self.shown {
            Shown::Plain(unit) => unit.show(spread.median),
            Shown::Spread(unit) => {
                let [min, median, max] =
                    [spread.min, spread.median, spread.max].map(|v| unit.show(v));
                if spread.min < spread.max { format!("{median} ({min}–{max})") } else { median }
            }
            Shown::Ratio => number(spread.median / figures.median(HYPER, &self.figure)?),
        })
    }
}

/// A row for each client that has one of the figures.
fn table(title: &str, intro: &str, figures: &Figures, columns: &[Column]) -> String {
    let heads: Vec<_> = columns.iter().map(Column::head).collect();
    let mut text = format!("\n### {title}\n\n{intro}\n\n| client | {} |\n", heads.join(" | "));
    let _ = writeln!(text, "| --- |{}", " ---: |".repeat(columns.len()));
    for client in figures.clients() {
        let cells: Vec<_> = columns.iter().map(|column| column.cell(client, figures)).collect();
        if cells.iter().any(Option::is_some) {
            let cells: Vec<_> =
                cells.into_iter().map(|cell| cell.unwrap_or_else(|| "–".to_owned())).collect();
            let _ = writeln!(text, "| {} | {} |", figures.label(client), cells.join(" | "));
        }
    }
    text
}
