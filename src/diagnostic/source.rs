//! The texts of a run and places in them. Every stage after parsing speaks of places as [`Span`]s;
//! nobody but the renderers turns them back into lines and columns.

use serde::Serialize;

/// One of the files of a [`Sources`].
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct FileId(u32);

/// A range of bytes in one file. Ordered by file, then by position.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Span {
    /// The file that the bytes are in.
    pub file: FileId,
    /// First byte.
    pub start: u32,
    /// Byte after the last.
    pub end: u32,
}

impl Span {
    /// A span of the bytes `start..end` of `file`. Files are far below 4 GiB (see
    /// [`MAX_FILE_BYTES`](crate::syntax::MAX_FILE_BYTES)); anything longer is cut off there.
    pub fn new(file: FileId, start: usize, end: usize) -> Span {
        let clamp = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
        Span { file, start: clamp(start), end: clamp(end) }
    }

    /// The smallest span that covers both; both are in one file.
    pub fn to(self, other: Span) -> Span {
        Span { file: self.file, start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// The bytes as a range for slicing.
    pub fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// A value and where it was written. Equality and order ignore the place, so that two trees with
/// the same content compare equal wherever they stand.
#[derive(Debug, Clone, Serialize)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Where it was written.
    #[serde(skip)]
    pub span: Span,
}

impl<T> Spanned<T> {
    /// Pairs a value with its place.
    pub fn new(value: T, span: Span) -> Spanned<T> {
        Spanned { value, span }
    }
}

impl<T: PartialEq> PartialEq for Spanned<T> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl<T: Eq> Eq for Spanned<T> {}

/// A file's text under the name that messages show.
#[derive(Debug)]
pub struct Source {
    /// Path relative to the project's folder, with forward slashes.
    pub name: String,
    /// The whole text.
    pub text: String,
    /// Where it stands, if it is a piece of another one.
    within: Option<(FileId, u32)>,
}

/// All texts of a run, in the order in which they were added.
#[derive(Debug, Default)]
pub struct Sources {
    files: Vec<Source>,
}

impl Sources {
    /// Adds a text and gives the id under which spans name it.
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<String>) -> FileId {
        self.push(Source { name: name.into(), text: text.into(), within: None })
    }

    /// Adds a piece of a file under an id of its own: places in it stay what they are when the text before it changes. [`Self::resolve`] says where
    /// they are in the file.
    pub fn add_piece(&mut self, file: FileId, start: usize, text: impl Into<String>) -> FileId {
        let within = Some((file, u32::try_from(start).unwrap_or(u32::MAX)));
        self.push(Source { name: self.get(file).name.clone(), text: text.into(), within })
    }

    fn push(&mut self, source: Source) -> FileId {
        self.files.push(source);
        FileId(u32::try_from(self.files.len() - 1).unwrap_or(u32::MAX))
    }

    /// Another text in the place of one.
    pub fn replace(&mut self, file: FileId, text: impl Into<String>) {
        if let Some(source) = self.files.get_mut(file.0 as usize) {
            source.text = text.into();
        }
    }

    /// A piece stands at another byte of its file now.
    pub fn move_piece(&mut self, piece: FileId, start: usize) {
        let moved = self.files.get_mut(piece.0 as usize).and_then(|source| source.within.as_mut());
        moved.into_iter().for_each(|(_, at)| *at = u32::try_from(start).unwrap_or(u32::MAX));
    }

    /// Where a place is in its file, if it is in a piece of it.
    pub fn resolve(&self, span: Span) -> Span {
        match self.get(span.file).within {
            Some((file, start)) => Span { file, start: span.start.saturating_add(start), end: span.end.saturating_add(start) },
            None => span,
        }
    }

    /// The file behind an id that this collection gave.
    pub fn get(&self, file: FileId) -> &Source {
        &self.files[file.0 as usize]
    }

    /// The text of a span.
    pub fn slice(&self, span: Span) -> &str {
        self.get(span.file).text.get(span.range()).unwrap_or("")
    }

    /// Line and column of a byte, both counted from 1, the column in characters.
    pub fn position(&self, file: FileId, offset: u32) -> (usize, usize) {
        let text = &self.get(file).text;
        let before = text.get(..offset as usize).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        (before.bytes().filter(|&byte| byte == b'\n').count() + 1, before[line_start..].chars().count() + 1)
    }
}

/// The lines of one text, for many look-ups by offset (`O(log lines)` each).
#[derive(Debug)]
pub struct LineIndex {
    starts: Vec<u32>,
}

impl LineIndex {
    /// Indexes a text.
    pub fn new(text: &str) -> LineIndex {
        let newlines = text.bytes().zip(1u32..).filter(|&(byte, _)| byte == b'\n').map(|(_, next)| next);
        LineIndex { starts: std::iter::once(0).chain(newlines).collect() }
    }

    /// The line of a byte, counted from 1.
    pub fn line(&self, offset: u32) -> usize {
        self.starts.partition_point(|&start| start <= offset)
    }

    /// Line and column of a byte of the text that was indexed, both counted from 1, the column in characters.
    pub fn position(&self, text: &str, offset: u32) -> (usize, usize) {
        let line = self.line(offset);
        let before = text.get(self.start(line) as usize..offset as usize).unwrap_or_default();
        (line, before.chars().count() + 1)
    }

    /// The first byte of a line counted from 1; the last line's where there are fewer.
    pub fn start(&self, line: usize) -> u32 {
        let index = line.saturating_sub(1).min(self.starts.len() - 1);
        self.starts[index]
    }
}
