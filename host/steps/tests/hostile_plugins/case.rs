//! A hostile plugin, and what the host says to it.

use std::sync::Arc;

use fettle_frame::Window;
use fettle_steps::{Catalogue, Plugin, Sandbox, State, StepError};
use serde_json::{Map, json};

use crate::house::{World, admit, assert_sound, column, on_guest_thread, sandbox};

/// When the host notices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Met {
    /// It is not let in.
    Refused,
    /// It is let in, and faulty once it is provoked.
    Faulty,
}

#[derive(Debug, Clone, Copy)]
pub struct Case {
    pub name: &'static str,
    pub met: Met,
    pub world: World,
    pub orders: &'static str,
    pub told: &'static str,
}

macro_rules! case {
    ($name:ident, $met:ident, $world:ident, $orders:literal, $told:literal) => {
        $crate::case::Case {
            name: stringify!($name),
            met: $crate::case::Met::$met,
            world: $crate::house::World::$world,
            orders: $orders,
            told: $told,
        }
    };
}
pub(crate) use case;

impl Case {
    /// Whether the host says what is due, and goes on.
    pub fn check(&self) {
        self.told_as_due(sandbox());
        assert_sound(sandbox());
    }

    /// Lets it do what it does, and returns what the host says.
    pub fn misbehave(&self, sandbox: &Arc<Sandbox>) -> Option<String> {
        match admit(sandbox, self.world.ordered(self.orders)) {
            Ok(plugin) => answer(sandbox, &plugin, self.world, true).err().map(|error| error.to_string()),
            Err(error) => Some(error.to_string()),
        }
    }

    fn told_as_due(&self, sandbox: &Arc<Sandbox>) {
        let Self { name, met, world, orders, told } = *self;
        let component = world.ordered(orders);
        let plugin = match (admit(sandbox, component), met) {
            (Err(error), Met::Refused) => {
                assert_eq!(error.to_string(), told, "{name}");
                return;
            }
            (Ok(plugin), Met::Faulty) => plugin,
            (met, _) => panic!("{name}: {met:?}"),
        };
        assert_same(&answer(sandbox, &plugin, world, false).unwrap(), right(world), name);
        for _ in 0..2 {
            let error = answer(sandbox, &plugin, world, true).unwrap_err();
            assert_eq!(error.to_string(), told, "{name}");
            assert_same(&answer(sandbox, &plugin, world, false).unwrap(), right(world), name);
        }
    }
}

/// What a plugin that is not provoked answers.
fn right(world: World) -> &'static [f64] {
    match world {
        World::Transform => &[4.0, f64::NAN, 6.0, 7.0],
        World::Window => &[0.0, 2.0, 2.0, 4.0],
        World::Features => &[1.0, 3.0],
    }
}

fn assert_same(found: &[f64], due: &[f64], what: &str) {
    let bits = |values: &[f64]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
    assert_eq!(bits(found), bits(due), "{what}: {found:?}, not {due:?}");
}

/// What a plugin answers when all of its exports are called with parameters: fitted on two parts, merged and applied;
/// asked for windows; asked for names and features.
pub fn answer(
    sandbox: &Sandbox,
    plugin: &Arc<Plugin>,
    world: World,
    provoke: bool,
) -> Result<Vec<f64>, StepError> {
    let catalogue = Catalogue::new(vec![Arc::clone(plugin)]).unwrap();
    on_guest_thread(sandbox, move || {
        let params: Map<_, _> = serde_json::from_value(json!({"provoke": provoke})).unwrap();
        let step = catalogue.resolve(world.kind(), "hostile", &params)?;
        let data = Arc::new(column(&[1.0, f64::NAN, 3.0, 4.0]));
        match world {
            World::Transform => {
                let state: State = step.fit(&[Arc::new(data.slice(0..2)), Arc::new(data.slice(2..4))])?;
                Ok(step.apply(&state, &data)?.frame.signals.remove(0).values)
            }
            World::Window => {
                step.reads_values()?;
                let windows = step.plan(&data)?;
                Ok(windows.iter().flat_map(|window| [window.start as f64, window.end as f64]).collect())
            }
            World::Features => {
                step.names(&["a"])?;
                let windows = [Window { start: 0, end: 2 }, Window { start: 2, end: 4 }];
                Ok(step.compute(&data, &windows)?.0.remove(0).values)
            }
        }
    })
}
