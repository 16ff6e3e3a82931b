//! The ways in which text can spell the same thing: escaped, percent-encoded, in base64, in
//! hexadecimal, broken over lines.

use std::ops::Range;

use kendra_sync_core::is_unseen;

/// One byte that is meant, and where the source spells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unit {
    pub(crate) byte: u8,
    pub(crate) spelled: Range<usize>,
}

/// The source itself, without white space and what is not seen.
pub(crate) fn plain(source: &[u8]) -> Vec<Unit> {
    let mut units = Vec::with_capacity(source.len());
    let mut at = 0;
    for chunk in source.utf8_chunks() {
        for c in chunk.valid().chars() {
            push(&mut units, c, at..at + c.len_utf8());
            at += c.len_utf8();
        }
        for &byte in chunk.invalid() {
            units.push(Unit { byte, spelled: at..at + 1 });
            at += 1;
        }
    }
    units
}

/// What is meant where escapes of JSON, URLs, HTML and Rust are resolved once; `None` without any.
pub(crate) fn unescaped(units: &[Unit]) -> Option<Vec<Unit>> {
    let mut resolved = Vec::with_capacity(units.len());
    let mut rest = units;
    let mut found = false;
    while let [first, after @ ..] = rest {
        let Some((meant, length)) = escape(rest) else {
            resolved.push(first.clone());
            rest = after;
            continue;
        };
        found = true;
        let (escape, after) = rest.split_at(length);
        let end = escape.last().map_or(first.spelled.end, |last| last.spelled.end);
        let spelled = first.spelled.start..end;
        match meant {
            Meant::Char(c) => push(&mut resolved, c, spelled),
            Meant::Byte(byte) if byte.is_ascii() => push(&mut resolved, byte.into(), spelled),
            Meant::Byte(byte) => resolved.push(Unit { byte, spelled }),
        }
        rest = after;
    }
    found.then_some(resolved)
}

/// What is meant where stretches are base64 (of either alphabet) or hexadecimal: one list for each
/// stretch and place at which its first group may begin.
pub(crate) fn decoded(units: &[Unit]) -> impl Iterator<Item = Vec<Unit>> {
    let kinds = [(6, 4, sextet as fn(u8) -> Option<u32>), (4, 2, nibble)];
    kinds.into_iter().flat_map(|(bits, starts, digit)| {
        let runs = units.split(move |unit| digit(unit.byte).is_none());
        let long = runs.filter(move |run| run.len() >= 8 * SHORTEST / bits);
        long.flat_map(move |run| {
            (0..starts).filter_map(move |start| Some(digits(run.get(start..)?, bits, digit)))
        })
    })
}

enum Meant {
    Char(char),
    Byte(u8),
}

/// The escape that `units` begin with: what it means, and how many units it takes.
fn escape(units: &[Unit]) -> Option<(Meant, usize)> {
    let byte = |at: usize| units.get(at).map(|unit| unit.byte);
    match byte(0)? {
        b'%' => Some((Meant::Byte(hex(units.get(1..3)?)? as u8), 3)),
        b'\\' => match byte(1)? {
            b'x' => Some((Meant::Byte(hex(units.get(2..4)?)? as u8), 4)),
            b'u' if byte(2) == Some(b'{') => {
                let digits = units.get(3..)?.iter().take(7).position(|unit| unit.byte == b'}')?;
                let code = hex(units.get(3..3 + digits)?)?;
                Some((Meant::Char(char::from_u32(code)?), digits + 4))
            }
            b'u' => utf16(units),
            c @ (b'/' | b'\\' | b'"' | b'\'') => Some((Meant::Byte(c), 2)),
            b'b' | b'f' | b'n' | b'r' | b't' | b'0' => Some((Meant::Char(' '), 2)),
            _ => None,
        },
        b'&' => entity(units),
        _ => None,
    }
}

/// `\uXXXX`, or two of them for one character.
fn utf16(units: &[Unit]) -> Option<(Meant, usize)> {
    let unit = |at: usize| Some(hex(units.get(at..at + 4)?)? as u16);
    let first = unit(2)?;
    if let Some(c) = char::from_u32(first.into()) {
        return Some((Meant::Char(c), 6));
    }
    let next = units.get(6..8)?;
    if !next.iter().map(|unit| unit.byte).eq(*b"\\u") {
        return None;
    }
    let mut pair = char::decode_utf16([first, unit(8)?]);
    Some((Meant::Char(pair.next()?.ok()?), 12))
}

