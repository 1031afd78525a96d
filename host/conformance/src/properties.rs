//! What the contract asks of a plugin, each as a property that holds on a case or not.

mod causality;
mod columns;
mod merging;
mod names;
mod own_window;
mod parameters;
mod repetition;
mod shape;
mod survival;

use std::fmt;

use fettle_steps::{Kind, StepError};
use serde::Serialize;

use crate::case::Case;
use crate::generate::Random;
use crate::subject::{Subject, transforms};

/// A property of a plugin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Property {
    /// No trap, memory or time limit for any parameters.
    ParametersTaken,
    /// Parameters that the schema does not describe are refused.
    ParametersRefused,
    /// Resolving resolved parameters changes nothing, and the schema's defaults are what is resolved.
    Defaults,
    /// No trap on a frame without rows.
    EmptyFrame,
    /// No trap on one row.
    OneRow,
    /// No trap where no cell has a value.
    AllMissing,
    /// No trap on huge and tiny values.
    HugeAndTiny,
    /// No trap on ordinary rows.
    OrdinaryRows,
    /// A million rows within the limits of memory and time.
    MillionRows,
    /// The same input gives the same bits, whatever came before it.
    Repeatable,
    /// What is said about rows and columns is so: none are removed, or those that are named.
    RowsAndColumns,
    /// Each column alone gives what all columns give together.
    ColumnsAlone,
    /// Fitting summaries of parts gives what fitting the whole gives, however it is cut and merged.
    Merging,
    /// Summaries keep to their size.
    SummarySize,
    /// Later rows change no earlier result.
    Causality,
    /// Windows lie within the rows, in order, none empty.
    WindowBounds,
    /// Feature names follow from parameters and columns alone.
    Names,
    /// A window's features depend on the rows of that window alone.
    OwnWindow,
}

/// Why a property did not hold, or could not be judged.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// It does not hold.
    Broken(String),
    /// The plugin gave no result to judge.
    NoResult(StepError),
    /// The plugin does not claim it with these parameters.
    NotClaimed,
}

impl From<StepError> for Trouble {
    fn from(error: StepError) -> Self {
        Trouble::NoResult(error)
    }
}

/// `Broken` where there is something to say.
pub(crate) fn broken_if(problem: Option<String>) -> Result<(), Trouble> {
    problem.map_or(Ok(()), |problem| Err(Trouble::Broken(problem)))
}

/// A property with how it is tried.
pub(crate) struct Trial {
    pub(crate) property: Property,
    pub(crate) cases: fn(&Subject<'_>, &mut Random, usize) -> Vec<Case>,
    pub(crate) holds: fn(&Subject<'_>, &Case) -> Result<(), Trouble>,
    pub(crate) shrinks: Shrinks,
}

/// What may be made smaller in a case without making it another property's.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shrinks {
    /// No fewer rows than this.
    pub(crate) rows_from: usize,
    /// Whether cells may be replaced by simpler ones.
    pub(crate) cells: bool,
    /// Whether parameters may be left out.
    pub(crate) params: bool,
}

impl Shrinks {
    pub(crate) const ALL: Shrinks = Shrinks { rows_from: 0, cells: true, params: true };
    pub(crate) const NOTHING: Shrinks = Shrinks { rows_from: usize::MAX, cells: false, params: false };
}

/// All that is tried of a method of `kind`, cheap things first.
pub(crate) fn trials(kind: Kind) -> Vec<Trial> {
    let mut trials = parameters::trials();
    trials.extend(survival::trials());
    trials.push(repetition::trial());
    if transforms(kind) {
        trials.push(shape::rows_and_columns());
        trials.push(columns::trial());
        trials.extend(merging::trials());
        trials.push(causality::trial());
    } else if kind == Kind::Window {
        trials.push(shape::window_bounds());
        trials.push(causality::trial());
    } else {
        trials.push(names::trial());
        trials.push(columns::trial());
        trials.push(own_window::trial());
    }
    trials
}

impl fmt::Display for Property {
    /// What holds where it holds.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Property::ParametersTaken => "survives all parameters",
            Property::ParametersRefused => "refuses parameters outside the schema",
            Property::Defaults => "resolves defaults once and for all",
            Property::EmptyFrame => "survives an empty frame",
            Property::OneRow => "survives one row",
            Property::AllMissing => "survives rows without a value",
            Property::HugeAndTiny => "survives huge and tiny values",
            Property::OrdinaryRows => "survives ordinary rows",
            Property::MillionRows => "takes a million rows within the limits",
            Property::Repeatable => "gives the same result twice",
            Property::RowsAndColumns => "removes the rows that it says, and no column",
            Property::ColumnsAlone => "gives each column alone what it gives all together",
            Property::Merging => "fits merged summaries as one, whatever the cuts",
            Property::SummarySize => "keeps summaries within their size",
            Property::Causality => "lets later rows change no earlier result",
            Property::WindowBounds => "keeps windows in range and in order",
            Property::Names => "names features whatever the data",
            Property::OwnWindow => "lets a window's rows alone decide its features",
        })
    }
}
