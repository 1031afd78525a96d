//! A fit is a mergeable aggregate: whatever the cuts and however the summaries are merged, the state is that of the
//! whole, and no summary outgrows its bounds.

use std::cell::Cell;

use fettle_frame::Frame;
use fettle_steps::{Calls, FitAnswer, Step, StepError};
use serde_json::value::RawValue;

use super::{Property, Shrinks, Trial, Trouble};
use crate::case::{Case, Params};
use crate::generate::{self, Fashion, Random};
use crate::subject::{Subject, calls_of};

/// More rounds over the data are a fault of the plugin.
const MOST_ROUNDS: usize = 16;

/// Bytes of a summary, merged or not, for each column.
const MOST_BYTES: usize = 1 << 20;

pub(super) fn trials() -> Vec<Trial> {
    vec![
        Trial {
            property: Property::Merging,
            cases: cut_rows,
            holds: merged_as_whole,
            shrinks: Shrinks { rows_from: 1, ..Shrinks::ALL },
        },
        Trial {
            property: Property::SummarySize,
            cases: many_rows,
            holds: within_size,
            shrinks: Shrinks { rows_from: 1, cells: false, params: true },
        },
    ]
}

/// How summaries of parts become one.
#[derive(Debug, Clone, Copy)]
enum Merge {
    /// One after the other, as the host does.
    OneByOne,
    /// All in one call.
    AtOnce,
    /// The later ones first.
    FromTheEnd,
    /// Neighbours in pairs, then pairs of those.
    InPairs,
    /// Each alone, then all in one call.
    EachAlone,
}

impl Merge {
    const ALL: [(Merge, &str); 5] = [
        (Merge::OneByOne, "one by one"),
        (Merge::AtOnce, "in one call"),
        (Merge::FromTheEnd, "from the end"),
        (Merge::InPairs, "in pairs"),
        (Merge::EachAlone, "each alone and then in one call"),
    ];
}

fn cut_rows(subject: &Subject<'_>, random: &mut Random, most: usize) -> Vec<Case> {
    let mut cases = super::survival::rows(subject, random, most);
    for case in &mut cases {
        let cuts = random.between(1, 5);
        case.cuts = (0..cuts).map(|_| random.between(0, case.frame.rows())).collect();
        case.cuts.sort_unstable();
    }
    cases
}

/// Enough rows that a summary which grows with them outgrows its bounds, with all cells different and with many alike.
fn many_rows(subject: &Subject<'_>, random: &mut Random, _: usize) -> Vec<Case> {
    const ROWS: usize = 150_000;
    let Some(params) = subject.params.iter().find(|params| fits(subject, params)) else {
        // Whatever rows there are, nothing is fitted.
        return subject.params.first().cloned().map(Case::of_params).into_iter().collect();
    };
    let fashions = [Fashion::Wave, Fashion::Counts];
    let case = |&fashion: &Fashion| {
        let frame = generate::frame(random, &subject.columns[..1], ROWS, &[fashion]);
        let cuts = (1..8).map(|part| part * ROWS / 8).collect();
        Case { cuts, ..Case::of_rows(params.clone(), frame) }
    };
    fashions.iter().map(case).collect()
}

fn fits(subject: &Subject<'_>, params: &Params) -> bool {
    subject.resolve(params).is_ok_and(|step| step.traits().fitted)
}

fn merged_as_whole(subject: &Subject<'_>, case: &Case) -> Result<(), Trouble> {
    let step = fitted_step(subject, case)?;
    let sizes = Cell::new(0);
    let parts = case.parts();
    for (index, whole) in calls_of(&step, &case.frame).iter().enumerate() {
        let due = learn(&step, std::slice::from_ref(whole), None, &sizes)?;
        let parts: Vec<Frame> = parts.iter().map(|part| calls_of(&step, part).swap_remove(index)).collect();
        for (merge, manner) in Merge::ALL {
            let found = learn(&step, &parts, Some(merge), &sizes)?;
            if found != due {
                let rows: Vec<String> = parts.iter().map(|part| part.rows().to_string()).collect();
                return Err(Trouble::Broken(format!(
                    "of parts of {} rows, their summaries merged {manner}, the state is {found}; of all rows at once it \
                     is {due}",
                    rows.join(" + ")
                )));
            }
        }
    }
    Ok(())
}

