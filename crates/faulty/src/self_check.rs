//! The self-test: whether the suite finds out everything that it claims to.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;

use kendra_sync_conformance::{Level, catalogue, self_test};

use crate::Flags;
use crate::faulty::Faulty;
use crate::matrix::{self, Kills};
use crate::roster::roster;
use crate::run::{self, Ended, SILENT, Trial, Verdict};

/// Runs what `flags` select; gives the exit code and the report.
pub(crate) fn all(flags: &Flags) -> (u8, String) {
    let began = std::time::Instant::now();
    if let Some(unknown) = flags.only.iter().find(|id| !is_known(id)) {
        return (2, format!("there is no faulty transport {unknown}\n"));
    }
    let roster: Vec<Faulty> = roster().into_iter().filter(|f| flags.selects(f.id)).collect();
    let whole = flags.only.is_empty() && !flags.named;
    let trials = trials(&roster, flags, flags.selects(SILENT));
    let count = trials.len();
    let ended = run::all(trials, flags.jobs.max(1), |ended| {
        if flags.verbose && ended.trial.of != SILENT {
            let Ended { trial, verdict, said, took } = ended;
            let _ = writeln!(
                std::io::stderr(),
                "{} {} {verdict:?} {took:.1?}\n{}",
                trial.of,
                trial.scenario,
                without_wire(said)
            );
        }
    });
    let results = Results::new(&ended);
    let mut problems = results.of_named(&roster);
    problems.extend(results.of_controls(&roster));
    problems.extend(results.errors());
    problems.extend(results.silent_passes());
    let mut noted = Vec::new();
    if whole {
        let matrix = matrix::text(&roster, &results.kills);
        problems.extend(results.unproven());
        problems.extend(stored(&matrix, flags.update));
        noted.extend(notes(&matrix));
    }
    let mut text = noted.iter().map(|note| format!("{note}\n")).collect::<String>();
    text += &problems.iter().map(|problem| format!("{problem}\n")).collect::<String>();
    let faulty: Vec<&Faulty> = roster.iter().filter(|f| !f.caught_by.is_empty()).collect();
    let caught = faulty.iter().filter(|faulty| results.caught_as_named(faulty)).count();
    text += &format!(
        "{caught} of {} caught as named, {} problems; {count} trials in {:.0} s\n",
        faulty.len(),
        problems.len(),
        began.elapsed().as_secs_f64()
    );
    (u8::from(!problems.is_empty()), text)
}

fn is_known(id: &str) -> bool {
    id == SILENT || roster().iter().any(|faulty| faulty.id == id)
}

/// Controls in every variant, faulty ones as named and over `http` elsewhere, and the silent servers. What must
/// be found comes first: limits pass there, which nothing should wait for at the end.
fn trials(roster: &[Faulty], flags: &Flags, silent: bool) -> Vec<Trial> {
    let (mut trials, mut others) = (Vec::new(), Vec::new());
    for faulty in roster {
        let control = faulty.caught_by.is_empty();
        for scenario in faulty.caught_by {
            trials.push(Trial::named(faulty, scenario));
        }
        for scenario in catalogue() {
            let (id, named) = (scenario.id(), faulty.caught_by.contains(&scenario.id()));
            // Processes are dear: what needs one is run where it must find something.
            let too = !self_test::needs_process(scenario) && !faulty.slow_in.contains(&id);
            let too = too && !flags.named && !named && faulty.make.matters_in(scenario);
            if control {
                others.push(Trial::named(faulty, id));
            } else if too {
                others.push(Trial::plain(faulty.id, id));
            }
        }
    }
    trials.append(&mut others);
    if silent && !flags.named {
        trials.extend(catalogue().iter().map(Trial::silent));
    }
    trials
}

