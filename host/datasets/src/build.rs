//! Building a dataset: from the rows of many devices to one table.
//!
//! Rows are read device by device, as often as it takes: once to see what there is, once for windows and labels, once
//! for each round that a fitted step asks for, and once for features. Those wait un-normalized in a file of fixed width,
//! so that normalization reads no device again. What is held in memory is the devices in flight and a few bytes a
//! window.

mod compute;
mod encode;
mod learn;
mod normalize;
mod scan;
mod sides;
mod spill;
mod units;
mod windows;
mod work;

use std::path::Path;
use std::sync::Arc;

use fettle_features::Features;
use fettle_features::split::Side;
use tempfile::TempPath;

pub(crate) use self::compute::{Computed, between};
pub(crate) use self::encode::label_type;
pub(crate) use self::learn::{Learnt, Training, learn};
pub use self::scan::Skipped;
pub(crate) use self::scan::{Device, Scan, insufficient, look};
pub(crate) use self::sides::Split;
pub(crate) use self::spill::Spill;
pub(crate) use self::units::Units;
pub(crate) use self::windows::Windows;
pub use self::work::Progress;
pub(crate) use self::work::{Work, by_itself};

use crate::DatasetError;
use crate::manifest::{BuildWarning, Content, Parts};
use crate::recipe::Recipe;

/// A dataset that was built and stands nowhere yet.
#[derive(Debug)]
pub(crate) struct Built {
    /// The table, a local file that goes when this is dropped.
    pub(crate) table: TempPath,
    /// What the dataset is.
    pub(crate) content: Content,
    /// What should be known of it.
    pub(crate) warnings: Vec<BuildWarning>,
}

/// Builds what a recipe describes; files on the way stand in `scratch`.
pub(crate) async fn build(
    domain: &Arc<Features>,
    recipe: &Arc<Recipe>,
    progress: Arc<dyn Progress>,
    scratch: &Path,
) -> Result<Built, DatasetError> {
    let (domain, recipe, scratch) = (Arc::clone(domain), Arc::clone(recipe), scratch.to_owned());
    by_itself(move || async move { all_passes(&domain, &recipe, &*progress, &scratch).await }).await
}

async fn all_passes(
    domain: &Features,
    recipe: &Arc<Recipe>,
    progress: &dyn Progress,
    scratch: &Path,
) -> Result<Built, DatasetError> {
    let mut work = Work::new(domain, &recipe.pipeline, progress);
    let request = &recipe.request;
    let scan = scan::scan(&mut work, request).await?;
    let units = Units::of(recipe, &scan.devices)?;

    // Windows come as early as they can: before anything is fitted, unless what is fitted decides on them.
    let early = work.windows_depend_on_rows_alone().await?;
    let nothing = Learnt::nothing();
    let mut planned = None;
    if early {
        let upto = windows::Upto::FirstFit;
        planned = Some(windows::plan(&mut work, request, &scan, &units, &nothing, upto).await?);
    }
    let mut split = None;
    if let Some(windows) = &mut planned {
        split = Some(sides::split(request, &units, windows)?);
    }
    let training = learn::training(&units, planned.as_ref().zip(split.as_ref()));
    let learnt = learn(&mut work, &scan.devices, &units, &training, request.fit_scope).await?;
    let (windows, mut split) = match (planned, split) {
        (Some(windows), Some(split)) => (windows, split),
        _ => {
            let upto = windows::Upto::Windows;
            let mut windows = windows::plan(&mut work, request, &scan, &units, &learnt, upto).await?;
            let split = sides::split(request, &units, &mut windows)?;
            (windows, split)
        }
    };

    let mut computed = compute::compute(&mut work, &scan, &units, &windows, &learnt, scratch).await?;
    let incomplete = computed.drop_incomplete(request, &mut split, &windows)?;
    let quantiles = computed.quantiles(&split, Side::Train)?;
    let scaling = normalize::normalize(&mut work, &units, &windows, &split, &mut computed).await?;

    let devices = encode::device_of_each(&scan, &units, &windows);
    let written = encode::write(&work, recipe, &devices, &windows, &split, &computed, scratch)?;
    let content = Content::of(Parts {
        recipe,
        scan: &scan,
        units: &units,
        windows: &windows,
        split: &split,
        incomplete: &incomplete,
        computed: &computed,
        quantiles,
        learnt: &learnt,
        scaling: &scaling,
        written: &written.table,
    });
    warn_of(&mut work, &content);
    Ok(Built { table: written.path, content, warnings: work.warnings })
}

/// Warns of what shows only in the finished dataset.
fn warn_of(work: &mut Work<'_>, content: &Content) {
    let Content { split, label, train_samples, .. } = content;
    if split.val_windows_sharing_rows > 0 {
        let message = format!(
            "{} rows are in windows of both sides, and {} of {} validation windows have some of them, so that a model \
             may look better than it is; `purge`, or `split_method` `time`, would help",
            split.shared_rows, split.val_windows_sharing_rows, content.val_samples
        );
        work.warn("shared_rows", Some("purge"), message);
    }
    if split.purged_windows > *train_samples {
        let message =
            format!("`purge` took {} training windows and left {train_samples}", split.purged_windows);
        work.warn("many_purged_windows", Some("purge"), message);
    }
    let sides = [("train", &label.class_distribution_train), ("val", &label.class_distribution_val)];
    for (side, distribution) in sides {
        let Some(distribution) = distribution else { continue };
        let absent: Vec<&str> = distribution
            .iter()
            .filter(|(_, windows)| **windows == 0)
            .map(|(class, _)| class.as_str())
            .collect();
        if !absent.is_empty() {
            let message = format!("no window on the side `{side}` has the label {}", absent.join(", "));
            work.warn("class_absent", Some("split_method"), message);
        }
    }
}
