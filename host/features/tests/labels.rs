//! What labels are, and what windows are labelled with: every strategy with every type.

#![expect(clippy::unwrap_used, reason = "a test fails where its set-up does")]

use fettle_features::FeatureError;
use fettle_features::label::{
    ClassDistribution, LabelColumn, LabelError, LabelMeaning, LabelRule, LabelScan, LabelStrategy,
    LabelTypeRequest, WindowLabels,
};
use fettle_frame::{LabelType, LabelValues, Window};

use LabelStrategy::{Any, First, Last, Majority, Max, Mean, Median, Min};

const STRATEGIES: [LabelStrategy; 8] = [Last, First, Majority, Max, Any, Mean, Median, Min];

fn ints(cells: &[Option<i64>]) -> LabelValues {
    LabelValues::Int(cells.to_vec())
}

fn floats(cells: &[Option<f64>]) -> LabelValues {
    LabelValues::Float(cells.to_vec())
}

fn truth_values(cells: &[Option<bool>]) -> LabelValues {
    LabelValues::Bool(cells.to_vec())
}

fn text(cells: &[Option<&str>]) -> LabelValues {
    LabelValues::Text(cells.iter().map(|cell| cell.map(str::to_owned)).collect())
}

fn rule(
    columns: &[LabelValues],
    requested: Option<LabelTypeRequest>,
    strategy: LabelStrategy,
) -> Result<LabelRule, LabelError> {
    let mut scan = LabelScan::default();
    columns.iter().for_each(|column| scan.add(column));
    scan.finish(requested, strategy)
}

fn meaning(columns: &[LabelValues], requested: Option<LabelTypeRequest>) -> Result<LabelMeaning, LabelError> {
    rule(columns, requested, Last).map(|rule| rule.meaning())
}

/// The label of a window that is the whole column, written out; `-` where it has none.
fn label_of(
    values: &LabelValues,
    requested: Option<LabelTypeRequest>,
    strategy: LabelStrategy,
) -> Result<String, LabelError> {
    let mut labels = WindowLabels::new(rule(std::slice::from_ref(values), requested, strategy)?);
    let labelled = labels.push_windows(values, &[Window { start: 0, end: values.len() }])?;
    assert_eq!(labelled, [labels.len() == 1]);
    Ok(match labels.column() {
        _ if labels.is_empty() => "-".to_owned(),
        LabelColumn::Int(labels) => format!("int {}", labels[0]),
        LabelColumn::Bool(labels) => format!("bool {}", labels[0]),
        LabelColumn::Number(labels) => format!("number {}", labels[0]),
        LabelColumn::Text { codes, texts } => format!("text {}", texts[codes[0] as usize]),
    })
}

/// What each strategy makes of a column; `refused` where it does not go with it.
fn labels_of(values: &LabelValues, requested: Option<LabelTypeRequest>) -> [String; 8] {
    STRATEGIES.map(|strategy| match label_of(values, requested, strategy) {
        Ok(label) => label,
        Err(LabelError::StrategyForClass(of) | LabelError::StrategyForText(of)) if of == strategy => {
            "refused".to_owned()
        }
        Err(error) => panic!("{strategy}: {error}"),
    })
}

#[test]
fn whole_numbers_are_classes_and_others_are_numbers() {
    assert_eq!(meaning(&[ints(&[Some(3), None])], None), Ok(LabelMeaning::IntClass));
    assert_eq!(
        meaning(&[floats(&[Some(0.0), Some(1.0), Some(-0.0), None])], None),
        Ok(LabelMeaning::IntClass)
    );
    assert_eq!(meaning(&[floats(&[Some(0.0), Some(0.5)])], None), Ok(LabelMeaning::Number));
    assert_eq!(meaning(&[truth_values(&[Some(true)])], None), Ok(LabelMeaning::BoolClass));
    assert_eq!(meaning(&[text(&[Some("good")])], None), Ok(LabelMeaning::TextClass));
}

