//! Splits: which windows train and which validate.
//!
//! The random ones draw what scikit-learn draws, index for index and in its order, so that a notebook with the same seed
//! has the same sides.

mod devices;
mod error;
mod mode;
mod random;
mod random_state;
mod shared_rows;
mod sides;
mod stratified;
mod time;
mod val_split;

pub use devices::by_device;
pub use error::SplitError;
pub use random::random;
pub use shared_rows::SharedRows;
pub use sides::{Side, Sides};
pub use stratified::stratified;
pub use time::time_cut;
pub use val_split::ValSplit;
