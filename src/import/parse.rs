//! The text of an expression or a function's body to a tree. The only user of the crate `sqlparser`. What a policy says is read as the server prints it, where everything stands in
//! parentheses and has its schema; bodies are read as somebody wrote them.

use sqlparser::ast::{
    self, BinaryOperator, CastKind, Distinct, Expr, FunctionArg, FunctionArgExpr, FunctionArguments, GroupByExpr, Ident,
    InTarget, Join, JoinConstraint, JoinOperator, LimitClause, ObjectName, SelectFlavor, SelectItem, SetExpr, Statement,
    TableFactor, TableWithJoins, UnaryOperator, Value,
};
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::parser::Parser;

use super::quantified;
use super::tree::{Query, Source, Sql, Top};

/// Deeper nesting than this is not read.
const DEPTH: usize = 100;

/// An expression, cut at its top.
pub(super) fn top(text: &str) -> Result<Top, String> {
    Ok(cut(&parse(text)?))
}

/// An expression.
pub(super) fn expression(text: &str) -> Result<Sql, String> {
    Ok(sql(&parse(text)?))
}

/// The body of a function in SQL: one query.
pub(super) fn body(text: &str) -> Result<Query, String> {
    let text = text.trim().trim_end_matches(';');
    let statements = Parser::new(&PostgreSqlDialect {})
        .with_recursion_limit(DEPTH)
        .try_with_sql(text)
        .and_then(|mut parser| parser.parse_statements())
        .map_err(|error| error.to_string())?;
    match statements.as_slice() {
        [Statement::Query(query)] => self::query(query).ok_or_else(|| "its query is more than a SELECT of rows".to_owned()),
        [_] => Err("it is no query".to_owned()),
        _ => Err("it has several statements".to_owned()),
    }
}

fn parse(text: &str) -> Result<Expr, String> {
    let mut parser = Parser::new(&PostgreSqlDialect {})
        .with_recursion_limit(DEPTH)
        .try_with_sql(&quantified::as_calls(text))
        .map_err(|error| error.to_string())?;
    let expression = parser.parse_expr().map_err(|error| error.to_string())?;
    match parser.peek_token().token {
        sqlparser::tokenizer::Token::EOF => Ok(expression),
        rest => Err(format!("`{rest}` is not understood")),
    }
}

fn cut(expression: &Expr) -> Top {
    match expression {
        Expr::Nested(inner) => cut(inner),
        Expr::BinaryOp { left, op: BinaryOperator::And, right } => Top::All(vec![cut(left), cut(right)]),
        Expr::BinaryOp { left, op: BinaryOperator::Or, right } => Top::Any(vec![cut(left), cut(right)]),
        Expr::UnaryOp { op: UnaryOperator::Not, expr } => Top::Not(Box::new(cut(expr))),
        other => Top::Leaf(sql(other), quantified::as_written(&other.to_string())),
    }
}

fn boxed(expression: &Expr) -> Box<Sql> {
    Box::new(sql(expression))
}

fn all(expressions: &[Expr]) -> Vec<Sql> {
    expressions.iter().map(sql).collect()
}