fn within_size(subject: &Subject<'_>, case: &Case) -> Result<(), Trouble> {
    let step = fitted_step(subject, case)?;
    for part in [case.parts(), vec![case.frame.clone()]] {
        let largest = Cell::new(0);
        learn(&step, &part, Some(Merge::OneByOne), &largest)?;
        let bytes = largest.get();
        if bytes > MOST_BYTES {
            let rows = case.frame.rows();
            return Err(Trouble::Broken(format!(
                "a summary of {rows} rows in {} parts has {bytes} bytes; {MOST_BYTES} a column are allowed",
                part.len()
            )));
        }
    }
    Ok(())
}

fn fitted_step(subject: &Subject<'_>, case: &Case) -> Result<Step, Trouble> {
    let step = subject.step(case)?;
    if step.traits().fitted { Ok(step) } else { Err(Trouble::NotClaimed) }
}

/// The state of `parts`, through all rounds, in one instance; a part alone may do without merging. `largest` is the size
/// of the largest summary so far.
fn learn(
    step: &Step,
    parts: &[Frame],
    merge: Option<Merge>,
    largest: &Cell<usize>,
) -> Result<String, Trouble> {
    let mut calls = step.calls()?;
    let mut round = Vec::new();
    for _ in 0..MOST_ROUNDS {
        let mut summaries = Vec::with_capacity(parts.len());
        for part in parts {
            summaries.push(noted(calls.summarize(&round, part)?, largest));
        }
        let summary = match merge {
            Some(merge) => merged(&mut calls, &round, summaries, merge, largest)?,
            None => summaries.swap_remove(0),
        };
        match calls.fit(&round, &summary)? {
            FitAnswer::Done(state) => {
                if serde_json::from_str::<&RawValue>(&state).is_err() {
                    return Err(Trouble::Broken(format!("its state is not JSON: {state}")));
                }
                return Ok(state);
            }
            FitAnswer::Again(next) if next.is_empty() => {
                return Err(Trouble::Broken(
                    "it asks for a further round and hands nothing back for it".into(),
                ));
            }
            FitAnswer::Again(next) => round = next,
        }
    }
    Err(Trouble::Broken(format!("it has no state after {MOST_ROUNDS} rounds")))
}

fn noted(summary: Vec<u8>, largest: &Cell<usize>) -> Vec<u8> {
    largest.set(largest.get().max(summary.len()));
    summary
}

fn merged(
    calls: &mut Calls<'_>,
    round: &[u8],
    mut summaries: Vec<Vec<u8>>,
    merge: Merge,
    largest: &Cell<usize>,
) -> Result<Vec<u8>, StepError> {
    let mut join = |parts: &[&[u8]]| calls.merge(round, parts).map(|merged| noted(merged, largest));
    match merge {
        Merge::OneByOne => {
            let mut rest = summaries.into_iter();
            let first = rest.next().unwrap_or_default();
            rest.try_fold(first, |before, next| join(&[&before, &next]))
        }
        Merge::FromTheEnd => {
            let mut rest = summaries.into_iter().rev();
            let last = rest.next().unwrap_or_default();
            rest.try_fold(last, |after, next| join(&[&next, &after]))
        }
        Merge::AtOnce => {
            let parts: Vec<&[u8]> = summaries.iter().map(Vec::as_slice).collect();
            join(&parts)
        }
        Merge::InPairs => {
            while summaries.len() > 1 {
                let pairs = summaries.chunks(2).map(|pair| match pair {
                    [left, right] => join(&[left, right]),
                    odd => Ok(odd.concat()),
                });
                summaries = pairs.collect::<Result<_, _>>()?;
            }
            Ok(summaries.swap_remove(0))
        }
        Merge::EachAlone => {
            let each = summaries.iter().map(|summary| join(&[summary])).collect::<Result<Vec<_>, _>>()?;
            let parts: Vec<&[u8]> = each.iter().map(Vec::as_slice).collect();
            join(&parts)
        }
    }
}
