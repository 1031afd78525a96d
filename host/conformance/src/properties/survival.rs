//! Frames that a plugin must survive: a result or an error is fine, a trap or a limit is not.

use fettle_frame::{Frame, Window};
use fettle_steps::{Fault, Kind, StepError};

use super::{Property, Shrinks, Trial, Trouble};
use crate::case::Case;
use crate::generate::{self, Fashion, Random};
use crate::subject::{Subject, run};

/// Rows of the largest frame that is tried.
const MANY_ROWS: usize = 1_000_000;

pub(super) fn trials() -> Vec<Trial> {
    vec![
        trial(Property::EmptyFrame, empty, 0, false),
        trial(Property::OneRow, one_row, 1, true),
        trial(Property::AllMissing, all_missing, 1, false),
        trial(Property::HugeAndTiny, extremes, 1, true),
        trial(Property::OrdinaryRows, rows, 1, true),
        trial(Property::MillionRows, million, 1, false),
    ]
}

fn trial(
    property: Property,
    cases: fn(&Subject<'_>, &mut Random, usize) -> Vec<Case>,
    rows_from: usize,
    cells: bool,
) -> Trial {
    Trial { property, cases, holds: survives, shrinks: Shrinks { rows_from, cells, params: true } }
}

fn survives(subject: &Subject<'_>, case: &Case) -> Result<(), Trouble> {
    let step = subject.step(case)?;
    match run(&step, case) {
        Err(error) if fails(&error) => Err(Trouble::Broken(error.to_string())),
        // What breaks the contract otherwise is the matter of the property that says so.
        Err(error @ StepError::Fault { .. }) => Err(error.into()),
        _ => Ok(()),
    }
}

/// Whether a plugin trapped or ran into a limit.
fn fails(error: &StepError) -> bool {
    match error {
        StepError::Timeout { .. } => true,
        StepError::Fault { fault, .. } => !matches!(fault, Fault::Answer(_)),
        _ => false,
    }
}

fn empty(subject: &Subject<'_>, random: &mut Random, _: usize) -> Vec<Case> {
    each_params(subject, random, &[0], &[Fashion::Wave])
}

fn one_row(subject: &Subject<'_>, random: &mut Random, _: usize) -> Vec<Case> {
    let fashions = [Fashion::Wave, Fashion::Missing, Fashion::Extremes];
    fashions.iter().flat_map(|&fashion| each_params(subject, random, &[1], &[fashion])).collect()
}

fn all_missing(subject: &Subject<'_>, random: &mut Random, _: usize) -> Vec<Case> {
    each_params(subject, random, &[2, 7, 150], &[Fashion::Missing])
}

fn extremes(subject: &Subject<'_>, random: &mut Random, _: usize) -> Vec<Case> {
    each_params(subject, random, &[2, 9, 40, 150], &[Fashion::Extremes])
}

fn million(subject: &Subject<'_>, random: &mut Random, _: usize) -> Vec<Case> {
    let Some(params) = subject.params.first() else { return Vec::new() };
    let names = &subject.columns[..1];
    let frame = generate::frame(random, names, MANY_ROWS, &[Fashion::Gaps]);
    let window = |start: usize| Window { start, end: start + 100 };
    let windows = match subject.kind() {
        Kind::Feature => (0..MANY_ROWS - 100).step_by(50).map(window).collect(),
        _ => Vec::new(),
    };
    vec![Case { windows, ..Case::of_rows(params.clone(), frame) }]
}

/// A case for all parameters, on rows of these counts and fashions in turn.
fn each_params(
    subject: &Subject<'_>,
    random: &mut Random,
    rows: &[usize],
    fashions: &[Fashion],
) -> Vec<Case> {
    let mut cases = Vec::new();
    for params in &subject.params {
        for &rows in rows {
            let columns = random.between(1, subject.columns.len());
            let frame = generate::frame(random, &subject.columns[..columns], rows, fashions);
            cases.push(with_windows(subject, random, Case::of_rows(params.clone(), frame)));
        }
    }
    cases
}

/// At least `most` cases of rows of all sizes and fashions, for all parameters in turn.
pub(super) fn rows(subject: &Subject<'_>, random: &mut Random, most: usize) -> Vec<Case> {
    let sizes = [(120, 400), (2, 8), (8, 40), (40, 160)];
    let all = subject.params.len();
    let case = |index: usize| {
        let params = subject.params[index % all].clone();
        // Sizes shift with every turn through the parameters, so that each meets all of them.
        let (low, high) = sizes[(index + index / all) % sizes.len()];
        let rows = random.between(low, high);
        let columns = random.between(1, subject.columns.len());
        let frame = generate::frame(random, &subject.columns[..columns], rows, &Fashion::ORDINARY);
        with_windows(subject, random, Case::of_rows(params, frame))
    };
    let count = if all == 0 { 0 } else { most.max(2 * all) };
    (0..count).map(case).collect()
}

/// The same, and rows on which answers are easily misshapen: none, one, no value, and extremes.
pub(super) fn rows_and_edges(subject: &Subject<'_>, random: &mut Random, most: usize) -> Vec<Case> {
    let edges = [(0, Fashion::Wave), (1, Fashion::Wave), (3, Fashion::Missing), (60, Fashion::Extremes)];
    let mut cases = rows(subject, random, most);
    for (rows, fashion) in edges {
        cases.extend(each_params(subject, random, &[rows], &[fashion]));
    }
    cases
}

fn with_windows(subject: &Subject<'_>, random: &mut Random, case: Case) -> Case {
    let rows = Frame::rows(&case.frame);
    match subject.kind() {
        Kind::Feature => Case { windows: generate::windows(random, rows, 12), ..case },
        _ => case,
    }
}
