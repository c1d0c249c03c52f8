//! Who is signed in and what the token says, read from the session's texts. What is badly formed is empty: it matches nothing, and it ends no
//! statement with an error about a cast.

use std::collections::BTreeSet;

use super::expression::{Callee, Expression};
use super::functions::Definition;
use super::lower::Lowering;
use super::quote;
use super::session_value::{asked_type, element_type};
use crate::catalog::{Family, Type};
use crate::model::{Claim, ClaimPath, ClaimsSource, Provider};
use crate::objects::Body;

/// The setting that Supabase and PostgREST put a verified token's claims into.
const TOKEN: &str = "request.jwt.claims";

/// Seconds since 1970 that every timestamp can hold.
const SECONDS: &str = "^-?[0-9]{1,11}(?:[.][0-9]{1,30})?$";

/// An exception that is caught is a subtransaction, which there may be none of while other processes work on the statement, not even in the first.
const CATCHING: &str = "STABLE";

/// What a text says of a day must not depend on what the client has set.
const READING: [&str; 3] = ["datestyle = 'ISO, YMD'", "timezone = 'UTC'", "intervalstyle = 'postgres'"];

impl Lowering<'_> {
    /// The type of the column that identities are compared with.
    pub(super) fn identity_type(&self) -> Type {
        self.model.catalog.column(self.model.identity.user_key).r#type.clone()
    }

    /// The session's identity, NULL when nobody is signed in.
    pub(super) fn identity(&mut self) -> Expression {
        let r#type = self.identity_type();
        let text = match &self.model.identity.provider {
            // The role that logged in: nothing that runs in between, such as a lookup function, changes it.
            Provider::DatabaseUser => return Expression::Word("session_user").cast(quote::r#type(&r#type)),
            Provider::Setting(name) => current_setting(name),
            Provider::Function(name) => Expression::call(&quote::qualified(name), Vec::new()).cast("text"),
            Provider::Neon => Expression::call("auth.user_id", Vec::new()),
            Provider::Postgrest(path) => self.claim_text(path),
            Provider::Supabase => {
                let claims = setting(TOKEN).cast("jsonb");
                step(claims, &ClaimPath(vec!["sub".to_owned()]), "->>", "#>>")
            }
        };
        // An empty text matches no pattern.
        let text = if self.pattern(&r#type).is_some() { text } else { non_empty(text) };
        self.well_formed(text, &r#type)
    }

    /// A claim as a value of a type, NULL where the token does not have it, or has none of the type.
    pub(super) fn claim(&mut self, claim: &Claim, r#type: &Type) -> Expression {
        let path = match claim.place() {
            Ok(path) => path,
            // The whole list, which is asked whether it is there.
            Err(name) if *r#type == Type::Jsonb => return list_of_setting(name),
            // An empty text matches no pattern.
            Err(name) if self.pattern(r#type).is_some() => return self.well_formed(current_setting(name), r#type),
            Err(name) => return self.well_formed(setting(name), r#type),
        };
        match r#type {
            Type::Jsonb => self.claim_json(path),
            r#type if r#type.family() == Family::Time => self.moment(self.claim_json(path), r#type),
            Type::Text | Type::Varchar(_) | Type::Citext(_) => {
                let text = self.claim_text(path);
                if *r#type == Type::Text { text } else { text.cast(asked_type(r#type)) }
            }
            other => {
                let text = step(self.claims(), path, "->>", "#>>");
                self.well_formed(text, other)
            }
        }
    }

    /// A claim as an array: a list of the token, or one with the single value that it has. What is none of the type is a NULL in it, so that neither
    /// its presence nor its absence is certain.
    pub(super) fn claim_list(&mut self, claim: &Claim, r#type: &Type) -> Expression {
        const ELEMENTS: &str = "jsonb_array_elements(CASE jsonb_typeof($1) WHEN 'array' THEN $1 ELSE jsonb_build_array($1) END)";
        let json = match claim.place() {
            Ok(path) => self.claim_json(path),
            Err(name) => list_of_setting(name),
        };
        let name = element_type(r#type);
        let is_text = matches!(r#type, Type::Text | Type::Varchar(_) | Type::Citext(_));
        let is_told_by_pattern = is_text || self.pattern(r#type).is_some();
        let body = if is_told_by_pattern {
            let element = self.element(r#type).text();
            format!(
                "BEGIN\n  RETURN CASE WHEN $1 IS NOT NULL THEN ARRAY(\n    SELECT {element}\n    FROM {ELEMENTS} AS element\n    \
                 WHERE jsonb_typeof(element) <> 'null'\n  ) END;\nEND"
            )
        } else {
            // It runs as whoever calls it, who cannot name the function that reads a single one.
            let value = self.read_text("element", r#type);
            format!(
                "DECLARE\n  answer {name}[] := '{{}}';\n  element jsonb;\nBEGIN\n  IF $1 IS NULL THEN\n    RETURN NULL;\n  END IF;\n  \
                 FOR element IN SELECT * FROM {ELEMENTS} LOOP\n    CONTINUE WHEN jsonb_typeof(element) = 'null';\n    BEGIN\n      \
                 answer := array_append(answer, {value});\n    EXCEPTION WHEN data_exception THEN\n      \
                 answer := array_append(answer, NULL);\n    END;\n  END LOOP;\n  RETURN answer;\nEND"
            )
        };
        let function = self.functions.add(Definition {
            schema: &self.model.lookup_schema,
            purpose: &format!("claim as {name}"),
            arguments: vec!["jsonb".to_owned()],
            returns: &format!("{name}[]"),
            attributes: if is_told_by_pattern { "STABLE PARALLEL SAFE" } else { CATCHING },
            is_definer: false,
            settings: if is_told_by_pattern { &[] } else { &READING },
            body: Body::Plpgsql(body),
            calls: BTreeSet::new(),
            remark: format!("A claim as a list of {name}"),
        });
        Expression::Call { function, arguments: vec![json] }
    }

    /// An element of a list as a value of a type that a pattern tells.
    fn element(&mut self, r#type: &Type) -> Expression {
        let path = Expression::Text("{}".to_owned()).cast("text[]");
        let text = Expression::Case {
            condition: Box::new(is_scalar(Expression::Word("element"))),
            then: Box::new(Expression::binary(Expression::Word("element"), "#>>", path)),
        };
        let value = self.well_formed(text, r#type);
        within(value, r#type)
    }

    /// JSON as a value of a type, in a function that catches what is none: days and moments may be numbers.
    fn read_text(&self, json: &str, r#type: &Type) -> String {
        let returns = quote::r#type(r#type);
        let zone = quote::literal(&self.model.time_zone);
        let pattern = quote::literal(SECONDS);
        let moment = format!("to_timestamp(substring({json} #>> '{{}}', {pattern})::double precision)");
        let text = match moment_pattern(r#type) {
            Some(pattern) => format!("substring({json} #>> '{{}}', {})::{returns}", quote::literal(pattern)),
            None => format!("({json} #>> '{{}}')::{returns}"),
        };
        let of_number = match r#type {
            Type::TimestampTz => moment,
            Type::Timestamp => format!("{moment} AT TIME ZONE {zone}"),
            Type::Date => format!("({moment} AT TIME ZONE {zone})::date"),
            _ => format!("({json} #>> '{{}}')::{returns}"),
        };
        format!(
            "CASE WHEN jsonb_typeof({json}) = 'number' THEN {of_number} WHEN jsonb_typeof({json}) NOT IN ('array', 'object') \
             THEN {text} END"
        )
    }

    fn claims(&self) -> Expression {
        match &self.model.identity.claims {
            Some(ClaimsSource::Setting(name)) => setting(name).cast("jsonb"),
            Some(ClaimsSource::Function(name)) => Expression::call(&quote::qualified(name), Vec::new()),
            None => Expression::Word("NULL").cast("jsonb"),
        }
    }

    /// A claim as JSON; NULL for that of JSON, which `->` tells from it.
    fn claim_json(&self, claim: &ClaimPath) -> Expression {
        let null = Expression::Text("null".to_owned()).cast("jsonb");
        Expression::call("nullif", vec![step(self.claims(), claim, "->", "#>"), null])
    }

    /// A claim as text, NULL where it is a list or an object.
    fn claim_text(&self, claim: &ClaimPath) -> Expression {
        Expression::Case {
            condition: Box::new(is_scalar(step(self.claims(), claim, "->", "#>"))),
            then: Box::new(step(self.claims(), claim, "->>", "#>>")),
        }
    }

    /// A text as a value of a type, NULL where it is none. PostgreSQL 15 cannot be asked whether it is one.
    fn well_formed(&mut self, text: Expression, r#type: &Type) -> Expression {
        if matches!(r#type, Type::Text) {
            return text;
        }
        if matches!(r#type, Type::Varchar(_) | Type::Citext(_)) {
            return text.cast(asked_type(r#type));
        }
        match self.pattern(r#type) {
            Some(pattern) => Expression::call("substring", vec![text, Expression::Text(pattern)]).cast(asked_type(r#type)),
            None => {
                let function = self.reader(r#type);
                Expression::Call { function, arguments: vec![text] }
            }
        }
    }

    /// A claim as a day or a moment: a number is seconds since 1970, and its day is that of the project's time zone.
    fn moment(&mut self, json: Expression, r#type: &Type) -> Expression {
        let returns = quote::r#type(r#type);
        let value = self.read_text("$1", r#type);
        let remark = format!("A claim as {returns}, NULL where it is none; a number is seconds since 1970");
        let function = self.catching(&format!("claim as one {returns}"), "jsonb", (&returns, &value), remark);
        Expression::Call { function, arguments: vec![json] }
    }

    /// What a text has to match to be a value of a type, where a pattern can tell.
    fn pattern(&self, r#type: &Type) -> Option<String> {
        let Type::Enum(name) = r#type else { return pattern(r#type).map(str::to_owned) };
        let labels = self.model.catalog.enums().get(name)?;
        Some(format!("^(?:{})$", labels.iter().map(|label| escaped(label)).collect::<Vec<_>>().join("|")))
    }

    /// The function that reads a text as a value of another type.
    fn reader(&mut self, r#type: &Type) -> Callee {
        let returns = quote::r#type(r#type);
        let remark = format!("A text of the session as {returns}, NULL where it is none");
        let value = match moment_pattern(r#type) {
            Some(pattern) => format!("substring($1, {})::{returns}", quote::literal(pattern)),
            None => format!("$1::{returns}"),
        };
        self.catching(&format!("text as {returns}"), "text", (&returns, &value), remark)
    }

    /// A function that gives a value made of its argument, NULL where that fails.
    fn catching(&mut self, purpose: &str, argument: &str, (returns, value): (&str, &str), remark: String) -> Callee {
        let body = format!("BEGIN\n  RETURN {value};\nEXCEPTION WHEN data_exception THEN\n  RETURN NULL;\nEND");
        self.functions.add(Definition {
            schema: &self.model.lookup_schema,
            purpose,
            arguments: vec![argument.to_owned()],
            returns,
            attributes: CATCHING,
            is_definer: false,
            settings: &READING,
            body: Body::Plpgsql(body),
            calls: BTreeSet::new(),
            remark,
        })
    }
}

/// A whole number as one that a narrower column can have, NULL where it has none such.
fn within(number: Expression, r#type: &Type) -> Expression {
    let (least, greatest) = match r#type {
        Type::SmallInt => ("-32768", "32767"),
        Type::Integer => ("-2147483648", "2147483647"),
        _ => return number,
    };
    let end = |text: &str| Box::new(Expression::Number(text.to_owned()));
    let fits = Expression::Between { value: Box::new(number.clone()), least: end(least), greatest: end(greatest) };
    Expression::Case { condition: Box::new(fits), then: Box::new(number.cast(quote::r#type(r#type))) }
}

/// A step into JSON: by a name, or by a path of names.
fn step(json: Expression, ClaimPath(steps): &ClaimPath, by_name: &str, by_path: &str) -> Expression {
    match steps.as_slice() {
        [only] => Expression::binary(json, by_name, Expression::Text(only.clone())),
        steps => {
            let quoted = steps.iter().map(|step| format!("\"{}\"", step.replace('\\', "\\\\").replace('"', "\\\"")));
            let path = format!("{{{}}}", quoted.collect::<Vec<_>>().join(","));
            Expression::binary(json, by_path, Expression::Text(path).cast("text[]"))
        }
    }
}

/// Whether JSON is a single value.
fn is_scalar(json: Expression) -> Expression {
    let others = ["object", "array"].map(|kind| Expression::Text(kind.to_owned()));
    Expression::In { left: Box::new(Expression::call("jsonb_typeof", vec![json])), negated: true, list: others.into() }
}

/// A setting of the session, NULL where it is empty.
fn setting(name: &str) -> Expression {
    non_empty(current_setting(name))
}

/// A setting's values, which stand between commas, as JSON.
fn list_of_setting(name: &str) -> Expression {
    let text = Expression::call("btrim", vec![setting(name)]);
    let texts = Expression::call("regexp_split_to_array", vec![text, Expression::Text(" *, *".to_owned())]);
    Expression::call("to_jsonb", vec![texts])
}

fn current_setting(name: &str) -> Expression {
    Expression::call("current_setting", vec![Expression::Text(name.to_owned()), Expression::Boolean(true)])
}

/// A setting is '' rather than NULL after the transaction that set it.
fn non_empty(text: Expression) -> Expression {
    Expression::call("nullif", vec![text, Expression::Text(String::new())])
}

/// What a text has to match to become a value of a type by a cast that never fails. All whole numbers are read as the widest.
pub(super) fn pattern(r#type: &Type) -> Option<&'static str> {
    Some(match r#type {
        Type::Uuid => "(?i)^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$",
        // What a bigint can hold, nearly: its greatest begin with a 9.
        Type::SmallInt | Type::Integer | Type::BigInt => "^-?[1-8]?[0-9]{1,18}$",
        Type::Numeric(_) | Type::Double => "^-?[0-9]{1,100}(?:[.][0-9]{1,100})?$",
        Type::Real => "^-?[0-9]{1,38}(?:[.][0-9]{1,30})?$",
        Type::Boolean => "^(?:true|false)$",
        _ => return None,
    })
}

/// What a text has to match to be a day or a moment that is always the same: `infinity` would never end, `tomorrow` never come.
fn moment_pattern(r#type: &Type) -> Option<&'static str> {
    Some(match r#type {
        Type::Timestamp => {
            "^[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[ T](?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:[.][0-9]{1,6})?)?)?$"
        }
        // Of a day with a time, the day counts.
        Type::TimestampTz | Type::Date => {
            "^[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[ T](?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:[.][0-9]{1,6})?)?(?:Z|[+-](?:0[0-9]|1[0-4])(?::[0-5][0-9])?)?)?$"
        }
        _ => return None,
    })
}

/// A text as a regular expression that it alone matches.
fn escaped(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_punctuation() && c != '_' { format!("\\{c}") } else { c.to_string() }).collect()
}
