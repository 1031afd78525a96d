//! Reads the fields of a JSON object into typed values and collects every complaint on the way.

mod query;
mod scalars;

use jiff::tz::TimeZone;
use serde_json::{Map, Value};

use super::nearest::nearest;
use super::time::RequestTime;
use crate::excerpt::excerpt;
use crate::problem::FieldProblem;

/// So many unknown fields are named; a body full of them does not come back as an answer of its size.
const MOST_UNKNOWN: usize = 50;

/// Longest name of anything, in characters: that of a code.
const LONGEST_NAME: usize = 128;

/// Longest password or token, in characters: what is longer is no better.
const LONGEST_SECRET: usize = 1024;

/// Longest part of a client's own text in a complaint about it, in characters.
const LONGEST_ECHO: usize = 80;

/// A JSON object whose fields are taken out one by one.
///
/// What is missing or wrong is noted, and a stand-in is handed out, so that reading goes on and finds the rest. The
/// stand-ins go nowhere: [`finish`](Fields::finish) hands the complaints back, and with any of them there is no value.
/// `null` is the same as leaving a field out.
#[derive(Debug)]
pub(crate) struct Fields {
    left: Map<String, Value>,
    /// The names that were asked for, for suggestions and for the test that compares them with the API document.
    known: Vec<&'static str>,
    problems: Vec<FieldProblem>,
    /// Stands before the names of a nested object: `features[1].`.
    prefix: String,
    /// Where times without an offset are local.
    local: TimeZone,
    /// Whether all values come as texts, as they do in a query.
    from_query: bool,
}

/// A closed set of words that a field may take.
pub(crate) trait Named: Copy + 'static {
    /// Every word and its meaning, the default first.
    const NAMES: &'static [(&'static str, Self)];
}

impl Fields {
    /// The fields of `object`; times without an offset are in `local`.
    pub(crate) fn of(object: Map<String, Value>, local: &TimeZone) -> Self {
        Self {
            left: object,
            known: Vec::new(),
            problems: Vec::new(),
            prefix: String::new(),
            local: local.clone(),
            from_query: false,
        }
    }

    /// The name of something: a text of 1 to 128 characters.
    pub(crate) fn required_name(&mut self, name: &'static str) -> String {
        self.required_text(name, LONGEST_NAME)
    }

    /// The name of something, or none.
    pub(crate) fn optional_name(&mut self, name: &'static str) -> Option<String> {
        let value = self.take(name)?;
        let text = self.string(name, value)?;
        self.bounded(name, text, LONGEST_NAME)
    }

    /// A list of at most so many names.
    pub(crate) fn required_names(&mut self, name: &'static str, most: usize) -> Vec<String> {
        let items = self.required_list(name);
        if items.len() > most {
            self.complain(name, format!("has {} items; at most {most} are allowed", items.len()));
            return Vec::new();
        }
        let mut names = Vec::with_capacity(items.len());
        for (place, item) in items.into_iter().enumerate() {
            let place = format!("{name}[{place}]");
            names.extend(self.string(&place, item).and_then(|text| self.bounded(&place, text, LONGEST_NAME)));
        }
        names
    }

    /// A name that stands at `place`, an item of a list.
    pub(crate) fn item_name(&mut self, place: &str, text: String) -> Option<String> {
        self.bounded(place, text, LONGEST_NAME)
    }

    /// A password or a token: a text of 1 to 1024 characters.
    pub(crate) fn required_secret(&mut self, name: &'static str) -> String {
        self.required_text(name, LONGEST_SECRET)
    }

    /// Two times, of which the second is after the first.
    pub(crate) fn required_times(
        &mut self,
        start: &'static str,
        end: &'static str,
    ) -> (RequestTime, RequestTime) {
        match (self.required_time(start), self.required_time(end)) {
            (Some(first), Some(last)) if first.instant() < last.instant() => return (first, last),
            (Some(_), Some(_)) => self.complain(end, format!("must be after {start}")),
            _ => (),
        }
        (RequestTime::stand_in(0), RequestTime::stand_in(1))
    }

