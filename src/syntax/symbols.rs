//! What each grammar rule is called when it is expected: exhaustive, so that a new rule of the grammar does
//! not compile before it has its words here.

use pest::error::{Error, ErrorVariant, InputLocation};

use super::grammar::Rule;
use super::habits::{self, Place};
use crate::diagnostic::{Code, Diagnostic, FileId, Span};

/// The words for a rule, or `None` for one that a reader never has to write himself.
fn symbol(rule: Rule) -> Option<&'static str> {
    Some(match rule {
        Rule::EOI => "the end of the file",
        Rule::item | Rule::file | Rule::table | Rule::kw_table | Rule::only_table | Rule::only_header => "`table`",
        Rule::named_condition | Rule::kw_condition | Rule::only_named => "`condition`",
        Rule::never | Rule::kw_never | Rule::only_never => "`never`",
        Rule::boundary | Rule::kw_boundary | Rule::only_boundary => "`boundary`",
        Rule::table_rule | Rule::kw_rule | Rule::only_rule => "`rule`",
        Rule::where_clause | Rule::kw_where | Rule::boundary_clause => "`where`",
        Rule::allow_clause | Rule::kw_allow => "`allow`",
        Rule::clause => "`where` or `allow`",
        Rule::look_up_clause | Rule::kw_look => "`look up by`",
        Rule::kw_up => "`up`",
        Rule::look_up_way => "`row` or `list`",
        Rule::kw_by => "`by`",
        Rule::presets | Rule::kw_setting => "`setting`",
        Rule::preset | Rule::preset_field => "a field",
        Rule::kw_to | Rule::last_to => "`to`",
        Rule::when_part | Rule::kw_when => "`when`",
        Rule::then_part | Rule::kw_then => "`then`",
        Rule::grant | Rule::operation => "`read`, `create`, `update`, `delete` or `all`",
        Rule::field_list | Rule::fields | Rule::named_fields => "a list of fields in parentheses",
        Rule::class | Rule::classes => "a class of fields",
        Rule::kw_fields => "`fields`",
        Rule::except_list | Rule::kw_except => "`except`",
        Rule::role_use | Rule::permission | Rule::kw_permission | Rule::role_name | Rule::role_list | Rule::role_label => {
            "a role"
        }
        Rule::scope | Rule::kw_of => "`of`",
        Rule::kw_in => "`in`",
        Rule::kw_any => "`any`",
        Rule::kw_for => "`for`",
        Rule::kw_on => "`on`",
        Rule::kw_every | Rule::every_table => "`every table`",
        Rule::target => "`every table`, or a list of tables",
        Rule::kw_with => "`with`",
        Rule::table_name | Rule::table_list => "a table",
        Rule::only_condition | Rule::condition | Rule::conjunction | Rule::negation | Rule::comparison => "a condition",
        Rule::group => "`(`",
        Rule::rows | Rule::quantity => "`any`",
        Rule::at_least => "`at least`",
        Rule::fewer_than => "`fewer than`",
        Rule::any_record => "`record of`",
        Rule::children => "the name of children",
        Rule::row_name | Rule::kw_as => "`as`",
        Rule::kw_fewer => "`fewer`",
        Rule::number_of | Rule::kw_number => "`number of`",
        Rule::operator_word => "an operator",
        Rule::can | Rule::kw_can => "`can`",
        Rule::raw_sql | Rule::kw_sql => "`sql`",
        Rule::kw_record => "`record`",
        Rule::kw_no => "`no`",
        Rule::kw_claim => "`Claim`",
        Rule::kw_ago => "`ago`",
        Rule::time_unit => "a unit of time",
        Rule::kw_contain => "`contain`",
        Rule::kw_start => "`start with`",
        Rule::kw_end => "`end with`",
        Rule::one_of | Rule::between | Rule::emptiness | Rule::containment | Rule::has | Rule::binary => {
            "a comparison such as `equals` or `is not`"
        }
        Rule::op_one_of
        | Rule::op_not_one_of
        | Rule::op_empty
        | Rule::op_not_empty
        | Rule::op_lacks
        | Rule::op_contains
        | Rule::op_starts
        | Rule::op_ends
        | Rule::op_has_any
        | Rule::op_has_all
        | Rule::op_has_none
        | Rule::kw_has
        | Rule::kw_contains
        | Rule::kw_starts
        | Rule::kw_ends
        | Rule::op_not_equal
        | Rule::op_equals
        | Rule::op_greater
        | Rule::op_at_least
        | Rule::op_less
        | Rule::op_at_most
        | Rule::op_before
        | Rule::op_after
        | Rule::op_not_before
        | Rule::op_not_after
        | Rule::op_between
        | Rule::op_not_between
        | Rule::op_is_not
        | Rule::op_is
        | Rule::operator
        | Rule::kw_equals
        | Rule::kw_is
        | Rule::kw_does => "a comparison such as `equals` or `is not`",
        Rule::value_list => "a list of values in parentheses",
        Rule::only_operand | Rule::operand | Rule::path | Rule::label | Rule::field | Rule::word | Rule::reference => {
            "a name or a value"
        }
        Rule::string => "a text in double quotes",
        Rule::kw_or => "`or`",
        Rule::kw_and => "`and`",
        Rule::kw_not => "`not`",
        Rule::kw_equal => "`equal`",
        Rule::kw_one => "`one of`",
        Rule::kw_empty => "`empty`",
        Rule::kw_greater => "`greater than`",
        Rule::kw_less => "`less than`",
        Rule::kw_than => "`than`",
        Rule::kw_at => "`at least` or `at most`",
        Rule::kw_least => "`least`",
        Rule::kw_most => "`most`",
        Rule::kw_before => "`before`",
        Rule::kw_after => "`after`",
        Rule::ignoring_case | Rule::kw_ignoring => "`ignoring case`",
        Rule::kw_case => "`case`",
        Rule::kw_all => "`all`",
        Rule::kw_none => "`none`",
        Rule::kw_between => "`between`",
        // Part of a name or a value, which is what the message says already.
        Rule::date
        | Rule::kw_date
        | Rule::former
        | Rule::the_former
        | Rule::at_any_level
        | Rule::or_its
        | Rule::level
        | Rule::claim
        | Rule::ago
        | Rule::ahead
        | Rule::number
        | Rule::exact
        | Rule::word_next
        | Rule::word_start
        | Rule::word_char
        | Rule::possessive
        | Rule::scope_word
        | Rule::blank
        | Rule::reserved
        | Rule::phrase
        | Rule::has_of
        | Rule::always
        | Rule::lone
        | Rule::role_word
        | Rule::role_next
        | Rule::WHITESPACE
        | Rule::COMMENT => return None,
    })
}

