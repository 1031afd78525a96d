//! Pages of any query, put together, are what a plain look at all rows finds.

#![expect(clippy::unwrap_used, reason = "a test ends where its premises fail")]

use std::sync::Arc;

use fettle_frame::{Frame, Label, LabelValues, Signal, TimeRange};
use fettle_metadata::{
    FieldRole, LabelKind, MetadataStore, ModelConfig, ModelType, NewDevice, NewDeviceType, NewField,
    NewModel, NewModelField, Registration, SqliteStore,
};
use fettle_observe::Metrics;
use fettle_realtime::{Cell, Column, Filter, Found, FoundRow, Query, Realtime, RealtimeError, Start, Test};
use fettle_series::{DeviceKey, ParquetStore, SeriesStore};
use jiff::Timestamp;
use proptest::prelude::*;
use tempfile::TempDir;

const SECOND: i64 = 1_000_000_000;

/// Devices with rows, and the model that reads them: a signal that is scaled by 2 and moved by 1, and a label.
struct House {
    _folder: TempDir,
    realtime: Realtime,
    model: ModelConfig,
    /// All rows as they should be found, the newest first.
    rows: Vec<FoundRow>,
}

impl House {
    /// A device of each list of seconds; of every fifth second the signal is missing, of every third the label.
    async fn new(devices: &[Vec<i64>]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let metadata = Arc::new(SqliteStore::in_memory().await.unwrap());
        let series = Arc::new(ParquetStore::new(folder.path()));
        let field = |code: &str, role| NewField { code: code.into(), name: code.into(), role, unit: None };
        let codes: Vec<String> = (0..devices.len()).map(|number| format!("P{number}")).collect();
        let scaled = NewModelField { scale: 2.0, offset: 1.0, ..NewModelField::plain("force") };
        let registration = Registration {
            device_type: NewDeviceType { code: "press".into(), name: "press".into() },
            fields: vec![field("force", FieldRole::Signal), field("grade", FieldRole::Label(LabelKind::Int))],
            devices: codes.iter().map(|code| NewDevice { code: code.clone(), name: code.clone() }).collect(),
            models: vec![NewModel {
                code: "press".into(),
                name: "press".into(),
                model_type: ModelType::Realtime,
                fields: vec![scaled, NewModelField::plain("grade")],
                defaults: serde_json::Map::new(),
            }],
        };
        metadata.register(&registration, Timestamp::UNIX_EPOCH).await.unwrap();
        let mut rows = Vec::new();
        for (code, seconds) in codes.iter().zip(devices) {
            let force = |second: i64| if second % 5 == 0 { f64::NAN } else { (second % 11) as f64 };
            let grade = |second: i64| (second % 3 != 0).then_some(second % 7);
            let frame = Frame::new(
                seconds.iter().map(|second| second * SECOND).collect(),
                vec![Signal {
                    name: "force".into(),
                    values: seconds.iter().map(|&second| force(second)).collect(),
                }],
                vec![Label {
                    name: "grade".into(),
                    values: LabelValues::Int(seconds.iter().map(|&second| grade(second)).collect()),
                }],
            );
            let key = DeviceKey { device_type: "press".into(), device: code.clone() };
            series.write(&key, frame.unwrap()).await.unwrap();
            rows.extend(seconds.iter().map(|&second| FoundRow {
                time: second * SECOND,
                device: code.clone(),
                cells: vec![
                    if force(second).is_nan() {
                        Cell::Missing
                    } else {
                        Cell::Number(2.0 * force(second) + 1.0)
                    },
                    grade(second).map_or(Cell::Missing, Cell::Int),
                ],
            }));
        }
        rows.sort_by(|one, other| other.time.cmp(&one.time).then_with(|| one.device.cmp(&other.device)));
        let model = metadata.model("press").await.unwrap().unwrap();
        let realtime = Realtime::new(metadata, series, Arc::new(Metrics::new()));
        Self { _folder: folder, realtime, model, rows }
    }

    fn query(&self, filters: Vec<Filter>, range: TimeRange, page_size: usize) -> Query {
        let model = self.model.clone();
        Query { model, devices: None, range, filters, start: Start::default(), page_size }
    }

    /// The rows of a query, the newest first.
    fn expected(&self, query: &Query) -> Vec<FoundRow> {
        let holds = |row: &&FoundRow| {
            query.range.contains(row.time)
                && query.filters.iter().all(|filter| match filter.column {
                    Column::Signal(at) => filter.holds(&row.cells[at]),
                    Column::Label(at) => filter.holds(&row.cells[1 + at]),
                })
        };
        self.rows.iter().filter(holds).cloned().collect()
    }

    async fn find(&self, query: &Query) -> Found {
        self.realtime.find(&Arc::new(query.clone())).await.unwrap()
    }
}

