//! What sessions say under declared names: the names, what sessions say at random, and conditions about it. In: the generator of conditions, a table. Out:
//! a condition's text, or none where the table has nothing that fits.

use super::conditions::{Conditions, Path, can_be_compared, family, has_order, paths};
use super::schema::{Schema, key};
use crate::random::Random;

/// What every project declares.
pub const CONFIG: &str = "session:
  Place: { setting: app.place, references: teams }
  Places: { setting: app.places, list: true, references: teams }
  Note: { setting: app.note }
  Rank: { claim: /deep/number, type: integer }
  Scopes: { claim: words, list: true }
  Numbers: { claim: numbers, list: true, type: integer }
  Day: { setting: app.day, type: date }
";

/// The settings of a session.
pub fn settings(random: &mut Random, schema: &Schema) -> Vec<(&'static str, String)> {
    let team_key = schema.table("teams").columns[0].r#type;
    let one = |number| key(team_key, number);
    let mut pick = |texts: &[String]| texts[random.below(texts.len())].clone();
    let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    // No text is badly formed as a key that is a text, and then it is none that is there.
    vec![
        ("app.place", pick(&[one(1), one(2), one(3), one(9), String::new(), "no key!".to_owned()])),
        (
            "app.places",
            pick(&[
                one(1),
                format!("{}, {}", one(1), one(3)),
                format!(" {},no key! ", one(2)),
                format!("{},99999999999999999999", one(1)),
                ",".to_owned(),
                String::new(),
                "no key!".to_owned(),
            ]),
        ),
        ("app.note", pick(&texts(&["a", "B", "ab", "", "50%", " "]))),
        ("app.day", pick(&texts(&["2026-01-31", "1999-12-31", "", "soon", "2026-02-30"]))),
    ]
}

impl Conditions<'_> {
    /// A condition about what the session says.
    pub fn said(&mut self, table: &str) -> Option<String> {
        let schema = self.schema;
        let all = paths(schema, schema.table(table), 1);
        let equals = self.pick(&["equals", "is not", "is", "does not equal"]);
        let among = self.pick(&["is one of", "is not one of"]);
        let case = self.pick(&["", " ignoring case"]);
        let is_text = |path: &Path| matches!(path.r#type, "text" | "varchar(20)") && path.entity.is_none();
        match self.random.below(10) {
            0 => Some(format!("{} {equals} Session's Place", self.one_of(&all, |path| path.entity == Some("teams"))?)),
            1 => Some(format!("{} {among} Session's Places", self.one_of(&all, |path| path.entity == Some("teams"))?)),
            2 => {
                let verb = self.pick(&["equals", "is not", "contains", "starts with", "does not end with"]);
                Some(format!("{} {verb} Session's Note{case}", self.one_of(&all, is_text)?))
            }
            3 => Some(format!("{} {among} Session's Scopes{case}", self.one_of(&all, is_text)?)),
            4 => {
                let verb = self.pick(&["has any of", "has all of", "has none of"]);
                Some(match self.random.below(2) {
                    0 => format!("{} {verb} Session's Numbers", self.one_of(&all, |path| path.r#type == "integer[]")?),
                    _ => format!("{} {verb} Session's Scopes{case}", self.one_of(&all, |path| path.r#type == "text[]")?),
                })
            }
            5 => {
                let number = self.one_of(&all, |path| family(path.r#type) == "number" && path.entity.is_none());
                let order = self.pick(&["is at least", "is less than", "is", "is not"]);
                Some(match number {
                    Some(number) if self.random.below(2) == 0 => format!("{number} {order} Session's Rank"),
                    _ => format!("Session's Rank {order} 1"),
                })
            }
            6 => {
                let name = self.pick(&["Place", "Places", "Note", "Rank", "Scopes", "Day"]);
                Some(format!("Session's {name} {}", self.pick(&["is empty", "is not empty"])))
            }
            7 => Some(match self.random.below(2) {
                0 => format!("User's Team {among} Session's Places"),
                _ => format!("User's Team {equals} Session's Place"),
            }),
            8 => {
                let column = schema.table("teams").columns.get(1)?.clone();
                let fits = |path: &Path| family(path.r#type) == family(column.r#type) && path.entity.is_none();
                let own = self.one_of(&all, |path| can_be_compared(path.r#type) && fits(path))?;
                Some(format!("{own} {equals} Session's Place's `{}`", column.name))
            }
            _ => {
                let order = self.pick(&["is before", "is not before", "is", "is after"]);
                Some(format!("{} {order} Session's Day", self.one_of(&all, |path| path.r#type == "date" && has_order("date"))?))
            }
        }
    }

    fn one_of(&mut self, all: &[Path], fits: impl Fn(&Path) -> bool) -> Option<String> {
        let fitting: Vec<Path> = all.iter().filter(|path| fits(path)).cloned().collect();
        if fitting.is_empty() { None } else { Some(self.pick(&fitting).text) }
    }
}
