//! The `download` process: asks the sources for what `load` wants.

use std::io::{self, BufReader, BufWriter, Write};
use std::time::Instant;

use super::ask::ask;
use super::protocol::{Answer, read_names};
use crate::format::plural::count;
use crate::format::text::write_line;
use crate::machine::config::Config;

/// Serves rounds from standard input to standard output: the first asks the first source, and so on. Ends when `load`
/// does. SECURITY: names are checked anew; the sources are those of the configuration, whatever `load` says.
///
/// # Errors
/// If `load` says something else, or is gone.
pub fn serve_downloads(config: &Config) -> io::Result<()> {
    let mut input = BufReader::new(io::stdin().lock());
    let mut output = BufWriter::new(io::stdout().lock());
    let mut deadline = None;
    for source in &config.sources {
        let Some(names) = read_names(&mut input)? else {
            return Ok(());
        };
        let deadline = *deadline.get_or_insert_with(|| Instant::now() + config.fetch_time);
        let lists = count(names.len(), "signature list");
        let say = || {
            let line = format!("dpkg-ima: fetching {lists} from {source} ...");
            // Where nobody can read it, nobody wonders.
            write_line(io::stderr(), line).unwrap_or_default();
        };
        let trouble = ask(source, &names, (deadline, &say), &mut |delivered| {
            Answer::Delivered(delivered).write_to(&mut output)
        })?;
        if let Some(trouble) = trouble {
            Answer::Trouble(trouble.count, trouble.cause).write_to(&mut output)?;
        }
        Answer::Done.write_to(&mut output)?;
        output.flush()?;
    }
    Ok(())
}
