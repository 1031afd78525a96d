//! `fettle series delete`

use std::io::{self, BufRead, IsTerminal};
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::Args;
use fettle_frame::TimeRange;
use fettle_series::{DeviceKey, SeriesStore};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::list::instant as shown;
use crate::command::data::DataOptions;
use crate::command::instant::instant;
use crate::wiring::House;

/// Removes the rows of a device, all or those of a range
///
/// Servers may run meanwhile: each request sees a month's rows as they were before or after. The device, its type and
/// models stay. What is cut short is completed by the same command once more.
#[derive(Args)]
pub struct Options {
    /// The device
    #[arg(value_name = "DEVICE")]
    device: String,
    /// Its type, where devices of several types have this code
    #[arg(long, value_name = "CODE")]
    device_type: Option<String>,
    /// The first instant whose row is removed: ISO 8601 [default: the first row]
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// The first instant whose row is kept again [default: behind the last row]
    #[arg(long, value_name = "TIME")]
    to: Option<String>,
    /// Do not ask
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    data: DataOptions,
}

/// Runs `fettle series delete`.
pub async fn run(options: Options) -> anyhow::Result<ExitCode> {
    let settings = options.data.existing()?;
    let range = options.range(&settings.data.time_zone)?;
    let house = House::open(&settings).await?;
    let device = options.find(&house).await?;
    let rows = house.series.count_rows(&device, range).await?;
    let Some(span) = house.series.span(&device).await?.filter(|_| rows > 0) else {
        println!("{} has no row there; nothing was removed", device.device);
        return Ok(ExitCode::SUCCESS);
    };
    let what = format!(
        "{rows} of {} rows of {} (type {}), {}",
        span.rows,
        device.device,
        device.device_type,
        told(&options)
    );
    if !options.yes && !confirmed(&what)? {
        println!("nothing was removed");
        return Ok(ExitCode::FAILURE);
    }
    let removed = house.series.delete(&device, range).await?;
    let left = house.series.span(&device).await?;
    let left = left.map_or_else(
        || "none is left".to_owned(),
        |left| format!("{} are left, from {} to {}", left.rows, shown(left.first), shown(left.last)),
    );
    println!("removed {removed} rows of {} (type {}); {left}", device.device, device.device_type);
    Ok(ExitCode::SUCCESS)
}

impl Options {
    /// The range that is to be removed.
    fn range(&self, zone: &TimeZone) -> anyhow::Result<TimeRange> {
        let time = |name: &str, text: &Option<String>, otherwise: i64| match text {
            None => Ok(otherwise),
            Some(text) => nanoseconds(instant(text, zone).with_context(|| format!("{name} {text}"))?),
        };
        let start = time("--from", &self.from, TimeRange::ALL.start())?;
        let end = time("--to", &self.to, TimeRange::ALL.end())?;
        TimeRange::new(start, end).context("--to must be after --from")
    }

    /// The device, which must exist: in the metadata, or at least with rows.
    async fn find(&self, house: &House) -> anyhow::Result<DeviceKey> {
        let mut found = with_rows(house.series.as_ref(), &self.device, self.device_type.as_deref()).await?;
        match (found.pop(), found.pop()) {
            (Some(only), None) => return Ok(only),
            (Some(one), Some(other)) => bail!(
                "there are devices `{}` of the types `{}` and `{}`: say with --device-type which",
                self.device,
                other.device_type,
                one.device_type
            ),
            (None, _) => {}
        }
        let device = house.metadata.device(&self.device).await?;
        let of_type =
            |device_type: &String| self.device_type.as_ref().is_none_or(|asked| asked == device_type);
        match device.filter(|device| of_type(&device.device_type_code)) {
            Some(device) => {
                Ok(DeviceKey { device_type: device.device_type_code, device: self.device.clone() })
            }
            None => bail!("there is no device `{}`", self.device),
        }
    }
}

/// Devices of this code that have rows.
async fn with_rows(
    series: &dyn SeriesStore,
    code: &str,
    device_type: Option<&str>,
) -> anyhow::Result<Vec<DeviceKey>> {
    let mut devices = series.devices().await?;
    devices.retain(|device| {
        device.device == code && device_type.is_none_or(|device_type| device_type == device.device_type)
    });
    Ok(devices)
}

/// The range as it was asked for.
fn told(options: &Options) -> String {
    match (&options.from, &options.to) {
        (None, None) => "all of them".to_owned(),
        (Some(from), None) => format!("those from {from} on"),
        (None, Some(to)) => format!("those before {to}"),
        (Some(from), Some(to)) => format!("those from {from} to before {to}"),
    }
}

/// Asks whether `what` shall be removed.
fn confirmed(what: &str) -> anyhow::Result<bool> {
    eprint!("Remove {what}? [y/N] ");
    let mut answer = String::new();
    let read = io::stdin().lock().read_line(&mut answer).context("reading the answer")?;
    if read == 0 {
        eprintln!();
        if !io::stdin().is_terminal() {
            bail!("nobody is there to answer; --yes removes without asking");
        }
    }
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

fn nanoseconds(time: Timestamp) -> anyhow::Result<i64> {
    i64::try_from(time.as_nanosecond()).context("must lie between the years 1678 and 2261")
}
