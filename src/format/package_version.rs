//! The version of a package, in the one form that dpkg writes.

/// A version as dpkg writes it: an epoch has no leading zeros, and one of zero is left out unless the rest would look
/// like it has another. What dpkg refuses stays as it is.
///
/// SPEC: `parseversion()` and `varbufversion()` with `vdew_nonambig`, lib/dpkg/parsehelp.c.
#[must_use]
pub fn written_version(version: &str) -> String {
    let Some((epoch, rest)) = version.split_once(':') else {
        return version.to_owned();
    };
    match epoch.parse::<u32>() {
        Ok(0) if !rest.contains(':') => rest.to_owned(),
        Ok(epoch) => format!("{epoch}:{rest}"),
        Err(_) => version.to_owned(),
    }
}
