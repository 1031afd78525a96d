//! Label columns: collected as they come, typed when all are there.

use std::collections::HashMap;

use fettle_frame::{LabelType, LabelValues};

use crate::cell::{is_missing, number, shortened};

/// The cells of a label column so far.
#[derive(Debug, Default)]
pub struct LabelColumn {
    stretches: Vec<Stretch>,
}

/// Cells of one kind in a row.
#[derive(Debug)]
enum Stretch {
    /// From CSV, whose texts say nothing of types.
    Words(Words),
    /// From Parquet.
    Typed(LabelValues),
}

/// Texts, each distinct one kept once.
#[derive(Debug, Default)]
struct Words {
    distinct: Vec<String>,
    places: HashMap<String, u32>,
    /// Index into `distinct`, or [`NO_WORD`].
    cells: Vec<u32>,
}

const NO_WORD: u32 = u32::MAX;

impl LabelColumn {
    /// One more cell of a CSV file.
    pub fn push(&mut self, text: &str) {
        if !matches!(self.stretches.last(), Some(Stretch::Words(_))) {
            self.stretches.push(Stretch::Words(Words::default()));
        }
        if let Some(Stretch::Words(words)) = self.stretches.last_mut() {
            words.push(text);
        }
    }

    /// More cells of a Parquet file.
    pub fn append(&mut self, cells: LabelValues) {
        match self.stretches.last_mut() {
            Some(Stretch::Typed(values)) if values.label_type() == cells.label_type() => {
                values.append(cells).expect("they are of one type");
            }
            _ => self.stretches.push(Stretch::Typed(cells)),
        }
    }

    /// All cells in the type that the label is recorded in. Where it is not recorded yet, that is the type that Parquet
    /// files give it, and for CSV the first of truth values (`true`, `false`), whole numbers, numbers and texts that
    /// holds for every cell. `None` for a label that is not recorded and has no value in any row: it has no type.
    ///
    /// The error says what is wrong with the column.
    pub fn into_typed(self, recorded: Option<LabelType>) -> Result<Option<LabelValues>, String> {
        let Some(label_type) = recorded.or_else(|| self.own_type()) else { return Ok(None) };
        let origin = if recorded.is_some() { "is recorded as" } else { "is elsewhere" };
        let mut typed = LabelValues::missing(label_type, 0);
        for stretch in self.stretches {
            let cells = match stretch {
                Stretch::Words(words) => words.into_typed(label_type),
                Stretch::Typed(values) => converted(values, label_type),
            };
            let cells = cells.map_err(|found| format!("{origin} {label_type}, and here {found}"))?;
            typed.append(cells).expect("they were converted to one type");
        }
        Ok(Some(typed))
    }

    fn own_type(&self) -> Option<LabelType> {
        let given = self.stretches.iter().filter_map(|stretch| match stretch {
            Stretch::Typed(values) if values.missing_cells() < values.len() => Some(values.label_type()),
            _ => None,
        });
        // Whole numbers and others are numbers.
        let given = given.reduce(|one, other| match (one, other) {
            (LabelType::Int, LabelType::Float) => LabelType::Float,
            (one, _) => one,
        });
        given.or_else(|| {
            let words: Vec<&str> = self
                .stretches
                .iter()
                .filter_map(|stretch| match stretch {
                    Stretch::Words(words) => Some(words.distinct.iter().map(String::as_str)),
                    Stretch::Typed(_) => None,
                })
                .flatten()
                .collect();
            let types = [LabelType::Bool, LabelType::Int, LabelType::Float, LabelType::Text];
            let fits = |label_type: &LabelType| words.iter().all(|word| is_of(word, *label_type));
            (!words.is_empty()).then(|| types.into_iter().find(fits)).flatten()
        })
    }
}

impl Words {
    fn push(&mut self, text: &str) {
        let cell = match self.places.get(text) {
            Some(&place) => place,
            None if is_missing(text) => NO_WORD,
            None => {
                let place = u32::try_from(self.distinct.len())
                    .ok()
                    .filter(|&place| place != NO_WORD)
                    .expect("memory ends before four billion distinct texts do");
                self.distinct.push(text.to_owned());
                self.places.insert(text.to_owned(), place);
                place
            }
        };
        self.cells.push(cell);
    }

