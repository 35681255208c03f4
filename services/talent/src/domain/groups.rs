//! Spellings of one thing, as the data files list them: a line is a group, `=` stands between its spellings, `#` begins
//! a remark. A mark before a spelling says what it must not be taken for without further ado.

/// How a spelling may be understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mark {
    /// Wherever it stands.
    Plain,
    /// `^`: it is an everyday word too; with a capital it is meant.
    Capital,
    /// `!`: a letter or so; beside others of its kind it is meant.
    Beside,
    /// `~`: it has several meanings; only who writes it in a field of its own means it.
    Ambiguous,
}

/// The groups of a file.
pub(crate) fn groups(file: &str) -> impl Iterator<Item = Vec<(Mark, &str)>> {
    file.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty()).map(|line| {
        let marks = [('^', Mark::Capital), ('!', Mark::Beside), ('~', Mark::Ambiguous)];
        let marked = |spelling| {
            let found = marks.into_iter().find_map(|(sign, mark)| Some((mark, str::strip_prefix(spelling, sign)?)));
            found.unwrap_or((Mark::Plain, spelling))
        };
        line.split(" = ").map(str::trim).map(marked).collect()
    })
}
