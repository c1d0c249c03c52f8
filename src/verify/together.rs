//! Rights to several columns of a table that one statement gave or took. In: differences, a column each. Out: one for all of them, whose words and whose statement name every column.

use super::Difference;
use super::place::{Grant, of_grant};

/// Rights to columns that somebody was given or lost alike become one difference, where the first of them stood. The rest stays as it is.
pub fn together(differences: Vec<Difference>) -> Vec<Difference> {
    let mut told: Vec<Difference> = Vec::new();
    let mut columns: Vec<Vec<String>> = Vec::new();
    for difference in differences {
        let column = right_to_column(&difference).and_then(|right| Some(right.column()?.0.to_owned()));
        let known = column.as_ref().and_then(|_| told.iter().position(|other| is_same_grant(other, &difference)));
        match (column, known) {
            (Some(column), Some(known)) => columns[known].push(column),
            (column, _) => {
                told.push(difference);
                columns.push(column.into_iter().collect());
            }
        }
    }
    for (difference, columns) in std::iter::zip(&mut told, columns).filter(|(_, columns)| columns.len() > 1) {
        let all = columns.join(", ");
        let name = right_to_column(difference).and_then(|right| {
            let (_, table) = right.column()?;
            Some(format!("{} on {table} ({all}) to {}", right.privilege, right.grantee))
        });
        difference.name = name.unwrap_or_else(|| difference.name.clone());
    }
    told
}

/// A right to one column.
fn right_to_column(difference: &Difference) -> Option<Grant<'_>> {
    let right = (difference.kind == "grant").then(|| of_grant(&difference.name))??;
    right.column().map(|_| right)
}

fn is_same_grant(one: &Difference, other: &Difference) -> bool {
    let of = |difference| {
        let right = right_to_column(difference)?;
        Some((right.privilege, right.column()?.1, right.grantee))
    };
    (&one.was, &one.now) == (&other.was, &other.now) && of(one).is_some() && of(one) == of(other)
}

#[cfg(test)]
mod tests {
    use super::{Difference, together};

    fn gone(name: &str) -> Difference {
        let was = Some("granted".to_owned());
        Difference {
            kind: "grant".to_owned(),
            name: name.to_owned(),
            was,
            now: None,
            sort: None,
            columns: None,
            to_be_told: false,
        }
    }

    #[test]
    fn columns_of_one_grant_are_told_together() {
        let mut passed_on = gone("SELECT on public.docs (id) to app");
        passed_on.now = Some("may be passed on".to_owned());
        let told = together(vec![
            gone("SELECT on public.docs (id) to app"),
            gone("SELECT on public.docs (id) to other"),
            gone("SELECT on public.docs (\"a, b\") to app"),
            gone("UPDATE on public.docs (id) to app"),
            gone("SELECT on public.docs to app"),
            passed_on,
            gone("SELECT on \"my docs\".docs (title) to app"),
            gone("SELECT on public.docs (title) to app"),
        ]);
        let told: Vec<String> =
            told.iter().map(|one| format!("{} | {}", one.explain().says, one.explain().undo.unwrap_or_default())).collect();
        assert_eq!(
            told,
            [
                "right of app to SELECT columns id, \"a, b\", title of public.docs is gone | GRANT SELECT (id, \"a, b\", title) ON public.docs TO app",
                "right of other to SELECT column id of public.docs is gone | GRANT SELECT (id) ON public.docs TO other",
                "right of app to UPDATE column id of public.docs is gone | GRANT UPDATE (id) ON public.docs TO app",
                "right of app to SELECT public.docs is gone | GRANT SELECT ON public.docs TO app",
                "right of app to SELECT column id of public.docs was altered | REVOKE GRANT OPTION FOR SELECT (id) ON public.docs FROM app",
                "right of app to SELECT column title of \"my docs\".docs is gone | GRANT SELECT (title) ON \"my docs\".docs TO app",
            ]
        );
    }
}
