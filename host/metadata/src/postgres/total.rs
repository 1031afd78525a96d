//! How many items a list has, without counting large ones.

use serde_json::Value;
use sqlx::Row as _;
use sqlx::postgres::PgArguments;

use super::dialect::Connection;
use super::values::Json;
use crate::Total;

/// Up to so many items a list is counted, which takes about a millisecond. `count_of` spells out one more.
const EXACT: i64 = 10_000;

/// What counts a list's items, up to one more than [`EXACT`]; and what tells how many the planner expects.
#[derive(Clone, Copy)]
pub struct Count {
    pub some: &'static str,
    pub plan: &'static str,
}

/// A list's items: as many as there are, up to [`EXACT`]; beyond that, as many as the planner expects from the table's
/// size and statistics, which it keeps up to date by itself.
pub async fn total(
    connection: &mut Connection,
    count: Count,
    arguments: impl Fn() -> sqlx::Result<PgArguments>,
) -> sqlx::Result<Total> {
    let some: i64 = sqlx::query_scalar_with(count.some, arguments()?).fetch_one(&mut *connection).await?;
    if some <= EXACT {
        return Ok(Total { count: some.unsigned_abs(), is_estimate: false });
    }
    let row = sqlx::query_with(count.plan, arguments()?).fetch_one(connection).await?;
    let Json(plan) = row.try_get(0)?;
    let expected = serde_json::from_str::<Value>(&plan).ok().and_then(|plan| {
        // Whole, but written with a point by some versions.
        plan.pointer("/0/Plan/Plan Rows")?.as_f64().map(|rows| rows as u64)
    });
    Ok(Total { count: expected.unwrap_or(0).max(some.unsigned_abs()), is_estimate: true })
}