fn sql(expression: &Expr) -> Sql {
    match expression {
        Expr::Nested(inner) => sql(inner),
        Expr::Identifier(ident) => Sql::Name(vec![name(ident)]),
        Expr::CompoundIdentifier(parts) => Sql::Name(parts.iter().map(name).collect()),
        Expr::Value(value) => constant(&value.value),
        Expr::Cast { kind: CastKind::Cast | CastKind::DoubleColon, expr, data_type, format: None } => {
            Sql::Cast(boxed(expr), data_type.to_string().to_lowercase())
        }
        Expr::Function(function) => call(function),
        Expr::BinaryOp { left, op, right } => binary(left, op, right),
        Expr::UnaryOp { op: UnaryOperator::Not, expr } => Sql::Not(boxed(expr)),
        Expr::UnaryOp { op: UnaryOperator::Minus, expr } => match sql(expr) {
            Sql::Number(number) => Sql::Number(format!("-{number}")),
            _ => Sql::Other("a negative value".to_owned()),
        },
        Expr::AnyOp { left, compare_op, right, .. } => Sql::Any(boxed(left), compare_op.to_string(), boxed(right)),
        Expr::AllOp { left, compare_op, right } => Sql::All(boxed(left), compare_op.to_string(), boxed(right)),
        Expr::In { expr, target, negated, .. } => match target {
            InTarget::List(list) => Sql::In(boxed(expr), all(list), *negated),
            InTarget::Subquery(inner) => inner_query(inner, |inner| Sql::InQuery(boxed(expr), Box::new(inner), *negated)),
            _ => Sql::Other("`IN` of this kind".to_owned()),
        },
        Expr::IsNull(inner) => Sql::IsNull(boxed(inner), false),
        Expr::IsNotNull(inner) => Sql::IsNull(boxed(inner), true),
        Expr::IsTrue(inner) => Sql::IsBoolean(boxed(inner), true, false),
        Expr::IsNotTrue(inner) => Sql::IsBoolean(boxed(inner), true, true),
        Expr::IsFalse(inner) => Sql::IsBoolean(boxed(inner), false, false),
        Expr::IsNotFalse(inner) => Sql::IsBoolean(boxed(inner), false, true),
        Expr::IsDistinctFrom(left, right) => Sql::Distinct(boxed(left), boxed(right), true),
        Expr::IsNotDistinctFrom(left, right) => Sql::Distinct(boxed(left), boxed(right), false),
        Expr::Between { expr, negated, low, high } => Sql::Between(boxed(expr), boxed(low), boxed(high), *negated),
        Expr::Like { negated, any: false, expr, pattern, escape_char: None } => Sql::Like(boxed(expr), boxed(pattern), *negated),
        Expr::Subquery(inner) => inner_query(inner, |inner| Sql::Query(Box::new(inner))),
        Expr::Exists { subquery, negated } => inner_query(subquery, |inner| Sql::Exists(Box::new(inner), *negated)),
        Expr::Array(array) => Sql::Array(all(&array.elem)),
        Expr::TypedString(typed) => match constant(&typed.value.value) {
            text @ Sql::Text(_) => Sql::Cast(Box::new(text), typed.data_type.to_string().to_lowercase()),
            _ => Sql::Other("a constant of its own".to_owned()),
        },
        Expr::Interval(interval) if interval.leading_field.is_none() => Sql::Cast(boxed(&interval.value), "interval".to_owned()),
        Expr::Case { .. } => Sql::Other("CASE".to_owned()),
        other => Sql::Other(shortened(&other.to_string())),
    }
}

fn inner_query(inner: &ast::Query, make: impl FnOnce(Query) -> Sql) -> Sql {
    match query(inner) {
        Some(inner) => make(inner),
        None => Sql::Other("a query that is more than a SELECT of rows".to_owned()),
    }
}

fn shortened(text: &str) -> String {
    let text = quantified::as_written(text);
    let short: String = text.chars().take(40).collect();
    if short.len() < text.len() { format!("`{short}…`") } else { format!("`{text}`") }
}

/// As PostgreSQL folds it.
fn name(ident: &Ident) -> String {
    if ident.quote_style.is_some() { ident.value.clone() } else { ident.value.to_lowercase() }
}

fn names(object: &ObjectName) -> Option<Vec<String>> {
    object.0.iter().map(|part| part.as_ident().map(name)).collect()
}

fn constant(value: &Value) -> Sql {
    match value {
        Value::SingleQuotedString(text) | Value::EscapedStringLiteral(text) => Sql::Text(text.clone()),
        Value::Number(number, _) => Sql::Number(number.clone()),
        Value::Boolean(value) => Sql::Boolean(*value),
        Value::Null => Sql::Null,
        Value::Placeholder(text) => match text.strip_prefix('$').and_then(|number| number.parse().ok()) {
            Some(number) => Sql::Parameter(number),
            None => Sql::Other(text.clone()),
        },
        other => Sql::Other(shortened(&other.to_string())),
    }
}

fn binary(left: &Expr, operator: &BinaryOperator, right: &Expr) -> Sql {
    let operator = match operator {
        BinaryOperator::And => return Sql::And(vec![sql(left), sql(right)]),
        BinaryOperator::Or => return Sql::Or(vec![sql(left), sql(right)]),
        // `OPERATOR(pg_catalog.=)`; of another schema it is another operator, whatever its name.
        BinaryOperator::PGCustomBinaryOperator(parts) => match parts.as_slice() {
            [schema, operator] if schema.trim_matches('"') == "pg_catalog" => operator.clone(),
            parts => parts.join("."),
        },
        other => other.to_string(),
    };
    match sql(right) {
        Sql::Call(name, mut list) if list.len() == 1 && quantified::is_any(&name) => {
            Sql::Any(boxed(left), operator, Box::new(list.remove(0)))
        }
        Sql::Call(name, mut list) if list.len() == 1 && quantified::is_all(&name) => {
            Sql::All(boxed(left), operator, Box::new(list.remove(0)))
        }
        right => Sql::Binary(boxed(left), operator, Box::new(right)),
    }
}

