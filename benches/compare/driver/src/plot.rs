//! The figures as bars, in SVG that reads on light and dark pages.

use std::fmt::Write as _;

use crate::clients::Client;
use crate::figures::Figures;
use crate::units::{MEGABYTES, MICROSECONDS, MILLISECONDS, NUMBER, SECONDS, Unit};

struct Panel {
    title: &'static str,
    figure: &'static str,
    unit: Unit,
}

const PANELS: [Panel; 6] = [
    Panel { title: "CPU per call, µs", figure: "cpu_ns", unit: MICROSECONDS },
    Panel { title: "allocations per call", figure: "allocations", unit: NUMBER },
    Panel { title: "calls/s of 64 callers", figure: "callers_64_calls_per_second", unit: NUMBER },
    Panel {
        title: "one call as a process, https, ms",
        figure: "start_https_ns",
        unit: MILLISECONDS,
    },
    Panel { title: "clean release build, s", figure: "build_s", unit: SECONDS },
    Panel { title: "stripped program, MB", figure: "size_b", unit: MEGABYTES },
];

const WIDTH: usize = 900;
const PANEL: usize = 440;
const ROW: usize = 20;
/// Where bars start, and how long the longest is.
const NAMES: usize = 170;
const LONGEST: f64 = 200.0;

const STYLE: &str = "\
    text { font: 12px system-ui, sans-serif; fill: #1f2328 }
    .title { font-weight: 600 }
    .name { text-anchor: end }
    rect { fill: #8c959f }
    .ours { fill: #1a7f37 }
    @media (prefers-color-scheme: dark) {
        text { fill: #e6edf3 }
        rect { fill: #6e7681 }
        .ours { fill: #3fb950 }
    }";

pub(crate) fn svg(figures: &Figures) -> String {
    let (mut body, mut top) = (String::new(), 0);
    for pair in PANELS.chunks(2) {
        let mut height = 0;
        for (column, panel) in pair.iter().enumerate() {
            let (text, rows) = draw(panel, figures);
            let left = column * (WIDTH - PANEL);
            let _ = writeln!(body, "<g transform=\"translate({left} {top})\">\n{text}</g>");
            height = height.max((rows + 2) * ROW);
        }
        top += height;
    }
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{top}\" \
         viewBox=\"0 0 {WIDTH} {top}\">\n<style>{STYLE}</style>\n{body}</svg>\n"
    )
}

/// A panel, and how many bars it has.
fn draw(panel: &Panel, figures: &Figures) -> (String, usize) {
    let bars: Vec<(&Client, f64)> = figures
        .clients()
        .into_iter()
        .filter(|client| client.is_over_network())
        .filter_map(|client| Some((client, figures.median(client.name, panel.figure)?)))
        .collect();
    let most = bars.iter().map(|(_, value)| *value).fold(f64::MIN_POSITIVE, f64::max);
    let mut text = format!("<text class=\"title\" x=\"{NAMES}\" y=\"16\">{}</text>\n", panel.title);
    for (index, (client, value)) in bars.iter().enumerate() {
        let top = (index + 1) * ROW + 4;
        let (base, length) = (top + 12, value / most * LONGEST);
        let class = if client.is_ours() { " class=\"ours\"" } else { "" };
        let end = NAMES as f64 + length + 6.0;
        let _ = writeln!(
            text,
            "<text class=\"name\" x=\"{}\" y=\"{base}\">{}</text>\
             <rect{class} x=\"{NAMES}\" y=\"{top}\" width=\"{length:.1}\" height=\"14\"/>\
             <text x=\"{end:.1}\" y=\"{base}\">{}</text>",
            NAMES - 6,
            client.name,
            panel.unit.show(*value),
        );
    }
    (text, bars.len())
}
