//! Tables for spreadsheets (RFC 4180), with a newline at the end of each line as the tools of this system write it.

/// A table that is being written.
pub(super) struct Csv(String);

impl Csv {
    /// With the names of its columns.
    pub(super) fn new(heading: &str) -> Csv {
        Csv(format!("{heading}\n"))
    }

    pub(super) fn line<const N: usize>(&mut self, values: [&str; N]) {
        let quoted = |text: &str| match text.contains(['"', ',', '\n', '\r']) {
            true => format!("\"{}\"", text.replace('"', "\"\"")),
            false => text.to_owned(),
        };
        self.0.push_str(&values.map(quoted).join(","));
        self.0.push('\n');
    }

    pub(super) fn text(self) -> String {
        self.0
    }
}
