//! Conditions on the cells of rows.

use std::cmp::Ordering;

/// What a cell holds, and what cells are compared with.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// Nothing.
    Missing,
    /// A signal's value, or a label of type float; never NaN or infinite.
    Number(f64),
    /// A label of type int.
    Int(i64),
    /// A label of type bool.
    Bool(bool),
    /// A label of type text.
    Text(String),
}

/// A field of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Column {
    /// One of its signals, by its place.
    Signal(usize),
    /// One of its labels, by its place.
    Label(usize),
}

/// What a field's cells must be like, all of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Filter {
    /// The field.
    pub column: Column,
    /// All of these must hold.
    pub tests: Vec<Test>,
}

/// What a cell must be like.
///
/// A missing cell is like `Missing` and like nothing else: no comparison holds of it, `Not` a value among them. Texts
/// are in the order of their code points.
#[derive(Debug, Clone, PartialEq)]
pub enum Test {
    /// The same.
    Is(Cell),
    /// Present, and another. `Not(Missing)` is any value.
    Not(Cell),
    /// One of these.
    OneOf(Vec<Cell>),
    /// Greater.
    Greater(Cell),
    /// Greater or the same.
    AtLeast(Cell),
    /// Less.
    Less(Cell),
    /// Less or the same.
    AtMost(Cell),
}

impl Filter {
    /// Whether a cell is like that.
    pub fn holds(&self, cell: &Cell) -> bool {
        self.tests.iter().all(|test| test.holds(cell))
    }
}

impl Test {
    fn holds(&self, cell: &Cell) -> bool {
        match self {
            Test::Is(value) => cell.is(value),
            Test::Not(value) => *cell != Cell::Missing && !cell.is(value),
            Test::OneOf(values) => values.iter().any(|value| cell.is(value)),
            Test::Greater(value) => cell.order(value).is_some_and(Ordering::is_gt),
            Test::AtLeast(value) => cell.order(value).is_some_and(Ordering::is_ge),
            Test::Less(value) => cell.order(value).is_some_and(Ordering::is_lt),
            Test::AtMost(value) => cell.order(value).is_some_and(Ordering::is_le),
        }
    }
}

impl Cell {
    /// A number, missing where it is none or infinite.
    pub(crate) fn number(value: f64) -> Self {
        if value.is_finite() { Cell::Number(value) } else { Cell::Missing }
    }

    fn is(&self, value: &Cell) -> bool {
        self == value
    }

    /// Where it stands to a value of its kind; nowhere if either is missing.
    fn order(&self, value: &Cell) -> Option<Ordering> {
        match (self, value) {
            (Cell::Number(one), Cell::Number(other)) => one.partial_cmp(other),
            (Cell::Int(one), Cell::Int(other)) => Some(one.cmp(other)),
            (Cell::Bool(one), Cell::Bool(other)) => Some(one.cmp(other)),
            (Cell::Text(one), Cell::Text(other)) => Some(one.cmp(other)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(tests: &[Test], cell: &Cell) -> bool {
        Filter { column: Column::Signal(0), tests: tests.to_vec() }.holds(cell)
    }

    #[test]
    fn a_missing_cell_is_like_nothing_but_missing() {
        use Cell::{Missing, Number};
        assert!(holds(&[Test::Is(Missing)], &Missing));
        assert!(holds(&[Test::OneOf(vec![Number(1.0), Missing])], &Missing));
        for test in [
            Test::Is(Number(0.0)),
            Test::Not(Number(0.0)),
            Test::Not(Missing),
            Test::OneOf(vec![Number(0.0)]),
            Test::Less(Number(1.0)),
            Test::AtMost(Number(1.0)),
            Test::Greater(Number(-1.0)),
            Test::AtLeast(Number(-1.0)),
        ] {
            assert!(!holds(std::slice::from_ref(&test), &Missing), "{test:?}");
        }
        assert!(holds(&[Test::Not(Missing)], &Number(0.0)));
    }

    #[test]
    fn all_tests_of_a_field_must_hold() {
        let between = [Test::Greater(Cell::Number(1.0)), Test::AtMost(Cell::Number(2.0))];
        for (value, expected) in [(1.0, false), (1.5, true), (2.0, true), (2.5, false)] {
            assert_eq!(holds(&between, &Cell::Number(value)), expected, "{value}");
        }
        assert!(holds(&[], &Cell::Missing));
    }

    #[test]
    fn edges_belong_to_those_that_say_so() {
        let text = |text: &str| Cell::Text(text.to_owned());
        for (lesser, value, greater) in [
            (Cell::Number(-0.5), Cell::Number(0.0), Cell::Number(f64::MIN_POSITIVE)),
            (Cell::Int(i64::MIN), Cell::Int(0), Cell::Int(i64::MAX)),
            (text("a"), text("b"), text("ba")),
        ] {
            let [gt, gte, lt, lte] = [
                Test::Greater(value.clone()),
                Test::AtLeast(value.clone()),
                Test::Less(value.clone()),
                Test::AtMost(value.clone()),
            ];
            for (test, expected) in [
                (gt, [false, false, true]),
                (gte, [false, true, true]),
                (lt, [true, false, false]),
                (lte, [true, true, false]),
                (Test::Is(value.clone()), [false, true, false]),
                (Test::Not(value.clone()), [true, false, true]),
            ] {
                let cells = [lesser.clone(), value.clone(), greater.clone()];
                assert_eq!(cells.map(|cell| holds(std::slice::from_ref(&test), &cell)), expected, "{test:?}");
            }
        }
    }
}
