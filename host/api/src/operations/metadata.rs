//! Models, device types with their fields, and devices.
//!
//! Names are those of the tables, but for one thing: the code of a device type is called `device_type` wherever it
//! stands, in requests, in answers and in the import alike.

pub(crate) mod device_fields;
pub(crate) mod device_types;
pub(crate) mod devices;
pub(crate) mod models;
