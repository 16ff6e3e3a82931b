//! The two identifiers that an operation names, parsed once.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// The identifier of a Kendra index: exactly 36 characters of `[A-Za-z0-9-]`, the first a letter or
/// digit.
///
/// Source: [StopDataSourceSyncJob, `IndexId`][api].
///
/// [api]: https://docs.aws.amazon.com/kendra/latest/APIReference/API_StopDataSourceSyncJob.html
///
/// # Examples
///
/// ```
/// use kendra_sync_core::IndexId;
///
/// let index = IndexId::new("0a1b2c3d-4e5f-6789-abcd-ef0123456789")?;
/// assert_eq!(index.as_str(), "0a1b2c3d-4e5f-6789-abcd-ef0123456789");
///
/// let error = IndexId::new("0a1b2c3d").unwrap_err();
/// assert_eq!(error.to_string(), "index id must be 36 characters, got 8, ends at byte 8");
/// # Ok::<(), kendra_sync_core::InvalidId>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct IndexId(Arc<str>);

impl IndexId {
    /// Checks `id` against Kendra's constraints and keeps it.
    ///
    /// # Errors
    ///
    /// [`InvalidId`] names the first rule that `id` breaks, and where. Nothing is trimmed.
    pub fn new(id: impl Into<String>) -> Result<Self, InvalidId> {
        INDEX_ID.check(id.into()).map(Self)
    }

    /// The identifier as it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The identifier of a data source connector: 1 to 100 characters of `[A-Za-z0-9_-]`, the first a
/// letter or digit.
///
/// Source: [StopDataSourceSyncJob, `Id`][api].
///
/// [api]: https://docs.aws.amazon.com/kendra/latest/APIReference/API_StopDataSourceSyncJob.html
///
/// # Examples
///
/// ```
/// use kendra_sync_core::DataSourceId;
///
/// let source: DataSourceId = "wiki_2024".parse()?;
/// assert_eq!(source.to_string(), "wiki_2024");
///
/// let error = DataSourceId::new("wiki\n").unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "data source id may hold only ASCII letters, digits, '-' and '_', got '\\n' at byte 4"
/// );
/// # Ok::<(), kendra_sync_core::InvalidId>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DataSourceId(Arc<str>);

impl DataSourceId {
    /// Checks `id` against Kendra's constraints and keeps it.
    ///
    /// # Errors
    ///
    /// [`InvalidId`] names the first rule that `id` breaks, and where. Nothing is trimmed.
    pub fn new(id: impl Into<String>) -> Result<Self, InvalidId> {
        DATA_SOURCE_ID.check(id.into()).map(Self)
    }

    /// The identifier as it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Why a text is not an identifier: which one was meant, which rule it breaks, at which byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidId {
    id: &'static Constraint,
    rule: IdRule,
    offset: usize,
    /// What stands at `offset`, where a character is at fault.
    found: Option<char>,
    length: usize,
}

impl InvalidId {
    /// The identifier that was meant: `index id` or `data source id`.
    pub fn id(&self) -> &'static str {
        self.id.name
    }

    /// The rule that is broken.
    pub fn rule(&self) -> IdRule {
        self.rule
    }

    /// Where the rule is broken, in bytes from the start: the character at fault; the end of a text
    /// that is too short; the first character too many.
    pub fn offset(&self) -> usize {
        self.offset
    }
}

/// The rules for identifiers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum IdRule {
    /// Only ASCII letters, digits and `-`; `_` too in a data source's id.
    Character,
    /// The first character is an ASCII letter or digit.
    FirstCharacter,
    /// 36 characters for an index, 1 to 100 for a data source.
    Length,
}

impl fmt::Display for InvalidId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Constraint { name, min, max, allowed, .. } = self.id;
        let offset = self.offset;
        match self.rule {
            IdRule::Character => write!(f, "{name} may hold only {allowed}")?,
            IdRule::FirstCharacter => write!(f, "{name} must start with an ASCII letter or digit")?,
            IdRule::Length if min == max => write!(f, "{name} must be {max} characters")?,
            IdRule::Length => write!(f, "{name} must be {min} to {max} characters")?,
        }
        match self.found {
            Some(found) => write!(f, ", got '{}' at byte {offset}", found.escape_default()),
            None if self.length < *min => {
                write!(f, ", got {}, ends at byte {offset}", self.length)
            }
            None => write!(f, ", got {}, too long from byte {offset}", self.length),
        }
    }
}

impl std::error::Error for InvalidId {}

impl FromStr for IndexId {
    type Err = InvalidId;

    fn from_str(id: &str) -> Result<Self, InvalidId> {
        Self::new(id)
    }
}

impl FromStr for DataSourceId {
    type Err = InvalidId;

