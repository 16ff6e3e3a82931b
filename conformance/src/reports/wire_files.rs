//! The bytes of connections, in files of their own.

use std::fs;
use std::path::Path;

use super::WIRE;
use super::document::WireFiles;
use crate::wire::{Connection, MOST_KEPT, Side};

/// Writes what went each way, and a text of what happened when.
pub(super) fn write(
    root: &Path,
    variant: &str,
    id: &str,
    n: usize,
    connection: &Connection,
) -> Result<WireFiles, String> {
    let (group, name) = id.split_once('/').unwrap_or(("", id));
    let directory = format!("{WIRE}/{}/{group}", part(variant));
    let file = |end: &str| format!("{directory}/{name}.conn{n}{end}");
    let files = WireFiles {
        received: file(".in.bin"),
        sent: file(".out.bin"),
        text: file(".txt"),
        masked_in: connection.received.masked.clone(),
        masked_out: connection.sent.masked.clone(),
    };
    let path = root.join(&directory);
    let made = fs::create_dir_all(&path);
    made.map_err(|error| format!("{}: {error}", path.display()))?;
    let contents: [(&str, &[u8]); 3] = [
        (&files.received, &connection.received.bytes),
        (&files.sent, &connection.sent.bytes),
        (&files.text, &text(variant, id, n, connection).into_bytes()),
    ];
    for (file, bytes) in contents {
        let path = root.join(file);
        fs::write(&path, bytes).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    Ok(files)
}

fn text(variant: &str, id: &str, n: usize, connection: &Connection) -> String {
    let mut text = format!("{id} ({variant})");
    if !connection.case.is_empty() {
        text += &format!(", case: {}", connection.case);
    }
    text += &format!("\nserver {}, ", connection.server);
    text += &format!("accepted at {:.1} ms\n", connection.accepted_ms);
    text += "> from the client, < from the server, * what happened; ▒ is a byte that is masked\n\n";
    text += &connection.shown(n);
    for (way, side) in [("client", &connection.received), ("server", &connection.sent)] {
        let Side { bytes, length, .. } = side;
        if bytes.len() < *length {
            text += &format!(
                "of the {length} bytes from the {way} the first {MOST_KEPT} are in the file beside this one\n"
            );
        }
    }
    text
}

/// A name as a part of a path: of other characters than letters, digits, `-` and `_` the code.
pub(super) fn part(name: &str) -> String {
    let mut part = String::new();
    for c in name.chars() {
        if c.is_ascii_alphanumeric() || c == '-' || c == '_' {
            part.push(c);
        } else {
            part += &format!("~{:x}~", u32::from(c));
        }
    }
    part
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_part_of_a_path_and_no_two_are_the_same() {
        assert_eq!(part("pooled-https"), "pooled-https");
        assert_eq!(part("../a b"), "~2e~~2e~~2f~a~20~b");
        assert_eq!(part("a~20~b"), "a~7e~20~7e~b");
        assert_eq!(part("é.\0"), "~e9~~2e~~0~");
    }
}