#[test]
fn floats_that_cannot_but_look_whole_are_numbers() {
    let limit = 9_007_199_254_740_992.0;
    assert_eq!(meaning(&[floats(&[Some(limit - 1.0), Some(1.0 - limit)])], None), Ok(LabelMeaning::IntClass));
    assert_eq!(meaning(&[floats(&[Some(limit)])], None), Ok(LabelMeaning::Number));
    assert_eq!(meaning(&[floats(&[Some(-1e300)])], None), Ok(LabelMeaning::Number));
    // Recorded as whole numbers they are exact, and classes.
    assert_eq!(meaning(&[ints(&[Some(i64::MAX), Some(i64::MIN)])], None), Ok(LabelMeaning::IntClass));
}

#[test]
fn devices_need_not_agree_on_the_type() {
    let (int, whole, fraction) = (ints(&[Some(1)]), floats(&[Some(2.0)]), floats(&[Some(2.5)]));
    let (truth, nothing) = (truth_values(&[Some(true)]), LabelValues::missing(LabelType::Text, 3));
    assert_eq!(meaning(&[int.clone(), whole.clone()], None), Ok(LabelMeaning::IntClass));
    assert_eq!(meaning(&[int.clone(), fraction.clone()], None), Ok(LabelMeaning::Number));
    assert_eq!(meaning(&[truth.clone(), whole], None), Ok(LabelMeaning::IntClass));
    assert_eq!(meaning(&[truth.clone(), fraction], None), Ok(LabelMeaning::Number));
    // A column without a present cell says nothing, whatever its type.
    assert_eq!(meaning(&[nothing.clone(), int.clone()], None), Ok(LabelMeaning::IntClass));
    assert_eq!(meaning(&[truth.clone(), nothing], None), Ok(LabelMeaning::BoolClass));
    for other in [int, truth] {
        let mixed = [other, text(&[Some("good")])];
        assert_eq!(meaning(&mixed, None), Err(LabelError::TextBesideNumbers));
    }
}

#[test]
fn scans_merge_in_any_order() {
    let columns = [ints(&[Some(1)]), floats(&[Some(2.5), Some(0.5)]), truth_values(&[None, Some(true)])];
    let mut whole = LabelScan::default();
    columns.iter().for_each(|column| whole.add(column));
    let mut merged = LabelScan::default();
    for column in columns.iter().rev() {
        let mut scan = LabelScan::default();
        scan.add(column);
        merged.merge(&scan);
    }
    assert_eq!(merged, whole);
    let refused = merged.finish(Some(LabelTypeRequest::Class), Last);
    assert_eq!(refused, Err(LabelError::NotWhole { value: 0.5 }));
}

#[test]
fn label_type_overrides() {
    let (class, number) = (Some(LabelTypeRequest::Class), Some(LabelTypeRequest::Number));
    assert_eq!(meaning(&[ints(&[Some(3)])], number), Ok(LabelMeaning::Number));
    assert_eq!(meaning(&[truth_values(&[Some(true)])], number), Ok(LabelMeaning::Number));
    assert_eq!(meaning(&[truth_values(&[Some(true)])], class), Ok(LabelMeaning::BoolClass));
    assert_eq!(meaning(&[floats(&[Some(3.0)])], class), Ok(LabelMeaning::IntClass));
    assert_eq!(meaning(&[text(&[Some("good")])], class), Ok(LabelMeaning::TextClass));
    let fraction = [floats(&[Some(2.5), Some(1.0), Some(0.5)])];
    assert_eq!(meaning(&fraction, class), Err(LabelError::NotWhole { value: 0.5 }));
    assert_eq!(meaning(&[text(&[Some("good")])], number), Err(LabelError::TextAsNumber));
}

#[test]
fn every_strategy_labels_whole_numbers() {
    let values = ints(&[Some(10), Some(2), None, Some(2), Some(0)]);
    let expected = ["int 0", "int 10", "int 2", "int 10", "int 1", "refused", "refused", "refused"];
    assert_eq!(labels_of(&values, None), expected);
    let expected =
        ["number 0", "number 10", "number 2", "number 10", "int 1", "number 3.5", "number 2", "number 0"];
    assert_eq!(labels_of(&values, Some(LabelTypeRequest::Number)), expected);
}