    fn from_str(id: &str) -> Result<Self, InvalidId> {
        Self::new(id)
    }
}

impl fmt::Display for IndexId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for DataSourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[derive(Debug, PartialEq, Eq)]
struct Constraint {
    name: &'static str,
    min: usize,
    max: usize,
    allowed: &'static str,
    /// What may follow the first character besides ASCII letters and digits.
    marks: &'static [char],
}

impl Constraint {
    /// Characters are looked at before the length, so that a pasted line end is named as such, and
    /// the length is one of ASCII characters, where bytes and characters are the same.
    fn check(&'static self, id: String) -> Result<Arc<str>, InvalidId> {
        let invalid =
            |rule, offset, found| InvalidId { id: self, rule, offset, found, length: id.len() };
        for (offset, c) in id.char_indices() {
            if !(c.is_ascii_alphanumeric() || self.marks.contains(&c)) {
                return Err(invalid(IdRule::Character, offset, Some(c)));
            }
            if offset == 0 && !c.is_ascii_alphanumeric() {
                return Err(invalid(IdRule::FirstCharacter, 0, Some(c)));
            }
        }
        if id.len() < self.min {
            return Err(invalid(IdRule::Length, id.len(), None));
        }
        if id.len() > self.max {
            return Err(invalid(IdRule::Length, self.max, None));
        }
        Ok(id.into())
    }
}

static INDEX_ID: Constraint = Constraint {
    name: "index id",
    min: 36,
    max: 36,
    allowed: "ASCII letters, digits and '-'",
    marks: &['-'],
};

static DATA_SOURCE_ID: Constraint = Constraint {
    name: "data source id",
    min: 1,
    max: 100,
    allowed: "ASCII letters, digits, '-' and '_'",
    marks: &['-', '_'],
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn index_ids_within_the_constraints_are_kept_as_given() {
        for id in
            ["0a1b2c3d-4e5f-6789-abcd-ef0123456789", &"A".repeat(36), &format!("9{:-<35}", "")]
        {
            assert_eq!(IndexId::new(id).unwrap().as_str(), id);
        }
    }

    #[test]
    fn data_source_ids_within_the_constraints_are_kept_as_given() {
        for id in ["a", "7", "A-_", &"z".repeat(100)] {
            assert_eq!(DataSourceId::new(id).unwrap().as_str(), id);
        }
    }

    #[test]
    fn a_broken_rule_is_named_with_its_place() {
        let index = |id: &str| IndexId::new(id).unwrap_err();
        let source = |id: &str| DataSourceId::new(id).unwrap_err();
        let good = "0a1b2c3d-4e5f-6789-abcd-ef0123456789";
        let only = "index id may hold only ASCII letters, digits and '-'";
        let cases = [
            (index(""), "index id must be 36 characters, got 0, ends at byte 0".to_owned(), IdRule::Length, 0),
            (
                index(&good[..35]),
                "index id must be 36 characters, got 35, ends at byte 35".to_owned(),
                IdRule::Length,
                35,
            ),
            (
                index(&format!("{good}0")),
                "index id must be 36 characters, got 37, too long from byte 36".to_owned(),
                IdRule::Length,
                36,
            ),
            (index(&format!("{good}\n")), format!("{only}, got '\\n' at byte 36"), IdRule::Character, 36),
            (index(&format!(" {good}")), format!("{only}, got ' ' at byte 0"), IdRule::Character, 0),
            (index(&good.replace('b', "_")), format!("{only}, got '_' at byte 3"), IdRule::Character, 3),
            (
                index(&good.replace('0', "é")),
                format!("{only}, got '\\u{{e9}}' at byte 0"),
                IdRule::Character,
                0,
            ),
            (
                index(&good.replacen('0', "-", 1)),
                "index id must start with an ASCII letter or digit, got '-' at byte 0".to_owned(),
                IdRule::FirstCharacter,
                0,
            ),
            (
                source(""),
                "data source id must be 1 to 100 characters, got 0, ends at byte 0".to_owned(),
                IdRule::Length,
                0,
            ),
            (
                source(&"a".repeat(101)),
                "data source id must be 1 to 100 characters, got 101, too long from byte 100".to_owned(),
                IdRule::Length,
                100,
            ),
            (
                source("_a"),
                "data source id must start with an ASCII letter or digit, got '_' at byte 0".to_owned(),
                IdRule::FirstCharacter,
                0,
            ),
            (
                source("a\0b"),
                "data source id may hold only ASCII letters, digits, '-' and '_', got '\\u{0}' at byte 1"
                    .to_owned(),
                IdRule::Character,
                1,
            ),
        ];
        for (error, message, rule, offset) in cases {
            assert_eq!((error.to_string(), error.rule(), error.offset()), (message, rule, offset));
        }
    }
}
