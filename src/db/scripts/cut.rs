//! Cuts SQL into statements, as psql does (`psqlscan.l` of its source): at semicolons that stand in no quotes, remarks, parentheses or bodies in SQL. In: a text. Out: statements with their lines, rows
//! that stand behind `COPY … FROM stdin`, and commands of psql's. It does not know what a statement means.

/// A statement or a command of psql's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Piece<'a> {
    /// The statement, without its semicolon.
    pub(super) text: &'a str,
    /// The line of its first word, from 1.
    pub(super) line: usize,
    /// Its first words, in small letters.
    words: Vec<String>,
    /// What stands behind it, for COPY.
    pub(super) rows: Option<&'a str>,
    /// Its line, if it is psql's.
    pub(super) psql: Option<&'a str>,
}

/// Commands of psql's that change nothing of what statements mean; `pg_dump` writes the first two.
const HARMLESS: [&str; 6] = ["\\restrict", "\\unrestrict", "\\set", "\\echo", "\\timing", "\\pset"];

/// As many words as tell what kind of statement it is.
const WORDS: usize = 4;

impl Piece<'_> {
    /// Whether it begins or ends a transaction.
    pub(super) fn is_about_transactions(&self) -> bool {
        let first = self.words.first().map(String::as_str);
        matches!(first, Some("begin" | "start" | "commit" | "end" | "rollback" | "abort"))
    }

    fn reads_rows(&self) -> bool {
        let mut words = self.text.split_whitespace().map(str::to_ascii_lowercase);
        self.words.first().is_some_and(|word| word == "copy")
            && words.by_ref().any(|word| word == "from")
            && words.next().is_some_and(|word| word == "stdin")
    }
}

/// All statements of a text.
pub(super) fn cut(text: &str) -> Vec<Piece<'_>> {
    let mut cutter = Cutter { text, at: 0, counted: (0, 1), pieces: Vec::new() };
    while cutter.at < text.len() {
        cutter.piece();
    }
    cutter.pieces
}

struct Cutter<'a> {
    text: &'a str,
    at: usize,
    /// A place before, and its line.
    counted: (usize, usize),
    pieces: Vec<Piece<'a>>,
}

impl<'a> Cutter<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// The line of this place.
    fn line(&mut self) -> usize {
        let (from, line) = self.counted;
        self.counted = (self.at, line + self.text[from..self.at].matches('\n').count());
        self.counted.1
    }

    /// One statement or command, with what stands before it.
    fn piece(&mut self) {
        while let Some(length) = space(self.rest()).or_else(|| remark(self.rest())) {
            self.at += length;
        }
        let from = self.at;
        let line = self.line();
        if self.rest().starts_with('\\') {
            let command = self.rest().lines().next().unwrap_or_default().trim_end();
            self.at += line_length(self.rest());
            if !HARMLESS.contains(&command.split_whitespace().next().unwrap_or_default()) {
                self.pieces.push(Piece { text: "", line, words: Vec::new(), rows: None, psql: Some(command) });
            }
            return;
        }
        let words = self.statement();
        let text = &self.text[from..self.at];
        self.at = (self.at + 1).min(self.text.len());
        if text.is_empty() {
            return;
        }
        let mut piece = Piece { text, line, words, rows: None, psql: None };
        if piece.reads_rows() {
            piece.rows = Some(self.rows());
        }
        self.pieces.push(piece);
    }

    /// Goes to the semicolon that ends a statement, and gives its first words.
    fn statement(&mut self) -> Vec<String> {
        let (mut words, mut parentheses, mut bodies): (Vec<String>, usize, usize) = (Vec::new(), 0, 0);
        while let Some(letter) = self.rest().chars().next() {
            if letter == ';' && parentheses == 0 && bodies == 0 {
                break;
            }
            if let Some(length) = remark(self.rest()).or_else(|| quoted(self.rest())) {
                self.at += length;
                continue;
            }
            let word = word(self.rest());
            if word.is_empty() {
                match letter {
                    '(' => parentheses += 1,
                    ')' => parentheses = parentheses.saturating_sub(1),
                    _ => {}
                }
                self.at += letter.len_utf8();
                continue;
            }
            self.at += word.len();
            let word = word.to_ascii_lowercase();
            match word.as_str() {
                "begin" if parentheses == 0 && makes_routine(&words) => bodies += 1,
                "case" if bodies > 0 => bodies += 1,
                "end" => bodies = bodies.saturating_sub(1),
                _ => {}
            }
            if words.len() < WORDS {
                words.push(word);
            }
        }
        words
    }

    /// The lines up to `\.`, from the next one.
    fn rows(&mut self) -> &'a str {
        self.at += line_length(self.rest());
        let from = self.at;
        loop {
            let (line, length) = (self.rest().lines().next(), line_length(self.rest()));
            let to = self.at;
            self.at += length;
            if line.is_none() || line == Some("\\.") {
                return &self.text[from..to];
            }
        }
    }
}

/// Whether a statement makes a function or procedure, the only ones that have bodies in SQL.
fn makes_routine(words: &[String]) -> bool {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    matches!(
        words.as_slice(),
        ["create", "function" | "procedure", ..] | ["create", "or", "replace", "function" | "procedure", ..]
    )
}

fn line_length(text: &str) -> usize {
    text.find('\n').map_or(text.len(), |end| end + 1)
}