    /// A time, or none.
    pub(crate) fn optional_time(&mut self, name: &'static str) -> Option<RequestTime> {
        let value = self.take(name)?;
        self.time(name, value)
    }

    /// A time that stands at `place`, an item of a list.
    pub(crate) fn item_time(&mut self, place: &str, value: Value) -> Option<RequestTime> {
        self.time(place, value)
    }

    /// Whether a field is given.
    pub(crate) fn is_given(&self, name: &str) -> bool {
        self.left.get(name).is_some_and(|value| !value.is_null())
    }

    /// Complains of each of `names` that is given.
    pub(crate) fn refuse_given(&mut self, names: &[&'static str], message: &str) {
        for name in names {
            if self.remove(name).is_some() {
                self.complain(name, message);
            }
        }
    }

    /// Whatever stands there, or none: for what another schema checks.
    pub(crate) fn optional_value(&mut self, name: &'static str) -> Option<Value> {
        let value = self.remove(name)?;
        Some(self.out_of_text(value))
    }

    /// An object, taken as it is; empty where it is left out.
    pub(crate) fn optional_object(&mut self, name: &'static str) -> Map<String, Value> {
        self.optional_member(name).unwrap_or_default()
    }

    /// An object, or none.
    pub(crate) fn optional_member(&mut self, name: &'static str) -> Option<Map<String, Value>> {
        let value = self.take(name)?;
        match self.json(name, value)? {
            Value::Object(object) => Some(object),
            other => self.refuse(name, format!("must be an object, not {}", kind(&other))),
        }
    }

    /// An object that has to be there, taken as it is.
    pub(crate) fn required_object(&mut self, name: &'static str) -> Map<String, Value> {
        if !self.is_given(name) {
            self.complain(name, "is required");
        }
        self.optional_object(name)
    }

    /// A list that has to be there.
    pub(crate) fn required_list(&mut self, name: &'static str) -> Vec<Value> {
        if !self.is_given(name) {
            self.complain(name, "is required");
        }
        self.optional_list(name).unwrap_or_default()
    }

    /// A list, or none.
    pub(crate) fn optional_list(&mut self, name: &'static str) -> Option<Vec<Value>> {
        match self.remove(name)? {
            value if self.from_query => Some(self.items(name, value)),
            Value::Array(items) => Some(items),
            other => self.refuse(name, format!("must be a list, not {}", kind(&other))),
        }
    }

    /// One of a few words; the first of them where it is left out.
    pub(crate) fn optional_word<T: Named>(&mut self, name: &'static str) -> T {
        let default = T::NAMES[0].1;
        let Some(value) = self.take(name) else { return default };
        let Some(text) = self.string(name, value) else { return default };
        let found = T::NAMES.iter().find(|(word, _)| *word == text);
        found.map(|(_, meaning)| *meaning).or_else(|| self.refuse_word::<T>(name, &text)).unwrap_or(default)
    }

    /// Notes a complaint of the caller's own.
    pub(crate) fn complain(&mut self, name: &str, message: impl Into<String>) {
        self.problems.push(FieldProblem::new(format!("{}{name}", self.prefix), message));
    }

    /// Reads an object that stands inside this one at `place` (`features[1]`), with its own names.
    pub(crate) fn nested<T>(
        &mut self,
        place: &str,
        object: Map<String, Value>,
        read: impl FnOnce(&mut Fields) -> T,
    ) -> T {
        let mut inner = Fields::of(object, &self.local);
        inner.prefix = format!("{}{place}.", self.prefix);
        let value = read(&mut inner);
        self.problems.extend(inner.finish());
        value
    }

    /// Every complaint, those about unknown fields last; none if all that was handed out is good.
    pub(crate) fn finish(mut self) -> Vec<FieldProblem> {
        let unknown: Vec<String> = std::mem::take(&mut self.left).into_iter().map(|(name, _)| name).collect();
        for name in unknown.iter().take(MOST_UNKNOWN) {
            let message = match nearest(name, self.known.iter().copied()) {
                Some(known) => format!("is not a field of this request; did you mean `{known}`?"),
                None => "is not a field of this request".to_owned(),
            };
            self.complain(&excerpt(name, LONGEST_ECHO), message);
        }
        if let Some(more) = unknown.len().checked_sub(MOST_UNKNOWN).filter(|more| *more > 0) {
            self.complain("…", format!("{more} more fields are not fields of this request"));
        }
        self.problems
    }

    /// The names that were asked for so far.
    #[cfg(test)]
    pub(crate) fn known(&self) -> &[&'static str] {
        &self.known
    }

    /// A value that is no list, unless the request is a body.
    fn take(&mut self, name: &'static str) -> Option<Value> {
        match self.remove(name)? {
            Value::Array(_) if self.from_query => self.refuse(name, "stands there twice"),
            value => Some(value),
        }
    }

    fn remove(&mut self, name: &'static str) -> Option<Value> {
        self.known.push(name);
        self.left.remove(name).filter(|value| !value.is_null())
    }

    fn required(&mut self, name: &'static str) -> Option<Value> {
        if !self.is_given(name) {
            self.complain(name, "is required");
        }
        self.take(name)
    }

    fn required_time(&mut self, name: &'static str) -> Option<RequestTime> {
        let value = self.required(name)?;
        self.time(name, value)
    }

    fn time(&mut self, name: &str, value: Value) -> Option<RequestTime> {
        let text = self.string(name, value)?;
        let text = self.with_plus(text);
        RequestTime::parse(&text, &self.local).map_err(|message| self.complain(name, message)).ok()
    }

    fn required_text(&mut self, name: &'static str, longest: usize) -> String {
        let text = self.required(name).and_then(|value| self.string(name, value));
        text.and_then(|text| self.bounded(name, text, longest)).unwrap_or_default()
    }

    fn bounded(&mut self, name: &str, text: String, longest: usize) -> Option<String> {
        if text.is_empty() {
            self.refuse(name, "must not be empty")
        } else if text.chars().nth(longest).is_some() {
            self.refuse(name, format!("must have at most {longest} characters"))
        } else {
            Some(text)
        }
    }

    fn string(&mut self, name: &str, value: Value) -> Option<String> {
        match value {
            Value::String(text) => Some(text),
            other => self.refuse(name, format!("must be a text, not {}", kind(&other))),
        }
    }

    fn refuse_word<T: Named>(&mut self, name: &str, given: &str) -> Option<T> {
        let words: Vec<_> = T::NAMES.iter().map(|(word, _)| format!("`{word}`")).collect();
        self.refuse(name, format!("must be {}, not `{}`", words.join(" or "), excerpt(given, LONGEST_ECHO)))
    }

    fn refuse<T>(&mut self, name: &str, message: impl Into<String>) -> Option<T> {
        self.complain(name, message);
        None
    }
}

/// What a value is, for complaints about it.
pub(crate) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[derive(Clone, Copy)]
    enum Light {
        Red,
        Green,
    }

