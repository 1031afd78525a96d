//! What a welding machine's sensors would show if none of them ever failed.

use super::Machine;
use super::random::Random;

/// Seconds between two rows.
const STEP_S: f64 = 10.0;
/// Rows in a day.
const DAY: usize = 8_640;
/// Shortest and longest weld, and pause, in rows: two to seven minutes. Of equal length on average, so that the arc
/// burns half of the time: on any day the quartiles of the current lie one in the pause and one in the weld, and
/// bounds drawn from them hold both.
const CYCLE: (usize, usize) = (12, 42);
/// How fast the torch follows the heat, as a time constant in seconds.
const HEATING_S: f64 = 240.0;

/// The signals of one row, in their units.
#[derive(Clone, Copy)]
pub(super) struct Reading {
    /// Ampere.
    pub(super) current: f64,
    /// Volt.
    pub(super) voltage: f64,
    /// Metres a minute.
    pub(super) wire_feed_speed: f64,
    /// Degrees Celsius, at the torch.
    pub(super) temperature: f64,
    /// Litres a minute.
    pub(super) gas_flow: f64,
}

/// A reading for each row of `severity`.
pub(super) fn readings(machine: &Machine, severity: &[f64], random: &mut Random) -> Vec<Reading> {
    let mut welding = Welding { burning: false, rows_left: random.whole(CYCLE.0, CYCLE.1), offset: 0.0 };
    let mut torch = ambient(0) + 15.0;
    let row = |(row, &bad): (usize, &f64)| {
        welding.step(random);
        let heat = if welding.burning { 38.0 + 3.0 * bad } else { 4.0 };
        torch += (ambient(row) + heat - torch) * (STEP_S / HEATING_S);
        let mut reading =
            if welding.burning { arc_on(machine, welding.offset, bad, random) } else { arc_off(random) };
        reading.temperature = torch + 0.3 * random.noise();
        reading.as_the_sensors_resolve_it()
    };
    severity.iter().enumerate().map(row).collect()
}

/// Where a machine is in its cycle.
struct Welding {
    burning: bool,
    rows_left: usize,
    /// How far this weld's current is set from the machine's own, in ampere: no two seams are alike.
    offset: f64,
}

impl Welding {
    fn step(&mut self, random: &mut Random) {
        if self.rows_left == 0 {
            self.burning = !self.burning;
            self.rows_left = random.whole(CYCLE.0, CYCLE.1);
            self.offset = random.between(-6.0, 6.0);
        }
        self.rows_left -= 1;
    }
}

/// A bad weld has a restless arc, drawn a little long; wire that stutters; and too little shielding gas.
fn arc_on(machine: &Machine, offset: f64, bad: f64, random: &mut Random) -> Reading {
    let stutter = if random.chance(0.08 * bad) { 0.75 } else { 1.0 };
    Reading {
        current: machine.current + offset + (4.0 + 4.0 * bad) * random.noise(),
        voltage: machine.voltage + 0.03 * offset + 0.5 * bad + (0.5 + 0.6 * bad) * random.noise(),
        wire_feed_speed: (machine.wire_feed_speed + 0.05 * offset) * stutter
            + (0.12 + 0.15 * bad) * random.noise(),
        temperature: 0.0,
        gas_flow: machine.gas_flow - 1.6 * bad + (0.3 + 0.4 * bad) * random.noise(),
    }
}

/// In a pause the sensors show their own small offsets, good machine or bad.
fn arc_off(random: &mut Random) -> Reading {
    Reading {
        current: 0.8 + 0.2 * random.noise(),
        voltage: 0.5 + 0.1 * random.noise(),
        wire_feed_speed: 0.05 + 0.01 * random.noise(),
        temperature: 0.0,
        gas_flow: 0.3 + 0.05 * random.noise(),
    }
}

impl Reading {
    /// Rounded to what such a sensor reports.
    fn as_the_sensors_resolve_it(self) -> Self {
        let to = |value: f64, parts: f64| (value * parts).round() / parts;
        Reading {
            current: to(self.current, 10.0),
            voltage: to(self.voltage, 100.0),
            wire_feed_speed: to(self.wire_feed_speed, 1_000.0),
            temperature: to(self.temperature, 100.0),
            gas_flow: to(self.gas_flow, 100.0),
        }
    }
}

/// The hall's temperature in degrees Celsius: warmest at 14:00 UTC, 8 degrees colder at 02:00, and a tenth of a degree
/// colder from day to day as autumn goes on. A parabola, not a sine: it is the same to the bit on every machine.
fn ambient(row: usize) -> f64 {
    let half_day = DAY as f64 / 2.0;
    // −1 at 02:00, 0 at 14:00, towards 1 at the next 02:00.
    let hour = ((row + DAY - DAY / 12) % DAY) as f64 / half_day - 1.0;
    25.0 - 8.0 * hour * hour - 0.1 * row as f64 / DAY as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hall_is_warmest_in_the_afternoon_and_never_jumps() {
        assert!((ambient(DAY * 14 / 24) - 25.0).abs() < 0.1);
        assert!((ambient(DAY * 2 / 24) - 17.0).abs() < 0.1);
        assert!((1..3 * DAY).all(|row| (ambient(row) - ambient(row - 1)).abs() < 0.01));
    }
}
