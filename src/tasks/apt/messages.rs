//! What apt's programs say on standard error, in the C locale.

/// SPEC: `pkgAcquire::Item::Failed()`: for each URI.
const FAILED: &str = "E: Failed to fetch ";
/// What apt-helper says at the end if some were not fetched.
const SUMMARY: &str = "E: Download Failed";

/// A URI as messages are compared by: apt writes these characters as escapes when it names one, and a path without a host.
#[must_use]
pub fn key(uri: &str) -> String {
    let uri = match uri.strip_prefix("file://") {
        Some(path) => format!("file:{path}"),
        None => uri.to_owned(),
    };
    let escaped = uri.replace('+', "%2b").replace('~', "%7e");
    escaped.to_ascii_lowercase()
}

/// The URIs that were not fetched, in their [`key`] form, each with the reason.
///
/// SPEC: each message is a line `E: Failed to fetch URI  REASON`.
pub fn failed(messages: &str) -> impl Iterator<Item = (String, &str)> {
    let lines = messages.lines();
    let failed = lines.filter_map(|line| line.strip_prefix(FAILED));
    failed.filter_map(|line| {
        let (uri, reason) = line.split_once("  ")?;
        Some((key(uri), reason.trim()))
    })
}

/// An error that belongs to no URI: the method that fetches has ended, since a file became too large for example.
#[must_use]
pub fn general(messages: &str) -> Option<&str> {
    let mut errors = messages.lines().filter(|line| line.starts_with("E: "));
    let error = errors.find(|line| !line.starts_with(FAILED) && *line != SUMMARY)?;
    Some(&error["E: ".len()..])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What apt 2.6 says.
    #[test]
    fn what_was_not_fetched_is_told_by_its_uri() {
        let said = "\
E: Failed to fetch http://127.0.0.1:8931/%7ex/g%2b%2b  404  File not found [IP: 127.0.0.1 8931]
E: Failed to fetch file:/srv/pool/a_1.deb  Hash Sum mismatch
   Hashes of expected file:
W: something else
E: Failed to fetch nothing
E: Download Failed
";
        assert_eq!(general(said), None);
        let failed: Vec<_> = failed(said).collect();
        assert_eq!(
            failed,
            [
                (
                    key("http://127.0.0.1:8931/~x/g++"),
                    "404  File not found [IP: 127.0.0.1 8931]"
                ),
                (key("file:///srv/pool/a_1.deb"), "Hash Sum mismatch")
            ]
        );
    }

    #[test]
    fn a_method_that_ends_is_an_error_of_no_uri() {
        let said =
            "E: Method http has died unexpectedly!\nE: Sub-process http received signal 25.\n";
        assert_eq!(general(said), Some("Method http has died unexpectedly!"));
    }
}
