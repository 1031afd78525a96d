//! A mistake that the SDK's traits do not allow: rows that go without a word.

use fettle_sdk::{
    AnyTransform, Changed, Fitting, Frame, Kind, MethodInfo, Scope, StepError, Traits, TransformExample,
};

/// Removes rows in which all signals are negative, and says that it removes none.
pub struct DropsUnannounced;

impl AnyTransform for DropsUnannounced {
    fn name(&self) -> &'static str {
        "drops_unannounced"
    }

    fn info(&self) -> MethodInfo {
        MethodInfo {
            kind: Kind::Outlier,
            name: self.name().to_owned(),
            summary: "Removes rows in which all signals are negative.".to_owned(),
            params_schema: r#"{"type": "object", "additionalProperties": false}"#.to_owned(),
        }
    }

    fn examples(&self) -> Vec<TransformExample> {
        Vec::new()
    }

    fn resolve(&self, _: &str) -> Result<Traits, StepError> {
        let params = "{}".to_owned();
        Ok(Traits { params, scope: Scope::Frame, fitted: false, causal: true, removes_rows: false })
    }

    fn summarize(&self, _: &str, _: &[u8], _: &Frame) -> Result<Vec<u8>, StepError> {
        Ok(Vec::new())
    }

    fn merge(&self, _: &str, _: &[u8], _: &[Vec<u8>]) -> Result<Vec<u8>, StepError> {
        Ok(Vec::new())
    }

    fn fit(&self, _: &str, _: &[u8], _: &[u8]) -> Result<Fitting, StepError> {
        Ok(Fitting::Done("null".to_owned()))
    }

    fn apply(&self, _: &str, _: &str, mut frame: Frame) -> Result<Changed, StepError> {
        let negative = |row: usize| frame.columns.iter().all(|column| column.values[row] < 0.0);
        let kept: Vec<u32> =
            (0..frame.timestamps.len()).filter(|&row| !negative(row)).map(|row| row as u32).collect();
        if kept.len() == frame.timestamps.len() {
            return Ok(Changed { columns: frame.columns, kept: None });
        }
        for column in &mut frame.columns {
            column.values = kept.iter().map(|&row| column.values[row as usize]).collect();
        }
        Ok(Changed { columns: frame.columns, kept: Some(kept) })
    }
}