/// Compares with the matrix that is kept, or writes it anew.
fn stored(now: &str, update: bool) -> Vec<String> {
    let path = matrix::path();
    if update {
        let written = std::fs::write(&path, now);
        return written
            .err()
            .map(|error| format!("{}: {error}", path.display()))
            .into_iter()
            .collect();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    let difference = matrix::difference(&matrix::binding(&kept), &matrix::binding(now));
    difference.into_iter().map(|line| format!("the matrix differs: {line}")).collect()
}

/// What of the matrix differs, but does not bind.
fn notes(now: &str) -> Vec<String> {
    let kept = std::fs::read_to_string(matrix::path()).unwrap_or_default();
    let difference = matrix::difference(&kept, now);
    difference.into_iter().map(|line| format!("note: what is caught too differs: {line}")).collect()
}

/// What the suite said, without the connections.
fn without_wire(said: &str) -> String {
    said.lines().filter(|line| !line.starts_with("  | ")).map(|line| format!("{line}\n")).collect()
}

struct Results<'a> {
    of: BTreeMap<(&'static str, &'static str), &'a Ended>,
    kills: Kills,
}

impl<'a> Results<'a> {
    fn new(ended: &'a [Ended]) -> Self {
        let of = ended.iter().map(|e| ((e.trial.of, e.trial.scenario), e)).collect();
        let mut kills = Kills::new();
        let caught = |e: &&Ended| e.verdict == Verdict::Caught && e.trial.of != SILENT;
        for Ended { trial, .. } in ended.iter().filter(caught) {
            kills.entry(trial.of).or_default().insert(trial.scenario);
        }
        Self { of, kills }
    }

    fn caught_as_named(&self, faulty: &Faulty) -> bool {
        let kills = self.kills.get(faulty.id);
        faulty.caught_by.iter().all(|scenario| kills.is_some_and(|kills| kills.contains(scenario)))
    }

    /// Those that a scenario should have found.
    fn of_named(&self, roster: &[Faulty]) -> Vec<String> {
        let named = roster.iter().flat_map(|f| f.caught_by.iter().map(move |s| (f, *s)));
        let missed = named.filter_map(|(faulty, scenario)| {
            let end = self.of.get(&(faulty.id, scenario))?;
            let why = match &end.verdict {
                Verdict::Caught => return None,
                Verdict::Passed => "it passed",
                Verdict::NotRun(why) | Verdict::Error(why) => why,
            };
            Some(format!("{} ({}): not caught by {scenario}: {why}", faulty.id, faulty.defect))
        });
        missed.collect()
    }

    /// Controls that were found guilty.
    fn of_controls(&self, roster: &[Faulty]) -> Vec<String> {
        let controls = roster.iter().filter(|faulty| faulty.caught_by.is_empty());
        let caught =
            controls.flat_map(|control| self.of.values().filter(|e| e.trial.of == control.id));
        caught
            .filter(|end| end.verdict == Verdict::Caught)
            .map(|end| format!("the control {} fails:\n{}", end.trial.of, without_wire(&end.said)))
            .collect()
    }

    fn errors(&self) -> Vec<String> {
        let broken = self.of.values().filter(|end| end.trial.of != SILENT);
        let broken = broken.filter_map(|end| match &end.verdict {
            Verdict::Error(why) => {
                Some(format!("the suite broke, {} in {}: {why}", end.trial.of, end.trial.scenario))
            }
            _ => None,
        });
        broken.collect()
    }

    /// Scenarios that pass although the servers say nothing. What is only recorded cannot fail.
    fn silent_passes(&self) -> Vec<String> {
        let binding = catalogue().iter().filter(|scenario| scenario.level() != Level::May);
        let passes = binding.filter_map(|scenario| {
            let why = match &self.of.get(&(SILENT, scenario.id()))?.verdict {
                Verdict::Passed => "passes",
                Verdict::NotRun(_) => "is not run",
                Verdict::Caught | Verdict::Error(_) => return None,
            };
            Some(format!("{} {why} though its servers write nothing", scenario.id()))
        });
        passes.collect()
    }

