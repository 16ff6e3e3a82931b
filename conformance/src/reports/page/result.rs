//! One scenario that deserves a look: all that a stranger needs to mend it.

use std::path::Path;

use super::super::document::{Row, scenario};
use super::super::escape::{html, shortened};
use super::super::junit::unmet;
use super::wire;
use super::worded;
use crate::check::Check;
use crate::words;

/// Where the result with this number is.
pub(super) fn anchor(at: usize) -> String {
    format!("r-{at}")
}

pub(super) fn details(at: usize, row: &Row, root: &Path) -> String {
    let (word, class, id) = (worded(row.status, None), row.status.name(), html(&row.id));
    let (variant, level, anchor) = (html(&row.variant), row.level, anchor(at));
    let mut part = format!(
        "<details class=\"result {class}\"><summary>{word}<h3>{id}</h3> \
         <span class=\"quiet\">{level}, variant {variant}</span><span class=\"brief\">{}</span></summary>\n\
         <div class=\"body\" id=\"{anchor}\">\n<dl class=\"facts\">\n",
        html(&row.why),
    );
    if let Some(reason) = &row.reason {
        part += &fact("Reason", reason);
    }
    part += &fact("Rule", &row.rule);
    part += "</dl>\n";
    if unmet(row).next().is_some() {
        part += "<h4>What was not as it should be</h4>\n";
    }
    part += &unmet_checks(row);
    part += &wire::connections(row, root);
    if let Some(again) = &row.again {
        part += &format!("<h4>Run it again</h4>\n<pre class=\"command\">{}</pre>\n", html(again));
    }
    part += &held(row);
    part += &servers(row);
    part + "</div>\n</details>\n"
}

/// The first ones at once, the others when they are asked for.
fn unmet_checks(row: &Row) -> String {
    let mut checks: Vec<String> = unmet(row).take(MOST_CHECKS).map(check).collect();
    let count = unmet(row).count();
    let more = checks.split_off(checks.len().min(CHECKS_AT_ONCE)).concat();
    let mut part = checks.concat();
    if !more.is_empty() {
        let hidden = count - CHECKS_AT_ONCE;
        part += &format!("<details><summary>{hidden} more that failed</summary>\n{more}");
        if count > MOST_CHECKS {
            part += "<p class=\"quiet\">And more: report.json has them.</p>\n";
        }
        part += "</details>\n";
    }
    part
}

fn fact(name: &str, value: &str) -> String {
    format!("<dt>{name}</dt><dd>{}</dd>\n", html(value))
}

fn check(check: &Check) -> String {
    let Check { name, level, expected, actual, .. } = check;
    let [expected, actual] = [expected, actual].map(|value| html(&shortened(value, LONGEST)));
    format!(
        "<div class=\"check\"><p><strong>{}</strong> <span class=\"quiet\">({level})</span></p>\n<dl class=\"facts\">\
         <dt>Expected</dt><dd class=\"said\">{expected}</dd>\n\
         <dt>Actual</dt><dd class=\"said\">{actual}</dd></dl></div>\n",
        html(name),
    )
}

/// The names of the checks that held.
fn held(row: &Row) -> String {
    let held: Vec<String> = row
        .checks
        .iter()
        .filter(|check| check.passed)
        .map(|check| format!("<li>{}</li>", html(&check.name)))
        .collect();
    if held.is_empty() {
        return String::new();
    }
    let count = held.len();
    format!(
        "<details><summary>Checks that held: {count}</summary>\n<ul>{}</ul></details>\n",
        held.concat()
    )
}

/// What the scenario's servers do, as `--explain` tells it.
fn servers(row: &Row) -> String {
    let Some(scenario) = scenario(&row.id) else { return String::new() };
    let text = html(&words::scenario(scenario));
    let label = html(&format!("What the servers of {} do, for {}", row.id, row.variant));
    format!(
        "<details><summary>What its servers do</summary>\n<div class=\"box\" role=\"region\" \
         aria-label=\"{label}\"><pre class=\"words\">{text}</pre></div></details>\n"
    )
}

/// How many checks are shown, how many of them at once, and how many characters of a value.
const MOST_CHECKS: usize = 20;
const CHECKS_AT_ONCE: usize = 3;
const LONGEST: usize = 4000;
