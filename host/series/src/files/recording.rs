//! What tests record.

use fettle_frame::{Frame, Signal};

const SECOND: i64 = 1_000_000_000;

/// Rows at 1 Hz from `from` on, of five signals that do not repeat.
pub fn at_1_hz(from: i64, rows: i64) -> Frame {
    let noise = |row: i64, signal: i64| ((row * 5 + signal).wrapping_mul(0x2545_F491_4F6C_DD1D) >> 12) as f64;
    Frame {
        timestamps: (0..rows).map(|row| from + row * SECOND).collect(),
        signals: (0..5)
            .map(|signal| Signal {
                name: format!("s{signal}"),
                values: (0..rows).map(|row| noise(row, signal)).collect(),
            })
            .collect(),
        labels: Vec::new(),
    }
}
