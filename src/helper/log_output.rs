//! What the program says, on standard error or in the guard's log.

use env_logger::{Builder, Env, Target};

use crate::format::text::write_line;

/// Writes the log to `target`: warnings and errors, or what `RUST_LOG` says.
pub(super) fn start_logging(target: Target) {
    Builder::from_env(Env::default().default_filter_or("warn"))
        .format(|out, record| write_line(out, format_args!("dpkg-ima-helper: {}", record.args())))
        .target(target)
        .init();
}