/// `&#47;`, `&#x2F;`, `&amp;`.
fn entity(units: &[Unit]) -> Option<(Meant, usize)> {
    let end = units.iter().take(10).position(|unit| unit.byte == b';')?;
    let name: Vec<u8> = units.get(1..end)?.iter().map(|unit| unit.byte).collect();
    let name = std::str::from_utf8(&name).ok()?;
    let c = match (name.strip_prefix("#x").or_else(|| name.strip_prefix("#X")), name) {
        (Some(digits), _) => char::from_u32(u32::from_str_radix(digits, 16).ok()?)?,
        (None, "amp") => '&',
        (None, "apos") => '\'',
        (None, "gt") => '>',
        (None, "lt") => '<',
        (None, "quot") => '"',
        (None, _) => char::from_u32(name.strip_prefix('#')?.parse().ok()?)?,
    };
    Some((Meant::Char(c), end + 1))
}

fn hex(digits: &[Unit]) -> Option<u32> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0, |value, unit| Some(value * 16 + nibble(unit.byte)?))
}

/// `run` as digits of `bits` bits each; each byte is spelled by the digits that have a part of it.
fn digits(run: &[Unit], bits: usize, digit: fn(u8) -> Option<u32>) -> Vec<Unit> {
    let mut meant = Vec::with_capacity(run.len() * bits / 8);
    let (mut value, mut held) = (0_u32, 0);
    let mut previous = None;
    for unit in run {
        value = (value << bits) | digit(unit.byte).unwrap_or_default();
        held += bits;
        if held >= 8 {
            held -= 8;
            let byte = (value >> held) as u8;
            value &= (1 << held) - 1;
            let start = previous.unwrap_or(unit.spelled.start);
            // UTF-16, or lines within what is encoded.
            if !(byte.is_ascii_whitespace() || byte.is_ascii_control()) {
                meant.push(Unit { byte, spelled: start..unit.spelled.end });
            }
        }
        previous = Some(unit.spelled.start);
    }
    meant
}

/// A character, unless it is white space or not seen.
fn push(units: &mut Vec<Unit>, c: char, spelled: Range<usize>) {
    if c.is_whitespace() || is_unseen(c) {
        return;
    }
    let mut utf8 = [0; 4];
    let bytes = c.encode_utf8(&mut utf8).bytes();
    units.extend(bytes.map(|byte| Unit { byte, spelled: spelled.clone() }));
}

fn sextet(byte: u8) -> Option<u32> {
    Some(match byte {
        b'A'..=b'Z' => u32::from(byte - b'A'),
        b'a'..=b'z' => u32::from(byte - b'a') + 26,
        b'0'..=b'9' => u32::from(byte - b'0') + 52,
        b'+' | b'-' => 62,
        b'/' | b'_' => 63,
        _ => return None,
    })
}

fn nibble(byte: u8) -> Option<u32> {
    char::from(byte).to_digit(16)
}

/// The fewest bytes that are looked for where text is decoded: fewer occur by chance.
pub(crate) const SHORTEST: usize = 5;

#[cfg(test)]
mod tests {
    use super::*;

    fn text(units: &[Unit]) -> String {
        String::from_utf8_lossy(&units.iter().map(|unit| unit.byte).collect::<Vec<_>>())
            .into_owned()
    }

    #[test]
    fn plain_text_loses_what_is_not_seen() {
        assert_eq!(text(&plain("a b\n\u{200b}é\0c".as_bytes())), "abéc");
        assert_eq!(plain(b"a\xffb").len(), 3);
    }

    #[test]
    fn escapes_are_resolved_where_they_stand() {
        for (source, meant) in [
            (r"a\u0041\/\n\u00e9", "aA/é"),
            (r"\ud83d\ude00!", "😀!"),
            ("%41%2f%C3%A9", "A/é"),
            (r"\x41\u{1F600}", "A😀"),
            ("&#47;&#x2F;&amp;&lt;", "//&<"),
        ] {
            let units = plain(source.as_bytes());
            assert_eq!(text(&unescaped(&units).unwrap()), meant, "{source}");
        }
        for source in
            ["plain", "100%", "%zz", r"\q", r"\ud83d", r"\u{}", "&nosuch;", "&", "\\", "%"]
        {
            assert_eq!(unescaped(&plain(source.as_bytes())), None, "{source}");
        }
        let units = unescaped(&plain(br"x\u0041y")).unwrap();
        assert_eq!(units[1], Unit { byte: b'A', spelled: 1..7 });
    }

    #[test]
    fn base64_and_hexadecimal_are_read_from_any_place() {
        let has = |source: &str, meant: &str| {
            decoded(&plain(source.as_bytes())).any(|units| text(&units).contains(meant))
        };
        // "secret-value", "xsecret-value", "xxsecret-value" in base64, and in hexadecimal.
        for source in [
            "c2VjcmV0LXZhbHVl",
            "eHNlY3JldC12YWx1ZQ==",
            "..eHhzZWNyZXQtdmFsdWU=",
            "7365637265742d76616c7565",
            "f7365637265742d76616c7565",
        ] {
            assert!(has(source, "secret-value"), "{source}");
        }
    }
}
