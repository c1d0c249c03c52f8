//! Cells in columns, for a terminal. In: lines of cells. Out: lines of text, as wide as a terminal shows them.

use unicode_width::UnicodeWidthStr;

/// Lines whose cells stand below each other, without blanks at the end. All have as many cells.
pub(super) fn aligned(lines: &[Vec<String>]) -> Vec<String> {
    let width = |index: usize| lines.iter().filter_map(|line| line.get(index)).map(|cell| cell.width()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..lines.iter().map(Vec::len).max().unwrap_or(0)).map(width).collect();
    let line = |line: &Vec<String>| {
        let cells = std::iter::zip(line, &widths).map(|(cell, width)| format!("{cell}{}", " ".repeat(width - cell.width())));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    lines.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use unicode_width::UnicodeWidthStr;

    use super::aligned;

    #[test]
    fn cells_begin_where_a_terminal_shows_them_below_each_other() {
        let line = |first: &str| vec![first.to_owned(), "x".to_owned(), String::new()];
        let lines = aligned(&[line("山田"), line("é"), line(""), line("Renée")]);
        let starts: Vec<usize> = lines.iter().map(|line| line[..line.find('x').unwrap_or(0)].width()).collect();
        assert_eq!(starts, [7; 4]);
        assert!(lines.iter().all(|line| line.ends_with('x')), "{lines:?}");
    }
}
