//! Methods that want to know what other requests gave.

use std::sync::Mutex;

use fettle_sdk::{Changed, Frame};

/// What is looked for, in the complement, so that the looking itself is nothing that can be found: 1234567.25.
const COMPLEMENT: u64 = !0x4132_d687_4000_0000;

/// Every value that was ever seen.
static SEEN: Mutex<Vec<f64>> = Mutex::new(Vec::new());

/// Answers with what was seen before, -1 where that is not enough, and remembers more.
pub(crate) fn remember(mut frame: Frame) -> Changed {
    let mut seen = SEEN.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let before = seen.clone();
    for column in &mut frame.columns {
        seen.extend(&column.values);
        for (row, value) in column.values.iter_mut().enumerate() {
            *value = before.get(row).copied().unwrap_or(-1.0);
        }
    }
    Changed { columns: frame.columns, kept: None }
}

/// Answers how often 1234567.25 stands in all of the memory that there is and that can be got.
pub(crate) fn search(mut frame: Frame) -> Changed {
    let found = occurrences(!std::hint::black_box(COMPLEMENT)) as f64;
    for column in &mut frame.columns {
        column.values.fill(found);
    }
    Changed { columns: frame.columns, kept: None }
}

#[cfg(target_arch = "wasm32")]
#[expect(unsafe_code, reason = "it reads what it was not given, which is the point")]
fn occurrences(wanted: u64) -> usize {
    const PAGE: usize = 64 << 10;
    // Memory that an earlier instance may have used, beyond what this one began with.
    while core::arch::wasm32::memory_size::<0>() < 512
        && core::arch::wasm32::memory_grow::<0>(16) != usize::MAX
    {}
    let end = core::arch::wasm32::memory_size::<0>() * PAGE;
    let words = (8..end).step_by(8);
    // SAFETY: every address below the size of the memory can be read.
    words.filter(|&word| unsafe { std::ptr::read_volatile(word as *const u64) } == wanted).count()
}

#[cfg(not(target_arch = "wasm32"))]
fn occurrences(_wanted: u64) -> usize {
    0
}
