//! Frames as plain values: checks, cuts, joins, and the way through Arrow and back.

#![expect(clippy::unwrap_used, reason = "a test ends where its premises fail")]

use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int32Array, RecordBatch, TimestampNanosecondArray};
use fettle_frame::{
    ArrowError, Frame, FrameError, Label, LabelType, LabelValues, Signal, TIME_COLUMN, TimeRange,
};

fn signal(name: &str, values: &[f64]) -> Signal {
    Signal { name: name.into(), values: values.to_vec() }
}

fn label(name: &str, values: LabelValues) -> Label {
    Label { name: name.into(), values }
}

/// Three rows with a gap in every column and a label of every type.
fn every_type() -> Frame {
    Frame::new(
        vec![-5, 0, 1_762_128_000_000_000_001],
        vec![signal("current", &[1.5, f64::NAN, -0.0]), signal("voltage", &[f64::NAN; 3])],
        vec![
            label("grade", LabelValues::Int(vec![Some(i64::MIN), None, Some(3)])),
            label("wear", LabelValues::Float(vec![None, Some(0.1), Some(1e308)])),
            label("anomaly", LabelValues::Bool(vec![Some(true), Some(false), None])),
            label("operator", LabelValues::Text(vec![Some(String::new()), None, Some("焊机".into())])),
        ],
    )
    .unwrap()
}

fn names_of_labels(name: &str) -> bool {
    ["grade", "wear", "anomaly", "operator"].contains(&name)
}

#[test]
fn a_frame_survives_arrow_with_its_gaps_and_label_types() {
    let frame = every_type();
    let batch = frame.to_record_batch().unwrap();
    assert_eq!(batch.column_by_name("current").unwrap().null_count(), 1, "a missing cell is null in Arrow");
    let back = Frame::from_record_batch(&batch, names_of_labels).unwrap();
    assert_eq!(back.timestamps, frame.timestamps);
    assert_eq!(back.labels, frame.labels);
    for (back, frame) in back.signals.iter().zip(&frame.signals) {
        assert_eq!(back.name, frame.name);
        let bits = |values: &[f64]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&back.values), bits(&frame.values), "{}", frame.name);
    }
}

#[test]
fn a_frame_without_rows_survives_arrow() {
    let frame = every_type().take(&[]);
    let batch = frame.to_record_batch().unwrap();
    assert_eq!(Frame::from_record_batch(&batch, names_of_labels).unwrap(), frame);
}

#[test]
fn a_foreign_column_is_refused_by_name() {
    let time: ArrayRef = Arc::new(TimestampNanosecondArray::from(vec![1, 2]));
    let whole: ArrayRef = Arc::new(Int32Array::from(vec![1, 2]));
    let batch = RecordBatch::try_from_iter([(TIME_COLUMN, Arc::clone(&time)), ("current", whole)]).unwrap();
    for is_label in [false, true] {
        let error = Frame::from_record_batch(&batch, |_| is_label).unwrap_err();
        assert!(matches!(&error, ArrowError::Column { column, .. } if column == "current"), "{error}");
    }
}

#[test]
fn a_number_label_that_is_nan_is_missing() {
    let time: ArrayRef = Arc::new(TimestampNanosecondArray::from(vec![1, 2]));
    let wear: ArrayRef = Arc::new(Float64Array::from(vec![f64::NAN, 2.0]));
    let batch = RecordBatch::try_from_iter([(TIME_COLUMN, time), ("wear", wear)]).unwrap();
    let frame = Frame::from_record_batch(&batch, |_| true).unwrap();
    assert_eq!(frame.labels, [label("wear", LabelValues::Float(vec![None, Some(2.0)]))]);
}

#[test]
fn timestamps_that_do_not_ascend_are_refused() {
    assert_eq!(Frame::new(vec![1, 3, 3], vec![], vec![]), Err(FrameError::Order(2)));
    assert_eq!(Frame::new(vec![1, 3, 2], vec![], vec![]), Err(FrameError::Order(2)));
}

#[test]
fn a_column_of_another_length_is_refused_by_name() {
    let error = Frame::new(vec![1, 2], vec![signal("current", &[1.0])], vec![]).unwrap_err();
    assert_eq!(error, FrameError::Length { column: "current".into(), values: 1, rows: 2 });
}

#[test]
fn a_frame_cut_in_two_appends_to_itself() {
    let frame = every_type();
    let mut joined = Frame::default();
    joined.append(frame.slice(0..1)).unwrap();
    joined.append(frame.slice(1..3)).unwrap();
    assert_eq!(joined.timestamps, frame.timestamps);
    assert_eq!(joined.labels, frame.labels);
    assert_eq!(joined.signals[0].values[2].to_bits(), (-0.0_f64).to_bits());
}

#[test]
fn other_columns_or_earlier_rows_do_not_append() {
    let mut frame = every_type();
    let mut renamed = frame.clone();
    renamed.labels[0].name = "score".into();
    assert_eq!(frame.append(renamed), Err(FrameError::Columns("label `score` (int)".into())));
    let mut retyped = frame.clone();
    retyped.labels[0].values = LabelValues::missing(LabelType::Text, 3);
    assert_eq!(frame.append(retyped), Err(FrameError::Columns("label `grade` (text)".into())));
    assert_eq!(frame.append(frame.slice(2..3)), Err(FrameError::Order(3)));
    assert_eq!(frame.rows(), 3, "what was refused left no trace");
}

#[test]
fn a_range_holds_its_start_and_not_its_end() {
    let range = TimeRange::new(10, 20).unwrap();
    assert!(range.contains(10) && range.contains(19) && !range.contains(20) && !range.contains(9));
    assert!(range.overlaps(&TimeRange::new(19, 30).unwrap()));
    assert!(!range.overlaps(&TimeRange::new(20, 30).unwrap()));
    assert!(TimeRange::new(10, 10).is_err());
}

#[test]
fn infinite_cells_become_missing_and_are_counted() {
    let mut frame = Frame::new(
        vec![1, 2],
        vec![signal("current", &[f64::INFINITY, 2.0]), signal("voltage", &[f64::NEG_INFINITY, f64::NAN])],
        vec![label("wear", LabelValues::Float(vec![Some(f64::INFINITY), Some(1.0)]))],
    )
    .unwrap();
    assert_eq!(frame.without_infinities(), 3);
    assert!(frame.signals[0].values[0].is_nan() && frame.signals[1].values[0].is_nan());
    assert_eq!(frame.labels[0].values, LabelValues::Float(vec![None, Some(1.0)]));
    assert_eq!(frame.without_infinities(), 0);
}
