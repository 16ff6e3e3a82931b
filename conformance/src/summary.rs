//! The end of a run in few lines: counts, verdicts, and what deserves a look.

use crate::report::{Report, ScenarioResult, Status};
use crate::scenario::Level;
use crate::suite::Variant;

/// Counts, a verdict for each profile of each variant, and what neither passed nor failed.
pub(crate) fn of(report: &Report, variants: &[Variant]) -> String {
    let Report { transport, version, digest, .. } = report;
    let short = digest.get(..12).unwrap_or(digest);
    let mut text = format!("{transport} {version}, catalogue {short}\n");
    for variant in variants {
        let mine: Vec<_> = report.results.iter().filter(|r| r.variant == variant.name).collect();
        let count = |is: fn(&Status) -> bool| mine.iter().filter(|r| is(&r.status)).count();
        text += &format!(
            "{}: {} pass, {} fail, {} warn, {} skip, {} na, {} known, {} error\n",
            variant.name,
            count(|s| *s == Status::Pass),
            count(|s| *s == Status::Fail),
            count(|s| *s == Status::Warn),
            count(|s| matches!(s, Status::Skip(_))),
            count(|s| *s == Status::NotApplicable),
            count(|s| matches!(s, Status::Known(_))),
            count(|s| matches!(s, Status::Error(_))),
        );
        for profile in report.profiles(&variant.name, variant.caps) {
            let verdict = profile.verdict().replace('-', " ");
            let (name, passed, applicable) = (profile.name, profile.passed, profile.applicable);
            text += &format!("  {name}: {verdict} ({passed} of {applicable} MUST passed)\n");
        }
        text.extend(mine.into_iter().map(noted));
    }
    text
}

/// What is neither a plain pass nor a failure, which has been told at length: its reason, what it should
/// have been, or which of the allowed outcomes it had.
fn noted(result: &ScenarioResult) -> String {
    let checks = result.checks.iter().filter(|check| !check.passed || check.level == Level::May);
    let mut lines: Vec<String> = checks
        .map(|check| match check.level {
            Level::May => format!("    {}: {}\n", check.name, check.actual),
            _ => format!(
                "    {}: expected {}, actual {}\n",
                check.name, check.expected, check.actual
            ),
        })
        .collect();
    match result.status {
        Status::Fail => return String::new(),
        Status::Pass if lines.is_empty() => return String::new(),
        _ => lines.insert(0, format!("  {}: {}\n", result.id, result.status)),
    }
    lines.concat()
}

#[cfg(test)]
mod tests;
