//! Splits beside scikit-learn's, which `splits/make.py` wrote down, and what is refused.

#![expect(clippy::unwrap_used, reason = "a test fails where its set-up does")]

use std::fs;
use std::path::Path;

use fettle_features::FeatureError;
use fettle_features::label::ClassCodes;
use fettle_features::split::{Side, Sides, SplitError, ValSplit, by_device, random, stratified, time_cut};
use serde::Deserialize;

#[derive(Deserialize)]
struct Vectors {
    random: Vec<RandomCase>,
    stratified: Vec<StratifiedCase>,
    by_device: Vec<DeviceCase>,
    time_cut: Vec<TimeCase>,
}

#[derive(Deserialize)]
struct RandomCase {
    windows: usize,
    #[serde(flatten)]
    split: Split,
}

#[derive(Deserialize)]
struct StratifiedCase {
    /// A digit a window.
    labels: String,
    splits: Vec<Split>,
}

#[derive(Deserialize)]
struct DeviceCase {
    codes: Vec<String>,
    #[serde(flatten)]
    split: Split,
}

#[derive(Deserialize)]
struct TimeCase {
    first: i64,
    last: i64,
    val_split: f64,
    cut: i64,
}

#[derive(Deserialize)]
struct Split {
    val_split: f64,
    seed: u32,
    #[serde(flatten)]
    expected: Expected,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Expected {
    Sides { train: ExpectedSide, val: ExpectedSide },
    Refused { refused: bool },
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(untagged)]
enum ExpectedSide {
    Listed(Vec<u32>),
    /// `digest` is Σ (place + 1) · index.
    Long {
        count: usize,
        digest: u64,
    },
}

impl Split {
    fn part(&self) -> ValSplit {
        part(self.val_split)
    }

