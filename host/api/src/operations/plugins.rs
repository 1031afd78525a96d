//! Plugins: which are loaded, and loading others.

pub(crate) mod document;
pub(crate) mod list;
pub(crate) mod reload;
pub(crate) mod rollback;

use std::time::Duration;

use fettle_steps::{Outcome, Refusal, Subject};
use tokio::task::JoinHandle;

use crate::passage::TimeLimit;
use crate::problem::{FieldProblem, Problem};

/// How long a client may wait for a reload: compiling a large component takes a minute, and there may be several.
const RELOAD_TIMEOUT: Duration = Duration::from_secs(15 * 60);

/// Waits for a reload, which goes on to its end whatever becomes of the client.
async fn finished(limit: &TimeLimit, reload: JoinHandle<Outcome>) -> Result<Outcome, Problem> {
    limit.prolong(RELOAD_TIMEOUT);
    reload.await.map_err(|error| Problem::internal(&error))
}

/// What is answered where plugins cannot be put in force: all that is wrong, and nothing has changed.
fn refused(refusals: &[Refusal]) -> Problem {
    let detail = match refusals {
        [only] => format!("nothing has changed: {only}"),
        _ => format!("nothing has changed: {} things are wrong with the plugins", refusals.len()),
    };
    Problem::conflict(detail).about(refusals.iter().map(problem).collect())
}

/// The field is the plugin, as `plugin.NAME`, or what else is in the way.
fn problem(refusal: &Refusal) -> FieldProblem {
    let field = match &refusal.subject {
        Subject::Plugin(name) => format!("plugin.{name}"),
        Subject::File => "plugins_file".to_owned(),
        Subject::Previous => "previous_generation".to_owned(),
        Subject::Kept => "kept_plugins".to_owned(),
        Subject::Server => "server".to_owned(),
    };
    let line = refusal.line.map(|line| format!("line {line}: ")).unwrap_or_default();
    FieldProblem::new(field, format!("{line}{}", refusal.message))
}
