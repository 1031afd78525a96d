//! The figures of pandas 3.1.1 and numpy 2.4.6 for one window, without an offset and with one of a million.

use fettle_sdk::Window;
use fettle_sdk::testing::{column, compute};
use fettle_statistics::Plugin;

/// `((arange(23) * 7919) % 101) / 8 - 5`, four cells missing. Every cell is exact, with the offset too.
fn cells(offset: f64) -> Vec<f64> {
    let cell = |row: u32| f64::from(row * 7919 % 101) / 8.0 - 5.0 + offset;
    (0..23).map(|row| if [0, 6, 7, 22].contains(&row) { f64::NAN } else { cell(row) }).collect()
}

/// For each statistic pandas' figure for the cells, for the cells with the offset, and the relative tolerance. `slope`
/// is numpy's `polyfit` over row numbers, `mad` is `(x - x.median()).abs().median()`.
const FIGURES: [(&str, f64, f64, f64); 20] = [
    ("count", 19.0, 19.0, 0.0),
    ("min", -4.625, 999995.375, 0.0),
    ("max", 6.375, 1000006.375, 0.0),
    ("missing_ratio", 0.17391304347826086, 0.17391304347826086, 1e-15),
    ("median", 0.875, 1000000.875, 1e-12),
    ("p05", -4.2875, 999995.7125, 1e-12),
    ("p25", -2.0625, 999997.9375, 1e-12),
    ("p75", 3.4375, 1000003.4375, 1e-12),
    ("p95", 6.0375, 1000006.0375, 1e-12),
    ("iqr", 5.5, 5.5, 1e-12),
    ("mad", 2.75, 2.75, 1e-12),
    ("mean", 0.6447368421052632, 1000000.6447368421, 1e-9),
    ("sum", 12.25, 19000012.25, 1e-9),
    ("std", 3.5595780312045298, 3.5595780312045298, 1e-9),
    ("var", 12.670595760233917, 12.670595760233915, 1e-9),
    ("rms", 3.5241180307612914, 1000000.6447428439, 1e-9),
    ("slope", 0.03649237472766885, 0.03649237472766885, 1e-9),
    ("mean_abs_change", 6.102941176470588, 6.102941176470588, 1e-9),
    ("skewness", 0.0697455053590546, 0.0697455053590545, 1e-7),
    ("kurtosis", -1.2398664288506929, -1.239866428850692, 1e-7),
];

#[test]
fn every_statistic_that_pandas_has_agrees() {
    let names: Vec<&str> = FIGURES.iter().map(|(name, ..)| *name).collect();
    let params = serde_json::json!({ "statistics": names }).to_string();
    let window = [Window { start: 0, end: 23 }];
    for offset in [0.0, 1e6] {
        let found = compute::<Plugin>("statistics", &params, &column(&cells(offset)), &window).unwrap();
        for (found, (name, plain, with_offset, tolerance)) in found.iter().zip(FIGURES) {
            let (found, wanted) = (found.values[0], if offset == 0.0 { plain } else { with_offset });
            assert!((found - wanted).abs() <= tolerance * wanted.abs(), "{name} is {found}, not {wanted}");
        }
    }
}
