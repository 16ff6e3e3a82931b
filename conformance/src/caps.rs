//! What a transport says it can do.

use std::fmt;
use std::ops::BitOr;

/// Capabilities, declared with a transport. A scenario that needs one is skipped, with that reason,
/// where it is not declared.
///
/// # Examples
///
/// ```
/// use kendra_sync_conformance::Caps;
///
/// let caps = Caps::TLS | Caps::POOL;
/// assert!(caps.contains(Caps::POOL) && !caps.contains(Caps::CANCEL));
/// assert_eq!(caps.to_string(), "pool, tls");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Caps(u8);

impl Caps {
    /// No capability: the core profile alone.
    pub const NONE: Self = Self(0);
    /// Dropping the future of a send cancels it.
    pub const CANCEL: Self = Self(1);
    /// Bodies and heads are bounded.
    pub const LIMIT: Self = Self(1 << 1);
    /// Connections are kept and used again.
    pub const POOL: Self = Self(1 << 2);
    /// Answers come from a recording. It is declared by [`Suite::replay`](crate::Suite::replay) alone, and
    /// counts for nothing elsewhere.
    pub const REPLAY: Self = Self(1 << 3);
    /// The time limit covers the whole exchange.
    pub const TIMEOUT: Self = Self(1 << 4);
    /// `https`.
    pub const TLS: Self = Self(1 << 5);

    /// Whether all of `other` are among these.
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// The capabilities of `self` that `other` lacks.
    pub(crate) const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Those of these names; what is no name of one does not count.
    pub(crate) fn named(names: &[String]) -> Self {
        let named = Self::ALL.iter().filter(|(name, _)| names.iter().any(|n| n == name));
        named.fold(Self::NONE, |all, (_, cap)| all | *cap)
    }

    /// The names of these.
    pub(crate) fn names(self) -> Vec<String> {
        let mine = Self::ALL.iter().filter(|(_, cap)| self.contains(*cap));
        mine.map(|(name, _)| (*name).to_owned()).collect()
    }

    /// Each single one, by name.
    pub(crate) const ALL: [(&'static str, Self); 6] = [
        ("cancel", Self::CANCEL),
        ("limit", Self::LIMIT),
        ("pool", Self::POOL),
        ("replay", Self::REPLAY),
        ("timeout", Self::TIMEOUT),
        ("tls", Self::TLS),
    ];
}

impl BitOr for Caps {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl fmt::Display for Caps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.names();
        if names.is_empty() { f.write_str("none") } else { f.write_str(&names.join(", ")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn capabilities_are_sets() {
        let both = Caps::POOL | Caps::TLS;
        assert!(both.contains(Caps::POOL) && both.contains(Caps::TLS) && both.contains(both));
        assert!(!both.contains(Caps::LIMIT) && !Caps::POOL.contains(both));
        assert_eq!((both | Caps::POOL, both.without(Caps::TLS)), (both, Caps::POOL));
        assert_eq!((both.to_string(), Caps::NONE.to_string()), ("pool, tls".into(), "none".into()));
    }

    #[test]
    fn each_is_a_set_of_its_own_with_a_name_by_which_it_is_found() {
        for (name, cap) in Caps::ALL {
            assert_eq!(
                (cap.names(), Caps::named(&[name.to_owned()])),
                (vec![name.to_owned()], cap)
            );
        }
        let names = ["tls", "no such", "pool"].map(str::to_owned);
        assert_eq!(Caps::named(&names), Caps::TLS | Caps::POOL);
        assert_eq!(Caps::named(&[]), Caps::NONE);
    }
}
