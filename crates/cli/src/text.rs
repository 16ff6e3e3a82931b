//! How text gets out: on one line, as JSON, on stdout or stderr.

use std::io::{ErrorKind, Write};

use kendra_sync_hyper::kendra_sync_core::is_unseen;
use serde::Serialize;

/// One line of JSON, with what could steer a terminal escaped, as JSON allows for any character.
pub(crate) fn json(value: &impl Serialize) -> String {
    #[expect(clippy::expect_used, reason = "only strings and numbers under text keys are printed")]
    let text = serde_json::to_string(value).expect("strings and numbers are JSON");
    let mut line = String::with_capacity(text.len() + 1);
    for c in text.chars() {
        if is_unseen(c) {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                line.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            line.push(c);
        }
    }
    line.push('\n');
    line
}

/// `text` on one line: what could steer a terminal, or hide, as `\u{..}`.
pub(crate) fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for c in text.chars() {
        if is_unseen(c) { line.extend(c.escape_unicode()) } else { line.push(c) }
    }
    line
}

/// Prints to stdout. What was to be done is done whether or not anybody reads this: no failure here
/// changes the exit code.
pub(crate) fn print(text: &str) {
    let mut stdout = std::io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            warn(&format!("the result could not be printed: {error}"));
        }
        _ => {}
    }
}

/// Something that is not as asked for, but no failure.
pub(crate) fn warn(text: &str) {
    // With stderr closed, nobody is there to be warned.
    let _ = writeln!(std::io::stderr(), "warning: {text}");
}