#[test]
fn every_strategy_labels_truth_values() {
    let values = truth_values(&[Some(true), None, Some(false), Some(false)]);
    let expected =
        ["bool false", "bool true", "bool false", "bool true", "int 1", "refused", "refused", "refused"];
    assert_eq!(labels_of(&values, None), expected);
}

#[test]
fn every_strategy_labels_text() {
    let values = text(&[Some("weld"), Some("arc"), None, Some("weld")]);
    let expected =
        ["text weld", "text weld", "text weld", "refused", "refused", "refused", "refused", "refused"];
    assert_eq!(labels_of(&values, None), expected);
}

#[test]
fn every_strategy_labels_numbers() {
    let values = floats(&[Some(-0.5), Some(4.0), None, Some(0.0), Some(-0.0)]);
    let expected = [
        "number 0",
        "number -0.5",
        "number 0",
        "number 4",
        "int 1",
        "number 0.875",
        "number 0",
        "number -0.5",
    ];
    assert_eq!(labels_of(&values, None), expected);
}

#[test]
fn first_and_last_take_a_missing_label_and_the_others_skip_it() {
    let values = ints(&[None, Some(7), None]);
    let expected = ["-", "-", "number 7", "number 7", "int 1", "number 7", "number 7", "number 7"];
    assert_eq!(labels_of(&values, Some(LabelTypeRequest::Number)), expected);
}

#[test]
fn a_window_without_any_label_goes_out() {
    let values = ints(&[Some(1), None, None, Some(2)]);
    let windows = [Window { start: 0, end: 2 }, Window { start: 1, end: 3 }, Window { start: 2, end: 4 }];
    for strategy in [Majority, Max, Any, Mean, Median, Min] {
        let requested = Some(LabelTypeRequest::Number);
        let mut labels = WindowLabels::new(rule(std::slice::from_ref(&values), requested, strategy).unwrap());
        assert_eq!(labels.push_windows(&values, &windows).unwrap(), [true, false, true], "{strategy}");
        assert_eq!(labels.len(), 2);
    }
}

#[test]
fn the_smallest_wins_a_tie() {
    let majority = |values: &LabelValues| label_of(values, None, Majority).unwrap();
    assert_eq!(majority(&ints(&[Some(10), Some(9), Some(9), Some(10), Some(3)])), "int 9");
    assert_eq!(majority(&text(&[Some("b"), Some("a")])), "text a");
    // By code point, not by the alphabet.
    assert_eq!(majority(&text(&[Some("a"), Some("Z")])), "text Z");
    assert_eq!(majority(&truth_values(&[Some(true), Some(false)])), "bool false");
    assert_eq!(majority(&floats(&[Some(0.5), Some(-0.5)])), "number -0.5");
}

#[test]
fn any_is_zero_where_nothing_is_set() {
    let any = |values: &LabelValues| label_of(values, None, Any).unwrap();
    assert_eq!(any(&ints(&[Some(0), None])), "int 0");
    assert_eq!(any(&floats(&[Some(0.0), Some(-0.0)])), "int 0");
    assert_eq!(any(&floats(&[Some(0.0), Some(-0.1)])), "int 1");
    assert_eq!(any(&truth_values(&[Some(false)])), "int 0");
}

#[test]
fn the_median_of_an_even_count_is_the_middle_of_the_two() {
    assert_eq!(label_of(&floats(&[Some(4.5), Some(1.0), None]), None, Median).unwrap(), "number 2.75");
}

#[test]
fn a_mean_too_large_for_a_number_is_no_label() {
    assert_eq!(label_of(&floats(&[Some(1.7e308), Some(1.7e308)]), None, Mean).unwrap(), "-");
}

#[test]
fn the_mean_of_equal_labels_is_the_label() {
    for count in 1..200 {
        assert_eq!(label_of(&floats(&vec![Some(0.1); count]), None, Mean).unwrap(), "number 0.1");
    }
}

