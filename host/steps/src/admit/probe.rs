//! Frames that every method must survive: an error is fine, a trap is not.

use std::sync::Arc;

use fettle_frame::{Frame, Signal, Window};

use crate::catalogue::resolve;
use crate::{AdmissionError, Kind, Plugin, Step, StepError};

/// Rows of the frame on which every cell is missing.
const ROWS: usize = 8;

/// Tries every method with its defaults on an empty frame and on one without any value. Parameters may name a signal that
/// these frames do not have: that they are refused then is an answer like any other.
pub(super) fn try_out(plugin: &Arc<Plugin>) -> Result<(), AdmissionError> {
    for method in &plugin.methods {
        let traits = match resolve(plugin, method.kind, &method.name, "{}") {
            Ok(traits) => traits,
            // A method may have parameters without defaults; nothing can be tried then.
            Err(StepError::InvalidParams { .. }) => continue,
            Err(error) => return Err(error.into()),
        };
        let step =
            Step { plugin: Arc::clone(plugin), kind: method.kind, method: method.name.clone(), traits };
        for (name, rows) in [("an empty frame", 0), ("a frame without a value", ROWS)] {
            match run(&step, rows) {
                Ok(())
                | Err(
                    StepError::InvalidParams { .. }
                    | StepError::InsufficientData(_)
                    | StepError::Failed { .. },
                ) => {}
                Err(error) => return Err(AdmissionError::Probe { frame: name, error }),
            }
        }
    }
    Ok(())
}

fn run(step: &Step, rows: usize) -> Result<(), StepError> {
    let column = |name: &str| Signal { name: name.to_owned(), values: vec![f64::NAN; rows] };
    let frame = Arc::new(Frame {
        timestamps: (0..rows as i64).map(|row| row * 1_000_000_000).collect(),
        signals: vec![column("a"), column("b")],
        labels: Vec::new(),
    });
    match step.kind() {
        Kind::MissingValue | Kind::Outlier | Kind::Normalize => step.fit_apply(&frame).map(drop),
        Kind::Window => step.plan(&frame).map(drop),
        Kind::Feature => {
            let whole = [Window { start: 0, end: rows }];
            let windows = if rows == 0 { &[][..] } else { &whole[..] };
            step.compute(&frame, windows).map(drop)
        }
    }
}
