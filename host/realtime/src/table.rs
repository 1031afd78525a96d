//! Rows of several devices under a model, the newest first.

use std::sync::Arc;

use fettle_frame::LabelValues;
use fettle_series::{NewestRows, RowPlace};

use crate::{Cell, Column, FoundRow, Query};

/// Rows that were read backwards, in their order.
pub struct Table {
    query: Arc<Query>,
    devices: Vec<NewestRows>,
    /// Device and row, the newest first.
    order: Vec<(usize, usize)>,
}

impl Table {
    /// Of what was read for the model of `query`: its signals and its labels, in its order.
    pub fn new(query: Arc<Query>, mut devices: Vec<NewestRows>) -> Self {
        devices.sort_by(|one, other| one.device.device.cmp(&other.device.device));
        let rows = devices.iter().enumerate();
        let mut order: Vec<(usize, usize)> =
            rows.flat_map(|(at, device)| (0..device.rows.frame.rows()).map(move |row| (at, row))).collect();
        let time = |(at, row): (usize, usize)| devices[at].rows.frame.timestamps[row];
        order.sort_unstable_by(|&one, &other| time(other).cmp(&time(one)).then_with(|| one.0.cmp(&other.0)));
        Self { query, devices, order }
    }

    /// How many rows there are.
    pub fn rows(&self) -> usize {
        self.order.len()
    }

    /// Where the row `at` stands among all rows.
    pub fn place(&self, at: usize) -> RowPlace {
        let (device, row) = self.order[at];
        let device = &self.devices[device];
        RowPlace { time: device.rows.frame.timestamps[row], device: device.device.device.clone() }
    }

    /// Whether all of the query's filters hold of the row `at`.
    pub fn holds(&self, at: usize) -> bool {
        self.query.filters.iter().all(|filter| filter.holds(&self.cell(at, filter.column)))
    }

    /// The row `at`.
    pub fn row(&self, at: usize) -> FoundRow {
        let RowPlace { time, device } = self.place(at);
        let model = &self.query.model;
        let signals = (0..model.signals.len()).map(Column::Signal);
        let columns = signals.chain((0..model.labels.len()).map(Column::Label));
        FoundRow { time, device, cells: columns.map(|column| self.cell(at, column)).collect() }
    }

    fn cell(&self, at: usize, column: Column) -> Cell {
        let (device, row) = self.order[at];
        let frame = &self.devices[device].rows.frame;
        match column {
            Column::Signal(signal) => {
                let field = &self.query.model.signals[signal];
                Cell::number(frame.signals[signal].values[row] * field.scale + field.offset)
            }
            Column::Label(label) => match &frame.labels[label].values {
                LabelValues::Int(values) => values[row].map_or(Cell::Missing, Cell::Int),
                LabelValues::Float(values) => values[row].map_or(Cell::Missing, Cell::number),
                LabelValues::Bool(values) => values[row].map_or(Cell::Missing, Cell::Bool),
                LabelValues::Text(values) => values[row].clone().map_or(Cell::Missing, Cell::Text),
            },
        }
    }
}
