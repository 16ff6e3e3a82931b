//! Randomness from the standard library: the keys of [`RandomState`] come from the system, and its
//! hash is a keyed pseudo-random function. Enough for names that live as long as a test.

use std::hash::{BuildHasher, RandomState};

/// A random (version 4, RFC 9562) UUID in lowercase.
pub(crate) fn uuid() -> String {
    let random = u128::from(word()) << 64 | u128::from(word());
    let versioned = random & !(0xf << 76) | 0x4 << 76;
    let hex = format!("{:032x}", versioned & !(0b11 << 62) | 0b10 << 62);
    let (time_low, rest) = hex.split_at(8);
    let (time_mid, rest) = rest.split_at(4);
    let (time_high, rest) = rest.split_at(4);
    let (clock, node) = rest.split_at(4);
    [time_low, time_mid, time_high, clock, node].join("-")
}

/// An access key id in the form of IAM's long-term ones: `AKIA` and 16 characters of base 32.
pub(crate) fn access_key_id() -> String {
    format!("AKIA{}", text(16, b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"))
}

/// A secret access key in the form of IAM's: 40 characters of base 64.
pub(crate) fn secret_access_key() -> String {
    text(40, b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
}

/// The alphabets' lengths are powers of two, so every character is equally likely.
fn text<const N: usize>(length: usize, alphabet: &[u8; N]) -> String {
    let digit = |word: u64| usize::try_from(word).unwrap_or_default() % N;
    (0..length).map(|_| char::from(alphabet[digit(word() & 0xff)])).collect()
}

fn word() -> u64 {
    RandomState::new().hash_one(())
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn a_uuid_has_the_form_of_version_4() {
        for _ in 0..1_000 {
            let uuid = uuid();
            let form: String = uuid
                .chars()
                .map(|c| if matches!(c, '0'..='9' | 'a'..='f') { 'x' } else { c })
                .collect();
            assert_eq!(form, "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx");
            assert_eq!(&uuid[14..15], "4");
            assert!(matches!(&uuid[19..20], "8" | "9" | "a" | "b"), "{uuid}");
        }
    }

    #[test]
    fn nothing_comes_twice() {
        let uuids: HashSet<_> = (0..10_000).map(|_| uuid()).collect();
        assert_eq!(uuids.len(), 10_000);
        let secrets: HashSet<_> = (0..1_000).map(|_| secret_access_key()).collect();
        assert_eq!(secrets.len(), 1_000);
    }

    #[test]
    fn every_character_of_the_alphabet_comes_up() {
        let seen: HashSet<char> =
            (0..500).flat_map(|_| secret_access_key().into_bytes()).map(char::from).collect();
        assert_eq!(seen.len(), 64);
    }
}
