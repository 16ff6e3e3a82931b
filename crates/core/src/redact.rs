//! Takes out of an answer what must not be shown: a server can send a request's secrets back.

use std::collections::HashSet;
use std::fmt;

use zeroize::Zeroizing;

use crate::unseen::is_unseen;

/// Secrets that are taken out of text: of a call's requests, session tokens and signatures.
///
/// # Examples
///
/// ```
/// use kendra_sync_core::Secrets;
///
/// let mut secrets = Secrets::default();
/// secrets.add("0123456789abcdef");
/// assert_eq!(&*secrets.bounded("bad token 456789ab!", 200), "bad token ********!");
/// ```
#[derive(Default)]
pub struct Secrets {
    /// Most calls have no other, and so need no list.
    first: Option<Zeroizing<String>>,
    others: Vec<Zeroizing<String>>,
}

impl Secrets {
    /// Adds one. Stretches of eight characters of it are known from here on.
    pub fn add(&mut self, secret: &str) {
        if !self.known().any(|known| known.as_str() == secret) {
            self.keep(secret.to_owned());
        }
    }

    /// Adds one that is not there yet.
    pub(crate) fn keep(&mut self, secret: String) {
        let secret = Zeroizing::new(secret);
        match self.first {
            None => self.first = Some(secret),
            Some(_) => self.others.push(secret),
        }
    }

    fn known(&self) -> impl Iterator<Item = &Zeroizing<String>> {
        self.first.iter().chain(&self.others)
    }

    /// The first `limit` characters of `text`, then `…` if there are more, with `*` for what is secret.
    pub fn bounded(&self, text: &str, limit: usize) -> Box<str> {
        let plain = text.len() <= limit && text.bytes().all(|b| b.is_ascii_graphic());
        if plain && !self.known().any(|secret| shares_four(secret, text)) {
            return text.into();
        }
        // Looked at beyond the limit, so that a secret which straddles it is recognised.
        let seen: String = text.chars().take(limit + SLACK).collect();
        let mut kept: String = self.mask(&seen).chars().take(limit).collect();
        if seen.chars().nth(limit).is_some() {
            kept.push('…');
        }
        kept.into_boxed_str()
    }

    fn mask(&self, text: &str) -> String {
        let mut chars: Vec<char> = text.chars().collect();
        self.hide(&mut chars);
        chars.into_iter().collect()
    }

    /// [`Secrets::hide`] in bytes of any kind: secrets are ASCII.
    pub(crate) fn mask_bytes(&self, bytes: &[u8]) -> Vec<u8> {
        let mut chars: Vec<char> = bytes.iter().copied().map(char::from).collect();
        self.hide(&mut chars);
        chars.into_iter().filter_map(|c| u8::try_from(c).ok()).collect()
    }

    /// Puts `*` for every character of a stretch that stands in a secret, if the stretch is [`WINDOW`]
    /// characters or longer; white space and what is not seen within it do not hide it.
    fn hide(&self, chars: &mut [char]) {
        let seen = |c: char| !c.is_whitespace() && !is_unseen(c);
        let (places, solid): (Vec<usize>, Vec<char>) =
            chars.iter().copied().enumerate().filter(|&(_, c)| seen(c)).unzip();
        for secret in self.known() {
            let secret: Zeroizing<Vec<char>> = Zeroizing::new(secret.chars().collect());
            let known: HashSet<&[char]> = secret.windows(WINDOW).collect();
            for (window, places) in solid.windows(WINDOW).zip(places.windows(WINDOW)) {
                let ([first, .., last], true) = (places, known.contains(window)) else { continue };
                if let Some(stretch) = chars.get_mut(*first..=*last) {
                    stretch.fill('*');
                }
            }
        }
    }
}

/// Whether `text` has four bytes of `secret` in a row that begin at a multiple of five there: it has if it
/// holds any eight in a row, and most text has not, which spares the search for those.
fn shares_four(secret: &str, text: &str) -> bool {
    let fours = || text.as_bytes().windows(4).filter_map(four);
    // Most of those that are not in the text show by the bit that they would have set.
    let mut bits = [0_u64; 4];
    for four in fours() {
        let (word, bit) = place(four);
        bits[word] |= bit;
    }
    secret.as_bytes().windows(4).step_by(5).filter_map(four).any(|stretch| {
        let (word, bit) = place(stretch);
        bits[word] & bit != 0 && fours().any(|four| four == stretch)
    })
}

fn four(bytes: &[u8]) -> Option<u32> {
    bytes.first_chunk().copied().map(u32::from_ne_bytes)
}

/// One of 256 bits, by the golden ratio: the word, and the bit in it.
fn place(four: u32) -> (usize, u64) {
    let hash = four.wrapping_mul(0x9e37_79b9) >> 24;
    ((hash >> 6) as usize, 1 << (hash & 63))
}

/// Shows how many it knows.
impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Secrets").field(&self.known().count()).finish()
    }
}

/// Shorter stretches occur by chance and give nothing away.
const WINDOW: usize = 8;

/// How far beyond a limit a secret is looked for.
pub(crate) const SLACK: usize = 1024;

#[cfg(test)]
mod tests {
    use super::*;

    fn secrets() -> Secrets {
        let mut secrets = Secrets::default();
        secrets.add("0123456789abcdef");
        secrets.add("short");
        secrets
    }

    #[test]
    fn every_long_enough_stretch_of_a_secret_is_masked() {
        for (text, masked) in [
            ("key 0123456789abcdef.", "key ****************."),
            ("cut 456789ab", "cut ********"),
            ("far too short 4567890 short", "far too short 4567890 short"),
            ("wrapped 0123\n4567 89", "wrapped ************"),
            ("0123456789abcdef0123456789abcdef", "********************************"),
            ("é0123456789abcdef", "é****************"),
            ("hidden 0\u{200b}1\u{0}234567", "hidden **********"),
        ] {
            assert_eq!(secrets().mask(text), masked);
        }
    }

    #[test]
    fn any_eight_characters_of_a_secret_are_masked_also_in_text_without_white_space() {
        let secret = "0123456789abcdef";
        for (begin, end) in (0..=16).flat_map(|begin| (begin..=16).map(move |end| (begin, end))) {
            let text = format!("-{}-", &secret[begin..end]);
            let length = end - begin;
            let masked =
                if length < 8 { text.clone() } else { format!("-{}-", "*".repeat(length)) };
            assert_eq!(*secrets().bounded(&text, 20), masked);
        }
    }

    #[test]
    fn a_secret_that_straddles_the_limit_is_masked() {
        assert_eq!(&*secrets().bounded("ab 0123456789abcdef", 11), "ab ********…");
        assert_eq!(&*secrets().bounded("ab", 2), "ab");
        assert_eq!(&*secrets().bounded("abc", 2), "ab…");
    }
}
