//! The registry of codes: each is declared once, with its severity and its page in `pages/`. Help, documentation and tests
//! derive from here; the first two digits say the stage (01 text, 02 configuration, 11 names, 12 types, 13 rules,
//! 14 what SQL can say exactly, 15 what would be faster, 16 what a project says of findings).

use serde::{Serialize, Serializer};

use super::Severity;

/// The page of a code: what it finds, why it matters, an example that fires and one that does not.
#[derive(Debug, Clone, Copy)]
pub struct Page {
    /// Markdown; the first line is the heading `# RG…: title`.
    pub markdown: &'static str,
}

/// The version in which codes appeared that do not say another one.
const FIRST_VERSION: &str = "0.1.0";

macro_rules! since {
    () => {
        FIRST_VERSION
    };
    ($version:literal) => {
        $version
    };
}

/// `Name = "code" Severity, "what it finds";`, with `since "version"` before the comma in later versions than the first.
macro_rules! codes {
    ($($name:ident = $text:literal $severity:ident $(since $version:literal)?, $doc:literal;)*) => {
        /// A stable code. Ordered by number.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $(#[doc = $doc] $name,)*
        }

        impl Code {
            /// Every code, ordered.
            pub const ALL: &[Code] = &[$(Code::$name,)*];

            /// `RG` and four digits.
            pub fn as_str(self) -> &'static str {
                match self { $(Code::$name => $text,)* }
            }

            /// How bad what it stands for is.
            pub fn severity(self) -> Severity {
                match self { $(Code::$name => Severity::$severity,)* }
            }

            /// One line on what it finds.
            pub fn summary(self) -> &'static str {
                match self { $(Code::$name => $doc,)* }
            }

            /// The version in which it appeared.
            pub fn since(self) -> &'static str {
                match self { $(Code::$name => since!($($version)?),)* }
            }

            /// Its page.
            pub fn page(self) -> Page {
                match self {
                    $(Code::$name => Page { markdown: include_str!(concat!("pages/", $text, ".md")) },)*
                }
            }
        }
    };
}

