//! Secrets that are planted in each request, and must come up nowhere else.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use kendra_sync_core::Credentials;

pub(crate) const ACCESS_KEY_ID: &str = "AKIACANARYCANARYKEY2";
pub(crate) const SECRET: &str = "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";
pub(crate) const TOKEN: &str = "Jt5VnQ8zWc2KyRb7MhLx4PgSd9FuEa1ToXi6ZvGk3YwBqNrCmHpUjDlOsI0f";

/// The credentials that requests are signed with.
pub(crate) fn credentials() -> Credentials {
    #[expect(clippy::expect_used, reason = "both are visible ASCII")]
    Credentials::new(ACCESS_KEY_ID, SECRET, Some(TOKEN.to_owned())).expect("a valid key")
}

/// The canaries of a scenario: secret and token, and the signatures made with them. Held as their
/// stretches, so that many cost no more than one to look for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Canaries {
    /// Sorted.
    stretches: Vec<Window>,
    /// For each pair of bytes whether a stretch begins with it: in a long body few do.
    beginnings: Vec<bool>,
}

impl Canaries {
    pub(crate) fn new(signatures: impl IntoIterator<Item = String>) -> Self {
        let planted = [SECRET, TOKEN].map(str::to_owned);
        let all = planted.into_iter().chain(signatures);
        let mut stretches: Vec<Window> =
            all.flat_map(|canary| windows(canary.as_bytes()).collect::<Vec<_>>()).collect();
        stretches.sort_unstable();
        stretches.dedup();
        let mut beginnings = vec![false; 1 << 16];
        for stretch in &stretches {
            if let Some(begins) = beginnings.get_mut(pair(*stretch)) {
                *begins = true;
            }
        }
        Self { stretches, beginnings }
    }

    /// The same, in base64, in hexadecimal and as lists of numbers too: for what is kept.
    pub(crate) fn spelt(signatures: impl IntoIterator<Item = String>) -> Self {
        let planted = [SECRET, TOKEN].map(str::to_owned);
        let mut all: Vec<String> = planted.into_iter().chain(signatures).collect();
        let spellings: Vec<String> = all
            .iter()
            .flat_map(|canary| {
                let bytes = || canary.bytes();
                let numbers: Vec<String> = bytes().map(|byte| byte.to_string()).collect();
                let others: [String; 3] = [
                    bytes().map(|byte| format!("{byte:02x}")).collect(),
                    bytes().map(|byte| format!("{byte:02X}")).collect(),
                    numbers.join(","),
                ];
                in_base64(canary).into_iter().chain(others)
            })
            .collect();
        all.extend(spellings);
        Self::new(all)
    }

    fn has(&self, window: Window) -> bool {
        self.beginnings.get(pair(window)) == Some(&true)
            && self.stretches.binary_search(&window).is_ok()
    }

    /// The first stretch of eight or more characters of a canary in `text`, white space dropped: as it is, in
    /// a list of decimal numbers as `Debug` writes bytes, or in hexadecimal.
    pub(crate) fn found(&self, text: &str) -> Option<String> {
        let mut text = text.to_owned();
        text.retain(|c| !c.is_whitespace());
        let spelt = [text.into_bytes(), Vec::new(), Vec::new(), Vec::new()];
        let [plain, mut numbers, mut even, mut odd] = spelt;
        in_numbers(&plain, &mut numbers);
        in_hexadecimal(&plain, &mut even);
        in_hexadecimal(plain.get(1..).unwrap_or_default(), &mut odd);
        let mut all = [plain, numbers, even, odd].into_iter();
        all.find_map(|bytes| {
            let found = windows(&bytes).find(|window| self.has(*window));
            found.map(|window| String::from_utf8_lossy(&window.to_be_bytes()).into_owned())
        })
    }

