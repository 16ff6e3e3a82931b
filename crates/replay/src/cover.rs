//! Puts something else where a secret is spelled.

use crate::secrets::Secrets;
use crate::spelling::Unit;

/// What stands in a secret's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cover {
    /// One `*` for each character: lengths, and what core makes of an answer, stay as they were.
    Stars,
    /// [`REDACTED`], however long the secret: requests that differ in secrets only are the same.
    Word,
}

/// `source` without secrets; `None` where there are none in it.
pub(crate) fn cover(source: &[u8], secrets: &[&Secrets], cover: Cover) -> Option<Vec<u8>> {
    let mut marks = Vec::new();
    for secrets in secrets {
        secrets.find(source, |stretch| mark(&mut marks, source, stretch));
    }
    if marks.is_empty() {
        return None;
    }
    let mut covered = Vec::with_capacity(source.len());
    let mut before = Mark::Shown;
    for (&byte, &mark) in source.iter().zip(&marks) {
        match (mark, cover) {
            (Mark::Shown, _) => covered.push(byte),
            (Mark::Hidden, Cover::Stars) => covered.push(b'*'),
            (Mark::Hidden | Mark::Dropped, Cover::Word) if before == Mark::Shown => {
                covered.extend_from_slice(REDACTED.as_bytes());
            }
            (Mark::Hidden, Cover::Word) | (Mark::Dropped, _) => {}
        }
        before = mark;
    }
    Some(covered)
}

/// [`cover`] for text.
pub(crate) fn cover_text(text: &str, secrets: &[&Secrets], how: Cover) -> Option<String> {
    let covered = cover(text.as_bytes(), secrets, how)?;
    // Whole characters are covered, so that it is still UTF-8.
    Some(String::from_utf8_lossy(&covered).into_owned())
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mark {
    Shown,
    Hidden,
    /// The rest of what spells one character.
    Dropped,
}

fn mark(marks: &mut Vec<Mark>, source: &[u8], stretch: &[Unit]) {
    marks.resize(source.len(), Mark::Shown);
    let mut at = stretch.first().map_or(0, |first| first.spelled.start);
    for unit in stretch {
        // What is between two units: white space, and what is not seen.
        for between in at..unit.spelled.start {
            let continued = source.get(between).is_some_and(|byte| byte & 0xc0 == 0x80);
            set(marks, between, if continued { Mark::Dropped } else { Mark::Hidden });
        }
        set(marks, unit.spelled.start, Mark::Hidden);
        for rest in unit.spelled.start + 1..unit.spelled.end {
            set(marks, rest, Mark::Dropped);
        }
        at = unit.spelled.end;
    }
}

/// What is hidden once stays so.
fn set(marks: &mut [Mark], at: usize, to: Mark) {
    if let Some(mark) = marks.get_mut(at)
        && *mark != Mark::Hidden
    {
        *mark = to;
    }
}

/// What stands in the place of a secret whose length does not matter.
pub(crate) const REDACTED: &str = "<redacted>";

#[cfg(test)]
mod tests {
    use super::*;

    fn secrets() -> Secrets {
        let mut secrets = Secrets::default();
        for secret in ["q7Zk2vXw/9LrT\"b", "pin", "Größe-des-Tages"] {
            secrets.add(secret.as_bytes());
        }
        secrets
    }

    #[test]
    fn secrets_are_covered_however_they_are_spelled() {
        for (source, stars, word) in [
            ("nothing", None, None),
            ("a q7Zk2vXw/9LrT\"b.", Some("a ***************."), Some("a <redacted>.")),
            ("part 7Zk2vXw/9 of", Some("part ********* of"), Some("part <redacted> of")),
            ("folded Q7ZK2VXW", Some("folded ********"), Some("folded <redacted>")),
            (
                r#"{"a":"q7Zk2vXw\/9LrT\"b"}"#,
                Some(r#"{"a":"***************"}"#),
                Some(r#"{"a":"<redacted>"}"#),
            ),
            (r"q7Zk2vXw\\\/9LrT", Some("*************"), Some("<redacted>")),
            ("?t=q7Zk2vXw%2F9LrT%22b&", Some("?t=***************&"), Some("?t=<redacted>&")),
            ("?t=q7Zk2vXw%252F9LrT", Some("?t=*************"), Some("?t=<redacted>")),
            (
                "wrapped q7Zk2\n  vXw/9 x",
                Some("wrapped ************* x"),
                Some("wrapped <redacted> x"),
            ),
            ("a pin.", Some("a ***."), Some("a <redacted>.")),
            ("Größe-des-Tages", Some("***************"), Some("<redacted>")),
            (r"Gr\u00f6\u00dfe-des", Some("*********"), Some("<redacted>")),
        ] {
            let covered = |how| cover_text(source, &[&secrets()], how);
            assert_eq!(covered(Cover::Stars).as_deref(), stars, "{source}");
            assert_eq!(covered(Cover::Word).as_deref(), word, "{source}");
        }
    }

    #[test]
    fn secrets_are_covered_within_base64_and_hexadecimal_and_bytes() {
        let mut secrets = Secrets::default();
        secrets.add(b"secret-value");
        // "key=secret-value;" and "secret-value" with the URL-safe alphabet's letters, then hex.
        for source in [
            &b"a2V5PXNlY3JldC12YWx1ZTs="[..],
            b"<7365637265742d76616c7565>",
            b"\xff\x00secret-value\xfe",
        ] {
            let covered = cover(source, &[&secrets], Cover::Word).unwrap();
            assert!(covered.windows(10).any(|window| window == REDACTED.as_bytes()), "{covered:?}");
            assert_eq!(cover(&covered, &[&secrets], Cover::Word), None);
        }
    }
}
