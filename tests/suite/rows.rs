//! The rows that the evaluator asks about, in memory: an index finds what comparing every row finds, and nobody compares every row any more.

#[path = "../../benches/compile/questions.rs"]
mod questions;

use std::collections::BTreeSet;

use libtest_mimic::Trial;
use rowgate::access::evaluate::{Data, Datum, Row, Rows, Without, parse};
use rowgate::catalog::{Catalog, ColumnRef, TableId, Type};

use crate::trial;

pub fn trials() -> Vec<Trial> {
    vec![
        trial("rows::an_index_finds_what_comparing_finds", faithful),
        trial("rows::one_row_can_be_left_out", without),
        trial("rows::twice_the_rows_are_twice_the_work", growth),
    ]
}

/// Types, and values of them: equal ones in several forms, and such as are only nearly equal.
const VALUES: &[(&str, &[&str])] = &[
    ("boolean", &["true", "t", "false"]),
    ("integer", &["0", "-0", "007", "7", "-7", "2147483647"]),
    ("bigint", &["7", "9007199254740992", "9007199254740993"]),
    ("numeric", &["7", "7.0", "7.00", "-7.10", "-7.1", ".5", "0.50", "0.1", "9007199254740993", "NaN", "Infinity", "-Infinity"]),
    ("numeric(8,2)", &["7", "7.00", "0.10", "NaN"]),
    ("real", &["7", "0.1", "-0", "0", "NaN", "Infinity", "9007199254740992"]),
    ("double precision", &["7", "0.1", "-0", "0", "NaN", "9007199254740993"]),
    ("text", &["", "a", "A", "a ", "7", "Straße", "STRASSE", "ΑΣ", "ας", "ασ", "İ", "i̇", "e\u{301}", "é"]),
    ("varchar(20)", &["a", "A"]),
    ("citext", &["", "a", "A", "b", "ΑΣ", "ας", "ασ", "İ", "i̇", "STRASSE", "strasse"]),
    ("uuid", &["0A000000-0000-4000-8000-000000000001", "0a000000-0000-4000-8000-000000000001"]),
    ("date", &["1970-01-08", "infinity", "1970-01-01"]),
    ("timestamp", &["1970-01-08", "1970-01-08 00:00:00.000007", "infinity"]),
    ("timestamptz", &["1970-01-08 02:00:00+02", "1970-01-08 00:00:00+00", "-infinity"]),
    ("interval", &["1 mon", "30 days", "720:00:00", "1 day", "24:00:00", "-1 day"]),
    ("jsonb", &["7", "7.0", "\"a\"", "{\"a\": 1, \"b\": [1.0]}", "{\"b\": [1], \"a\": 1.0}", "null"]),
    ("text[]", &["{a,NULL}", "{A,NULL}", "{}"]),
    ("numeric[]", &["{7,NULL}", "{7.0,NULL}"]),
    ("citext[]", &["{a}", "{A}"]),
    ("inet", &["7", "a", "127.0.0.1"]),
];

/// One column with all values of a type, or of two types that compare, in many rows each; looked for is every value of every type.
fn faithful() -> Result<(), String> {
    let values = VALUES.iter().map(|(r#type, texts)| values(r#type, texts)).collect::<Result<Vec<_>, _>>()?;
    let wanted: BTreeSet<usize> = (0..values.len()).collect();
    let all: Vec<&Datum> = wanted.iter().flat_map(|&index| &values[index]).chain([&Datum::Null]).collect();
    let mut found = 0;
    for left in &wanted {
        for right in &wanted {
            let mut rows: Vec<Row> = Vec::new();
            for _ in 0..20 {
                rows.extend(values[*left].iter().chain(&values[*right]).map(|value| vec![Datum::Null, value.clone()]));
                rows.extend([vec![Datum::Null, Datum::Null], Vec::new()]);
            }
            let (table, mut data) = (TableId(0), Data::default());
            data.insert(table, rows);
            let column = ColumnRef { table, column: 1 };
            for value in &all {
                let has = |row: &&Row| row.get(1).is_some_and(|own| own.equals(value) == Some(true));
                let (by_index, by_comparing): (Vec<&Row>, Vec<&Row>) =
                    (data.with(column, value).collect(), data.rows(table).iter().filter(has).collect());
                if !same(&by_index, &by_comparing) {
                    let types = (VALUES[*left].0, VALUES[*right].0);
                    return Err(format!("{value:?} in {types:?}: {by_index:?} by the index, {by_comparing:?} by comparing"));
                }
                found += by_index.len();
            }
        }
    }
    if found < 50_000 { Err(format!("only {found} rows are found")) } else { Ok(()) }
}

fn values(r#type: &str, texts: &[&str]) -> Result<Vec<Datum>, String> {
    let catalog = Catalog::default();
    let parsed = Type::parse(r#type, &std::collections::BTreeMap::new()).map_err(|error| format!("{error:?}"))?;
    texts.iter().map(|text| parse(&catalog, &parsed, text, 0).ok_or(format!("{text} is no {type}"))).collect()
}

/// The same rows in the same order, not only such as are alike.
fn same(left: &[&Row], right: &[&Row]) -> bool {
    left.len() == right.len() && std::iter::zip(left, right).all(|(left, right)| std::ptr::eq(*left, *right))
}

/// Others that are alike stay, in whichever way they are asked for.
fn without() -> Result<(), String> {
    let (table, mut data) = (TableId(0), Data::default());
    let value = Datum::Text("a".to_owned());
    data.insert(table, vec![vec![value.clone()]; 3]);
    let rows = data.rows(table);
    let rest = [&rows[0], &rows[2]];
    let without = Without::new(&data, &rows[1]);
    let found: Vec<&Row> = without.with(ColumnRef { table, column: 0 }, &value).collect();
    let all: Vec<&Row> = without.all(table).collect();
    if same(&found, &rest) && same(&all, &rest) { Ok(()) } else { Err(format!("{} and {} are left", found.len(), all.len())) }
}

/// One question for each row. Keys are citext, whose values are made anew to be compared: who compares every row makes four times as many of twice
/// the rows.
fn growth() -> Result<(), String> {
    const MAX_GROWTH: f64 = 2.2;
    let counts = [1_000, 2_000, 4_000].map(|count| {
        let rows = questions::Rows::new(count, "citext");
        let (data, asked) = (rows.data(), rows.questions(count));
        let mut allowed = 0;
        let info = allocation_counter::measure(|| allowed = rows.ask(&data, &asked));
        assert!((count / 10..count * 9 / 10).contains(&allowed), "{allowed} of {count} questions are answered with yes");
        info.count_total
    });
    let grows = |pair: &[u64]| pair[1] as f64 / pair[0] as f64 > MAX_GROWTH;
    if counts.windows(2).any(grows) { Err(format!("so many allocations: {counts:?}")) } else { Ok(()) }
}