    /// The error shows a word of another type.
    fn into_typed(self, label_type: LabelType) -> Result<LabelValues, String> {
        if let Some(word) = self.distinct.iter().find(|word| !is_of(word, label_type)) {
            return Err(format!("has `{}`", shortened(word)));
        }
        fn spread<T: Clone>(words: &Words, read: impl Fn(&str) -> Option<T>) -> Vec<Option<T>> {
            let distinct: Vec<Option<T>> = words.distinct.iter().map(|word| read(word)).collect();
            words.cells.iter().map(|&cell| distinct.get(cell as usize).cloned().flatten()).collect()
        }
        Ok(match label_type {
            LabelType::Int => LabelValues::Int(spread(&self, |word| word.parse().ok())),
            LabelType::Float => LabelValues::Float(spread(&self, |word| word.parse().ok())),
            LabelType::Bool => LabelValues::Bool(spread(&self, truth)),
            LabelType::Text => LabelValues::Text(spread(&self, |word| Some(word.to_owned()))),
        })
    }
}

fn is_of(word: &str, label_type: LabelType) -> bool {
    match label_type {
        LabelType::Int => word.parse::<i64>().is_ok(),
        LabelType::Float => number(word).is_some(),
        LabelType::Bool => truth(word).is_some(),
        LabelType::Text => true,
    }
}

fn truth(word: &str) -> Option<bool> {
    if word.eq_ignore_ascii_case("true") {
        Some(true)
    } else if word.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}

/// Cells of a Parquet file as another type: whole numbers are numbers too, and missing cells are of every type.
fn converted(values: LabelValues, label_type: LabelType) -> Result<LabelValues, String> {
    match values {
        values if values.label_type() == label_type => Ok(values),
        values if values.missing_cells() == values.len() => {
            Ok(LabelValues::missing(label_type, values.len()))
        }
        LabelValues::Int(values) if label_type == LabelType::Float => {
            Ok(LabelValues::Float(values.into_iter().map(|cell| cell.map(|number| number as f64)).collect()))
        }
        values => Err(format!("it is {}", values.label_type())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(texts: &[&str]) -> LabelColumn {
        let mut column = LabelColumn::default();
        for text in texts {
            column.push(text);
        }
        column
    }

    fn typed(column: LabelColumn, recorded: Option<LabelType>) -> LabelValues {
        column.into_typed(recorded).unwrap().unwrap()
    }

    #[test]
    fn words_get_the_narrowest_type_that_holds_for_all() {
        use LabelValues::{Bool, Float, Int, Text};
        for (texts, values) in [
            (["true", "", "False"], Bool(vec![Some(true), None, Some(false)])),
            (["0", "NA", "-7"], Int(vec![Some(0), None, Some(-7)])),
            (["0.0", "1", "null"], Float(vec![Some(0.0), Some(1.0), None])),
            (["0", "1", "ok"], Text(vec![Some("0".into()), Some("1".into()), Some("ok".into())])),
            (["true", "0", "nan"], Text(vec![Some("true".into()), Some("0".into()), None])),
        ] {
            assert_eq!(typed(words(&texts), None), values);
        }
    }

    #[test]
    fn a_recorded_type_wins_where_it_holds() {
        assert_eq!(
            typed(words(&["0", "1"]), Some(LabelType::Float)),
            LabelValues::Float(vec![Some(0.0), Some(1.0)])
        );
        assert_eq!(
            typed(words(&["", ""]), Some(LabelType::Bool)),
            LabelValues::Bool(vec![None, None]),
            "missing cells are of every type"
        );
        assert_eq!(
            words(&["0", "0.5"]).into_typed(Some(LabelType::Int)),
            Err("is recorded as int, and here has `0.5`".to_owned())
        );
    }

    #[test]
    fn a_label_without_a_value_has_no_type() {
        assert_eq!(words(&["", "NaN"]).into_typed(None), Ok(None));
    }

    #[test]
    fn typed_cells_set_the_type_for_words() {
        let mut column = words(&["1", ""]);
        column.append(LabelValues::Float(vec![Some(0.5), None]));
        assert_eq!(typed(column, None), LabelValues::Float(vec![Some(1.0), None, Some(0.5), None]));

        let mut column = words(&["maybe"]);
        column.append(LabelValues::Bool(vec![Some(true)]));
        assert_eq!(column.into_typed(None), Err("is elsewhere bool, and here has `maybe`".to_owned()));

        let mut column = LabelColumn::default();
        column.append(LabelValues::Int(vec![Some(1)]));
        column.append(LabelValues::Text(vec![Some("1".into())]));
        assert_eq!(column.into_typed(None), Err("is elsewhere int, and here it is text".to_owned()));
    }
}
