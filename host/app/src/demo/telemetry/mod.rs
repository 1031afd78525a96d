//! Welding telemetry that looks real and is the same to the last bit wherever and whenever it is made.
//!
//! Three machines weld around the clock, each with its own settings: two to seven minutes of arc, then a pause as long.
//! For hours on end a machine welds well, then badly ([`LABEL`] 0 and 1, 58 to 42). Readings are lost and spikes added
//! on the way to the row; rows themselves are never lost.

mod faults;
mod quality;
mod random;
mod weld;

use std::ops::Range;

use fettle_frame::{Frame, Label, LabelValues, Signal};

use self::random::Random;
use self::weld::Reading;

/// The first row's time: 2025-10-01T00:00:00Z, in nanoseconds since the Unix epoch.
pub const START: i64 = 1_759_276_800 * SECOND;
/// Rows of a device: 33 days, so that the last is just before 2025-11-03.
pub const ROWS: usize = 33 * 8_640;
/// From one row to the next: ten seconds, in nanoseconds.
pub const STEP: i64 = 10 * SECOND;
/// What the label column is called: 0 where the machine welds well, 1 where it does not.
pub const LABEL: &str = "quality_label";

const SECOND: i64 = 1_000_000_000;

/// A welding machine and what it is set to while the arc burns.
#[derive(Debug)]
pub struct Machine {
    /// The device code.
    pub code: &'static str,
    /// Ampere.
    current: f64,
    /// Volt.
    voltage: f64,
    /// Metres a minute.
    wire_feed_speed: f64,
    /// Litres a minute.
    gas_flow: f64,
    /// Which random numbers are its own.
    stream: u64,
    /// The rows in which its gas flow meter was away, if ever.
    dropout: Option<Range<usize>>,
}

/// The machines of the demo.
pub static MACHINES: [Machine; 3] = [
    Machine {
        code: "WLD001",
        current: 150.0,
        voltage: 24.0,
        wire_feed_speed: 8.0,
        gas_flow: 15.0,
        stream: 1,
        dropout: None,
    },
    Machine {
        code: "WLD002",
        current: 142.0,
        voltage: 22.8,
        wire_feed_speed: 7.4,
        gas_flow: 14.5,
        stream: 2,
        // 2025-10-17T09:00 to 10:00.
        dropout: Some(16 * 8_640 + 9 * 360..16 * 8_640 + 10 * 360),
    },
    Machine {
        code: "WLD003",
        current: 158.0,
        voltage: 25.0,
        wire_feed_speed: 8.6,
        gas_flow: 15.5,
        stream: 3,
        dropout: None,
    },
];

/// A signal: what it is called and measured in, where it stands in a reading, and how high its spikes go.
pub(super) struct Sensor {
    pub(super) code: &'static str,
    pub(super) name: &'static str,
    pub(super) unit: &'static str,
    read: fn(&Reading) -> f64,
    /// Beyond what 1.5 interquartile ranges above the upper quartile can be, so that the default outlier step finds
    /// every one.
    spike: Range<f64>,
}

/// The signals, in the models' order.
pub(super) static SENSORS: [Sensor; 5] = [
    Sensor {
        code: "current",
        name: "Welding current",
        unit: "A",
        read: |row| row.current,
        spike: 450.0..650.0,
    },
    Sensor { code: "voltage", name: "Arc voltage", unit: "V", read: |row| row.voltage, spike: 75.0..95.0 },
    Sensor {
        code: "wire_feed_speed",
        name: "Wire feed speed",
        unit: "m/min",
        read: |row| row.wire_feed_speed,
        spike: 28.0..40.0,
    },
    Sensor {
        code: "temperature",
        name: "Torch temperature",
        unit: "°C",
        read: |row| row.temperature,
        spike: 150.0..300.0,
    },
    Sensor {
        code: "gas_flow",
        name: "Shielding gas flow",
        unit: "l/min",
        read: |row| row.gas_flow,
        spike: 45.0..70.0,
    },
];

/// A machine's 33 days.
pub fn telemetry(machine: &Machine) -> Frame {
    let severity = quality::severity(ROWS, &mut Random::stream(machine.stream, 1));
    let readings = weld::readings(machine, &severity, &mut Random::stream(machine.stream, 2));
    let signals = SENSORS.iter().zip(3..).map(|(sensor, purpose)| {
        let mut values: Vec<f64> = readings.iter().map(sensor.read).collect();
        faults::inflict(&mut values, sensor.spike.clone(), &mut Random::stream(machine.stream, purpose));
        if let ("gas_flow", Some(rows)) = (sensor.code, &machine.dropout) {
            faults::lose(&mut values, rows.clone());
        }
        Signal { name: sensor.code.to_owned(), values }
    });
    let label = severity.iter().map(|&bad| Some(i64::from(bad > 0.0))).collect();
    Frame {
        timestamps: (0..ROWS as i64).map(|row| START + row * STEP).collect(),
        signals: signals.collect(),
        labels: vec![Label { name: LABEL.to_owned(), values: LabelValues::Int(label) }],
    }
}

#[cfg(test)]
mod tests;
