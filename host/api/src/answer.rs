//! Successful answers: their envelope, their form, their times.

mod arrival;
mod envelope;
mod media_type;
mod page;
mod times;

pub(crate) use self::arrival::{Arrival, ExecutionTime, REQUEST_ID};
pub(crate) use self::envelope::{JsonAnswer, MatrixAnswer, Success};
pub(crate) use self::media_type::{Accept, MediaType};
pub(crate) use self::page::PageOf;
pub(crate) use self::times::{TimeWriter, Times};
