//! Where a text of the language reads right and could mean something else, and which test holds what it means. A test that is taken out or called otherwise fails here, so that
//! no such place is left without one unnoticed.

use std::collections::BTreeSet;

use libtest_mimic::Trial;

use crate::trial;

/// What could be misread, and the test that holds its meaning, or the message.
const ANCHORS: &[(&str, &str)] = &[
    // What binds and stands where.
    ("precedence of and/or", "traps::and_beside_or"),
    ("not before a column, and in its name", "traps::not_before_a_column_and_in_a_column"),
    ("a where of rows, and the where of the rule", "cases::the_where_of_rows_stands_on_their_line"),
    ("a where of rows without parentheses", "traps::a_filter_without_parentheses"),
    ("a word of the language in a name", "traps::every_word_of_the_grammar_in_a_name"),
    ("a column that is called as a value of the language", "traps::a_column_is_called_now"),
    ("several operations behind what is set", "traps::an_operation_behind_what_is_set"),
    // Whose row a name is of.
    ("a column of the row that is looked at, and of the record of the rule", "traps::an_inner_column_is_compared_with_itself"),
    ("rows of another table that nothing ties to the record", "pages::RG1324"),
    ("the user's row, and the record's user", "traps::the_user_is_compared_with_the_session"),
    ("the lead of the user, and of the record's user", "traps::the_lead_is_refused_in_silence"),
    ("a value compared with itself", "traps::a_column_is_compared_with_itself"),
    (
        "a key of the user that is not the one that columns reference",
        "cases::a_comparison_says_which_key_of_the_user_it_is_about",
    ),
    ("an attribute of the session, and a path of the record", "traps::the_record_has_such_a_path_too"),
    ("a condition for all tables that fits one", "traps::a_condition_of_all_tables_that_fits_one"),
    // One or many.
    ("a reference asked as rows", "traps::any_of_a_reference"),
    ("rows asked as a reference", "traps::children_in_a_path"),
    ("a role of several rows", "traps::a_role_of_several_rows"),
    ("a role in what somebody is a member of", "traps::a_role_in_what_somebody_is_a_member_of"),
    ("what is asked of each row above", "traps::rows_of_each_row_above"),
    ("the row itself and those above", "cases::rows_above_are_reached_at_any_level"),
    ("a set of the user, and its negation", "cases::a_set_of_the_user_means_any_of_them_and_its_negation_none"),
    ("a list in the token, and one value", "cases::a_list_in_the_token_has_a_value_and_numbers_are_moments"),
    ("an array of keys", "cases::an_array_of_keys_has_many_of_them"),
    ("a part of a key", "traps::a_reference_to_a_part_of_a_key"),
    // How values compare.
    ("a level by the alphabet", "traps::a_level_by_the_alphabet"),
    ("the last day of a range of moments", "cases::a_range_has_both_its_ends_and_a_day_all_its_moments"),
    ("a moment less than some days ago", "traps::a_moment_less_than_some_days_ago"),
    ("unknown and its negation", "cases::negation_keeps_the_unknown_unknown"),
    ("upper and lower case", "cases::case_is_ignored_where_a_comparison_says_so"),
    // How rules combine.
    ("rules of one role that narrow each other", "lints::rules_that_narrow_each_other"),
    ("a rule that adds nothing", "lints::rules_that_add_nothing"),
    ("a rule for two roles, and steps", "meaning::a_rule_for_two_roles_is_two_grants"),
    ("a boundary that binds nobody", "traps::a_boundary_that_binds_nobody"),
    ("a boundary that binds who is not signed in", "traps::a_boundary_that_binds_who_is_not_signed_in"),
    ("conditions that exclude each other", "lints::conditions_that_exclude_each_other"),
    ("alternatives of which one is always true", "lints::alternatives_that_leave_nothing_out"),
    // Steps.
    ("a when without then", "lints::fields_that_are_listed_and_stay"),
    ("a mark that hides its record", "lints::fields_that_cannot_change"),
    ("the former value", "cases::a_change_is_compared_with_what_was"),
    ("a limit for a subtree", "lints::limits_on_what_is_beneath_a_place"),
    ("a number of rows among which the record is", "cases::a_number_of_rows_is_compared_with_what_a_plan_says"),
    // Who writes what decides.
    ("a role by a row of one's own", "lints::who_gains_by_a_membership"),
    ("a column of one's own row that rules read", "lints::who_gains_by_a_column_of_the_own_row"),
    ("a column on the way from a record to the user", "lints::who_gains_by_what_leads_from_records_to_them"),
    ("claims that their holder writes", "lints::claims_that_users_write"),
    // Raw SQL.
    ("raw SQL that reads its own table", "lints::raw_sql_that_leads_back"),
    ("raw SQL where access is asked for", "traps::raw_SQL_with_rows_of_its_own_where_access_is_asked_for"),
];

/// The table against all other tests.
pub fn trials(others: &[Trial]) -> Vec<Trial> {
    let names: BTreeSet<String> = others.iter().map(|trial| trial.name().to_owned()).collect();
    vec![trial("anchors::what_could_be_misread_has_a_test", move || held(&names))]
}

fn held(names: &BTreeSet<String>) -> Result<(), String> {
    let missing = ANCHORS.iter().filter(|(_, test)| !names.contains(*test));
    let missing: Vec<String> = missing.map(|(what, test)| format!("{what}: there is no test {test}")).collect();
    let said: BTreeSet<&str> = ANCHORS.iter().map(|(what, _)| *what).collect();
    if said.len() != ANCHORS.len() {
        return Err("something is in the table twice".to_owned());
    }
    if missing.is_empty() { Ok(()) } else { Err(missing.join("\n")) }
}