    /// Which of `bytes` belong to a canary, or to a stretch of one, white space within it or not.
    pub(crate) fn hidden(&self, bytes: &[u8]) -> Vec<bool> {
        let mut hidden = vec![false; bytes.len()];
        let black = || bytes.iter().enumerate().filter(|(_, byte)| !byte.is_ascii_whitespace());
        let (places, dense): (Vec<usize>, Vec<u8>) = black().map(|(at, byte)| (at, *byte)).unzip();
        for (window, places) in windows(&dense).zip(places.windows(WINDOW)) {
            if self.has(window) {
                for place in places {
                    hidden[*place] = true;
                }
            }
        }
        hidden
    }

    /// [`Canaries::masked`]; nothing of a text in which one is spelt in another way that is known.
    pub(crate) fn kept(&self, text: &str) -> String {
        let masked = self.masked(text);
        if self.found(&masked).is_some() { HIDDEN.to_owned() } else { masked }
    }

    /// `text` with canaries and stretches of them as `▒`.
    pub(crate) fn masked(&self, text: &str) -> String {
        let hidden = self.hidden(text.as_bytes());
        let masked = |(at, c): (usize, char)| match hidden.get(at) {
            Some(true) => '▒',
            _ => c,
        };
        text.char_indices().map(masked).collect()
    }
}

/// A secret as base64 shows it, wherever in a text it begins; without the ends that depend on what is around it.
pub(crate) fn in_base64(secret: &str) -> Vec<String> {
    let texts = (0..3).map(|before| " ".repeat(before) + secret);
    let encoded = texts.flat_map(|text| [STANDARD.encode(&text), URL_SAFE.encode(&text)]);
    let inner = encoded.map(|text| {
        let end = text.len().saturating_sub(4);
        text.get(4..end).unwrap_or_default().to_owned()
    });
    inner.collect()
}

/// `text` without stretches of as many hexadecimal digits as a signature has: which one it was is not known.
pub(crate) fn without_signatures(text: &str) -> String {
    let mut masked = String::new();
    for part in text.split_inclusive(|c: char| !c.is_ascii_hexdigit()) {
        let end = part.trim_end_matches(|c: char| !c.is_ascii_hexdigit()).len();
        let (digits, after) = part.split_at(end);
        masked += &if digits.len() < 64 { digits.to_owned() } else { "▒".repeat(digits.len()) };
        masked += after;
    }
    masked
}

/// `bytes` in ASCII, hidden ones as `▒`.
pub(crate) fn shown(bytes: &[u8], hidden: &[bool]) -> String {
    let shown = bytes.iter().zip(hidden).map(|(&byte, &hidden)| match byte {
        _ if hidden => "▒".to_owned(),
        b'\n' => "\\n\n".to_owned(),
        b'\r' => "\\r".to_owned(),
        b' '..=b'~' => char::from(byte).to_string(),
        _ => format!("\\x{byte:02x}"),
    });
    shown.collect()
}

/// What numbers below 256 with commas between say; other text is told apart by a zero.
fn in_numbers(text: &[u8], bytes: &mut Vec<u8>) {
    for item in text.split(|&b| b == b',') {
        let digits = item.iter().rev().take_while(|b| b.is_ascii_digit()).count();
        let (before, last) = item.split_at(item.len() - digits);
        if !before.is_empty() {
            // A list ends or begins within it, with a bracket at its number.
            let first = before.iter().take_while(|b| b.is_ascii_digit()).count();
            bytes.extend(number(&before[..first]));
            bytes.push(0);
        }
        bytes.extend(number(last));
    }
}