/// Words that end a label; see the grammar's `reserved`.
pub(super) const RESERVED: [&str; 19] = [
    "and", "or", "not", "any", "no", "where", "allow", "when", "then", "except", "for", "can", "never", "does", "is", "equals",
    "contains", "starts", "ends",
];

/// Turns pest's error about `text`, which starts at byte `offset` of `file`, into a message.
pub(super) fn syntax_error(error: &Error<Rule>, text: &str, file: FileId, offset: usize) -> Diagnostic {
    let position = match error.location {
        InputLocation::Pos(position) | InputLocation::Span((position, _)) => position.min(text.len()),
    };
    let position = skip_blanks(text, position);
    let mut expected: Vec<&str> = match &error.variant {
        ErrorVariant::ParsingError { positives, .. } => positives.iter().filter_map(|&rule| symbol(rule)).collect(),
        ErrorVariant::CustomError { .. } => Vec::new(),
    };
    // Braces are no rules of the grammar, so pest does not name them: a rule may end where its clauses may go on, and a table where
    // its rules may.
    if expected.contains(&"`allow`") || expected.contains(&"`rule`") {
        expected.push("`}`");
    }
    let found = token_at(text, position);
    // A name alone may be a condition, so much could follow; but whoever writes a sign means to compare.
    let comparison = "a comparison such as `equals` or `is not`";
    if found.starts_with(['=', '<', '>', '!']) && expected.contains(&comparison) {
        expected = vec![comparison];
    }
    expected.sort_unstable();
    expected.dedup();
    let span = Span::new(file, offset + position, offset + position + found.len());
    let title = match (found.is_empty(), list(&expected)) {
        (true, Some(expected)) => format!("the text ends where {expected} is expected"),
        (true, None) => "the text ends in the middle of a rule".to_owned(),
        (false, Some(expected)) => format!("expected {expected}, found `{found}`"),
        (false, None) => format!("`{found}` cannot stand here"),
    };
    let place = Place { text, position, found, expected: &expected };
    habits::advise(Diagnostic::new(Code::Syntax, span, title), &place, file, offset)
}

/// `a`, `a or b`, `a, b or c`.
fn list(words: &[&str]) -> Option<String> {
    let (last, first) = words.split_last()?;
    Some(if first.is_empty() { (*last).to_owned() } else { format!("{} or {last}", first.join(", ")) })
}

fn skip_blanks(text: &str, position: usize) -> usize {
    let rest = &text[position..];
    position + (rest.len() - rest.trim_start().len())
}

/// The word, the text in quotes, or the single character at a position.
fn token_at(text: &str, position: usize) -> &str {
    let rest = &text[position..];
    let word_end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
    if word_end > 0 {
        return &rest[..word_end];
    }
    let line = rest.lines().next().unwrap_or("");
    if let Some(quoted) = line.strip_prefix('"') {
        let end = quoted.find('"').map_or(line.trim_end().len(), |end| end + 2);
        return &line[..end];
    }
    if line.starts_with("//") || line.starts_with("--") {
        return &line[..2];
    }
    let first = rest.chars().next().map_or(0, char::len_utf8);
    &rest[..first]
}

#[cfg(test)]
mod tests {
    use super::RESERVED;

    #[test]
    fn the_reserved_words_are_the_grammars() {
        let grammar = include_str!("../../grammar/policy.pest");
        let rule = grammar.split("\nreserved = _{").nth(1).and_then(|rest| rest.split("\n}").next()).unwrap();
        let mut words: Vec<&str> = rule.split('"').skip(1).step_by(2).collect();
        let mut own = RESERVED.to_vec();
        words.sort_unstable();
        own.sort_unstable();
        assert_eq!(words, own);
    }
}
