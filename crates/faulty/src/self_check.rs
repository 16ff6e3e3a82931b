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
    let selected = |id: &str| flags.only.is_empty() || flags.only.iter().any(|only| only == id);
    if let Some(unknown) = flags.only.iter().find(|id| !is_known(id)) {
        return (2, format!("there is no faulty transport {unknown}\n"));
    }
    let roster: Vec<Faulty> = roster().into_iter().filter(|f| selected(f.id)).collect();
    let whole = flags.only.is_empty() && !flags.named;
    let trials = trials(&roster, flags, selected(SILENT));
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
    if whole {
        problems.extend(results.unproven());
        problems.extend(stored(&matrix::text(&roster, &results.kills), flags.update));
    }
    let mut text = problems.iter().map(|problem| format!("{problem}\n")).collect::<String>();
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

/// Controls in every variant, faulty ones as named and over `http` elsewhere, and the silent servers.
fn trials(roster: &[Faulty], flags: &Flags, silent: bool) -> Vec<Trial> {
    let mut trials = Vec::new();
    for faulty in roster {
        let control = faulty.caught_by.is_empty();
        for scenario in faulty.caught_by {
            trials.push(Trial::named(faulty, scenario));
        }
        for scenario in catalogue() {
            let (id, named) = (scenario.id(), faulty.caught_by.contains(&scenario.id()));
            // Processes are dear: what needs one is run where it must find something.
            let too = !flags.named && !named && !self_test::needs_process(scenario);
            if control {
                trials.push(Trial::named(faulty, id));
            } else if too {
                trials.push(Trial::plain(faulty.id, id));
            }
        }
    }
    if silent && !flags.named {
        trials.extend(catalogue().iter().map(|scenario| Trial::plain(SILENT, scenario.id())));
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
    let difference = matrix::difference(&kept, now);
    let lines = difference.into_iter().map(|line| format!("the matrix differs: {line}"));
    lines.collect()
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
