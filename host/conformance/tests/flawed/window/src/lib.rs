//! Window methods, each with one mistake that an author could make, and one without.

use fettle_sdk::{Frame, NoParams, StepError, Window, Windowing, export};

/// Rows of a window.
const SIZE: u32 = 10;

/// Whole windows, one after the other.
pub struct Sound;

/// Takes one row too many, which is there but for the last window.
pub struct OneTooFar;

/// Begins two windows at the same row.
pub struct SameStart;

/// Makes as many windows of any frame, so that later rows move them all.
pub struct Thirds;

/// Begins where the last call ended.
pub struct GoesOn;

fn rows(frame: &Frame) -> u32 {
    frame.timestamps.len() as u32
}

fn every(rows: u32, step: u32, length: u32) -> Vec<Window> {
    (0..rows / step).map(|index| Window { start: index * step, end: index * step + length }).collect()
}

/// Declares a window method without parameters.
macro_rules! windowing {
    ($method:ident, $name:literal, $plan:expr) => {
        impl Windowing for $method {
            const NAME: &'static str = $name;
            const SUMMARY: &'static str = "Windows of some rows.";
            type Params = NoParams;

            fn plan(_: &NoParams, frame: &Frame) -> Result<Vec<Window>, StepError> {
                let plan: fn(&Frame) -> Vec<Window> = $plan;
                Ok(plan(frame))
            }
        }
    };
}

windowing!(Sound, "sound", |frame| every(rows(frame), SIZE, SIZE));
windowing!(OneTooFar, "one_too_far", |frame| every(rows(frame), SIZE, SIZE + 1));
windowing!(SameStart, "same_start", |frame| {
    let mut windows = every(rows(frame), SIZE, SIZE);
    if let Some(&last) = windows.last().filter(|last| last.end < rows(frame)) {
        windows.push(Window { start: last.start, end: rows(frame) });
    }
    windows
});
windowing!(Thirds, "thirds", |frame| {
    let third = rows(frame) / 3;
    if third == 0 { Vec::new() } else { every(3 * third, third, third) }
});
windowing!(GoesOn, "goes_on", |frame| {
    use std::sync::atomic::{AtomicU32, Ordering};
    static LEFT: AtomicU32 = AtomicU32::new(0);
    let left = LEFT.load(Ordering::Relaxed);
    LEFT.store(rows(frame) % SIZE, Ordering::Relaxed);
    every(rows(frame), SIZE, SIZE)
        .into_iter()
        .map(|window| Window { start: window.start, end: window.end - left })
        .collect()
});

export!(windowing, "flawed-window", [Sound, OneTooFar, SameStart, Thirds, GoesOn]);
