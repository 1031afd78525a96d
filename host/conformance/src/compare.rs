//! Results that ought to be the same, bit for bit; all missing cells are alike.

use fettle_frame::{Frame, Signal, Window};

/// Where two frames differ, told as what `found` has instead of what `due` has.
pub(crate) fn frames(found: &Frame, due: &Frame) -> Option<String> {
    if found.timestamps != due.timestamps {
        return Some(format!("{} rows survive instead of {}", found.rows(), due.rows()));
    }
    signals(&found.signals, &due.signals)
}

/// Where columns differ.
pub(crate) fn signals(found: &[Signal], due: &[Signal]) -> Option<String> {
    let names = |signals: &[Signal]| signals.iter().map(|signal| signal.name.clone()).collect::<Vec<_>>();
    if names(found) != names(due) {
        return Some(format!("the columns are {:?} instead of {:?}", names(found), names(due)));
    }
    found.iter().zip(due).find_map(|(found, due)| signal(found, due))
}

/// Where a column differs.
pub(crate) fn signal(found: &Signal, due: &Signal) -> Option<String> {
    if found.values.len() != due.values.len() {
        let (many, instead) = (found.values.len(), due.values.len());
        return Some(format!("`{}` has {many} values instead of {instead}", found.name));
    }
    let row = found.values.iter().zip(&due.values).position(|(found, due)| !same(*found, *due))?;
    let (value, instead) = (found.values[row], due.values[row]);
    Some(format!("value {row} of `{}` is {} instead of {}", found.name, cell(value), cell(instead)))
}

/// Where lists of windows differ.
pub(crate) fn windows(found: &[Window], due: &[Window]) -> Option<String> {
    if found == due {
        return None;
    }
    let at = found.iter().zip(due).position(|(found, due)| found != due);
    Some(match at {
        Some(at) => {
            let shown = |window: &Window| format!("[{}, {})", window.start, window.end);
            format!("window {at} is {} instead of {}", shown(&found[at]), shown(&due[at]))
        }
        None => format!("there are {} windows instead of {}", found.len(), due.len()),
    })
}

/// Whether two cells are the same bits, or both missing.
pub(crate) fn same(left: f64, right: f64) -> bool {
    left.to_bits() == right.to_bits() || left.is_nan() && right.is_nan()
}

/// A cell as people read it: all its digits, and `-` where it is missing.
pub(crate) fn cell(value: f64) -> String {
    if value.is_nan() {
        return "-".to_owned();
    }
    let magnitude = value.abs();
    if magnitude != 0.0 && !(1e-5..1e16).contains(&magnitude) {
        format!("{value:e}")
    } else {
        value.to_string()
    }
}