    /// MUSTs that found nothing.
    fn unproven(&self) -> Vec<String> {
        let proven: BTreeSet<&str> = self.kills.values().flatten().copied().collect();
        let musts = catalogue().iter().filter(|scenario| scenario.level() == Level::Must);
        let unproven = musts.filter(|scenario| !proven.contains(scenario.id()));
        unproven.map(|scenario| format!("unproven: {}", scenario.id())).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use kendra_sync_conformance::Caps;

    use super::*;
    use crate::faulty::Make;

    const SCENARIO: &str = "status/success-200-empty";
    const OTHER: &str = "status/validation-400";

    fn roster() -> Vec<Faulty> {
        let faulty = |id, caught_by| Faulty::new(id, "any", Make::Asked(|_| {}), caught_by);
        vec![faulty("S00", &[]).caps(Caps::NONE), faulty("S01", &[SCENARIO])]
    }

    fn ended(of: &'static str, scenario: &'static str, verdict: Verdict) -> Ended {
        let trial = Trial::plain(of, scenario);
        Ended { trial, verdict, said: "said\n  | wire\n".to_owned(), took: Duration::ZERO }
    }

    #[test]
    fn a_defect_counts_as_found_only_by_a_check_that_failed() {
        for (verdict, problem) in [
            (Verdict::Caught, None),
            (Verdict::Passed, Some("it passed")),
            (Verdict::NotRun("skip: why".to_owned()), Some("skip: why")),
            (Verdict::Error("error: why".to_owned()), Some("error: why")),
        ] {
            let ends = [ended("S01", SCENARIO, verdict)];
            let results = Results::new(&ends);
            let expected = problem.map(|why| format!("S01 (any): not caught by {SCENARIO}: {why}"));
            assert_eq!(results.of_named(&roster()), Vec::from_iter(expected));
            assert_eq!(results.caught_as_named(&roster()[1]), problem.is_none());
        }
    }

    #[test]
    fn a_control_that_fails_and_a_suite_that_breaks_are_problems() {
        let ends = [
            ended("S00", SCENARIO, Verdict::Caught),
            ended("S00", OTHER, Verdict::Error("why".to_owned())),
            ended("S01", OTHER, Verdict::Caught),
        ];
        let results = Results::new(&ends);
        assert_eq!(results.of_controls(&roster()), ["the control S00 fails:\nsaid\n"]);
        assert_eq!(results.errors(), [format!("the suite broke, S00 in {OTHER}: why")]);
    }

    #[test]
    fn what_passes_or_is_not_run_with_silent_servers_is_a_problem() {
        let ends = [
            ended(SILENT, SCENARIO, Verdict::Passed),
            ended(SILENT, OTHER, Verdict::NotRun("skip".to_owned())),
            ended(SILENT, "status/throttling-400", Verdict::Caught),
            ended(SILENT, "status/html-503", Verdict::Error("why".to_owned())),
            ended(SILENT, "header/lenient-parsing", Verdict::Passed),
        ];
        let results = Results::new(&ends);
        let expected = [
            format!("{SCENARIO} passes though its servers write nothing"),
            format!("{OTHER} is not run though its servers write nothing"),
        ];
        assert_eq!(results.silent_passes(), expected);
        assert_eq!(results.errors(), Vec::<String>::new());
        assert!(results.kills.is_empty());
    }

    #[test]
    fn a_must_that_found_nothing_is_unproven() {
        let ends = [ended("S01", SCENARIO, Verdict::Caught), ended("S01", OTHER, Verdict::Passed)];
        let unproven = Results::new(&ends).unproven();
        assert!(unproven.contains(&format!("unproven: {OTHER}")));
        assert!(!unproven.contains(&format!("unproven: {SCENARIO}")));
        assert!(!unproven.iter().any(|line| line.ends_with("header/lenient-parsing")));
    }

    #[test]
    fn scenarios_that_are_named_run_once_and_controls_run_everything() {
        let flags = Flags {
            self_test: true,
            update: false,
            only: Vec::new(),
            named: true,
            verbose: false,
            report_dir: None,
            exact: None,
            jobs: 1,
        };
        let trials = trials(&roster(), &flags, true);
        let of = |id: &str| trials.iter().filter(|trial| trial.of == id).count();
        assert_eq!((of("S00"), of("S01"), of(SILENT)), (catalogue().len(), 1, 0));
    }
}
