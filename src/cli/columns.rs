//! Cells in columns, for a terminal. In: lines of cells, and the width that there is. Out: lines of text, whose columns begin where a terminal shows them below each other.

use unicode_width::UnicodeWidthStr;

use super::look::{Look, shortened};

/// A text with its colour; none where that is empty.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Shown {
    pub(super) text: String,
    pub(super) colour: &'static str,
}

impl From<String> for Shown {
    fn from(text: String) -> Shown {
        Shown { text, colour: "" }
    }
}

impl From<&str> for Shown {
    fn from(text: &str) -> Shown {
        text.to_owned().into()
    }
}

/// What may be done where columns do not fit beside each other.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Cut {
    /// Nothing.
    Never,
    /// Long cells are shortened.
    Cells,
    /// The same, but for the first line, and perhaps for the last column.
    Rows { keeps_last: bool },
}

/// What a cell keeps.
const SHORTEST: usize = 12;
/// And the first one of a line, which tells what it is about: an identifier of PostgreSQL.
const SHORTEST_FIRST: usize = 36;
const GAP: usize = 2;

/// Lines whose cells stand below each other, without blanks at the end; nothing where they do not fit. All have as many cells.
pub(super) fn table(lines: &[Vec<Shown>], cut: Cut, look: Look) -> Option<Vec<String>> {
    let widths = widths(lines, cut, look.width)?;
    let line = |line: &Vec<Shown>| {
        let mut text = String::new();
        let mut missing = 0;
        for (Shown { text: cell, colour }, &width) in std::iter::zip(line, &widths) {
            let cell = shortened(cell, width);
            if !cell.is_empty() {
                text.push_str(&" ".repeat(missing));
                text.push_str(&look.paint(&cell, colour));
                missing = 0;
            }
            missing += width - cell.width() + GAP;
        }
        text
    };
    Some(lines.iter().map(line).collect())
}

/// The same where they always have to be shown: where they do not fit, the cells of a line stand behind each other and go on in the next one, further in. A line whose first cell is empty is
/// about what the one before it is about, and stands further in than that.
pub(super) fn lines(lines: &[Vec<Shown>], look: Look) -> Vec<String> {
    table(lines, Cut::Cells, look).unwrap_or_else(|| {
        let text = |cell: &Shown| look.paint(&cell.text, cell.colour);
        let joined =
            |line: &Vec<Shown>| line.iter().filter(|cell| !cell.text.is_empty()).map(text).collect::<Vec<_>>().join("  ");
        let indent = |line: &Vec<Shown>| if line.first().is_some_and(|cell| cell.text.is_empty()) { "  " } else { "" };
        let wrapped = |line: &Vec<Shown>| look.wrapped(&format!("{}{}", indent(line), joined(line)), 4);
        lines.iter().flat_map(|line| wrapped(line).lines().map(str::to_owned).collect::<Vec<_>>()).collect()
    })
}

/// How wide each column is. Of too long ones all give up what makes them longer than the others.
fn widths(lines: &[Vec<Shown>], cut: Cut, width: Option<usize>) -> Option<Vec<usize>> {
    let number = lines.iter().map(Vec::len).max().unwrap_or(0);
    let widest = |index: usize| lines.iter().filter_map(|line| line.get(index)).map(|cell| cell.text.width()).max().unwrap_or(0);
    let whole: Vec<usize> = (0..number).map(widest).collect();
    let Some(room) = width.map(|width| width.saturating_sub(GAP * number.saturating_sub(1))) else { return Some(whole) };
    if whole.iter().sum::<usize>() <= room {
        return Some(whole);
    }
    let heading = |index: usize| lines.first().and_then(|line| line.get(index)).map_or(0, |cell| cell.text.width());
    let kept = |index: usize| match (cut, index) {
        (Cut::Never, _) => whole[index],
        (_, 0) => whole[index].min(SHORTEST_FIRST),
        (Cut::Cells, _) => whole[index].min(SHORTEST),
        (Cut::Rows { keeps_last: true }, _) if index + 1 == number => whole[index],
        (Cut::Rows { .. }, _) => whole[index].min(SHORTEST.max(heading(index))),
    };
    let within = |most: usize| (0..number).map(|index| whole[index].min(most).max(kept(index))).collect::<Vec<_>>();
    (0..=room).rev().map(within).find(|widths| widths.iter().sum::<usize>() <= room)
}

#[cfg(test)]
mod tests {
    use unicode_width::UnicodeWidthStr;

    use super::{Cut, Look, Shown, lines, table};

    fn of(texts: &[&str]) -> Vec<Shown> {
        texts.iter().map(|&text| text.into()).collect()
    }

    fn at(width: usize) -> Look {
        Look { styled: false, width: Some(width) }
    }

    #[test]
    fn cells_begin_where_a_terminal_shows_them_below_each_other() {
        let all = lines(&["山田", "é", "", "Renée"].map(|first| of(&[first, "x", ""])), Look::PLAIN);
        let starts: Vec<usize> = all.iter().map(|line| line[..line.find('x').unwrap_or(0)].width()).collect();
        assert_eq!(starts, [7; 4]);
        assert!(all.iter().all(|line| line.ends_with('x')), "{all:?}");
    }

    #[test]
    fn long_cells_give_up_what_does_not_fit() {
        let all = [of(&["id", "a_heading", "text", "may"]), of(&["11", "x", &"山田".repeat(20), &"read, ".repeat(10)])];
        let rows = Cut::Rows { keeps_last: false };
        let whole = table(&all, rows, Look::PLAIN).unwrap_or_default();
        assert!(whole[1].contains(&"山田".repeat(20)), "{whole:?}");
        let fitted = table(&all, rows, at(60)).unwrap_or_default();
        assert_eq!(fitted[1].matches('…').count(), 2, "{fitted:?}");
        assert!(fitted.iter().all(|line| line.width() <= 60) && fitted[1].width() >= 56, "{fitted:?}");
        assert!(fitted[0].contains("a_heading"), "{fitted:?}");
        // Neither are headings cut, nor cells to nothing.
        assert_eq!(table(&all, rows, at(36)), None);
        let kept = table(&all, Cut::Rows { keeps_last: true }, at(100)).unwrap_or_default();
        assert!(kept[1].ends_with(&"read, ".repeat(10)) && kept[1].contains('…') && kept[1].width() <= 100, "{kept:?}");
        assert_eq!(table(&all, Cut::Never, at(60)), None);
        // What is about the same stands further in than what it is about, and what goes on still further.
        let ways = lines(
            &[
                of(&["somebody", "Member of Team", "\"Own\""]),
                of(&["", "Owner of Team", "\"All of the team\""]),
                of(&["x", "y", "z"]),
            ],
            at(24),
        );
        assert_eq!(ways, ["somebody  Member of Team", "    \"Own\"", "  Owner of Team  \"All of", "    the team\"", "x  y  z"]);
        // Only a word that is longer than a line is wider than it.
        let fits = |line: &str| line.width() <= 36 || !line.trim_start().contains(' ');
        assert!(lines(&all, at(36)).iter().flat_map(|line| line.lines()).all(fits));
    }

    #[test]
    fn colours_do_not_count() {
        let all = [vec![Shown { text: "yes".to_owned(), colour: "32" }, "x".into()], of(&["unknown", "y"])];
        assert_eq!(lines(&all, Look { styled: true, width: Some(20) }), ["\u{1b}[32myes\u{1b}[0m      x", "unknown  y"]);
    }
}