#[test]
fn no_present_cell_is_insufficient_data() {
    for columns in [vec![], vec![ints(&[None, None]), LabelValues::missing(LabelType::Text, 3)]] {
        let error = rule(&columns, None, Last).unwrap_err();
        assert_eq!(error.field(), "label_column");
        let FeatureError::InsufficientData(message) = error.into() else { panic!("another error") };
        assert!(message.contains("has a label in this range"), "{message}");
    }
}

#[test]
fn refusals_name_the_field_and_what_would_be_right() {
    let (good, whole, fraction) = (text(&[Some("good")]), ints(&[Some(1)]), floats(&[Some(0.5)]));
    let cases = [
        (rule(&[good.clone(), whole.clone()], None, Last), "label_column", "one of the two"),
        (rule(&[fraction], Some(LabelTypeRequest::Class), Last), "label_type", "0.5 is not one of them"),
        (rule(std::slice::from_ref(&good), Some(LabelTypeRequest::Number), Last), "label_type", "`class`"),
        (rule(std::slice::from_ref(&good), None, Max), "label_strategy", "`last`, `first` or `majority`"),
        (rule(&[good], None, Mean), "label_strategy", "whatever the `label_type`"),
        (rule(&[whole], None, Median), "label_strategy", "set `label_type` to `number`"),
    ];
    for (refused, field, hint) in cases {
        let FeatureError::InvalidParameter(errors) = refused.unwrap_err().into() else {
            panic!("another error")
        };
        assert_eq!(errors[0].field, field);
        assert!(errors[0].message.contains(hint), "{}", errors[0].message);
    }
}

#[test]
fn a_column_that_has_changed_since_the_scan_is_an_error_and_adds_nothing() {
    let mut labels = WindowLabels::new(rule(&[ints(&[Some(1)])], None, Last).unwrap());
    let window = [Window { start: 0, end: 1 }];
    assert_eq!(labels.push_windows(&floats(&[Some(1.5)]), &window), Err(LabelError::Changed));
    assert_eq!(labels.push_windows(&text(&[Some("good")]), &window), Err(LabelError::Changed));
    assert!(labels.is_empty());
    // Nothing but missing cells has not changed anything.
    assert_eq!(labels.push_windows(&text(&[None]), &window), Ok(vec![false]));
}

#[test]
fn devices_of_different_types_give_one_column() {
    let columns = [ints(&[Some(2)]), floats(&[Some(1.0)]), truth_values(&[Some(true)])];
    let mut labels = WindowLabels::new(rule(&columns, None, Last).unwrap());
    for column in &columns {
        labels.push_windows(column, &[Window { start: 0, end: 1 }]).unwrap();
    }
    assert_eq!(labels.column(), LabelColumn::Int(&[2, 1, 1]));
}

/// The labels of windows of one row each.
fn row_by_row(columns: &[LabelValues]) -> WindowLabels {
    let mut labels = WindowLabels::new(rule(columns, None, Last).unwrap());
    for column in columns {
        let rows: Vec<Window> = (0..column.len()).map(|row| Window { start: row, end: row + 1 }).collect();
        labels.push_windows(column, &rows).unwrap();
    }
    labels
}

fn distribution(counts: &[(&str, u64)]) -> ClassDistribution {
    counts.iter().map(|&(key, count)| (key.to_owned(), count)).collect()
}

#[test]
fn classes_stand_in_the_order_of_numpy() {
    let of = |column| {
        let classes = row_by_row(&[column]).class_codes().unwrap();
        (classes.codes, classes.keys)
    };
    let keys = |keys: &[&str]| keys.iter().map(|&key| key.to_owned()).collect::<Vec<_>>();
    let (codes, names) = of(ints(&[Some(10), Some(2), Some(-1), Some(2)]));
    assert_eq!((codes, names), (vec![2, 1, 0, 1], keys(&["-1", "2", "10"])));
    let (codes, names) = of(truth_values(&[Some(true), Some(false)]));
    assert_eq!((codes, names), (vec![1, 0], keys(&["false", "true"])));
    // U+FF5E lies before U+1D11E, though not in UTF-16.
    let (codes, names) = of(text(&[Some("\u{1d11e}"), Some("a"), Some("\u{ff5e}"), Some("Z"), Some("a")]));
    assert_eq!((codes, names), (vec![3, 1, 2, 0, 1], keys(&["Z", "a", "\u{ff5e}", "\u{1d11e}"])));
}

