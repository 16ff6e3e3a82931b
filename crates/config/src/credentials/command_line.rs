//! Splits what `credential_process` says into words, as the AWS CLI does: no shell is involved.

use crate::location::Platform;

/// The words of `line`.
///
/// # Errors
///
/// The rule that it breaks.
pub(crate) fn split(line: &str, platform: Platform) -> Result<Vec<String>, &'static str> {
    let words = match platform {
        Platform::Unix => posix(line)?,
        Platform::Windows => windows(line)?,
    };
    match words.first() {
        Some(program) if !program.is_empty() => Ok(words),
        _ => Err("names no program"),
    }
}

/// Blanks separate; single quotes keep everything, double quotes all but `\"` and `\\`; a backslash
/// outside of quotes keeps what follows.
fn posix(line: &str) -> Result<Vec<String>, &'static str> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut rest = line.chars();
    while let Some(c) = rest.next() {
        if c.is_ascii_whitespace() {
            words.extend(word.take());
            continue;
        }
        let word = word.get_or_insert_default();
        match c {
            '\'' => loop {
                match rest.next().ok_or(OPEN)? {
                    '\'' => break,
                    kept => word.push(kept),
                }
            },
            '"' => loop {
                match rest.next().ok_or(OPEN)? {
                    '"' => break,
                    '\\' => match rest.next().ok_or(OPEN)? {
                        kept @ ('"' | '\\') => word.push(kept),
                        other => word.extend(['\\', other]),
                    },
                    kept => word.push(kept),
                }
            },
            '\\' => word.push(rest.next().ok_or("ends with a backslash")?),
            kept => word.push(kept),
        }
    }
    words.extend(word);
    Ok(words)
}

/// Blanks separate, double quotes keep them. Backslashes are themselves, unless a double quote follows:
/// then each pair is one, and an odd one keeps the quote.
fn windows(line: &str) -> Result<Vec<String>, &'static str> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let (mut quoted, mut backslashes) = (false, 0);
    for c in line.chars() {
        if c == '\\' {
            backslashes += 1;
            word.get_or_insert_default();
            continue;
        }
        let before = std::mem::take(&mut backslashes);
        if c == '"' {
            let word = word.get_or_insert_default();
            word.extend(std::iter::repeat_n('\\', before / 2));
            if before % 2 == 1 {
                word.push('"')
            } else {
                quoted = !quoted
            }
            continue;
        }
        if before > 0 {
            word.get_or_insert_default().extend(std::iter::repeat_n('\\', before));
        }
        if !quoted && (c == ' ' || c == '\t') {
            words.extend(word.take());
        } else {
            word.get_or_insert_default().push(c);
        }
    }
    if quoted {
        return Err(OPEN);
    }
    if let Some(word) = &mut word {
        word.extend(std::iter::repeat_n('\\', backslashes));
    }
    words.extend(word);
    Ok(words)
}

const OPEN: &str = "has a quote that is not closed";

#[cfg(test)]
mod tests {
    use super::*;

    /// From botocore's own cases for `compat_shell_split`.
    #[test]
    fn a_line_is_split_as_the_aws_cli_splits_it() {
        for (line, words) in [
            ("foo", &["foo"][..]),
            (" foo  bar\t", &["foo", "bar"]),
            ("foo 'bar baz'", &["foo", "bar baz"]),
            ("foo \"bar baz\" \"\"", &["foo", "bar baz", ""]),
            ("foo bar\\ baz", &["foo", "bar baz"]),
            ("foo \"a\\\"b\\\\c\\d\"", &["foo", "a\"b\\c\\d"]),
            ("foo 'a\\b'\"c\"d", &["foo", "a\\bcd"]),
            ("foo #bar $HOME; `id` | x", &["foo", "#bar", "$HOME;", "`id`", "|", "x"]),
            ("\"/a b/c\" x", &["/a b/c", "x"]),
        ] {
            let expected: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
            assert_eq!(split(line, Platform::Unix), Ok(expected), "{line}");
        }
        for (line, words) in [
            ("foo bar", &["foo", "bar"][..]),
            ("\"C:\\a b\\c.exe\" x", &["C:\\a b\\c.exe", "x"]),
            ("C:\\a\\b \"\"", &["C:\\a\\b", ""]),
            (r#"foo \"bar\" \\"a b\\""#, &["foo", "\"bar\"", "\\a b\\"]),
            ("foo 'a b' c\\", &["foo", "'a", "b'", "c\\"]),
        ] {
            let expected: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
            assert_eq!(split(line, Platform::Windows), Ok(expected), "{line}");
        }
    }

    #[test]
    fn a_line_that_cannot_be_split_is_refused() {
        for (line, rule) in [
            ("", "names no program"),
            ("  ", "names no program"),
            ("'' x", "names no program"),
            ("foo 'bar", OPEN),
            ("foo \"bar\\", OPEN),
            ("foo \\", "ends with a backslash"),
        ] {
            assert_eq!(split(line, Platform::Unix), Err(rule), "{line}");
        }
        assert_eq!(split("foo \"bar", Platform::Windows), Err(OPEN));
    }
}
