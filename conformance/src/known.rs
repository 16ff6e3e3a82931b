//! The file of known failures: exact ids, each with a reason.

use std::path::Path;

use serde::Deserialize;
use time::{Date, Month, OffsetDateTime};

/// Failures that are known, and so do not fail a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KnownFailures(Vec<Known>);

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Known {
    id: String,
    variant: Option<String>,
    pub(crate) reason: String,
    pub(crate) expired: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    known: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    id: String,
    variant: Option<String>,
    reason: String,
    issue: Option<String>,
    expires: Option<toml::value::Datetime>,
}

impl KnownFailures {
    /// Reads a file of `[[known]]` tables: `id`, `reason`, and if need be `variant`, `issue` and
    /// `expires` (a date).
    ///
    /// # Errors
    ///
    /// What is wrong with the file: TOML, a key, an id that the catalogue does not have, no reason.
    pub fn read(file: &Path) -> Result<Self, String> {
        let text = std::fs::read_to_string(file);
        let text = text.map_err(|error| format!("{}: {error}", file.display()))?;
        let today = OffsetDateTime::now_utc().date();
        Self::parse(&text, today).map_err(|error| format!("{}: {error}", file.display()))
    }

    fn parse(text: &str, today: Date) -> Result<Self, String> {
        let file: File = toml::from_str(text).map_err(|error| error.to_string())?;
        let known = file.known.into_iter().map(|row| {
            let Row { id, variant, reason, issue, expires } = row;
            if !crate::catalogue().iter().any(|scenario| scenario.id() == id) {
                return Err(format!("there is no scenario {id}"));
            }
            if reason.trim().is_empty() {
                return Err(format!("{id} has no reason"));
            }
            let expired = match expires {
                None => false,
                Some(expires) => {
                    date(&expires).ok_or_else(|| format!("{id}: not a date: {expires}"))? < today
                }
            };
            let reason = match issue {
                Some(issue) => format!("{reason} ({issue})"),
                None => reason,
            };
            Ok(Known { id, variant, reason, expired })
        });
        known.collect::<Result<_, _>>().map(Self)
    }

    /// What is known of this scenario's failure.
    pub(crate) fn find(&self, variant: &str, id: &str) -> Option<&Known> {
        let mut known = self.0.iter().filter(|known| known.id == id);
        known.find(|known| known.variant.as_deref().is_none_or(|name| name == variant))
    }

    /// A variant that is named and not among these.
    pub(crate) fn unknown_variant<'a, I: Iterator<Item = &'a str>>(
        &self,
        variants: impl Fn() -> I,
    ) -> Option<&str> {
        let mut named = self.0.iter().filter_map(|known| known.variant.as_deref());
        named.find(|name| !variants().any(|variant| variant == *name))
    }
}

fn date(value: &toml::value::Datetime) -> Option<Date> {
    let date = value.date?;
    Date::from_calendar_date(date.year.into(), Month::try_from(date.month).ok()?, date.day).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn today() -> Date {
        Date::from_calendar_date(2026, Month::November, 24).unwrap()
    }

    #[test]
    fn a_known_failure_has_an_exact_id_and_a_reason() {
        let known = KnownFailures::parse(
            "[[known]]\nid = \"framing/cl-invalid\"\nreason = \"the parser takes a plus sign\"\n\
             issue = \"parser#7\"\nvariant = \"pooled\"\nexpires = 2026-11-24\n",
            today(),
        )
        .unwrap();
        let reason = "the parser takes a plus sign (parser#7)";
        let found = known.find("pooled", "framing/cl-invalid").unwrap();
        assert_eq!((found.reason.as_str(), found.expired), (reason, false));
        assert_eq!(known.find("other", "framing/cl-invalid"), None);
        assert_eq!(known.find("pooled", "framing/te-and-cl"), None);
        assert_eq!(known.unknown_variant(|| ["pooled"].into_iter()), None);
        assert_eq!(known.unknown_variant(|| ["default"].into_iter()), Some("pooled"));
    }

    #[test]
    fn one_expires_after_its_day() {
        let text = "[[known]]\nid = \"framing/cl-invalid\"\nreason = \"r\"\nexpires = 2026-11-23\n";
        let known = KnownFailures::parse(text, today()).unwrap();
        assert!(known.find("pooled", "framing/cl-invalid").unwrap().expired);
    }

    #[test]
    fn a_bad_file_is_refused_with_what_is_wrong() {
        for (text, part) in [
            ("[[known]]\nid = \"framing/.*\"\nreason = \"r\"\n", "there is no scenario framing/.*"),
            ("[[known]]\nid = \"framing/cl-invalid\"\nreason = \" \"\n", "has no reason"),
            ("[[known]]\nid = \"framing/cl-invalid\"\n", "missing field `reason`"),
            (
                "[[known]]\nid = \"framing/cl-invalid\"\nreason = \"r\"\nskip = true\n",
                "unknown field",
            ),
            (
                "[[known]]\nid = \"framing/cl-invalid\"\nreason = \"r\"\nexpires = 09:00:00\n",
                "not a date",
            ),
            ("known", "TOML"),
        ] {
            let error = KnownFailures::parse(text, today()).unwrap_err();
            assert!(error.contains(part), "{part}: {error}");
        }
    }
}
