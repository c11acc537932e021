//! IMA signatures on Debian packages, from the moment dpkg unpacks them.
//!
//! The program `dpkg-ima` signs packages, verifies them and relabels systems. The program `dpkg-ima-helper` is run by apt,
//! by dpkg and by a dpkg trigger, and writes each signature to the attribute `security.ima` of its file. Both programs are
//! a call of this library.
//!
//! # The map
//! Imports point down this table only, and no two files import each other in a circle; `tests/lib/layers` checks both.
//!
//! | folders | what |
//! |---|---|
//! | `cli` [`helper`] | command lines: arguments, reports, exit codes |
//! | [`tasks`] | one file or folder for each thing that is asked for: `sign`, `verify`, `relabel` and the others |
//! | [`guard`] | the daemon that labels a file while its open waits |
//! | [`labelling`] | the files of packages and their labels |
//! | [`signatures`] | every signature that is known, by size and digest |
//! | [`dpkg`] [`keys`] [`contents`] | dpkg's database; keys, certificates and keyrings; what a .deb holds |
//! | [`machine`] | filesystems, attributes, fanotify, and what this process may do |
//! | [`format`] | bytes and types: no paths, no machine |
//!
//! [`format`]: mod@format
//!
//! # Three flows, file by file
//! **`dpkg-ima sign`.** `cli/run` hands the arguments to `cli/sign`, which loads the key (`keys/signing/load`).
//! `tasks/sign/plan` finds the packages (`contents/find`), and `tasks/sign/run` gives them to its threads. For each,
//! `tasks/sign/package` opens the .deb (`contents/open_deb`: its members by `format/deb/archive`, control.tar by
//! `format/deb/control`, the list that it has by `format/imasigs/read`). `contents/scripts` and `contents/walk` hash the files
//! that `contents/select` takes; as each digest becomes known, `tasks/sign/signatures` keeps the old signature or has the key
//! make one. `format/imasigs/write` writes the list and `format/deb/rewrite` the package around it, which
//! `tasks/sign/output` puts at its place. Where a pool is signed into another folder, `tasks/sign/incremental` asks the folder's
//! journal first whether there is anything to do; with `--detached`, that folder is a tree (`tasks/tree/list_tree`), and the
//! list is all that is written. With `--archive`, `tasks/sign/archive` has the packages fetched (`tasks/archive/download`).
//! `cli/totals` adds up and `cli/summary` reports. With `--status` nothing is made: `tasks/sign/view` looks at the folder, and
//! `tasks/sign/status` counts.
//!
//! **An open that the guard answers.** apt's or dpkg's hook runs `helper/run`, and `guard/start` starts or joins the guard,
//! whose process begins in `guard/serve`. A process opens a file on a marked filesystem, and the kernel lets it wait.
//! `guard/events` reads the event (`machine/fanotify`). `guard/decide` allows the open at once, or says that the file is to be
//! labelled; `guard/known` tells whether a list names its size, `guard/opener` who opens it, and `guard/budget` whether that
//! may cost more. The open is queued in `guard/answer/pending`. A thread of `guard/answer/worker` hashes the content
//! (`machine/content`); `labelling/labeller` looks the digest up in the store (`signatures/store`), `labelling/choice` decides
//! between signatures by their rank, and `machine/attribute` writes the label. `guard/answer/ignore` keeps the file from making
//! events until it changes, and the worker allows the open. If it takes too long, `guard/answer/overseer` allows it instead.
//!
//! **`dpkg-ima relabel`.** `cli/relabel`, or `helper/relabel` in a rescue shell, asks `tasks/relabel/plan`, which finds the
//! packages that are meant (`tasks/relabel/named`) and, for those without a list, the .debs that have it (`tasks/relabel/from`).
//! `cli/relabel` then has the plan fetch lists for the others from the sources (`tasks/relabel/ask_sources`, `tasks/fetch`).
//! `signatures/learn` takes every new list into the store, where competing signatures are verified (`signatures/settle`,
//! `keys/held`). `labelling/run` starts the threads, and `labelling/queue` hands them the files that the lists name. For each
//! `labelling/worker` asks `labelling/standing` where the file is and whether it may be missing or different, opens it by folders
//! and links that only root can exchange (`machine/path_opener`), and lets `labelling/labeller` and `labelling/choice` decide as
//! the guard does. `machine/attribute` writes the label. Once all files of a package are labelled, `tasks/relabel/adopt` keeps
//! the list that came from a .deb. At the end `labelling/durable` brings the labels to disk, and the command reports the result
//! (`tasks/relabel/relabelled`).
//!
//! # Security
//! The kernel decides what runs. This program only has to put the right signature on the right content, and does so by
//! digest: it hashes the content of an open descriptor, looks the digest up, and writes the signature to that same
//! descriptor. So a list from an untrusted package cannot make anything run, and no path needs to be trusted. Input is
//! bounded by named limits.

#[cfg(feature = "cli")]
pub mod cli;
pub mod contents;
pub mod dpkg;
pub mod format;
pub mod guard;
pub mod helper;
pub mod keys;
pub mod labelling;
pub mod machine;
pub mod signatures;
pub mod tasks;
