/// What AWS's API page allows as the value of a member.
#[derive(Debug)]
pub(crate) struct Constraint {
    /// The member as AWS's validation messages spell it.
    member: &'static str,
    shortest: usize,
    longest: usize,
    pattern: &'static str,
    punctuation: &'static [char],
}

/// <https://docs.aws.amazon.com/kendra/latest/APIReference/API_StopDataSourceSyncJob.html>
pub(crate) const INDEX_ID: Constraint = Constraint {
    member: "indexId",
    shortest: 36,
    longest: 36,
    pattern: "[a-zA-Z0-9][a-zA-Z0-9-]*",
    punctuation: &['-'],
};

/// <https://docs.aws.amazon.com/kendra/latest/APIReference/API_StopDataSourceSyncJob.html>
pub(crate) const DATA_SOURCE_ID: Constraint = Constraint {
    member: "id",
    shortest: 1,
    longest: 100,
    pattern: "[a-zA-Z0-9][a-zA-Z0-9_-]*",
    punctuation: &['-', '_'],
};

impl Constraint {
    /// Whether `value` keeps every rule.
    pub(crate) fn allows(&self, value: &str) -> bool {
        self.violations(Some(value)).is_empty()
    }

    /// The rules that a member breaks, each as AWS words it, without the value.
    pub(crate) fn violations(&self, value: Option<&str>) -> Vec<String> {
        let broken = |rule: String| {
            format!("Value at '{}' failed to satisfy constraint: Member must {rule}", self.member)
        };
        let Some(value) = value else {
            return vec![broken("not be null".to_owned())];
        };
        let length = value.chars().count();
        let mut violations = Vec::new();
        if length < self.shortest {
            let rule = format!("have length greater than or equal to {}", self.shortest);
            violations.push(broken(rule));
        }
        if length > self.longest {
            let rule = format!("have length less than or equal to {}", self.longest);
            violations.push(broken(rule));
        }
        if !self.matches(value) {
            let rule = format!("satisfy regular expression pattern: {}", self.pattern);
            violations.push(broken(rule));
        }
        violations
    }

    fn matches(&self, value: &str) -> bool {
        value.starts_with(|first: char| first.is_ascii_alphanumeric())
            && value.chars().all(|c| c.is_ascii_alphanumeric() || self.punctuation.contains(&c))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_id_is_36_ascii_characters() {
        for (value, allowed) in [
            ("a".repeat(36), true),
            (format!("9{}", "-".repeat(35)), true),
            ("a".repeat(35), false),
            ("a".repeat(37), false),
            (format!("-{}", "a".repeat(35)), false),
            (format!("{}_", "a".repeat(35)), false),
            (format!("{}\n", "a".repeat(35)), false),
            (format!("{}\u{e9}", "a".repeat(35)), false),
            (format!("{}\u{ff11}", "a".repeat(35)), false),
        ] {
            assert_eq!(INDEX_ID.allows(&value), allowed, "{value:?}");
        }
    }

    #[test]
    fn a_data_source_id_is_1_to_100_ascii_characters() {
        for (value, allowed) in [
            ("a".to_owned(), true),
            ("0_-".to_owned(), true),
            ("a".repeat(100), true),
            (String::new(), false),
            ("a".repeat(101), false),
            ("_a".to_owned(), false),
            ("-a".to_owned(), false),
            ("a b".to_owned(), false),
            ("a\n".to_owned(), false),
            ("\u{e9}".to_owned(), false),
        ] {
            assert_eq!(DATA_SOURCE_ID.allows(&value), allowed, "{value:?}");
        }
    }

    #[test]
    fn every_broken_rule_is_told() {
        assert_eq!(
            DATA_SOURCE_ID.violations(Some("")),
            [
                "Value at 'id' failed to satisfy constraint: \
                 Member must have length greater than or equal to 1",
                "Value at 'id' failed to satisfy constraint: \
                 Member must satisfy regular expression pattern: [a-zA-Z0-9][a-zA-Z0-9_-]*",
            ]
        );
        assert_eq!(
            INDEX_ID.violations(Some(&"a".repeat(37))),
            ["Value at 'indexId' failed to satisfy constraint: \
              Member must have length less than or equal to 36"]
        );
        assert_eq!(
            INDEX_ID.violations(None),
            ["Value at 'indexId' failed to satisfy constraint: Member must not be null"]
        );
    }
}
