//! What a replay was never asked for.

use std::error::Error as StdError;
use std::fmt;

/// The exchanges of a cassette that were never used.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unused {
    pub(crate) exchanges: Vec<(usize, String)>,
    pub(crate) recorded: usize,
}

impl Unused {
    /// Whether everything was used.
    pub fn is_empty(&self) -> bool {
        self.exchanges.is_empty()
    }

    /// How many were not used.
    pub fn len(&self) -> usize {
        self.exchanges.len()
    }

    /// The number of each, from 1 in the order of the cassette, and the operation that was asked for.
    pub fn exchanges(&self) -> impl Iterator<Item = (usize, &str)> {
        self.exchanges.iter().map(|(number, operation)| (*number, operation.as_str()))
    }
}

impl fmt::Display for Unused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (unused, recorded) = (self.len(), self.recorded);
        write!(f, "{unused} of {recorded} recorded exchanges were not used")?;
        for (at, (number, operation)) in self.exchanges().take(SHOWN).enumerate() {
            write!(f, "{} {number} ({operation})", if at == 0 { ":" } else { "," })?;
        }
        match unused.saturating_sub(SHOWN) {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}

impl StdError for Unused {}

/// How many are told one by one.
const SHOWN: usize = 10;
