//! A tree of lists in a folder of this machine, for those who make one: `sign --detached`, `attach` and
//! `resign`.
//!
//! Each list is written beside the tree and renamed into it, so that whoever serves the tree has it whole or not at all. What
//! the makers need for themselves is in one folder of it, the `private_folder`; `sign -o` has one for its packages too.

mod file_error;
mod list_tree;
mod private_folder;

pub use file_error::ListFileError;
pub use list_tree::{ListTree, lists_in, read_list};
pub use private_folder::{PrivateFolder, unfinished_in};