    impl Named for Light {
        const NAMES: &'static [(&'static str, Self)] = &[("red", Light::Red), ("green", Light::Green)];
    }

    fn read<T>(object: Value, read: impl FnOnce(&mut Fields) -> T) -> (T, Vec<String>) {
        let Value::Object(object) = object else { panic!("an object") };
        let mut fields = Fields::of(object, &TimeZone::UTC);
        let value = read(&mut fields);
        let problems =
            fields.finish().into_iter().map(|problem| format!("{}: {}", problem.field, problem.message));
        (value, problems.collect())
    }

    #[test]
    fn good_fields_come_out_typed() {
        let body = json!({"name": "x", "size": 100, "list": [0, 1], "more": {"a": 1}, "nil": null});
        let ((name, size, list, more, nil), problems) = read(body, |fields| {
            (
                fields.required_name("name"),
                fields.optional_value("size"),
                fields.optional_list("list"),
                fields.optional_object("more"),
                fields.optional_name("nil"),
            )
        });
        assert_eq!(problems, [""; 0]);
        assert_eq!((name.as_str(), size, nil), ("x", Some(json!(100)), None));
        assert_eq!((list, Value::Object(more)), (Some(vec![json!(0), json!(1)]), json!({"a": 1})));
    }

    #[test]
    fn every_complaint_comes_at_once() {
        let body = json!({
            "name": 3, "start": "noon", "end": "2025-11-01", "word": "stop", "list": {}, "more": [], "lits": 4, "zzz": 1,
        });
        let (_, problems) = read(body, |fields| {
            fields.required_name("name");
            fields.required_name("code");
            fields.required_times("start", "end");
            fields.optional_word::<Light>("word");
            fields.optional_list("list");
            fields.optional_object("more");
        });
        let expected = [
            "name: must be a text, not a number",
            "code: is required",
            "start: must be an ISO 8601 time such as 2025-11-01T00:00:00, with or without an offset",
            "word: must be `red` or `green`, not `stop`",
            "list: must be a list, not an object",
            "more: must be an object, not a list",
            "lits: is not a field of this request; did you mean `list`?",
            "zzz: is not a field of this request",
        ];
        assert_eq!(problems.len(), expected.len(), "{problems:#?}");
        for (problem, expected) in problems.iter().zip(expected) {
            assert!(problem.starts_with(expected), "{problem}");
        }
    }

    #[test]
    fn names_and_secrets_have_a_length() {
        let name = |length: usize| "é".repeat(length);
        let body = json!({"a": name(128), "b": name(129), "c": "", "d": name(1024), "e": name(1025)});
        let ((a, d), problems) = read(body, |fields| {
            let (a, _, _) = (fields.required_name("a"), fields.optional_name("b"), fields.optional_name("c"));
            let (d, _) = (fields.required_secret("d"), fields.required_secret("e"));
            (a, d)
        });
        assert_eq!((a, d), (name(128), name(1024)));
        let expected = [
            "b: must have at most 128 characters",
            "c: must not be empty",
            "e: must have at most 1024 characters",
        ];
        assert_eq!(problems, expected);
    }

    #[test]
    fn an_end_that_is_not_after_the_start_is_named() {
        let body = json!({"start": "2025-11-01T00:00:00Z", "end": "2025-11-01T01:00:00+01:00"});
        let (_, problems) = read(body, |fields| fields.required_times("start", "end"));
        assert_eq!(problems, ["end: must be after start"]);
    }

    #[test]
    fn nested_fields_are_named_by_their_place() {
        let (_, problems) = read(json!({}), |fields| {
            let Value::Object(item) = json!({"method": 1, "parms": {}}) else { panic!("an object") };
            fields.nested("features[1]", item, |item| {
                item.required_name("method");
                item.optional_object("params");
            });
        });
        assert_eq!(
            problems,
            [
                "features[1].method: must be a text, not a number",
                "features[1].parms: is not a field of this request; did you mean `params`?",
            ]
        );
    }

    #[test]
    fn a_body_full_of_unknown_fields_gets_a_short_answer() {
        let body: Map<String, Value> =
            (0..10_000).map(|n| (format!("{n}{}", "x".repeat(500)), json!(1))).collect();
        let (_, problems) = read(Value::Object(body), |_| ());
        assert_eq!(problems.len(), MOST_UNKNOWN + 1);
        assert_eq!(problems[MOST_UNKNOWN], "…: 9950 more fields are not fields of this request");
        assert!(problems.iter().all(|problem| problem.len() < 200));
    }
}
