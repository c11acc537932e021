//! control.tar, as GNU tar unpacks it and dpkg then takes its members: decompressed and held whole.
//!
//! SPEC: dpkg-deb runs `tar -x` (`extracthalf`); dpkg opens every member (`dir_sync_contents`) and moves it
//! to its database (`pkg_infodb_update`). GNU tar: list.c and extract.c.

mod limits;
mod members;
mod read;

pub use limits::{CONTROL_MAX, MEMBERS_MAX};
pub(super) use members::ControlTar;
