//! `report.html`: one file for people, without scripts and without anything that is loaded.

use std::collections::BTreeMap;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use self::result::anchor;
use super::document::{Counts, Document, Row, Word};
use super::escape::html;

mod result;
mod wire;

/// The whole page; `root` has the files of bytes.
pub(super) fn page(document: &Document, root: &Path) -> String {
    let transport = &document.head.transport;
    let title = html(&format!("{} {}", transport.name, transport.version));
    let style = STANDARD.encode(Sha256::digest(STYLE));
    let noted: Vec<(usize, &Row)> =
        document.results.iter().enumerate().filter(|(_, row)| row.is_noted()).collect();
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-{style}'; \
         img-src data:; base-uri 'none'; form-action 'none'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>Conformance of {title}</title>\n\
         <link rel=\"icon\" href=\"data:,\">\n<style>{STYLE}</style>\n</head>\n<body>\n\
         <a class=\"skip\" href=\"#main\">Skip to the results</a>\n"
    );
    page += &bar(document, &title, noted.len());
    page += "<main id=\"main\" tabindex=\"-1\">\n";
    page += &look_at(&noted, root);
    page += &verdicts(document);
    page += &matrix(document);
    page += &all(document);
    page += &about(document);
    page + "</main>\n</body>\n</html>\n"
}

/// What stays in sight.
fn bar(document: &Document, title: &str, noted: usize) -> String {
    let counts = counts(Counts::of(document.results.iter()));
    let look = if noted == 0 { "Nothing to mend" } else { "What to mend" };
    format!(
        "<header class=\"bar\">\n<h1>Conformance of {title}</h1>\n<p>{counts}</p>\n\
         <nav aria-label=\"Parts of the page\"><a href=\"#look\">{look}</a> \
         <a href=\"#verdicts\">Verdicts</a> <a href=\"#matrix\">Matrix</a> \
         <a href=\"#all\">All scenarios</a></nav>\n</header>\n"
    )
}

fn look_at(noted: &[(usize, &Row)], root: &Path) -> String {
    let mut part = "<section aria-labelledby=\"look\">\n".to_owned();
    if noted.is_empty() {
        return part
            + "<h2 id=\"look\">Nothing to mend</h2>\n<p>No scenario that was run failed.</p>\n</section>\n";
    }
    part += "<h2 id=\"look\">What to mend</h2>\n<p class=\"quiet\">Each opens to why it matters, what was \
             expected and what came, and what went over the wire. An outcome is what a send came to: a response, or an \
             error with its kind and its delivery, which is NotSent only if no byte of the request can have reached the \
             server, and MaybeSent if that is not sure.</p>\n";
    let mut sorted = noted.to_vec();
    sorted.sort_by_key(|(_, row)| match row.status {
        Word::Fail => 0,
        Word::Error => 1,
        Word::Warn => 2,
        _ => 3,
    });
    part.extend(sorted.into_iter().map(|(at, row)| result::details(at, row, root)));
    part + "</section>\n"
}

fn verdicts(document: &Document) -> String {
    let mut names: Vec<&String> =
        document.variants.iter().flat_map(|variant| variant.profiles.keys()).collect();
    names.sort_by_key(|name| (*name != "core", *name));
    names.dedup();
    let mut rows = String::new();
    for name in names {
        rows += &format!("<tr><th scope=\"row\">{}</th>", html(name));
        for variant in &document.variants {
            rows += &match variant.profiles.get(name) {
                None => "<td></td>".to_owned(),
                Some(profile) => {
                    let (class, verdict) = (&profile.verdict, profile.verdict.replace('-', " "));
                    let (passed, applicable) = (profile.passed, profile.applicable);
                    let sign = match class.as_str() {
                        "conformant" => "✔ ",
                        "not-conformant" => "✘ ",
                        _ => "",
                    };
                    let of = if class == "not-claimed" {
                        String::new()
                    } else {
                        format!(
                            "<br><span class=\"quiet\">{passed} of {applicable} MUST passed</span>"
                        )
                    };
                    format!("<td><span class=\"{class}\">{sign}{verdict}</span>{of}</td>")
                }
            };
        }
        rows += "</tr>\n";
    }
    let table = table("Verdicts by profile and variant", "profile", document, &rows);
    format!(
        "<section aria-labelledby=\"verdicts\">\n<h2 id=\"verdicts\">Verdicts</h2>\n\
         <p class=\"quiet\">A profile is conformant if every MUST of the catalogue for it was run and passed.</p>\n\
         {table}</section>\n"
    )
}

/// Groups by variants.
fn matrix(document: &Document) -> String {
    let mut rows = String::new();
    for group in groups(document) {
        rows += &format!("<tr><th scope=\"row\"><a href=\"#g-{group}\">{group}</a></th>");
        for variant in &document.variants {
            let of = |row: &&Row| row.group == group && row.variant == variant.declared.name;
            let mine = counts(Counts::of(document.results.iter().filter(of)));
            let noted = document.results.iter().position(|row| of(&row) && row.is_noted());
            rows += &match noted {
                Some(at) => {
                    let to = anchor(at);
                    format!("<td>{mine}<br><a href=\"#{to}\">the first of {group} to mend</a></td>")
                }
                None => format!("<td>{mine}</td>"),
            };
        }
        rows += "</tr>\n";
    }
    let table = table("Results by group and variant", "group", document, &rows);
    format!(
        "<section aria-labelledby=\"matrix\">\n<h2 id=\"matrix\">Matrix</h2>\n{table}</section>\n"
    )
}

