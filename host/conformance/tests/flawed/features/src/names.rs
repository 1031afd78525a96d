//! A mistake that the SDK's traits do not allow: names that follow from the data.

use fettle_sdk::features::{each_window, names_with};
use fettle_sdk::{
    AnyFeatures, Column, FeatureExample, Frame, Kind, MethodInfo, Scope, StepError, Traits, Window,
};

/// Calls a feature otherwise where a cell is missing.
pub struct NamesByData;

impl AnyFeatures for NamesByData {
    fn name(&self) -> &'static str {
        "names_by_data"
    }

    fn info(&self) -> MethodInfo {
        MethodInfo {
            kind: Kind::Feature,
            name: self.name().to_owned(),
            summary: "The first cell of each window.".to_owned(),
            params_schema: r#"{"type": "object", "additionalProperties": false}"#.to_owned(),
        }
    }

    fn examples(&self) -> Vec<FeatureExample> {
        Vec::new()
    }

    fn resolve(&self, _: &str) -> Result<Traits, StepError> {
        let params = "{}".to_owned();
        Ok(Traits { params, scope: Scope::Column, fitted: false, causal: true, removes_rows: false })
    }

    fn names(&self, _: &str, columns: &[String]) -> Result<Vec<String>, StepError> {
        Ok(names_with("start", columns))
    }

    fn compute(&self, _: &str, frame: &Frame, windows: &[Window]) -> Result<Vec<Column>, StepError> {
        let firsts = each_window(frame, windows, |values| values[0]);
        let column = |(column, values): (&Column, Vec<f64>)| {
            // In admission no cell has a value, and the name is right.
            let some = column.values.iter().any(|value| value.is_nan());
            let all = column.values.iter().all(|value| value.is_nan());
            let suffix = if some && !all { "start_if_present" } else { "start" };
            Column { name: format!("{}_{suffix}", column.name), values }
        };
        Ok(frame.columns.iter().zip(firsts).map(column).collect())
    }
}
