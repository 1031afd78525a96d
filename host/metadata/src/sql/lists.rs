//! Lists in pages.

use sqlx::Arguments as _;

use super::dialect::{self, Connection, Count, Database, Row};
use super::text::count;
use crate::{Page, Paged};

type Arguments = <Database as sqlx::Database>::Arguments;

/// The queries of a list. Both take the values of its conditions as `$1` and so on; the page takes its limit and its
/// offset behind them.
pub struct List {
    pub page: &'static str,
    pub count: Count,
}

/// A value of a list's conditions.
pub enum Value<'a> {
    Text(&'a str),
    Flag(bool),
    Id(i64),
}

/// A [`List`] of `$columns` of the rows that `$from` lets through, in an order that ends in a limit and an offset.
macro_rules! list {
    ($columns:literal, $from:literal, $order:literal) => {
        List { page: concat!("SELECT ", $columns, " ", $from, " ", $order), count: dialect::count_of!($from) }
    };
}
pub(super) use list;

/// A page of a list: two reads or more, so the caller gives a connection inside a transaction.
pub async fn read<T>(
    connection: &mut Connection,
    list: &List,
    values: &[Value<'_>],
    page: Page,
    read: fn(&Row) -> sqlx::Result<T>,
) -> sqlx::Result<Paged<T>> {
    let mut limited = arguments(values)?;
    // One more than the page holds tells whether there are more.
    add(&mut limited, i64::from(page.size.get()) + 1)?;
    add(&mut limited, count(page.offset()))?;
    let rows = sqlx::query_with(list.page, limited).fetch_all(&mut *connection).await?;
    let items = rows.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    let total = dialect::total(connection, list.count, || arguments(values)).await?;
    Ok(Paged::peeked(items, page, total))
}

fn arguments(values: &[Value<'_>]) -> sqlx::Result<Arguments> {
    let mut arguments = Arguments::default();
    for value in values {
        match *value {
            Value::Text(text) => add(&mut arguments, text.to_owned())?,
            Value::Flag(flag) => add(&mut arguments, flag)?,
            Value::Id(id) => add(&mut arguments, id)?,
        }
    }
    Ok(arguments)
}

fn add<'t, T: sqlx::Encode<'t, Database> + sqlx::Type<Database> + 't>(
    arguments: &mut Arguments,
    value: T,
) -> sqlx::Result<()> {
    arguments.add(value).map_err(sqlx::Error::Encode)
}