fn space(text: &str) -> Option<usize> {
    let length = text.len() - text.trim_start_matches(|letter: char| letter.is_whitespace() || letter == '\u{feff}').len();
    (length > 0).then_some(length)
}

/// `-- …`, or `/* … */`, in which others may stand.
fn remark(text: &str) -> Option<usize> {
    if text.starts_with("--") {
        return Some(line_length(text));
    }
    text.strip_prefix("/*")?;
    let (mut depth, mut at) = (0_usize, 0);
    while at < text.len() {
        match &text.as_bytes()[at..] {
            [b'/', b'*', ..] => (depth, at) = (depth + 1, at + 2),
            [b'*', b'/', ..] => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            return Some(at);
        }
    }
    Some(text.len())
}

/// A text or a name in quotes.
fn quoted(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    match bytes {
        [b'E' | b'e', b'\'', ..] => Some(1 + closed(&text[1..], '\'', true)),
        [b'\'', ..] => Some(closed(text, '\'', false)),
        [b'"', ..] => Some(closed(text, '"', false)),
        [b'$', ..] => {
            let tag = text[1..].find(|letter: char| !letter.is_alphanumeric() && letter != '_')? + 1;
            let is_tag = text[tag..].starts_with('$') && !text[1..].starts_with(|letter: char| letter.is_ascii_digit());
            let opening = text.get(..=tag).filter(|_| is_tag)?;
            let end = text[opening.len()..].find(opening);
            Some(end.map_or(text.len(), |end| end + 2 * opening.len()))
        }
        _ => None,
    }
}

/// The length up to the closing quote; a doubled one is two texts side by side, which is the same here.
fn closed(text: &str, quote: char, has_escapes: bool) -> usize {
    let mut is_escaped = false;
    for (at, letter) in text.char_indices().skip(1) {
        match letter {
            _ if is_escaped => is_escaped = false,
            '\\' if has_escapes => is_escaped = true,
            // In a text with escapes, what follows a doubled quote has them as well.
            letter if letter == quote && has_escapes && text[at + 1..].starts_with(quote) => is_escaped = true,
            letter if letter == quote => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// A word at the beginning; `$` may stand in one.
fn word(text: &str) -> &str {
    if !text.starts_with(|letter: char| letter.is_alphanumeric() || letter == '_') {
        return "";
    }
    // `E'…'` is no word.
    let end = text.find(|letter: char| !letter.is_alphanumeric() && letter != '_' && letter != '$').unwrap_or(text.len());
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::cut;

    fn texts(text: &str) -> Vec<(usize, &str)> {
        cut(text).into_iter().map(|piece| (piece.line, piece.text)).collect()
    }

    #[test]
    fn statements_end_at_semicolons_of_their_own() {
        assert_eq!(texts("SELECT 1;\n-- a; b\n SELECT 2 ;"), [(1, "SELECT 1"), (3, "SELECT 2 ")]);
        for one in [
            "SELECT 'a;b', \"c;d\", 'it''s;'",
            "SELECT E'a\\';b', E'x'';\\';'",
            "DO $$ BEGIN; END $$",
            "DO $a_1$ $$;$$ ; $a_1$",
            "SELECT /* a; /* b; */ c; */ 1",
            "SELECT 1 -- a;\n + 2",
            "CREATE RULE r AS ON INSERT TO t DO ALSO (SELECT 1; SELECT 2)",
            "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END",
            "CREATE OR REPLACE PROCEDURE f() BEGIN ATOMIC SELECT 1; END",
            "SELECT $1, a$b$c FROM t",
            "SELECT a\\b",
            "SELECT 'ä;ö', ü",
        ] {
            assert_eq!(texts(&format!("{one};\nSELECT 3")), [(1, one), (one.matches('\n').count() + 2, "SELECT 3")], "{one}");
        }
    }

    #[test]
    fn a_text_of_many_quotes_is_one() {
        let one = format!("SELECT E'{}\\';'", "''".repeat(500_000));
        assert_eq!(texts(&format!("{one}; SELECT 2")), [(1, one.as_str()), (1, "SELECT 2")]);
    }

    #[test]
    fn a_transaction_is_seen() {
        let has = |text: &str| cut(text).iter().any(super::Piece::is_about_transactions);
        assert!(has("-- x\nBEGIN; SELECT 1; COMMIT") && has("start transaction") && has("SELECT 1; rollback"));
        assert!(!has("DO $$ BEGIN COMMIT; END $$; CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; END"));
    }

    #[test]
    fn rows_of_copy_and_commands_of_psql() {
        let pieces = cut("\\restrict abc\nCOPY t (a) FROM stdin;\n1;2\nit's\n\\.\n\nSELECT 1;\n\\i other.sql\nSELECT 2");
        let rows: Vec<_> = pieces.iter().map(|piece| (piece.line, piece.text, piece.rows, piece.psql)).collect();
        assert_eq!(
            rows,
            [
                (2, "COPY t (a) FROM stdin", Some("1;2\nit's\n"), None),
                (7, "SELECT 1", None, None),
                (8, "", None, Some("\\i other.sql")),
                (9, "SELECT 2", None, None)
            ]
        );
        assert_eq!(cut("COPY t FROM '/a'; SELECT 1").len(), 2);
    }
}
