//! What is known to be secret, without being held.

use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::hash::{BuildHasher, RandomState};

use crate::cover::REDACTED;
use crate::spelling::{SHORTEST, Unit, decoded, plain, unescaped};

/// Secrets to be recognised: hashes, under a key of this process, of every stretch of [`WINDOW`]
/// characters, or of the whole of a shorter one. Letter case does not count.
#[derive(Clone, Default)]
pub(crate) struct Secrets {
    known: BTreeMap<usize, Known>,
    key: RandomState,
}

/// What is known of stretches of one length.
#[derive(Clone, Default)]
struct Known {
    hashes: HashSet<u64>,
    /// A bit for each hash, to pass over nearly all of a text without hashing it well.
    sieve: Vec<u64>,
}

impl Secrets {
    /// Adds a secret of any length but none.
    pub(crate) fn add(&mut self, secret: &[u8]) {
        let units = plain(secret);
        let length = units.len().min(WINDOW);
        if length == 0 {
            return;
        }
        let (multiplier, key) = (self.multiplier(), &self.key);
        let known = self.known.entry(length).or_default();
        known.sieve.resize(SIEVE / 64, 0);
        for stretch in stretches(&units, length) {
            let (word, bit) = place(stretch, multiplier);
            if let Some(word) = known.sieve.get_mut(word) {
                *word |= bit;
            }
            known.hashes.insert(key.hash_one(stretch));
        }
    }

    /// Adds what looks like a secret by where it stands. Short values occur by chance.
    pub(crate) fn learn(&mut self, secret: &[u8]) {
        if secret.len() >= WINDOW && secret != REDACTED.as_bytes() {
            self.add(secret);
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// Calls `found` for each stretch of `source` that spells a part of a secret, in whatever way.
    pub(crate) fn find(&self, source: &[u8], mut found: impl FnMut(&[Unit])) {
        if self.is_empty() {
            return;
        }
        let mut units = plain(source);
        for _ in 0..LAYERS {
            self.find_in(&units, 1, &mut found);
            for decoded in decoded(&units) {
                self.find_in(&decoded, SHORTEST, &mut found);
                if let Some(resolved) = unescaped(&decoded) {
                    self.find_in(&resolved, SHORTEST, &mut found);
                }
            }
            let Some(resolved) = unescaped(&units) else { return };
            units = resolved;
        }
    }

    fn find_in(&self, units: &[Unit], shortest: usize, found: &mut impl FnMut(&[Unit])) {
        let multiplier = self.multiplier();
        for (&length, known) in self.known.range(shortest..) {
            for (stretch, window) in stretches(units, length).zip(units.windows(length)) {
                let (word, bit) = place(stretch, multiplier);
                let likely = known.sieve.get(word).is_some_and(|word| word & bit != 0);
                if likely && known.hashes.contains(&self.key.hash_one(stretch)) {
                    found(window);
                }
            }
        }
    }

    fn multiplier(&self) -> u64 {
        self.key.hash_one("sieve") | 1
    }
}

/// Shows nothing of what it knows.
impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secrets").finish_non_exhaustive()
    }
}

/// Every stretch of `length` (at most 8) bytes, in lower case, as one number.
fn stretches(units: &[Unit], length: usize) -> impl Iterator<Item = u64> {
    let mask = if length >= 8 { u64::MAX } else { (1 << (8 * length)) - 1 };
    let rolled = units.iter().scan(0, move |stretch, unit| {
        *stretch = ((*stretch << 8) | u64::from(unit.byte.to_ascii_lowercase())) & mask;
        Some(*stretch)
    });
    rolled.skip(length - 1)
}

/// The word and the bit of the sieve that a stretch has.
fn place(stretch: u64, multiplier: u64) -> (usize, u64) {
    let bit = (stretch.wrapping_mul(multiplier) >> 48) as usize % SIEVE;
    (bit / 64, 1 << (bit % 64))
}

/// How many bits a sieve has: few of them are set.
const SIEVE: usize = 1 << 16;

/// Shorter stretches of a secret occur by chance and give nothing away.
pub(crate) const WINDOW: usize = 8;

/// How often escapes within escapes are resolved.
const LAYERS: usize = 5;
