//! A plugin, checked from its file on.

use std::sync::Arc;
use std::time::{Duration, Instant};

use fettle_steps::{Catalogue, Plugin, Sandbox, Settings, StepError, Terms};

use crate::case::Case;
use crate::generate::Random;
use crate::properties::{Trial, Trouble, trials};
use crate::report::{Counterexample, MethodReport, Outcome, PluginReport, Report, Verdict};
use crate::shrink;
use crate::subject::Subject;

/// How long a property is tried: what a plugin takes much longer for than it should is not tried to the end.
const PATIENCE: Duration = Duration::from_secs(30);

/// How thoroughly a plugin is checked.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Generated inputs follow from it.
    pub seed: u64,
    /// Cases of generated rows for each property; more where a method has more parameters to try.
    pub cases: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { seed: 1, cases: 40 }
    }
}

/// How a sandbox is set up to check and measure plugins in: as a server has it, without code kept between starts, since
/// a file that is being worked on changes all the time, and without setting aside. Limits, and the process that compiles,
/// are the caller's.
pub fn settings() -> Settings {
    Settings::default()
}

/// Admits the component `bytes` as a server would on these terms, then tries every property of every method. `progress` is
/// told what is tried next. Runs guest code: to be called on a guest thread.
pub fn check(
    sandbox: &Arc<Sandbox>,
    bytes: &[u8],
    terms: &Terms,
    options: Options,
    mut progress: impl FnMut(&str),
) -> Report {
    progress("admission");
    let refused = |problem: String| Report::refused(bytes.len(), options.seed, problem);
    let plugin = match Plugin::admit_on(sandbox, bytes, terms) {
        Ok(plugin) => plugin,
        Err(error) => return refused(error.to_string()),
    };
    let catalogue = match Catalogue::new(vec![Arc::clone(&plugin)]) {
        Ok(catalogue) => catalogue,
        Err(error) => return refused(error.to_string()),
    };
    let mut methods = Vec::new();
    for method in plugin.methods() {
        let subject = match Subject::new(&catalogue, &plugin, method, options.seed) {
            Ok(subject) => subject,
            Err(error) => return refused(error.to_string()),
        };
        let outcomes = outcomes(&subject, options, &mut progress);
        methods.push(MethodReport { kind: method.kind, method: method.name.clone(), outcomes });
    }
    Report::of(PluginReport::of(&plugin, bytes.len()), options.seed, methods)
}

fn outcomes(subject: &Subject<'_>, options: Options, progress: &mut impl FnMut(&str)) -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    let mut fault = None;
    for trial in trials(subject.kind()) {
        progress(&format!("{} `{}` {}", subject.kind(), subject.method.name, trial.property));
        let judged = judge(subject, &trial, options);
        if let Some(case) = judged.fault
            && fault.is_none()
        {
            fault = Some((outcomes.len(), trial.shrinks, case));
        }
        outcomes.push(Outcome { property: trial.property, verdict: judged.verdict });
    }
    // A fault that no property is about must not pass unseen: it is told where it came up.
    let broken = outcomes.iter().any(|outcome| matches!(outcome.verdict, Verdict::Broken(_)));
    if let Some((index, shrinks, case)) = fault.filter(|_| !broken)
        && let Some(trial) = trials(subject.kind()).get(index)
    {
        let problem = |case: &Case| match (trial.holds)(subject, case) {
            Err(Trouble::NoResult(error)) if is_fault(&error) => Some(error.to_string()),
            _ => None,
        };
        let told = problem(&case).unwrap_or_default();
        let (case, told) = shrink::smallest(case, told, shrinks, problem);
        outcomes[index].verdict = Verdict::Broken(Counterexample::of(&case, told));
    }
    outcomes
}

struct Judged {
    verdict: Verdict,
    /// A case on which the plugin did what no plugin may, though this property is not about that.
    fault: Option<Case>,
}

fn judge(subject: &Subject<'_>, trial: &Trial, options: Options) -> Judged {
    let purpose = format!("{} {} {:?}", subject.kind(), subject.method.name, trial.property);
    let mut random = Random::new(options.seed, &purpose);
    let (mut held, mut not_claimed) = (0, false);
    let (mut fault, mut last_error) = (None, None);
    let cases = (trial.cases)(subject, &mut random, options.cases);
    let until = Instant::now() + PATIENCE;
    for case in cases {
        if Instant::now() > until {
            break;
        }
        match (trial.holds)(subject, &case) {
            Ok(()) => held += 1,
            Err(Trouble::NotClaimed) => not_claimed = true,
            Err(Trouble::NoResult(error)) => {
                last_error = Some(error.to_string());
                if is_fault(&error) && fault.is_none() {
                    fault = Some(case);
                }
            }
            Err(Trouble::Broken(told)) => {
                let broken = |case: &Case| match (trial.holds)(subject, case) {
                    Err(Trouble::Broken(told)) => Some(told),
                    _ => None,
                };
                let (case, told) = shrink::smallest(case, told, trial.shrinks, broken);
                return Judged { verdict: Verdict::Broken(Counterexample::of(&case, told)), fault };
            }
        }
    }
    let verdict = match last_error {
        _ if held > 0 => Verdict::Held { cases: held },
        None if not_claimed => Verdict::NotClaimed,
        Some(error) => {
            Verdict::Untested { reason: format!("no case gave a result; the last error was: {error}") }
        }
        None => Verdict::Untested {
            reason: "the method takes none of the parameters that its examples and its schema suggest"
                .to_owned(),
        },
    };
    Judged { verdict, fault }
}

fn is_fault(error: &StepError) -> bool {
    matches!(error, StepError::Fault { .. } | StepError::Timeout { .. })
}