codes! {
    Syntax = "RG0101" Error, "the text does not follow the grammar";
    NestingTooDeep = "RG0102" Error, "parentheses are nested too deep";
    NotUtf8 = "RG0103" Error, "the file is not UTF-8";
    FileTooLarge = "RG0104" Error, "the file is too large to be read";
    EmptyFile = "RG0105" Error, "the policy file has no rules";
    Literal = "RG0106" Error, "a text, a number or a day is written wrong";
    Mixed = "RG0107" Warning, "`and` and `or` stand side by side without parentheses";
    Yaml = "RG0201" Error, "a YAML file is not valid, or has a key that is not known";
    SchemaTable = "RG0202" Error, "the configuration names a table that the schema does not have";
    SchemaColumn = "RG0203" Error, "the configuration names a column that the table does not have";
    UnknownType = "RG0204" Error, "a column's type cannot be read";
    Identifier = "RG0205" Error, "a name that PostgreSQL cannot keep";
    Identity = "RG0206" Error, "the identity is not complete or not possible";
    RoleDefinition = "RG0207" Error, "a role's definition is not complete or contradicts itself";
    RoleIncludes = "RG0208" Error, "what a role includes is not possible";
    MembershipDefinition = "RG0209" Error, "a membership's definition is not possible";
    Audit = "RG0210" Error, "changes of this table cannot be recorded";
    TimeZone = "RG0211" Error, "the time zone is not one that everybody reads alike";
    NoPolicyFile = "RG0212" Error, "a pattern that is to name policy files, and no file fits it";
    Accepted = "RG0215" Error, "what is accepted has no reason, or a name that says too little";
    LintLevel = "RG0216" Error, "a level is set for a code that there is not, or that is an error";
    NoKey = "RG0217" Error, "a reference leads to a column that is no key";
    ReferenceType = "RG0218" Error, "a reference leads to a column of another type";
    DefaultExpression = "RG0219" Error, "a default is no expression of SQL, or no value of the type";
    SampleRow = "RG0220" Error, "a sample row cannot stand in its table, or is not there";
    SessionAttribute = "RG0231" Error, "an attribute of the session is not possible as it is declared";
    DerivedColumn = "RG0232" Error, "a derived column is made of what is not known to be safe";
    ForeignKey = "RG0233" Error, "a reference of several columns is not possible as it is declared";
    TableOfOthers = "RG0234" Error, "a table of others is asked for what only the owner can do";
    Upkeep = "RG0235" Error, "the record of changes cannot be kept so";
    Action = "RG0241" Error, "an action is not possible as it is declared";
    UnknownTable = "RG1101" Error, "a rule names a table that does not exist";
    UnknownColumn = "RG1102" Error, "a rule names a column that does not exist";
    AmbiguousLabel = "RG1103" Error, "a label fits several columns, tables or memberships";
    UnknownRole = "RG1104" Error, "a rule is for a role that is not defined";
    NotARelation = "RG1105" Error, "a path goes through a column that references nothing";
    DuplicateRule = "RG1106" Error, "two rules of a table, or two boundaries, have the same name";
    ScopeMissing = "RG1107" Error, "a role that is held within a team is used without saying which";
    ScopeUnexpected = "RG1108" Error, "a role that is not held within anything is used with a scope";
    ScopeMismatch = "RG1109" Error, "the scope is not what the role is held within";
    TableWithoutRules = "RG1110" Error, "a table has neither rules nor a reason why not";
    ClosedTableWithRules = "RG1111" Error, "a table is listed as closed and has rules";
    UnknownCondition = "RG1112" Error, "a rule uses a condition that is not defined";
    Cycle = "RG1113" Error, "a condition or an access depends on itself";
    Incomparable = "RG1201" Error, "two values of different types are compared";
    DifferentKeys = "RG1202" Error, "two keys of different tables are compared";
    OperatorMismatch = "RG1203" Error, "the operator does not fit the type";
    LiteralMismatch = "RG1204" Error, "a literal is not a value of the column's type";
    ManyValued = "RG1205" Error, "an operand with many values is used where one is needed";
    AmbiguousCompletion = "RG1206" Error, "a path to the user can be completed in several ways";
    EndsExchanged = "RG1207" Error, "the ends of `is between` are in the wrong order";
    UserAlone = "RG1211" Error, "the signed-in user is compared with the signed-in user, which says nothing of the record";
    WithItself = "RG1212" Error, "a value is compared with itself";
    WithoutFormer = "RG1221" Error, "`the former …` stands where nothing has changed";
    NothingGranted = "RG1301" Warning, "a role has rules on a table but may do nothing there";
    ThenWithoutUpdate = "RG1302" Error, "`then` without an update that it could describe";
    FieldsOfDelete = "RG1303" Error, "a field list behind an operation that has no fields";
    NotReadable = "RG1304" Warning, "a grant can never be used because the records cannot be read";
    Alternatives = "RG1305" Warning, "two rules of one role narrow each other, and each grants something";
    EmptyBoundary = "RG1306" Warning, "a boundary holds on no table, or binds nobody";
    Frozen = "RG1307" Warning, "a field may be updated, and no value but the present one would leave the record readable";
    UnusedCondition = "RG1308" Warning, "a named condition is used nowhere";
    EditableRole = "RG1309" Warning, "what decides about somebody can be written by them";
    Violated = "RG1310" Error, "the sample rows of a test file show that an assertion does not hold";
    NotReturned = "RG1311" Warning, "a created record cannot be read by who creates it, so `INSERT … RETURNING` fails";
    Untried = "RG1312" Warning, "an assertion has been tried on nobody";
    ExceptsEverybody = "RG1313" Error, "a boundary excepts everybody, and binds nobody";
    Covered = "RG1314" Warning, "a rule, or a grant, adds nothing to what others grant";
    NeverUsed = "RG1315" Warning, "conditions exclude each other, so that a grant can never be used";
    RecursiveSql = "RG1316" Warning, "raw SQL reads the table whose policy it is part of, which PostgreSQL refuses";
    ChosenValue = "RG1317" Warning, "a field that nobody may give takes its value from what cannot be compared, so that who makes a view gives it";
    ActionUnbound = "RG1318" Warning, "an action writes what a boundary is on, and is not held to it";
    KeptKey = "RG1319" Warning, "a key that an update lists cannot be changed";
    UserOfSession = "RG1320" Warning, "`User's …` asks about who is signed in, and the record has a user, too";
    NotSettable = "RG1321" Error, "what `setting` says cannot be set";
    SetTwice = "RG1322" Error, "a field is set by the database, and by somebody else, too";
    AlwaysTrue = "RG1323" Warning, "alternatives of which one is always true, so that they limit nothing";
    UntiedRows = "RG1324" Warning, "what reads as one thing, and nothing ties together";
    NeverChanges = "RG1325" Warning, "a field may be updated, and no step changes it";
    OwnPlace = "RG1326" Warning, "a limit on what is beneath a record's place is asked of that place alone";
    TransitionNotExact = "RG1401" Error, "neither policies nor a trigger can keep these updates apart";
    ReadFieldsNotExact = "RG1402" Error, "column grants cannot say which fields of which records are readable";
    WriteFieldsNotExact = "RG1403" Error, "neither column grants nor a trigger can say which fields of which records may be written";
    RawSqlOfCaller = "RG1404" Error, "raw SQL that depends on who asks stands where a look-up asks it";
    ExactnessUndecided = "RG1405" Error, "too many alternatives to decide whether policies say what the rules say";
    BackPath = "RG1406" Error, "a trigger would read by way of other rows what the record will be, not what it was";
    BeyondPolicies = "RG1407" Error, "a rule takes more than policies on a table of others";
    MissingIndex = "RG1501" Advice, "the policies find rows by a column that has no index";
    WholeTable = "RG1502" Advice, "a role that sees all rows makes everybody read the whole table";
    IndexNotUsable = "RG1503" Advice, "filters of clients cannot use an index, because the policy is applied before them";
    AllowanceWithoutReason = "RG1601" Warning, "an allowance does not say why";
    UnknownAllowance = "RG1602" Warning, "an allowance names a code that there is not";
    AllowanceOfError = "RG1603" Warning, "an allowance names a code that cannot be allowed";
    UnneededAllowance = "RG1604" Warning, "an allowance that nothing needs";
}

