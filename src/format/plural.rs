//! Numbers of things, as sentences have them.

/// A number of things whose plural ends in s, such as `1 file` or `2 files`.
#[must_use]
pub fn count(number: usize, thing: &str) -> String {
    let end = if number == 1 { "" } else { "s" };
    format!("{number} {thing}{end}")
}

/// ` (and 2 more)`, to stand behind the first of several; nothing if it is the only one.
#[must_use]
pub fn and_more(others: usize) -> String {
    match others {
        0 => String::new(),
        others => format!(" (and {others} more)"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_no_plural() {
        let counted = [0, 1, 2].map(|number| count(number, "file"));
        assert_eq!(counted, ["0 files", "1 file", "2 files"]);
        let more = [0, 1].map(and_more);
        assert_eq!(more, ["", " (and 1 more)"]);
    }
}
