//! A tree of signature lists that travel apart from their packages, as a web server or a folder offers it.
//!
//! ```text
//! h/hello/hello_2.10-3_amd64.imasigs.zst
//! libc/libcap2/libcap2_1%3a2.66-4_amd64.imasigs.zst
//! ```
//!
//! Each file is the list of one package, byte for byte what the control member `imasigs` would be, as one frame of
//! zstd. A tree has no index, and nothing of it needs to be trusted: a signature goes only to the content that it was
//! made for.

mod compressed;
mod error;
mod name;

pub use compressed::{compress, decompress};
pub use error::{COMPRESSED_MAX, NameError, TreeError};
pub use name::{EXTENSION, ListName};