impl Code {
    /// Whether a comment may allow it at one place: what is no error, and not itself about such comments.
    pub fn can_be_allowed(self) -> bool {
        let is_about_allowances = matches!(
            self,
            Code::AllowanceWithoutReason | Code::UnknownAllowance | Code::AllowanceOfError | Code::UnneededAllowance
        );
        self.severity() != Severity::Error && !is_about_allowances
    }

    /// Its page, and what a project can say of it.
    pub fn explanation(self) -> String {
        let (code, since) = (self.as_str(), self.since());
        let level = match self.severity() {
            Severity::Error => format!("An error, since version {since}."),
            severity => format!(
                "{}, since version {since}; `lints: {{ {code}: allow }}` in rowgate.yaml leaves it out, `warn` and `deny` make it a warning or an error.",
                if severity == Severity::Warning { "A warning" } else { "Advice" }
            ),
        };
        let place = if self.can_be_allowed() {
            format!("\nAt one place, a comment above allows it: `# allow {code}: why`.")
        } else {
            String::new()
        };
        format!("{}\n\n{level}{place}\n", self.page().markdown.trim_end())
    }

    /// The code that is written so, in any case.
    pub fn parse(text: &str) -> Option<Code> {
        Code::ALL.iter().copied().find(|code| code.as_str().eq_ignore_ascii_case(text))
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::Code;

    #[test]
    fn codes_are_ordered_and_every_page_is_about_its_code() {
        let texts: Vec<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
        assert!(texts.is_sorted());
        for code in Code::ALL {
            let heading = code.page().markdown.lines().next().unwrap_or_default();
            assert!(heading.starts_with(&format!("# {}: ", code.as_str())), "{heading}");
        }
    }
}
