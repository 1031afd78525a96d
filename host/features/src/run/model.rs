//! Rows as a model has them.

use fettle_frame::{Frame, Signal};
use fettle_metadata::ModelField;

/// Gives the signals the model's names and scales. What is too large for an f64 then becomes missing, since no plugin
/// sees an infinity; answers how many cells that are.
pub(super) fn under_the_model(frame: &mut Frame, fields: &[ModelField]) -> usize {
    let mut overflowed = 0;
    for (signal, field) in frame.signals.iter_mut().zip(fields) {
        signal.name.clone_from(&field.name);
        if field.scale == 1.0 && field.offset == 0.0 {
            continue;
        }
        for value in &mut signal.values {
            *value = *value * field.scale + field.offset;
            if value.is_infinite() {
                *value = f64::NAN;
                overflowed += 1;
            }
        }
    }
    overflowed
}

/// The signals without any value.
pub(super) fn without_value(frame: &Frame) -> Vec<String> {
    let empty = |signal: &&Signal| signal.values.iter().all(|value| value.is_nan());
    frame.signals.iter().filter(empty).map(|signal| signal.name.clone()).collect()
}
