//! The plugins of a server: real components, real files, reloaded as an operator would.

#![expect(clippy::unwrap_used, reason = "a test fails where its set-up does")]

mod house;

mod compiling;
mod empty_world;
mod forbidding;
mod reloading;
mod restarting;
mod setting_aside;
mod turns;
mod watching;
