//! The connections of a scenario: what happened when, and the bytes.

use std::path::Path;

use super::super::document::{ConnectionRow, Row, WireFiles};
use super::super::escape::{html, shortened};
use super::super::hexdump::hexdump;
use super::super::junit::unmet;
use crate::wire::Moment;

/// Those of the cases in which a check failed first; the others by name.
pub(super) fn connections(row: &Row, root: &Path) -> String {
    let mut part = "<h4>On the wire</h4>\n".to_owned();
    if row.connections.is_empty() {
        return part + "<p>No connection was seen.</p>\n";
    }
    // A check is named after its case.
    let failed = |of: &&ConnectionRow| unmet(row).any(|check| check.name.contains(&of.case));
    let (mut shown, mut others): (Vec<_>, Vec<_>) = row.connections.iter().partition(failed);
    if shown.is_empty() {
        std::mem::swap(&mut shown, &mut others);
    }
    others.splice(0..0, shown.split_off(shown.len().min(MOST)));
    let mut open = true;
    for connection in shown {
        part += &self::connection(row, connection, root, open);
        open = false;
    }
    if !others.is_empty() {
        let numbers: Vec<String> = others.iter().map(|other| other.n.to_string()).collect();
        let kept = if others.iter().any(|other| other.wire.is_some()) { " and wire/" } else { "" };
        part += &format!(
            "<p class=\"quiet\">Connections that are not shown, as their cases did not fail or there are too many: \
             {}. report.json{kept} has them.</p>\n",
            numbers.join(", ")
        );
    }
    part
}

fn connection(row: &Row, of: &ConnectionRow, root: &Path, open: bool) -> String {
    let (n, bytes_in, bytes_out) = (of.n, of.bytes_in, of.bytes_out);
    let case = if of.case.is_empty() { String::new() } else { format!(", case “{}”", of.case) };
    let server = if of.server == 2 { ", to the second server" } else { "" };
    let closed = match of.closed_by.as_deref() {
        Some(who) => format!("; the {who} ended it first"),
        None => String::new(),
    };
    let title = html(&format!("Connection {n}{case}{server}"));
    let label = html(&format!("{} for {}, connection {n}", row.id, row.variant));
    let (opened, sums) = (
        if open { " open" } else { "" },
        html(&format!("{bytes_in} bytes from the client, {bytes_out} from the server{closed}")),
    );
    let moments: String = of.timeline.iter().take(MOST_MOMENTS).map(moment).collect();
    let more = of.timeline.len().saturating_sub(MOST_MOMENTS);
    let more = if more == 0 {
        String::new()
    } else {
        format!("<p class=\"quiet\">And {more} more events: report.json has them.</p>\n")
    };
    let bytes = of.wire.as_ref().map(|files| bytes(of, files, root, &label)).unwrap_or_default();
    format!(
        "<details{opened}><summary>{title} <span class=\"quiet\">{sums}</span></summary>\n\
         <div class=\"box\" role=\"region\" aria-label=\"Timeline of {label}\"><table class=\"timeline\">\n<thead><tr>\
         <th scope=\"col\">ms</th><th scope=\"col\">who</th><th scope=\"col\">what</th></tr></thead>\n<tbody>\n\
         {moments}</tbody></table></div>\n{more}{bytes}</details>\n"
    )
}

fn moment(moment: &Moment) -> String {
    let who = match moment.what.arrow() {
        ">" => "client →",
        "<" => "← server",
        _ => "",
    };
    let size = moment.bytes.map(|bytes| format!("{bytes} bytes"));
    let text = moment.text.clone().or(size).unwrap_or_default();
    format!(
        "<tr><td class=\"at\">{:.1}</td><td class=\"at\">{who}</td><td class=\"said\">{}</td></tr>\n",
        moment.at_ms,
        html(&shortened(&text, LONGEST)),
    )
}

/// Both ways, in hexadecimal and as text.
fn bytes(of: &ConnectionRow, files: &WireFiles, root: &Path, label: &str) -> String {
    let ways = [
        ("client", &files.received, &files.masked_in, of.bytes_in),
        ("server", &files.sent, &files.masked_out, of.bytes_out),
    ];
    let mut part = "<details><summary>Bytes</summary>\n".to_owned();
    for (way, file, masked, length) in ways {
        part += &format!("<h5>From the {way}</h5>\n");
        let bytes = match std::fs::read(root.join(file)) {
            Ok(bytes) => bytes,
            Err(error) => {
                let file = html(file);
                part += &format!("<p>{file} cannot be read: {}</p>\n", html(&error.to_string()));
                continue;
            }
        };
        if bytes.is_empty() {
            part += "<p>None.</p>\n";
            continue;
        }
        let start = bytes.get(..MOST_BYTES).unwrap_or(&bytes);
        let text = html(&hexdump(start, masked));
        part += &format!(
            "<div class=\"box\" role=\"region\" aria-label=\"Bytes from the {way}, {label}\" tabindex=\"0\">\
             <pre>{text}</pre></div>\n"
        );
        if start.len() < length {
            let (shown, file) = (start.len(), html(file));
            part += &format!(
                "<p class=\"quiet\">The first {shown} of {length} bytes; {file} has more.</p>\n"
            );
        }
    }
    part + "</details>\n"
}

/// How many connections of a scenario are shown.
const MOST: usize = 6;

/// How many events of a connection, characters of an event, and bytes of a direction.
const MOST_MOMENTS: usize = 40;
const LONGEST: usize = 2500;
const MOST_BYTES: usize = 4096;