fn call(function: &ast::Function) -> Sql {
    let is_plain = function.filter.is_none() && function.over.is_none() && function.within_group.is_empty();
    let Some(name) = names(&function.name).filter(|_| is_plain) else {
        return Sql::Other(shortened(&function.to_string()));
    };
    let is_count = name.last().is_some_and(|name| name == "count");
    match &function.args {
        FunctionArguments::List(list)
            if is_count && matches!(list.args.as_slice(), [FunctionArg::Unnamed(FunctionArgExpr::Wildcard)]) =>
        {
            Sql::Call(name, Vec::new())
        }
        // `ARRAY(SELECT …)`
        FunctionArguments::Subquery(inner) => inner_query(inner, |inner| Sql::Call(name, vec![Sql::Query(Box::new(inner))])),
        FunctionArguments::None => Sql::Call(name, Vec::new()),
        FunctionArguments::List(list) if list.duplicate_treatment.is_none() && list.clauses.is_empty() => {
            match arguments(&list.args) {
                Some(arguments) => Sql::Call(name, arguments),
                None => Sql::Other(shortened(&function.to_string())),
            }
        }
        _ => Sql::Other(shortened(&function.to_string())),
    }
}

fn arguments(arguments: &[FunctionArg]) -> Option<Vec<Sql>> {
    let one = |argument: &FunctionArg| match argument {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(expression)) => Some(sql(expression)),
        _ => None,
    };
    arguments.iter().map(one).collect()
}

/// A query that gives rows of tables where a condition holds; `None` for all else, whatever it is that is more. What the parser knows is named here part by part, so that nothing
/// of it is passed over.
fn query(query: &ast::Query) -> Option<Query> {
    let ast::Query {
        with: None,
        body,
        order_by,
        limit_clause,
        fetch: None,
        locks,
        for_clause: None,
        settings: None,
        format_clause: None,
        pipe_operators,
    } = query
    else {
        return None;
    };
    let is_one = |expression: &Expr| matches!(sql(expression).bare(), Sql::Number(number) if number == "1");
    let is_limited = match limit_clause {
        None => false,
        Some(LimitClause::LimitOffset { limit: Some(limit), offset: None, limit_by }) if limit_by.is_empty() && is_one(limit) => {
            true
        }
        Some(_) => return None,
    };
    // What comes first matters only where not all of it is taken.
    if !locks.is_empty() || !pipe_operators.is_empty() || order_by.is_some() && is_limited {
        return None;
    }
    let SetExpr::Select(select) = body.as_ref() else { return None };
    let found = self::select(select)?;
    Some(Query { is_limited, ..found })
}

fn select(select: &ast::Select) -> Option<Query> {
    let ast::Select {
        select_token: _,
        optimizer_hints,
        distinct: None | Some(Distinct::All | Distinct::Distinct),
        select_modifiers: None,
        top: None,
        top_before_distinct: _,
        projection,
        exclude: None,
        into: None,
        from,
        lateral_views,
        prewhere: None,
        selection,
        connect_by,
        group_by: GroupByExpr::Expressions(grouped, groupings),
        cluster_by,
        distribute_by,
        sort_by,
        having: None,
        named_window,
        qualify: None,
        window_before_qualify: _,
        value_table_mode: None,
        flavor: SelectFlavor::Standard,
    } = select
    else {
        return None;
    };
    let has_more = !grouped.is_empty() || !groupings.is_empty() || !named_window.is_empty() || !lateral_views.is_empty();
    // Other databases' words.
    let has_others = !optimizer_hints.is_empty() || !connect_by.is_empty();
    if has_more || has_others || !cluster_by.is_empty() || !distribute_by.is_empty() || !sort_by.is_empty() {
        return None;
    }
    let columns: Option<Vec<Sql>> = projection.iter().map(column).collect();
    let (mut sources, mut conditions) = (Vec::new(), Vec::new());
    from.iter().try_for_each(|from| joined(from, &mut sources, &mut conditions))?;
    conditions.extend(selection.as_ref().map(sql));
    let condition = (!conditions.is_empty()).then_some(Sql::And(conditions));
    Some(Query { columns: columns?, sources, condition, is_limited: false })
}

