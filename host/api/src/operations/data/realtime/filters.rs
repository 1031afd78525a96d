//! The filters of a query: which devices, which time, which cells.

use fettle_frame::TimeRange;
use fettle_metadata::{LabelKind, ModelConfig};
use fettle_realtime::{Cell, Column, Filter, Test};
use serde_json::{Map, Value};

use crate::excerpt::excerpt;
use crate::request::{Fields, RequestTime, TimeForm, kind, nearest};

/// Filters that are not about a field of the model.
const OWN: [&str; 3] = ["device_code", "start_time", "end_time"];

/// Comparisons, as they are written.
const COMPARISONS: [&str; 6] = ["gt", "gte", "lt", "lte", "ne", "in"];

/// Most devices that a query may name, and most values of `in`.
const MOST_ITEMS: usize = 500;

/// Most fields that a query may filter by.
const MOST_FIELDS: usize = 64;

/// Longest part of a client's own text in a complaint about it, in characters.
const LONGEST_ECHO: usize = 80;

/// What the filters ask for.
#[derive(Debug)]
pub(super) struct Asked {
    /// Codes of devices; `None` for all of the model's type.
    pub(super) devices: Option<Vec<String>>,
    /// Whether these stood in a list.
    pub(super) is_list: bool,
    /// Rows in this range alone.
    pub(super) range: TimeRange,
    /// How the answer's times are written.
    pub(super) form: TimeForm,
    /// What fields must be like.
    pub(super) filters: Vec<Filter>,
}

/// A field of the model, as a filter names it.
struct Named<'a> {
    name: &'a str,
    column: Column,
    /// What its cells hold.
    kind: LabelKind,
}

impl Asked {
    /// Reads `filters`; what is wrong with them notes itself in `fields`. Without a model, fields cannot be told.
    pub(super) fn read(
        fields: &mut Fields,
        mut filters: Map<String, Value>,
        model: Option<&ModelConfig>,
    ) -> Self {
        let own: Map<String, Value> = OWN
            .iter()
            .filter_map(|&name| filters.remove(name).map(|value| (name.to_owned(), value)))
            .collect();
        let mut asked = fields.nested("filters", own, Self::read_own);
        if filters.len() > MOST_FIELDS {
            let message = format!("has {} fields; at most {MOST_FIELDS} are allowed", filters.len());
            fields.complain("filters", message);
        } else if let Some(model) = model {
            let known = columns(model);
            for (name, value) in filters {
                match known.iter().find(|field| field.name == name) {
                    Some(field) => asked.filters.extend(field.filter(fields, value)),
                    None => complain_of(fields, &name, &known, model),
                }
            }
        }
        asked
    }

    fn read_own(fields: &mut Fields) -> Self {
        let (devices, is_list) = read_devices(fields);
        let (start, end) = (fields.optional_time("start_time"), fields.optional_time("end_time"));
        let instant = |time: &Option<RequestTime>| time.as_ref().map(RequestTime::instant);
        let from = instant(&start).unwrap_or(TimeRange::ALL.start());
        let range = TimeRange::new(from, instant(&end).unwrap_or(TimeRange::ALL.end()));
        let range = range.unwrap_or_else(|_| {
            fields.complain("end_time", "must be after start_time");
            TimeRange::ALL
        });
        let form = start.or(end).map_or_else(TimeForm::utc, |time| time.form().clone());
        Self { devices, is_list, range, form, filters: Vec::new() }
    }
}

/// A code, or a list of codes, and whether it is a list.
fn read_devices(fields: &mut Fields) -> (Option<Vec<String>>, bool) {
    let items = match fields.optional_value("device_code") {
        None => return (None, false),
        Some(Value::Array(items)) => items,
        Some(Value::String(code)) => {
            let code = fields.item_name("device_code", code);
            return (Some(code.into_iter().collect()), false);
        }
        Some(other) => {
            let message = format!("must be a device's code or a list of codes, not {}", kind(&other));
            fields.complain("device_code", message);
            return (None, false);
        }
    };
    if !(1..=MOST_ITEMS).contains(&items.len()) {
        let message = format!("has {} items; 1 to {MOST_ITEMS} are allowed", items.len());
        fields.complain("device_code", message);
        return (None, true);
    }
    let mut codes = Vec::with_capacity(items.len());
    for (place, item) in items.into_iter().enumerate() {
        let place = format!("device_code[{place}]");
        match item {
            Value::String(code) => codes.extend(fields.item_name(&place, code)),
            other => fields.complain(&place, format!("must be a device's code, not {}", kind(&other))),
        }
    }
    (Some(codes), true)
}

