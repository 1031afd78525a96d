//! A plugin that says `scope: column` and would look at other columns: the contract has it that each call gets one, and
//! the host keeps to that.

use std::sync::Arc;

use fettle_frame::{Frame, Signal, Window};
use fettle_steps::Catalogue;
use serde_json::Map;

use crate::house::{World, admit, on_guest_thread, sandbox};

/// The values of both columns of a frame after `world`'s plugin has had it.
fn answered(world: World, orders: &str) -> Vec<Vec<f64>> {
    let plugin = admit(sandbox(), world.ordered(orders)).unwrap();
    let catalogue = Catalogue::new(vec![plugin]).unwrap();
    on_guest_thread(sandbox(), move || {
        let step = catalogue.resolve(world.kind(), "hostile", &Map::new()).unwrap();
        let signal = |name: &str, values: [f64; 2]| Signal { name: name.to_owned(), values: values.to_vec() };
        let signals = vec![signal("a", [1.0, 2.0]), signal("b", [10.0, 20.0])];
        let frame = Arc::new(Frame::new(vec![0, 1], signals, Vec::new()).unwrap());
        let signals = match world {
            World::Features => step.compute(&frame, &[Window { start: 0, end: 2 }]).unwrap().0,
            _ => step.fit_apply(&frame).unwrap().1.frame.signals,
        };
        signals.into_iter().map(|signal| signal.values).collect()
    })
}

#[test]
fn what_would_look_at_other_columns_never_sees_any() {
    // Two values each, and nothing for columns beside.
    let applied = answered(World::Transform, "apply looks at other columns");
    assert_eq!(applied, [[3.0, 4.0], [12.0, 22.0]]);
    assert_eq!(answered(World::Features, "compute looks at other columns"), [[1.0], [10.0]]);
}
