//! `fettle series list`

use std::process::ExitCode;

use clap::Args;
use fettle_series::{ColumnKind, DeviceKey, Holding};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::command::data::DataOptions;
use crate::wiring::House;

/// Lists the devices that have rows, by type and code
#[derive(Args)]
pub struct Options {
    /// Those of this type alone
    #[arg(long, value_name = "CODE")]
    device_type: Option<String>,
    /// Print a JSON list
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    data: DataOptions,
}

/// Runs `fettle series list`.
pub async fn run(options: Options) -> anyhow::Result<ExitCode> {
    let series = House::open(&options.data.existing()?).await?.series;
    let mut found = Vec::new();
    for device in series.devices().await? {
        if options.device_type.as_ref().is_none_or(|device_type| *device_type == device.device_type)
            && let Some(holding) = series.holding(&device).await?
        {
            found.push((device, holding));
        }
    }
    if options.json {
        let list: Vec<Value> = found.iter().map(|(device, holding)| as_json(device, holding)).collect();
        println!("{}", serde_json::to_string_pretty(&list)?);
    } else {
        print(&found);
    }
    Ok(ExitCode::SUCCESS)
}

fn as_json(device: &DeviceKey, holding: &Holding) -> Value {
    let columns = holding.columns.iter().map(|column| match column.kind {
        ColumnKind::Signal => json!({"name": column.name, "role": "signal"}),
        ColumnKind::Label(label_type) => {
            json!({"name": column.name, "role": "label", "label_type": label_type.as_str()})
        }
    });
    json!({
        "device_type": device.device_type,
        "device": device.device,
        "rows": holding.span.rows,
        "first": instant(holding.span.first),
        "last": instant(holding.span.last),
        "columns": columns.collect::<Vec<_>>(),
        "months": holding.months,
        "bytes": holding.bytes,
    })
}

fn print(found: &[(DeviceKey, Holding)]) {
    let width = |of: fn(&DeviceKey) -> &str, title: &str| {
        found.iter().map(|(device, _)| of(device).len()).max().unwrap_or(0).max(title.len())
    };
    let (of, code) = (width(|device| &device.device_type, "type"), width(|device| &device.device, "device"));
    println!(
        "{:of$}  {:code$}  {:>10}  {:20}  {:20}  {:>7}  {:>6}  {:>9}",
        "type", "device", "rows", "first", "last", "columns", "months", "size"
    );
    for (DeviceKey { device_type, device }, Holding { span, columns, months, bytes }) in found {
        let time = |nanoseconds| instant(nanoseconds).strftime("%Y-%m-%d %H:%M UTC").to_string();
        let (first, last) = (time(span.first), time(span.last));
        println!(
            "{device_type:of$}  {device:code$}  {:>10}  {first:20}  {last:20}  {:>7}  {:>6}  {:>9}",
            span.rows,
            columns.len(),
            months.len(),
            bytes.map_or_else(String::new, size),
        );
    }
}

/// `12.3 MiB`
fn size(bytes: u64) -> String {
    let (mut size, mut unit) = (bytes as f64, "B");
    for larger in ["KiB", "MiB", "GiB", "TiB"] {
        if size < 1024.0 {
            break;
        }
        (size, unit) = (size / 1024.0, larger);
    }
    if unit == "B" { format!("{bytes} B") } else { format!("{size:.1} {unit}") }
}

/// An instant of UTC nanoseconds, as people read it.
pub(super) fn instant(nanoseconds: i64) -> Timestamp {
    Timestamp::from_nanosecond(i128::from(nanoseconds))
        .expect("an i64 of nanoseconds reaches from 1677 to 2262, a Timestamp much further")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_short() {
        for (bytes, text) in [(0, "0 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (5 << 20, "5.0 MiB")] {
            assert_eq!(size(bytes), text);
        }
    }
}