fn column(item: &SelectItem) -> Option<Sql> {
    match item {
        SelectItem::UnnamedExpr(expression) | SelectItem::ExprWithAlias { expr: expression, .. } => Some(sql(expression)),
        SelectItem::Wildcard(_) => Some(Sql::Other("`*`".to_owned())),
        _ => None,
    }
}

/// Tables beside each other and what joins them, also in parentheses, as the server prints joins. Those that keep rows without a partner are none of these.
fn joined(from: &TableWithJoins, sources: &mut Vec<Source>, conditions: &mut Vec<Sql>) -> Option<()> {
    let mut one = |factor: &TableFactor, conditions: &mut Vec<Sql>| match factor {
        TableFactor::NestedJoin { table_with_joins, alias: None } => joined(table_with_joins, sources, conditions),
        factor => {
            sources.push(source(factor)?);
            Some(())
        }
    };
    one(&from.relation, conditions)?;
    for Join { relation, global, join_operator } in &from.joins {
        one(relation, conditions)?;
        match join_operator {
            _ if *global => return None,
            JoinOperator::Join(JoinConstraint::On(on)) | JoinOperator::Inner(JoinConstraint::On(on)) => conditions.push(sql(on)),
            JoinOperator::CrossJoin(JoinConstraint::None) => {}
            _ => return None,
        }
    }
    Some(())
}

fn source(factor: &TableFactor) -> Option<Source> {
    match factor {
        TableFactor::Table {
            name: table,
            alias,
            args,
            with_hints,
            version: None,
            with_ordinality: false,
            partitions,
            json_path: None,
            sample: None,
            index_directives,
            // `ONLY t` has no rows of partitions and children.
            inheritance: None,
        } if with_hints.is_empty() && partitions.is_empty() && index_directives.is_empty() => {
            let alias = match alias {
                Some(alias) if alias.columns.len() <= 1 => Some(name(&alias.name)),
                Some(_) => return None,
                None => None,
            };
            let arguments = match args {
                Some(list) => Some(self::arguments(&list.args)?),
                None => None,
            };
            Some(Source { name: names(table)?, alias, arguments })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Sql, Top, expression, top};

    #[test]
    fn the_top_is_cut_where_each_part_can_be_said_alone() {
        let Ok(Top::Any(parts)) = top("((a = 1) OR (NOT b))") else { unreachable!() };
        assert!(matches!(&parts[0], Top::Leaf(Sql::Binary(..), text) if text == "a = 1"));
        assert!(matches!(&parts[1], Top::Not(_)));
    }

    #[test]
    fn what_is_more_than_rows_of_tables_is_not_read() {
        for text in [
            "(SELECT max(a) FROM t GROUP BY b)",
            "(SELECT a FROM t LEFT JOIN u ON true)",
            "(SELECT a FROM t OFFSET 1)",
            "(SELECT a FROM t ORDER BY b LIMIT 1)",
            "(WITH x AS (SELECT 1) SELECT a FROM x)",
            "(SELECT a FROM t UNION SELECT b FROM u)",
            "CASE WHEN a THEN true END",
            "(SELECT a FROM t FOR UPDATE)",
            "(SELECT a FROM (SELECT 1) t)",
            "(SELECT a FROM t JOIN u USING (b))",
            "(SELECT a FROM (t LEFT JOIN u ON true))",
            "(SELECT DISTINCT ON (b) a FROM t ORDER BY b, c)",
            "(SELECT a FROM ONLY t)",
            "(SELECT a FROM t TABLESAMPLE system (10))",
        ] {
            assert!(matches!(expression(text), Ok(Sql::Other(_)) | Err(_)), "{text}");
        }
        assert!(matches!(expression("(SELECT a FROM t WHERE b LIMIT 1)"), Ok(Sql::Query(query)) if query.is_limited));
        // As the server prints it.
        let Ok(Sql::Query(joined)) = expression("(SELECT a FROM ((t JOIN u ON ((t.b = u.b))) CROSS JOIN v))") else {
            unreachable!()
        };
        assert_eq!(joined.sources.len(), 3);
    }

    #[test]
    fn an_operator_of_another_schema_is_another_one() {
        let operator = |text: &str| match expression(text) {
            Ok(Sql::Binary(_, operator, _)) => operator,
            _ => String::new(),
        };
        assert_eq!(operator("(a OPERATOR(pg_catalog.<>) b)"), "<>");
        assert_eq!(operator("(a OPERATOR(h.<>) b)"), "h.<>");
    }
}