    fn agrees_with(&self, ours: Result<Sides, SplitError>, of: &str) {
        let of = format!("{of}, val_split {}, seed {}", self.val_split, self.seed);
        match (&self.expected, ours) {
            (Expected::Sides { train, val }, Ok(ours)) => {
                train.agrees_with(&ours.train, &format!("{of}, train"));
                val.agrees_with(&ours.val, &format!("{of}, val"));
            }
            (Expected::Refused { refused: true }, Err(_)) => {}
            (Expected::Refused { .. }, ours) => panic!("{of}: refused by scikit-learn, here {ours:?}"),
            (Expected::Sides { .. }, Err(error)) => panic!("{of}: {error}"),
        }
    }
}

impl ExpectedSide {
    fn agrees_with(&self, ours: &[u32], of: &str) {
        match self {
            ExpectedSide::Listed(listed) => assert_eq!(listed, ours, "{of}"),
            ExpectedSide::Long { .. } => {
                let digest = (1..).zip(ours).map(|(place, &index)| place * u64::from(index)).sum();
                assert_eq!(*self, ExpectedSide::Long { count: ours.len(), digest }, "{of}");
            }
        }
    }
}

fn vectors() -> Vectors {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/splits/splits.json");
    serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap()
}

fn part(part: f64) -> ValSplit {
    ValSplit::new(part).unwrap()
}

/// Classes 0 to 9 from a digit a window.
fn classes(labels: &str) -> ClassCodes {
    let codes: Vec<u32> = labels.chars().map(|label| label.to_digit(10).unwrap()).collect();
    let classes = codes.iter().max().map_or(0, |most| most + 1);
    ClassCodes { codes, keys: (0..classes).map(|class| class.to_string()).collect() }
}

#[test]
fn random_splits_are_those_of_scikit_learn() {
    for RandomCase { windows, split } in vectors().random {
        split.agrees_with(random(windows, split.part(), split.seed), &format!("{windows} windows"));
    }
}

#[test]
fn stratified_splits_are_those_of_scikit_learn() {
    for StratifiedCase { labels, splits } in vectors().stratified {
        let classes = classes(&labels);
        for split in splits {
            let ours = stratified(&classes, split.part(), split.seed);
            split.agrees_with(ours, &format!("{} windows of {} classes", labels.len(), classes.keys.len()));
        }
    }
}

#[test]
fn splits_by_device_are_those_of_scikit_learn() {
    for DeviceCase { codes, split } in vectors().by_device {
        split.agrees_with(by_device(&codes, split.part(), split.seed), &format!("{} devices", codes.len()));
    }
}

#[test]
fn cuts_in_time_are_exact() {
    for TimeCase { first, last, val_split, cut } in vectors().time_cut {
        assert_eq!(time_cut(first, last, part(val_split)), cut, "{first} to {last}, val_split {val_split}");
    }
}

#[test]
fn a_cut_fits_between_any_two_times() {
    // Four fifths of 2^64 − 1 nanoseconds after the earliest time: exactly 14757395258967641292.
    assert_eq!(time_cut(i64::MIN, i64::MAX, part(0.2)), 5_534_023_222_112_865_484);
    assert_eq!(time_cut(i64::MIN, i64::MAX, part(f64::MIN_POSITIVE)), i64::MAX);
    // Half of 3 is 1.5, half up is 2.
    assert_eq!(time_cut(0, 3, part(0.5)), 2);
    assert_eq!(time_cut(-3, 0, part(0.5)), -1);
}

#[test]
fn the_side_of_each_window_follows_from_the_sides() {
    let sides = Sides { train: vec![3, 0], val: vec![1, 2] };
    assert_eq!(sides.of_each(), [Side::Train, Side::Val, Side::Val, Side::Train]);
}

#[test]
fn devices_are_told_by_their_place_in_the_request() {
    let sorted = ["a", "b", "c", "d", "e"].map(str::to_owned);
    let requested = ["d", "b", "e", "a", "c"].map(str::to_owned);
    let names = |codes: &[String], side: &[u32]| {
        let mut names: Vec<String> = side.iter().map(|&place| codes[place as usize].clone()).collect();
        names.sort();
        names
    };
    let (one, other) =
        (by_device(&sorted, part(0.4), 3).unwrap(), by_device(&requested, part(0.4), 3).unwrap());
    assert_eq!(names(&sorted, &one.val), names(&requested, &other.val));
    assert!(other.train.is_sorted() && other.val.is_sorted());
}

#[test]
fn a_part_is_more_than_nothing_and_less_than_all() {
    for refused in [0.0, 1.0, -0.2, 1.5, f64::NAN, f64::INFINITY] {
        let error = ValSplit::new(refused).unwrap_err();
        assert_eq!(error.fields(), ["val_split"]);
        assert!(error.to_string().contains("greater than 0 and less than 1"), "{error}");
    }
    assert_eq!(ValSplit::default(), part(0.2));
}

#[test]
fn an_empty_side_is_insufficient_data() {
    let errors = [
        random(0, part(0.2), 0).unwrap_err(),
        random(1, part(0.2), 0).unwrap_err(),
        random(5, part(0.9), 0).unwrap_err(),
        stratified(&classes("01"), part(0.6), 0).unwrap_err(),
        by_device(&[], part(0.2), 0).unwrap_err(),
        by_device(&["a".to_owned()], part(0.2), 0).unwrap_err(),
        by_device(&["a".to_owned(), "b".to_owned()], part(0.6), 0).unwrap_err(),
    ];
    let messages = [
        "there is no window to split",
        "`val_split` 0.2 of 1 window leaves none to train on",
        "`val_split` 0.9 of 5 windows leaves none to train on",
        "`val_split` 0.6 of 2 windows leaves none to train on",
        "needs at least two devices with rows, and there are none",
        "needs at least two devices with rows, and there is one",
        "`val_split` 0.6 of 2 devices leaves none to train on",
    ];
    for (error, message) in errors.into_iter().zip(messages) {
        assert!(error.to_string().contains(message), "{error}");
        assert!(matches!(FeatureError::from(error), FeatureError::InsufficientData(_)));
    }
}

#[test]
fn classes_that_cannot_be_kept_in_proportion_are_refused() {
    let cases = [
        (stratified(&classes("00000"), part(0.2), 0), "all windows have the label `0`", &["stratify"][..]),
        (stratified(&classes("00001112"), part(0.5), 0), "and `2` has only one;", &["stratify"]),
        (stratified(&classes("0000123"), part(0.5), 0), "and `1`, `2`, `3` have only one;", &["stratify"]),
        (
            stratified(&classes("000111222"), part(0.2), 0),
            "validation has 2 of the windows for 3 classes",
            &["stratify", "val_split"],
        ),
        (
            stratified(&classes("000111222"), part(0.8), 0),
            "training has 1 of the windows for 3 classes",
            &["stratify", "val_split"],
        ),
    ];
    for (result, message, fields) in cases {
        let error = result.unwrap_err();
        assert!(error.to_string().contains(message), "{error}");
        let FeatureError::InvalidParameter(errors) = error.into() else { panic!("not a parameter") };
        assert_eq!(errors.iter().map(|error| error.field.as_str()).collect::<Vec<_>>(), fields);
    }
}
