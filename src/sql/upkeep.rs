//! What keeps the record of changes in order: a function that takes away entries which are older than the project keeps them, and one that takes a person out
//! of it. In: the model. Out: objects. Both run as a role of their own, under policies of its own: it takes no entry away before its time, whatever is called.
//! Neither chooses among entries: how old is for the configuration to say, and a person is taken out of all of them.

use super::audit::PINNED;
use super::generate::Generator;
use super::quote;
use crate::catalog::{ColumnRef, QualifiedName, Table, Type};
use crate::model::{AUDIT_COLUMNS, Duration, Erasure, Provider, Scope, Upkeep};
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
        let argument = |key: ColumnRef| {
            let place = erase.keys.iter().position(|known| *known == key).unwrap_or_default();
            format!("${}::text", place + 1)
        };
        let (mut places, mut lists) = (Vec::new(), Vec::new());
        for (&table, columns) in &erase.places {
            let of = catalog.table(table);
            let values = erase.values.get(&table).map_or(&[][..], |values| values);
            let values: Vec<String> = values.iter().map(|&column| quote::literal(&of.columns[column as usize].name)).collect();
            for (&column, &key) in columns {
                let column = &of.columns[column as usize];
                let place = format!(
                    "({}, {}, {}, ARRAY[{}]::text[])",
                    quote::literal(&of.name.to_string()),
                    quote::literal(&column.name),
                    argument(key),
                    values.join(", ")
                );
                if column.elements.is_some() { lists.push(place) } else { places.push(place) }
            }
        }
        let identity = argument(erase.keys[0]);
        let is_null: Vec<String> = (1..=erase.keys.len()).map(|place| format!("${place} IS NULL")).collect();
        // Where a key's letters count alike, the person wrote them in either case.
        let is_citext = |key: &ColumnRef| matches!(catalog.column(*key).r#type, Type::Citext(_));
        let fold = if erase.keys.iter().any(is_citext) { "lower" } else { "" };
        let log_name = quote::qualified(&log.name);
        let part = |template: &str, places: &[String]| {
            fill(template, &[("log", &log_name), ("fold", fold), ("identity", &identity), ("places", &places.join(",\n      "))])
        };
        let is_there = |is_there: bool, text: String| if is_there { text } else { String::new() };
        let is_login = self.model.identity.provider == Provider::DatabaseUser;
        let cases = self.scopes_of_people(erase, fold, &argument);
        let body = fill(
            ERASE,
            &[
                ("log", &log_name),
                ("fold", fold),
                ("is_null", &is_null.join(" OR ")),
                ("identity", &identity),
                ("logins", &is_there(is_login, part(LOGINS, &[]))),
                (
                    "scopes",
                    &is_there(!cases.is_empty(), fill(SCOPES, &[("log", &log_name), ("cases", &cases.join("\n    OR "))])),
                ),
                ("in_rows", &is_there(!places.is_empty(), part(IN_ROWS, &places))),
                ("in_lists", &is_there(!lists.is_empty(), part(IN_LISTS, &lists))),
                ("entry", &entry(log, "erase")),
            ],
        );
        let comment = format!("Takes a person out of {}: what it says of somebody, it says of nobody in particular", log.name);
        self.upkeep_function(log, upkeep, "erase from", (names, types), (body, comment));
    }

    /// Where what roles are held within is a person.
    fn scopes_of_people(&self, erase: &Erasure, fold: &str, argument: &impl Fn(ColumnRef) -> String) -> Vec<String> {
        let catalog = &self.model.catalog;
        let mut cases = Vec::new();
        for (&id, rules) in &self.model.tables {
            let roles = rules.iter().flat_map(|rule| &rule.roles);
            let mut found = roles.filter_map(|role| match &role.scope {
                Scope::Of(path) => catalog.entity(path.column),
                _ => None,
            });
            let key = found.find_map(|entity| erase.keys.iter().find(|&&key| catalog.entity(key) == Some(entity)));
            if let Some(&key) = key {
                let name = quote::literal(&catalog.table(id).name.to_string());
                cases.push(format!("table_name = {name} AND {fold}(scope) = {fold}({})", argument(key)));
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
        "({})\n    VALUES (gen_random_uuid(), clock_timestamp(), '{{}}', coalesce(nullif(current_setting('role'), 'none'), session_user), session_user, {}, {},\n      jsonb_build_object('entries', entries::text), inet_client_addr()::text)",
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
  UPDATE @log@ SET actor = pseudonym, address = NULL WHERE @fold@(actor) = @fold@(@identity@);@logins@
  SELECT count(*) INTO entries FROM @log@
  WHERE pseudonym IN (actor, scope, database_role, login_role) OR strpos(concat(key, new_key, before, after), pseudonym) > 0;
  IF entries > 0 THEN
    INSERT INTO @log@ @entry@;
  END IF;
  RETURN entries;
END";

/// Where a login is a user.
const LOGINS: &str = "
  UPDATE @log@ SET login_role = pseudonym WHERE @fold@(login_role) = @fold@(@identity@);
  UPDATE @log@ SET database_role = pseudonym WHERE @fold@(database_role) = @fold@(@identity@);";

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
      key = CASE WHEN @fold@(key ->> place.name) = @fold@(place.person) THEN jsonb_set(key, ARRAY[place.name], to_jsonb(pseudonym)) ELSE key END,
      new_key = CASE WHEN @fold@(new_key ->> place.name) = @fold@(place.person)
        THEN jsonb_set(new_key, ARRAY[place.name], to_jsonb(pseudonym)) ELSE new_key END,
      before = CASE WHEN @fold@(before ->> place.name) = @fold@(place.person)
        THEN jsonb_set(before, ARRAY[place.name], to_jsonb(pseudonym)) ELSE before END - place.about,
      after = CASE WHEN @fold@(after ->> place.name) = @fold@(place.person)
        THEN jsonb_set(after, ARRAY[place.name], to_jsonb(pseudonym)) ELSE after END - place.about
    WHERE table_name = place.of_table
      AND @fold@(place.person) IN
        (@fold@(key ->> place.name), @fold@(new_key ->> place.name), @fold@(before ->> place.name), @fold@(after ->> place.name));
  END LOOP;";

/// Elements of arrays, which are kept as their texts. Nothing but such a text is read as an array, whatever an earlier schema kept under the name.
const IN_LISTS: &str = "
  FOR place IN
    SELECT * FROM (VALUES
      @places@
    ) AS given (of_table, name, person, about)
  LOOP
    UPDATE @log@ SET before = jsonb_set(before, ARRAY[place.name], to_jsonb(ARRAY(
        SELECT CASE WHEN @fold@(element) = @fold@(place.person) THEN pseudonym ELSE element END
        FROM unnest((before ->> place.name)::text[]) WITH ORDINALITY AS listed (element, position) ORDER BY position)::text)) - place.about
    WHERE CASE WHEN table_name = place.of_table AND before ->> place.name LIKE '{%}'
      THEN @fold@(place.person) = ANY (@fold@(before ->> place.name)::text[]) END;
    UPDATE @log@ SET after = jsonb_set(after, ARRAY[place.name], to_jsonb(ARRAY(
        SELECT CASE WHEN @fold@(element) = @fold@(place.person) THEN pseudonym ELSE element END
        FROM unnest((after ->> place.name)::text[]) WITH ORDINALITY AS listed (element, position) ORDER BY position)::text)) - place.about
    WHERE CASE WHEN table_name = place.of_table AND after ->> place.name LIKE '{%}'
      THEN @fold@(place.person) = ANY (@fold@(after ->> place.name)::text[]) END;
  END LOOP;";