fn number(digits: &[u8]) -> Option<u8> {
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// What pairs of hexadecimal digits say; other text is told apart by a zero.
fn in_hexadecimal(text: &[u8], bytes: &mut Vec<u8>) {
    let digit = |b: &u8| char::from(*b).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    for pair in text.chunks(2) {
        let byte = match pair {
            [high, low] => digit(high).zip(digit(low)).map(|(high, low)| high << 4 | low),
            _ => None,
        };
        bytes.push(byte.unwrap_or_default());
    }
}

fn windows(bytes: &[u8]) -> impl Iterator<Item = Window> {
    let (start, rest) = bytes.split_at(bytes.len().min(WINDOW - 1));
    let mut window = start.iter().fold(0, |window, byte| followed(window, *byte));
    rest.iter().map(move |byte| {
        window = followed(window, *byte);
        window
    })
}

/// The window that ends with this byte.
fn followed(window: Window, byte: u8) -> Window {
    window << 8 | Window::from(byte)
}

/// The first two bytes as a number.
fn pair(window: Window) -> usize {
    usize::try_from(window >> 48).unwrap_or_default()
}

/// Eight bytes, the first one highest.
type Window = u64;

const WINDOW: usize = 8;

const HIDDEN: &str = "▒▒▒▒ (not shown: there is a secret in it)";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn canaries_are_found_and_masked_in_part_and_across_lines() {
        let canaries = Canaries::default();
        assert_eq!(canaries.found(SECRET), None);
        let canaries = Canaries::new([]);
        assert_eq!(canaries.found("nothing of the kind"), None);
        assert_eq!(
            canaries.found(&format!("x {}\n{} y", &SECRET[..4], &SECRET[4..9])).as_deref(),
            Some(&SECRET[..8])
        );
        let bytes = format!("x{TOKEN}").into_bytes();
        assert_eq!(canaries.found(&format!("Some({bytes:?})")).as_deref(), Some(&TOKEN[..8]));
        let lower: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let upper: String = bytes.iter().map(|byte| format!("{byte:02X} ")).collect();
        for text in [format!("x{lower}"), format!("x{upper}"), lower, upper] {
            assert_eq!(canaries.found(&text).as_deref(), Some(&TOKEN[..8]));
        }
        assert_eq!(canaries.found("[1, 2, 300], 74 4a, {7: 8}, é"), None);
        assert_eq!(canaries.masked(&format!("é {}\n", &TOKEN[3..12])), "é ▒▒▒▒▒▒▒▒▒\n");
        assert_eq!(canaries.masked(&TOKEN[..7]), &TOKEN[..7]);
        let bytes = format!("\r{}\n\x00", &TOKEN[..8]).into_bytes();
        let text = shown(&bytes, &canaries.hidden(&bytes));
        assert_eq!(text, "\\r▒▒▒▒▒▒▒▒\\n\n\\x00");
        assert_eq!(shown(b" a~\x7f", &[false; 4]), " a~\\x7f");
    }

    #[test]
    fn what_is_kept_has_no_canary_however_it_is_spelt() {
        let signature = "0123456789abcdef".repeat(4);
        let canaries = Canaries::spelt([signature.clone()]);
        for canary in [SECRET, TOKEN, &signature] {
            let hexadecimal: String = canary.bytes().map(|byte| format!("{byte:02X}")).collect();
            let (start, rest) = canary.split_at(5);
            for spelt in [
                canary.to_owned(),
                format!("{start} \n{rest}"),
                STANDARD.encode(format!("u:{canary}")),
                hexadecimal,
                format!("{:?}", canary.as_bytes()),
            ] {
                let kept = canaries.kept(&format!("error: {spelt}, no more"));
                assert!(kept.contains("▒▒▒▒"), "{kept}");
                assert_eq!(canaries.found(&kept), None);
                let dense: String = kept.split_whitespace().collect();
                let spelt: String = spelt.split_whitespace().collect();
                // The ends of base64 belong to what is around it too.
                let windows = spelt.as_bytes().windows(12);
                let texts = windows.map(|window| String::from_utf8_lossy(window).into_owned());
                let left: Vec<String> = texts.filter(|text| dense.contains(text)).collect();
                assert_eq!(left, Vec::<String>::new(), "{kept}");
            }
        }
        assert_eq!(canaries.kept("é: a reset"), "é: a reset");
        let said = format!("panicked: Signature={signature}, Host: é 0123");
        assert_eq!(without_signatures(&said), said.replace(&signature, &"▒".repeat(64)));
    }
}