/// Every scenario, group by group.
fn all(document: &Document) -> String {
    let mut part =
        "<section aria-labelledby=\"all\">\n<h2 id=\"all\">All scenarios</h2>\n".to_owned();
    for group in groups(document) {
        let mine = || document.results.iter().enumerate().filter(|(_, row)| row.group == group);
        let counts = counts(Counts::of(mine().map(|(_, row)| row)));
        let mut ids: Vec<&str> = Vec::new();
        let mut cells = BTreeMap::new();
        for (at, row) in mine() {
            if !ids.contains(&row.id.as_str()) {
                ids.push(&row.id);
            }
            cells.insert((row.id.as_str(), row.variant.as_str()), cell(at, row));
        }
        let mut rows = String::new();
        for id in ids {
            rows += &format!("<tr><th scope=\"row\">{}</th>", html(id));
            for variant in &document.variants {
                let cell = cells.get(&(id, variant.declared.name.as_str()));
                rows += &format!("<td>{}</td>", cell.map_or("", String::as_str));
            }
            rows += "</tr>\n";
        }
        let table = table(&format!("Scenarios of {group}"), "scenario", document, &rows);
        part += &format!(
            "<details><summary><h3>{group}</h3> {counts}</summary>\n\
             <div id=\"g-{group}\">{table}</div></details>\n"
        );
    }
    part + "</section>\n"
}

fn cell(at: usize, row: &Row) -> String {
    let word = worded(row.status, None);
    let reason = match &row.reason {
        Some(reason) if !row.is_noted() => {
            format!("<br><span class=\"quiet\">{}</span>", html(reason))
        }
        _ => String::new(),
    };
    if row.is_noted() {
        format!("<a href=\"#{}\">{word}</a>", anchor(at))
    } else {
        format!("{word}{reason}")
    }
}

/// Under what the run was.
fn about(document: &Document) -> String {
    let head = &document.head;
    let strict =
        if head.strict { "a failed SHOULD is a failure" } else { "a failed SHOULD is a warning" };
    let facts = [
        ("Suite", format!("kendra-sync-conformance {}", head.suite.version)),
        ("Catalogue", format!("{}, {}", head.catalogue.version, head.catalogue.digest)),
        ("Compiler", head.environment.rustc.clone().unwrap_or_else(|| "not known".to_owned())),
        ("Machine", format!("{} on {}", head.environment.os, head.environment.arch)),
        ("Levels", strict.to_owned()),
        ("Time limits", format!("{} times the catalogue's", head.time_scale)),
        ("From", head.started.clone()),
        ("To", document.finished.clone()),
    ];
    let facts = facts.map(|(name, value)| format!("<dt>{name}</dt><dd>{}</dd>\n", html(&value)));
    let declared = document.variants.iter().map(|variant| {
        let of = &variant.declared;
        let (kind, scheme, caps) = (&of.kind, &of.scheme, names(&of.declared));
        let seen = variant.observed.as_deref();
        let seen = seen.map_or_else(
            || "what it shows was not looked at".to_owned(),
            |seen| format!("shows {}", names(seen)),
        );
        let text = format!("{kind}, over {scheme}; declares {caps}; {seen}");
        format!("<dt>{}</dt><dd>{}</dd>\n", html(&of.name), html(&text))
    });
    format!(
        "<section aria-labelledby=\"about\">\n<h2 id=\"about\">The run</h2>\n<dl class=\"facts\">\n{}{}</dl>\n\
         </section>\n",
        facts.concat(),
        declared.collect::<String>(),
    )
}

fn names(caps: &[String]) -> String {
    if caps.is_empty() { "none".to_owned() } else { caps.join(", ") }
}

/// A table with a column for each variant, in a box that scrolls.
fn table(label: &str, first: &str, document: &Document, rows: &str) -> String {
    let heads = document.variants.iter().map(|variant| {
        let name = html(&variant.declared.name);
        format!("<th scope=\"col\">{name}</th>")
    });
    let heads: String = heads.collect();
    format!(
        "<div class=\"box\" role=\"region\" aria-label=\"{label}\" tabindex=\"0\">\n<table>\n<thead><tr>\
         <th scope=\"col\">{first}</th>{heads}</tr></thead>\n<tbody>\n{rows}</tbody>\n</table>\n</div>\n"
    )
}

/// In the order of the results.
fn groups(document: &Document) -> Vec<&str> {
    let mut groups: Vec<&str> = Vec::new();
    for row in &document.results {
        if !groups.contains(&row.group.as_str()) {
            groups.push(&row.group);
        }
    }
    groups
}

fn counts(counts: Counts) -> String {
    let parts = counts.named().into_iter().map(|(word, count)| worded(word, Some(count)));
    parts.collect::<Vec<_>>().join(" ")
}

/// A status with its sign, so that colour is not all that tells.
fn worded(word: Word, count: Option<usize>) -> String {
    let (sign, class) = match word {
        Word::Error => ("✘", "error"),
        Word::Fail => ("✘", "fail"),
        Word::Known => ("!", "known"),
        Word::Na => ("–", "na"),
        Word::Pass => ("✔", "pass"),
        Word::Skip => ("–", "skip-s"),
        Word::Warn => ("!", "warn"),
    };
    let count = count.map(|count| format!("{count} ")).unwrap_or_default();
    format!("<span class=\"count {class}\">{sign} {count}{}</span>", word.name())
}

const STYLE: &str = include_str!("page.css");

#[cfg(test)]
mod tests;

#[cfg(test)]
mod wire_tests;