/// Strictly ascending seconds of three months.
fn seconds() -> impl Strategy<Value = Vec<i64>> {
    let steps = prop_oneof![6 => 1..4_i64, 1 => Just(40 * 86_400)];
    (0..50_i64, prop::collection::vec(steps, 0..80)).prop_map(|(first, steps)| {
        let ascending = steps.iter().scan(first, |second, step| {
            *second += step;
            Some(*second)
        });
        ascending.collect()
    })
}

fn filters() -> impl Strategy<Value = Vec<Filter>> {
    let number = || (0..23_i32).prop_map(|number| Cell::Number(f64::from(number)));
    let force = prop_oneof![
        number().prop_map(Test::Greater),
        number().prop_map(Test::AtMost),
        number().prop_map(Test::Not),
        Just(Test::Is(Cell::Missing)),
    ];
    let grade = prop_oneof![
        prop::collection::vec((0..7_i64).prop_map(Cell::Int), 1..4).prop_map(Test::OneOf),
        Just(Test::Not(Cell::Missing)),
    ];
    let of = |column, test: Vec<Test>| Filter { column, tests: test };
    let force = prop::collection::vec(force, 1..3).prop_map(move |tests| of(Column::Signal(0), tests));
    let grade = grade.prop_map(move |test| of(Column::Label(0), vec![test]));
    (prop::option::of(force), prop::option::of(grade))
        .prop_map(|(force, grade)| force.into_iter().chain(grade).collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn pages_are_the_rows_one_after_the_other(
        devices in prop::collection::vec(seconds(), 1..5),
        filters in filters(),
        cut in prop::option::of((0..200_i64, 1..200_000_i64)),
        page_size in 1..30_usize,
    ) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(async {
            let house = House::new(&devices).await;
            let range = cut.map_or(TimeRange::ALL, |(from, length)| {
                TimeRange::new(from * SECOND, (from + length) * SECOND).unwrap()
            });
            let mut query = house.query(filters, range, page_size);
            let expected = house.expected(&query);
            let mut by_cursor = Vec::new();
            loop {
                let found = house.find(&query).await;
                prop_assert!(found.rows.len() <= page_size && found.gave_up_after.is_none());
                if query.filters.is_empty() {
                    prop_assert_eq!((found.total.rows as usize, found.total.is_estimate), (expected.len(), false));
                }
                by_cursor.extend(found.rows);
                let Some(next) = found.next else { break };
                query.start = next;
            }
            prop_assert_eq!(&by_cursor, &expected);
            for page in 0..=expected.len() / page_size {
                let before = page * page_size;
                query.start = Start { behind: None, skip: before as u64 };
                let found = house.find(&query).await;
                let page = &expected[before..expected.len().min(before + page_size)];
                prop_assert_eq!(found.rows.as_slice(), page);
                if found.next.is_none() {
                    prop_assert_eq!((found.total.rows as usize, found.total.is_estimate), (expected.len(), false));
                }
            }
            Ok(())
        })?;
    }
}

#[tokio::test]
async fn of_many_devices_some_are_counted_for_all() {
    let devices: Vec<Vec<i64>> = (0..250).map(|number| (0..4 + number % 2).collect()).collect();
    let house = House::new(&devices).await;
    let found = house.find(&house.query(Vec::new(), TimeRange::ALL, 10)).await;
    assert!(found.total.is_estimate);
    let expected = house.rows.len() as u64;
    assert!(found.total.rows.abs_diff(expected) * 10 < expected, "{} of {expected}", found.total.rows);
    assert_eq!(found.rows, house.rows[..10]);
}

#[tokio::test]
async fn devices_that_are_none_are_told_by_their_places() {
    let house = House::new(&[vec![1, 2]]).await;
    let mut query = house.query(Vec::new(), TimeRange::ALL, 10);
    query.devices = Some(["P0", "P7", "P0", "P8"].map(String::from).to_vec());
    match house.realtime.find(&Arc::new(query.clone())).await {
        Err(RealtimeError::NoDevice(missing)) => {
            assert_eq!(missing, [(1, "P7".to_owned()), (3, "P8".to_owned())]);
        }
        other => panic!("{other:?}"),
    }
    query.devices = Some(vec!["P0".to_owned(), "P0".to_owned()]);
    assert_eq!(house.find(&query).await.rows.len(), 2, "twice is once");
    let many: Vec<String> = (0..20).map(|number| format!("P{}", number / 19 * 7)).collect();
    query.devices = Some(many);
    match house.realtime.find(&Arc::new(query)).await {
        Err(RealtimeError::NoDevice(missing)) => assert_eq!(missing, [(19, "P7".to_owned())]),
        other => panic!("{other:?}"),
    }
}