/// The fields of a model, in its order.
fn columns(model: &ModelConfig) -> Vec<Named<'_>> {
    let signals = model.signals.iter().enumerate().map(|(at, signal)| Named {
        name: &signal.name,
        column: Column::Signal(at),
        kind: LabelKind::Float,
    });
    let labels = model.labels.iter().enumerate().map(|(at, label)| Named {
        name: &label.name,
        column: Column::Label(at),
        kind: label.kind,
    });
    signals.chain(labels).collect()
}

/// A filter that is none.
fn complain_of(fields: &mut Fields, name: &str, known: &[Named<'_>], model: &ModelConfig) {
    let names = known.iter().map(|field| field.name).chain(OWN);
    let hint = nearest(name, names).map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
    let field = format!("filters.{}", excerpt(name, LONGEST_ECHO));
    fields.complain(&field, format!("is not a field of model `{}`{hint}", model.model_code));
}

impl Named<'_> {
    /// What `value` asks of this field's cells; complains of all that is wrong with it.
    fn filter(&self, fields: &mut Fields, value: Value) -> Option<Filter> {
        let place = format!("filters.{}", self.name);
        let tests = match value {
            Value::Object(comparisons) => self.comparisons(fields, &place, comparisons)?,
            Value::Array(_) => {
                fields.complain(&place, "must be a value or an object; a list is written {\"in\": […]}");
                return None;
            }
            value => vec![Test::Is(self.cell(fields, &place, &value)?)],
        };
        Some(Filter { column: self.column, tests })
    }

    fn comparisons(
        &self,
        fields: &mut Fields,
        place: &str,
        comparisons: Map<String, Value>,
    ) -> Option<Vec<Test>> {
        if comparisons.is_empty() {
            fields.complain(place, format!("has no comparison; there are {}", COMPARISONS.join(", ")));
            return None;
        }
        let count = comparisons.len();
        let mut tests = Vec::with_capacity(count);
        for (name, value) in comparisons {
            let place = format!("{place}.{}", excerpt(&name, LONGEST_ECHO));
            tests.extend(self.comparison(fields, &place, &name, value));
        }
        (tests.len() == count).then_some(tests)
    }

    fn comparison(&self, fields: &mut Fields, place: &str, name: &str, value: Value) -> Option<Test> {
        let make = match name {
            "ne" => return self.cell(fields, place, &value).map(Test::Not),
            "in" => return self.cells(fields, place, value).map(Test::OneOf),
            "gt" => Test::Greater,
            "gte" => Test::AtLeast,
            "lt" => Test::Less,
            "lte" => Test::AtMost,
            _ => {
                let message = format!("is no comparison; there are {}", COMPARISONS.join(", "));
                fields.complain(place, message);
                return None;
            }
        };
        if self.kind == LabelKind::Bool {
            fields.complain(place, "means nothing of true and false; there are a value, `ne` and `in`");
            return None;
        }
        if value.is_null() {
            fields.complain(place, format!("must be {}, not null", self.expected()));
            return None;
        }
        self.cell(fields, place, &value).map(make)
    }

    fn cells(&self, fields: &mut Fields, place: &str, value: Value) -> Option<Vec<Cell>> {
        let items = match value {
            Value::Array(items) if (1..=MOST_ITEMS).contains(&items.len()) => items,
            Value::Array(items) => {
                let message = format!("has {} items; 1 to {MOST_ITEMS} are allowed", items.len());
                fields.complain(place, message);
                return None;
            }
            other => {
                fields.complain(place, format!("must be a list, not {}", kind(&other)));
                return None;
            }
        };
        let count = items.len();
        let items = items.into_iter().enumerate();
        let cells: Vec<Cell> =
            items.filter_map(|(at, item)| self.cell(fields, &format!("{place}[{at}]"), &item)).collect();
        (cells.len() == count).then_some(cells)
    }

    /// A value of the field's type, or null.
    fn cell(&self, fields: &mut Fields, place: &str, value: &Value) -> Option<Cell> {
        let cell = match (self.kind, value) {
            (_, Value::Null) => Some(Cell::Missing),
            (LabelKind::Float, Value::Number(number)) => number.as_f64().map(Cell::Number),
            (LabelKind::Int, Value::Number(number)) => number.as_i64().map(Cell::Int),
            (LabelKind::Bool, Value::Bool(flag)) => Some(Cell::Bool(*flag)),
            (LabelKind::Text, Value::String(text)) => Some(Cell::Text(text.clone())),
            _ => None,
        };
        if cell.is_none() {
            let given = match value {
                Value::Number(number) if self.kind == LabelKind::Int => number.to_string(),
                other => kind(other).to_owned(),
            };
            fields.complain(place, format!("must be {}, not {given}", self.expected()));
        }
        cell
    }

    fn expected(&self) -> &'static str {
        match self.kind {
            LabelKind::Float => "a number",
            LabelKind::Int => "a whole number",
            LabelKind::Bool => "true or false",
            LabelKind::Text => "a text",
        }
    }
}
