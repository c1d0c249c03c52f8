//! What keeps the record of changes in order: a function that takes away entries which are older than the project keeps them, and one that takes a person out
//! of it. In: the model. Out: objects. Both run as a role of their own, under policies of its own: it takes no entry away before its time, whatever is called.
//! Neither chooses among entries: how old is for the configuration to say, and a person is taken out of all of them.

use std::collections::BTreeMap;

use super::audit::{PINNED, recorded_scope};
use super::generate::Generator;
use super::quote;
use crate::catalog::{ColumnRef, QualifiedName, Table, Type};
use crate::model::{AUDIT_COLUMNS, Duration, Erasure, Provider, Upkeep};
use crate::objects::template::fill;
use crate::objects::{Body, Callers, Command, Function, Owner, Policy, Purpose, Right, Rights, Role, Schema, Target};

/// The columns of an entry that say something of a person, beside the key of the table's row.
const ABOUT_PEOPLE: [&str; 9] = ["actor", "scope", "database_role", "login_role", "key", "new_key", "before", "after", "address"];

impl Generator<'_> {
    /// The functions and what they may do, where the project has any.
    pub(super) fn upkeep(&mut self) {
        let model = self.model;
        let Some((audit, upkeep)) = model.audit.as_ref().and_then(|audit| Some((audit, audit.upkeep.as_ref()?))) else { return };
        let log = model.catalog.table(audit.log);
        self.add(Schema { name: upkeep.schema.clone(), used_by: Some(upkeep.role.clone()) }, Vec::new());
        upkeep.callers.iter().for_each(|role| self.add(Role { name: role.clone() }, Vec::new()));
        if !upkeep.callers.is_empty() {
            let rights = upkeep.callers.iter().map(|role| Right::to_use(role)).collect();
            self.add(Rights::new(Target::Schema(upkeep.schema.clone()), Purpose::Guards, rights), Vec::new());
        }
        let mut commands = vec![(Command::Select, read(upkeep)), (Command::Insert, AUDIT_COLUMNS.map(|(name, _)| name).to_vec())];
        if upkeep.erase.is_some() {
            commands.push((Command::Update, ABOUT_PEOPLE.to_vec()));
        }
        let mut rights = Vec::new();
        for (command, columns) in commands {
            rights.extend(columns.iter().map(|column| Right::at_table(&upkeep.role, command, Some(&(*column).to_owned()))));
            self.keeper_policy(log, upkeep, command, None);
        }
        if let Some(keep) = upkeep.keep {
            rights.push(Right::at_table(&upkeep.role, Command::Delete, None));
            self.keeper_policy(log, upkeep, Command::Delete, Some(past(keep)));
        }
        self.service(&log.name, Purpose::Upkeep, rights);
        self.usage_of(&log.name.schema, &upkeep.role);
        if let Some(keep) = upkeep.keep {
            let body =
                fill(PURGE, &[("log", &quote::qualified(&log.name)), ("past", &past(keep)), ("entry", &entry(log, "purge"))]);
            let comment = format!("Takes away the entries of {} that are older than {}", log.name, length(keep));
            self.upkeep_function(log, upkeep, "purge", (Vec::new(), Vec::new()), (body, comment));
        }
        if let Some(erase) = &upkeep.erase {
            self.erasing_function(log, upkeep, erase);
        }
    }

    /// A policy of the keeper: of all entries, or of those that a condition names.
    fn keeper_policy(&mut self, log: &Table, upkeep: &Upkeep, command: Command, using: Option<String>) {
        let name = format!("rowgate_keep_{}", command.sql().to_lowercase());
        let comment = "what keeps the record in order";
        let mut policy = Policy::of_service(&log.name, &name, command, &upkeep.role, Purpose::Upkeep, comment);
        if using.is_some() {
            policy.using = using;
        }
        self.add(policy, Vec::new());
    }

    /// The function that takes a person out of the record, by each of the keys that the person has there.
    fn erasing_function(&mut self, log: &Table, upkeep: &Upkeep, erase: &Erasure) {
        let catalog = &self.model.catalog;
        let names = erase.keys.iter().map(|&key| catalog.column(key).name.clone()).collect();
        let types = erase.keys.iter().map(|&key| self.lowering.column_type(key)).collect();
        let (places, lists) = self.places_of_people(erase);
        let identity = argument(erase, erase.keys[0]);
        let is_null: Vec<String> = (1..=erase.keys.len()).map(|place| format!("${place} IS NULL")).collect();
        let own = Alike::of([&catalog.column(erase.keys[0]).r#type; 2]);
        let log_name = quote::qualified(&log.name);
        let part = |template: &str, alike: Alike, places: &[String]| {
            let (fold, same) = alike.around();
            let known = [
                ("log", log_name.as_str()),
                ("fold", fold),
                ("same", &same),
                ("identity", &identity),
                ("parts", &quote::literal(PARTS)),
            ];
            fill(template, &known.into_iter().chain([("places", places.join(",\n      ").as_str())]).collect::<Vec<_>>())
        };
        let parts = |template: &str, places: Places| {
            places.iter().map(|(&alike, places)| part(template, alike, places)).collect::<String>()
        };
        let is_there = |is_there: bool, text: String| if is_there { text } else { String::new() };
        let is_login = self.model.identity.provider == Provider::DatabaseUser;
        let cases = self.scopes_of_people(erase);
        let (fold, same) = own.around();
        let body = fill(
            ERASE,
            &[
                ("log", &log_name),
                ("fold", fold),
                ("same", &same),
                ("is_null", &is_null.join(" OR ")),
                ("identity", &identity),
                ("logins", &is_there(is_login, part(LOGINS, own, &[]))),
                (
                    "scopes",
                    &is_there(!cases.is_empty(), fill(SCOPES, &[("log", &log_name), ("cases", &cases.join("\n    OR "))])),
                ),
                ("in_rows", &parts(IN_ROWS, places)),
                ("in_lists", &parts(&in_lists(), lists)),
                ("entry", &entry(log, "erase")),
            ],
        );
        let comment = format!("Takes a person out of {}: what it says of somebody, it says of nobody in particular", log.name);
        self.upkeep_function(log, upkeep, "erase from", (names, types), (body, comment));
    }

    /// The recorded columns that name somebody alone, and those that name many, as rows of the function's own list, by which of their texts are the same.
    fn places_of_people(&self, erase: &Erasure) -> (Places, Places) {
        let catalog = &self.model.catalog;
        let (mut places, mut lists) = (BTreeMap::new(), BTreeMap::new());
        for (&table, columns) in &erase.places {
            let of = catalog.table(table);
            let values = erase.values.get(&table).map_or(&[][..], |values| values);
            let values: Vec<String> = values.iter().map(|&column| quote::literal(&of.columns[column as usize].name)).collect();
            let values = values.join(", ");
            for (&column, &key) in columns {
                // Who is only named in a row of somebody else's takes nothing of it along.
                let is_owner = erase.owners.get(&table).is_some_and(|owners| owners.contains(&column));
                let column = &of.columns[column as usize];
                let place = format!(
                    "({}, {}, {}, ARRAY[{}]::text[])",
                    quote::literal(&of.name.to_string()),
                    quote::literal(&column.name),
                    argument(erase, key),
                    if is_owner { values.as_str() } else { "" }
                );
                let among = if column.elements.is_some() { &mut lists } else { &mut places };
                let alike = Alike::of([&catalog.column(key).r#type, &column.r#type]);
                among.entry(alike).or_insert_with(Vec::new).push(place);
            }
        }
        (places, lists)
    }

    /// Where what roles are held within is a person.
    fn scopes_of_people(&self, erase: &Erasure) -> Vec<String> {
        let catalog = &self.model.catalog;
        let mut cases = Vec::new();
        for &id in self.model.audit.iter().flat_map(|audit| audit.tables.keys()) {
            let Some(path) = recorded_scope(&self.recorded_uses(id)) else { continue };
            let entity = catalog.entity(path.column);
            if let Some(&key) = erase.keys.iter().find(|&&key| entity.is_some() && catalog.entity(key) == entity) {
                let name = quote::literal(&catalog.table(id).name.to_string());
                let (fold, same) = Alike::of([&catalog.column(key).r#type, &catalog.column(path.column).r#type]).around();
                cases.push(format!("table_name = {name} AND {fold}(scope{same}) = {fold}({}{same})", argument(erase, key)));
            }
        }
        cases
    }

    /// A function that the callers may call, and that runs as the keeper.
    fn upkeep_function(
        &mut self,
        log: &Table,
        upkeep: &Upkeep,
        verb: &str,
        (names, arguments): (Vec<String>, Vec<String>),
        (body, comment): (String, String),
    ) {
        let name = quote::generated_name(&format!("{verb}_{}", log.name.name).replace(' ', "_"));
        let function = Function {
            name: QualifiedName::new(&upkeep.schema, name),
            names,
            arguments,
            returns: "bigint".to_owned(),
            attributes: "VOLATILE".to_owned(),
            is_definer: true,
            settings: PINNED.iter().map(|&setting| setting.to_owned()).collect(),
            body: Body::Plpgsql(body),
            comment: Some(comment.clone()),
            callers: Callers::Application(upkeep.callers.clone()),
            owner: Some(Owner { role: upkeep.role.clone(), schema: upkeep.schema.clone() }),
            shows: None,
            calls: [].into(),
        };
        function.schemas().iter().for_each(|schema| self.usage_of(schema, &upkeep.role));
        self.add(function, vec![comment]);
    }
}

/// Rows of a list, by which of their texts are the same.
type Places = BTreeMap<Alike, Vec<String>>;

/// What was given for a key, as a text.
fn argument(erase: &Erasure, key: ColumnRef) -> String {
    let place = erase.keys.iter().position(|known| *known == key).unwrap_or_default();
    format!("${}::text", place + 1)
}

/// Which texts of a key are the same one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Alike {
    Exactly,
    /// In whichever letters: the person wrote them in either case.
    Letters,
    /// With as many zeros behind the point as anybody wrote.
    Number,
}

impl Alike {
    /// Of a key, and of a column with it.
    fn of(types: [&Type; 2]) -> Self {
        let is_any = |is: fn(&Type) -> bool| types.into_iter().any(is);
        if is_any(|r#type| matches!(r#type, Type::Citext(_))) {
            Self::Letters
        } else if is_any(|r#type| matches!(r#type, Type::Numeric(_))) {
            Self::Number
        } else {
            Self::Exactly
        }
    }

    /// What stands before a text in parentheses, and behind it within them, so that those of the same key are equal.
    fn around(self) -> (&'static str, String) {
        match self {
            Self::Exactly => ("", String::new()),
            Self::Letters => ("lower", String::new()),
            Self::Number => {
                let [zeros, rest] = [r"(?:[.]|([.][0-9]*[1-9]))0+$", r"\1"].map(quote::literal);
                ("regexp_replace", format!(", {zeros}, {rest}"))
            }
        }
    }
}

/// The columns that the functions read.
fn read(upkeep: &Upkeep) -> Vec<&'static str> {
    let mut columns = vec!["at"];
    if upkeep.erase.is_some() {
        columns.push("table_name");
        columns.extend(ABOUT_PEOPLE);
    }
    columns
}

/// `365 days`
fn length(keep: Duration) -> String {
    format!("{} {}{}", keep.amount, keep.unit.word(), if keep.amount == 1 { "" } else { "s" })
}

/// What is true of an entry that is not kept any longer.
fn past(keep: Duration) -> String {
    format!("{} < now() - {}::interval", quote::identifier("at"), quote::literal(&length(keep)))
}

/// The entry about what was done, as columns and values.
fn entry(log: &Table, operation: &str) -> String {
    let columns = ["id", "at", "roles", "database_role", "login_role", "operation", "table_name", "after", "address"];
    let columns: Vec<_> = columns.iter().map(|column| quote::identifier(column)).collect();
    format!(
        "({})\n    VALUES (gen_random_uuid(), clock_timestamp(), '{{}}', coalesce(nullif(current_setting('role'), 'none'), session_user), session_user, {}, {},\n      jsonb_build_object('entries', entries::text), host(inet_client_addr()))",
        columns.join(", "),
        quote::literal(operation),
        quote::literal(&log.name.to_string())
    )
}

/// What is taken away is said, and by whom.
const PURGE: &str = "DECLARE
  entries bigint;
BEGIN
  DELETE FROM @log@ WHERE @past@;
  GET DIAGNOSTICS entries = ROW_COUNT;
  IF entries > 0 THEN
    INSERT INTO @log@ @entry@;
  END IF;
  RETURN entries;
END";

/// The pseudonym is another one each time, so nobody can work out whose it is; in one call it is one, so that it still can be told that two entries
/// are about the same person.
const ERASE: &str = "#variable_conflict use_column
DECLARE
  pseudonym text := 'erased-' || gen_random_uuid();
  place record;
  entries bigint;
BEGIN
  IF @is_null@ THEN
    RAISE EXCEPTION 'whom to take out has to be said by every key' USING ERRCODE = '22004';
  END IF;@in_rows@@in_lists@@scopes@
  UPDATE @log@ SET actor = pseudonym, address = NULL WHERE @fold@(actor@same@) = @fold@(@identity@@same@);@logins@
  SELECT count(*) INTO entries FROM @log@
  WHERE pseudonym IN (actor, scope, database_role, login_role) OR strpos(concat(key, new_key, before, after), pseudonym) > 0;
  IF entries > 0 THEN
    INSERT INTO @log@ @entry@;
  END IF;
  RETURN entries;
END";

/// Where a login is a user.
const LOGINS: &str = "
  UPDATE @log@ SET login_role = pseudonym WHERE @fold@(login_role@same@) = @fold@(@identity@@same@);
  UPDATE @log@ SET database_role = pseudonym WHERE @fold@(database_role@same@) = @fold@(@identity@@same@);";

const SCOPES: &str = "
  UPDATE @log@ SET scope = pseudonym
  WHERE @cases@;";

/// Texts of a key and of the values that are kept.
const IN_ROWS: &str = "
  FOR place IN
    SELECT * FROM (VALUES
      @places@
    ) AS given (of_table, name, person, about)
  LOOP
    UPDATE @log@ SET
      key = CASE WHEN @fold@(key ->> place.name@same@) = @fold@(place.person@same@) THEN jsonb_set(key, ARRAY[place.name], to_jsonb(pseudonym)) ELSE key END,
      new_key = CASE WHEN @fold@(new_key ->> place.name@same@) = @fold@(place.person@same@)
        THEN jsonb_set(new_key, ARRAY[place.name], to_jsonb(pseudonym)) ELSE new_key END,
      before = CASE WHEN @fold@(before ->> place.name@same@) = @fold@(place.person@same@)
        THEN jsonb_set(before, ARRAY[place.name], to_jsonb(pseudonym)) ELSE before END - place.about,
      after = CASE WHEN @fold@(after ->> place.name@same@) = @fold@(place.person@same@)
        THEN jsonb_set(after, ARRAY[place.name], to_jsonb(pseudonym)) ELSE after END - place.about
    WHERE table_name = place.of_table
      AND @fold@(place.person@same@) IN
        (@fold@(key ->> place.name@same@), @fold@(new_key ->> place.name@same@), @fold@(before ->> place.name@same@), @fold@(after ->> place.name@same@));
  END LOOP;";

/// Elements of arrays, which are kept as their texts. Such a text is taken apart and never read as an array, so nothing that an earlier schema kept under the name
/// can fail here.
const IN_LISTS: &str = "
  FOR place IN
    SELECT * FROM (VALUES
      @places@
    ) AS given (of_table, name, person, about)
  LOOP
    UPDATE @log@ SET
      before = CASE WHEN @has_before@ THEN @before@ ELSE before END - place.about,
      after = CASE WHEN @has_after@ THEN @after@ ELSE after END - place.about
    WHERE table_name = place.of_table
      AND (@has_before@ OR @has_after@);
  END LOOP;";

/// The same with what is done of each row.
fn in_lists() -> String {
    let [has_before, has_after, before, after] =
        [(LISTED, "before"), (LISTED, "after"), (RELISTED, "before"), (RELISTED, "after")]
            .map(|(part, row)| fill(part, &[("row", row), ("element", &element())]));
    fill(IN_LISTS, &[("has_before", &has_before), ("has_after", &has_after), ("before", &before), ("after", &after)])
}

/// Whether a kept array has somebody.
const LISTED: &str = "EXISTS (
        SELECT FROM regexp_matches(@row@ ->> place.name, @parts@, 'g') AS listed (part)
        WHERE @fold@(@element@@same@) = @fold@(place.person@same@))";

/// The row with a pseudonym in such an array.
const RELISTED: &str = "jsonb_set(@row@, ARRAY[place.name], to_jsonb((
        SELECT string_agg(CASE WHEN @fold@(@element@@same@) = @fold@(place.person@same@) THEN pseudonym ELSE part[1] END, '' ORDER BY position)
        FROM regexp_matches(@row@ ->> place.name, @parts@, 'g') WITH ORDINALITY AS listed (part, position))))";

/// The parts of an array's text: its bounds, where they are not the usual ones, elements, of which some stand in quotes, and what stands between them.
const PARTS: &str = r#"^\[[^{]*\]=|"(?:[^"\\]|\\.)*"|[^"\\,{}]+|."#;

/// What such a part is as an element.
fn element() -> String {
    let [escaped, itself] = [r"\\(.)", r"\1"].map(quote::literal);
    format!(
        "CASE WHEN part[1] LIKE '\"%' THEN regexp_replace(substr(part[1], 2, length(part[1]) - 2), {escaped}, {itself}, 'g') WHEN part[1] <> 'NULL' THEN part[1] END"
    )
}
