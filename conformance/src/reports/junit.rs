//! `junit.xml`, for what reads JUnit: a suite for each group of each variant.

use std::time::Duration;

use quick_junit::{NonSuccessKind, Property, TestCase, TestCaseStatus, TestSuite};

use super::document::{Document, Row, Word};
use super::escape::visible;
use crate::check::Check;

pub(super) fn xml(document: &Document) -> Result<String, String> {
    let transport = &document.head.transport;
    let name = format!("{} {}", transport.name, transport.version);
    let mut report = quick_junit::Report::new(visible(&name));
    let mut suites: Vec<((&str, &str), TestSuite)> = Vec::new();
    for row in &document.results {
        let of = (row.variant.as_str(), row.group.as_str());
        let case = case(row, document.head.strict);
        match suites.iter_mut().find(|(there, _)| *there == of) {
            Some((_, suite)) => {
                suite.add_test_case(case);
            }
            None => {
                let mut suite = TestSuite::new(visible(&format!("{}::{}", of.0, of.1)));
                suite.add_test_case(case);
                suites.push((of, suite));
            }
        }
    }
    report.add_test_suites(suites.into_iter().map(|(_, suite)| suite));
    report.to_string().map_err(|error| error.to_string())
}

fn case(row: &Row, strict: bool) -> TestCase {
    let reason = row.reason.as_deref().unwrap_or_default();
    let status = match row.status {
        Word::Pass => TestCaseStatus::success(),
        Word::Warn if !strict => TestCaseStatus::success(),
        Word::Fail | Word::Warn => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            status.set_type(row.level.to_string());
            let first = unmet(row).next().map(in_a_line).unwrap_or_default();
            status.set_message(visible(&first)).set_description(visible(&told(row)));
            status
        }
        Word::Error => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
            status.set_type("suite").set_message(visible(reason));
            status
        }
        Word::Known | Word::Na | Word::Skip => {
            let mut status = TestCaseStatus::skipped();
            status.set_message(visible(&format!("{}: {reason}", row.status.name())));
            status
        }
    };
    let mut case = TestCase::new(row.id.as_str(), status);
    case.set_classname(row.group.as_str()).set_time(Duration::from_millis(row.duration_ms));
    case.set_assertions(row.checks.len());
    let caps = if row.caps.is_empty() { "none".to_owned() } else { row.caps.join(", ") };
    case.add_property(Property::new("level", row.level.to_string()));
    case.add_property(Property::new("caps", caps));
    if matches!(row.status, Word::Warn | Word::Known) {
        case.set_system_out(visible(&told(row)));
    }
    case
}

/// The checks that did not hold.
pub(super) fn unmet(row: &Row) -> impl Iterator<Item = &Check> {
    row.checks.iter().filter(|check| !check.passed)
}

fn in_a_line(check: &Check) -> String {
    let Check { name, expected, actual, .. } = check;
    format!("{name}: expected {expected}, actual {actual}")
}

fn told(row: &Row) -> String {
    let mut text = format!("\nwhy      {}\nrule     {}\n", row.why, row.rule);
    for check in unmet(row) {
        let Check { name, level, expected, actual, .. } = check;
        text += &format!("check    {name} ({level})\nexpected {expected}\nactual   {actual}\n");
    }
    if let Some(again) = &row.again {
        text += &format!("again    {again}\n");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::samples::{hostile, sample};
    use super::*;

    /// The elements of this name, as another parser finds them.
    fn elements<'a>(xml: &'a roxmltree::Document<'a>, name: &str) -> Vec<roxmltree::Node<'a, 'a>> {
        xml.descendants().filter(|node| node.has_tag_name(name)).collect()
    }

    #[test]
    fn each_status_is_its_element() {
        for (strict, failures) in [(false, 1), (true, 2)] {
            let text = xml(&sample(strict)).unwrap();
            let parsed = roxmltree::Document::parse(&text).unwrap();
            let count = |name| elements(&parsed, name).len();
            assert_eq!(count("testcase"), 8, "{text}");
            assert_eq!((count("failure"), count("error"), count("skipped")), (failures, 1, 3));
            let suites = elements(&parsed, "testsuite");
            let sums = ["tests", "failures", "errors", "skipped"].map(|name| {
                let of = |node: &roxmltree::Node| node.attribute(name).unwrap().parse::<usize>();
                suites.iter().map(|suite| of(suite).unwrap()).sum::<usize>()
            });
            assert_eq!(sums, [8, failures, 1, 3]);
            let names: Vec<_> = suites.iter().filter_map(|suite| suite.attribute("name")).collect();
            assert_eq!(
                names,
                ["default::status", "default::framing", "default::tls", "other::status"]
            );
            let messages = elements(&parsed, "skipped").into_iter();
            let messages: Vec<_> = messages.filter_map(|node| node.attribute("message")).collect();
            assert_eq!(messages.len(), 3);
            assert!(messages[0].starts_with("known: the parser"), "{messages:?}");
            let failed = elements(&parsed, "failure").pop().unwrap().parent().unwrap();
            assert_eq!(failed.attribute("classname"), Some("framing"));
            assert_eq!(failed.attribute("name"), Some("framing/cl-short-truncated"));
            let properties = elements(&parsed, "property").into_iter();
            assert!(properties.clone().any(|p| p.attribute("name") == Some("level")));
            assert_eq!(properties.filter(|p| p.attribute("value") == Some("tls")).count(), 1);
        }
    }

    #[test]
    fn whatever_a_server_says_comes_back_from_xml() {
        let said = "a\u{1}\u{0} ]]> <b>&amp; \u{ffff}\u{fffe} \u{1b}[31m é \u{10ffff} \r";
        let text = xml(&hostile(said)).unwrap();
        let parsed = roxmltree::Document::parse(&text).unwrap();
        let failure = elements(&parsed, "failure")[0];
        let expected = r"a\u{1}\u{0} ]]> <b>&amp; \u{ffff}\u{fffe} \u{1b}[31m é \u{10ffff} \u{d}";
        let description = failure.text().unwrap();
        assert!(description.contains(&format!("actual   {expected}\n")), "{description}");
        assert!(failure.attribute("message").unwrap().ends_with(&format!("actual {expected}")));
    }
}
