//! Fields that are numbers, truth values or one of a few words without a default.

use std::ops::RangeInclusive;

use serde_json::Value;

use super::{Fields, Named, kind};

impl Fields {
    /// A whole number within `range`, or none.
    pub(crate) fn optional_whole(&mut self, name: &'static str, range: RangeInclusive<u64>) -> Option<u64> {
        let value = self.take(name)?;
        let whole = match &value {
            Value::Number(number) => number.as_u64(),
            Value::String(text) if self.from_query => text.parse().ok(),
            _ => None,
        };
        whole.filter(|whole| range.contains(whole)).or_else(|| {
            let (least, most) = range.into_inner();
            let expected = match most {
                u64::MAX => format!("must be a whole number of at least {least}"),
                _ => format!("must be a whole number from {least} to {most}"),
            };
            self.refuse(name, expected)
        })
    }

    /// A number, or none.
    pub(crate) fn optional_number(&mut self, name: &'static str) -> Option<f64> {
        let value = self.take(name)?;
        value.as_f64().or_else(|| self.refuse(name, format!("must be a number, not {}", kind(&value))))
    }

    /// `true` or `false`; `false` where it is left out. In a query, its name alone is `true`.
    pub(crate) fn optional_flag(&mut self, name: &'static str) -> bool {
        self.optional_truth(name).unwrap_or_default()
    }

    /// `true` or `false`, or none.
    pub(crate) fn optional_truth(&mut self, name: &'static str) -> Option<bool> {
        match self.take(name)? {
            Value::Bool(truth) => Some(truth),
            Value::String(text) if self.from_query => {
                let text = if text.is_empty() { "true" } else { &text };
                text.parse().ok().or_else(|| self.refuse(name, "must be true or false"))
            }
            other => self.refuse(name, format!("must be true or false, not {}", kind(&other))),
        }
    }

    /// One of a few words, or none.
    pub(crate) fn optional_choice<T: Named>(&mut self, name: &'static str) -> Option<T> {
        self.is_given(name).then(|| self.optional_word(name)).or_else(|| {
            self.take(name);
            None
        })
    }

    /// One of a few words that has to be there.
    pub(crate) fn required_choice<T: Named>(&mut self, name: &'static str) -> T {
        if !self.is_given(name) {
            self.complain(name, "is required");
        }
        self.optional_word(name)
    }
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;
    use serde_json::json;

    use super::*;

    fn fields(object: Value, from_query: bool) -> Fields {
        let Value::Object(object) = object else { panic!("an object") };
        let read = if from_query { Fields::of_query } else { Fields::of };
        read(object, &TimeZone::UTC)
    }

    #[test]
    fn whole_numbers_lie_in_their_range_and_come_as_texts_in_queries_alone() {
        let given = json!({"a": 3, "b": 0, "c": "3", "d": 3.5, "e": -1});
        let mut body = fields(given, false);
        let read = ["a", "b", "c", "d", "e"].map(|name| body.optional_whole(name, 1..=9));
        assert_eq!(read, [Some(3), None, None, None, None]);
        let told: Vec<String> = body.finish().into_iter().map(|problem| problem.message).collect();
        assert_eq!(told, ["must be a whole number from 1 to 9"; 4]);

        let mut query = fields(json!({"a": "3", "b": "three"}), true);
        assert_eq!(["a", "b"].map(|name| query.optional_whole(name, 1..=9)), [Some(3), None]);
        assert_eq!(query.finish().len(), 1);
    }

    #[test]
    fn numbers_and_flags_are_no_texts() {
        let mut body = fields(json!({"a": 1, "b": 0.5, "c": "1", "d": true, "e": "true"}), false);
        let numbers = ["a", "b", "c"].map(|name| body.optional_number(name));
        assert_eq!(numbers, [Some(1.0), Some(0.5), None]);
        assert!(body.optional_flag("d") && !body.optional_flag("e") && !body.optional_flag("f"));
        let told: Vec<String> = body.finish().into_iter().map(|problem| problem.message).collect();
        assert_eq!(told, ["must be a number, not a text", "must be true or false, not a text"]);
    }

    #[test]
    fn what_is_not_said_to_be_true_or_false_is_neither_and_queries_say_it_in_letters() {
        let mut body = fields(json!({"a": false, "b": "false", "c": 0}), false);
        assert_eq!(
            ["a", "b", "c", "d"].map(|name| body.optional_truth(name)),
            [Some(false), None, None, None]
        );
        assert_eq!(body.finish().len(), 2);
        let mut query = fields(json!({"a": "false", "b": "true", "c": "no"}), true);
        assert_eq!(["a", "b", "c"].map(|name| query.optional_truth(name)), [Some(false), Some(true), None]);
        let told: Vec<String> = query.finish().into_iter().map(|problem| problem.message).collect();
        assert_eq!(told, ["must be true or false"]);
    }
}