#[test]
fn text_is_kept_once_over_all_devices() {
    let labels = row_by_row(&[text(&[Some("b"), Some("a")]), text(&[Some("c"), Some("b")])]);
    let LabelColumn::Text { codes, texts } = labels.column() else { panic!("not text") };
    assert_eq!(texts.len(), 3);
    let read: Vec<&str> = codes.iter().map(|&code| texts[code as usize].as_str()).collect();
    assert_eq!(read, ["b", "a", "c", "b"]);
}

#[test]
fn windows_can_be_taken_out() {
    let mut labels = row_by_row(&[text(&[Some("b"), Some("a"), Some("b"), Some("c")])]);
    labels.retain(&[true, false, true, true]);
    let classes = labels.class_codes().unwrap();
    // A class that went out with its windows is none.
    assert_eq!(classes.keys, ["b", "c"]);
    assert_eq!(classes.codes, [0, 0, 1]);
}

#[test]
fn classes_are_counted_in_total_and_by_side() {
    let labels = row_by_row(&[ints(&[Some(10), Some(2), Some(2), Some(1)])]);
    let classes = labels.class_codes().unwrap();
    assert_eq!(classes.distribution(), distribution(&[("1", 1), ("2", 2), ("10", 1)]));
    let side = classes.distribution_of(&[1, 3]);
    assert_eq!(side, distribution(&[("1", 1), ("2", 1), ("10", 0)]));
    assert_eq!(serde_json::to_string(&side).unwrap(), r#"{"1":1,"2":1,"10":0}"#);
    assert_eq!(labels.statistics(), None);
}

#[test]
fn numbers_have_statistics_and_no_classes() {
    let labels = row_by_row(&[floats(&[Some(4.0), Some(1.0), Some(2.5), Some(9.0)])]);
    assert_eq!(labels.class_codes(), None);
    let all = labels.statistics().unwrap();
    assert_eq!((all.count, all.min, all.max, all.mean), (4, Some(1.0), Some(9.0), Some(4.125)));
    // As pandas describes them.
    assert!((all.std.unwrap() - 3.473_110_997_362_451).abs() < 1e-14);
    assert_eq!((all.p25, all.p50, all.p75), (Some(2.125), Some(3.25), Some(5.25)));
    let one = labels.statistics_of(&[3]).unwrap();
    assert_eq!((one.count, one.mean, one.std, one.p25), (1, Some(9.0), None, Some(9.0)));
    let none = labels.statistics_of(&[]).unwrap();
    assert_eq!((none.count, none.min, none.mean, none.std, none.p50), (0, None, None, None, None));
}

#[test]
fn statistics_hold_far_from_zero_and_for_constants() {
    let far: Vec<Option<f64>> = (0..1000).map(|row| Some(1e9 + f64::from(row % 2) + 0.25)).collect();
    let statistics = row_by_row(&[floats(&far)]).statistics().unwrap();
    assert_eq!(statistics.mean, Some(1e9 + 0.75));
    assert!((statistics.std.unwrap() - (250.0_f64 / 999.0).sqrt()).abs() < 1e-12);
    let constant = row_by_row(&[floats(&[Some(0.1); 7])]).statistics().unwrap();
    assert_eq!((constant.mean, constant.std), (Some(0.1), Some(0.0)));
}

#[test]
fn names_in_requests_and_manifests() {
    for strategy in STRATEGIES {
        assert_eq!(serde_json::to_value(strategy).unwrap(), strategy.as_str());
    }
    assert_eq!(LabelStrategy::default(), Last);
    assert_eq!(serde_json::to_value(LabelTypeRequest::Class).unwrap(), "class");
    assert_eq!(serde_json::to_value(LabelMeaning::IntClass).unwrap(), "int_class");
}
