//! The names of features follow from the parameters and the columns' names alone.

use std::collections::HashSet;

use fettle_frame::Frame;

use super::{Property, Shrinks, Trial, Trouble, survival};
use crate::case::Case;
use crate::subject::{Subject, calls_of};

pub(super) fn trial() -> Trial {
    Trial {
        property: Property::Names,
        cases: survival::rows_and_edges,
        holds: named_as_announced,
        shrinks: Shrinks::ALL,
    }
}

fn named_as_announced(subject: &Subject<'_>, case: &Case) -> Result<(), Trouble> {
    let step = subject.step(case)?;
    let mut all = HashSet::new();
    for part in calls_of(&step, &case.frame) {
        let columns: Vec<&str> = part.signals.iter().map(|signal| &*signal.name).collect();
        let announced = step.calls()?.names(&columns)?;
        if let Some(twice) = announced.iter().find(|name| !all.insert((*name).clone())) {
            return Err(Trouble::Broken(format!("two features are named `{twice}`")));
        }
        let without_rows = Frame { timestamps: Vec::new(), ..part.slice(0..0) };
        for (data, windows) in [(&part, &case.windows[..]), (&part, &[]), (&without_rows, &[])] {
            let features = step.calls()?.compute(data, windows)?;
            let found: Vec<&String> = features.iter().map(|feature| &feature.name).collect();
            if !found.iter().copied().eq(&announced) {
                return Err(Trouble::Broken(format!(
                    "it computes {found:?} where it names {announced:?} for the columns {columns:?}"
                )));
            }
            if let Some(feature) = features.iter().find(|feature| feature.values.len() != windows.len()) {
                let (values, name) = (feature.values.len(), &feature.name);
                let windows = windows.len();
                return Err(Trouble::Broken(format!(
                    "it has {values} values of `{name}` for {windows} windows"
                )));
            }
        }
    }
    Ok(())
}
