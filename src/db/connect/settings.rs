//! All that is said of a connection, and by whom: the connection string before the service file before the environment. In: a text and what surrounds it.
//! Out: a value for each parameter that is set, of which each is known. What they come to is in `target`.

use std::collections::BTreeMap;
use std::fmt;

use super::error::ConnectError;
use super::parameters::{self, PARAMETERS, Parameter, Treatment};
use super::surroundings::Surroundings;
use super::{service, text};
use crate::diagnostic::did_you_mean;

/// Who says something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Origin {
    Text,
    Service(String),
    Variable(&'static str),
}

/// The values of parameters.
#[derive(Default)]
pub(super) struct Settings {
    values: BTreeMap<&'static str, (String, Origin)>,
}

/// Where a parameter was set, for messages.
pub(super) struct Place<'a>(pub(super) &'a str, pub(super) &'a Origin);

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.1 {
            Origin::Text => write!(f, "`{}`", self.0),
            Origin::Service(name) => write!(f, "`{}` of the service `{name}`", self.0),
            Origin::Variable(variable) => write!(f, "the variable {variable}"),
        }
    }
}

impl Settings {
    /// Collects them.
    pub(super) fn collect(text: &str, around: &Surroundings) -> Result<Settings, ConnectError> {
        let mut settings = Settings::default();
        for (name, value) in text::parse(text)? {
            let parameter = parameters::named(&name).ok_or_else(|| unknown(&name, None))?;
            // The last one counts, as everywhere in such texts.
            settings.values.insert(parameter.name, (value, Origin::Text));
        }
        let from_variable = |name: &str| around.variable(name).map(str::to_owned);
        let service = settings.get("service").map(str::to_owned).or_else(|| from_variable("PGSERVICE"));
        if let Some(service) = service {
            let file = settings.get("servicefile").map(str::to_owned).or_else(|| from_variable("PGSERVICEFILE"));
            for (name, value) in service::read(&service, file.as_deref(), around)? {
                let parameter = parameters::named(&name).ok_or_else(|| unknown(&name, Some(&service)))?;
                // The first one counts here.
                settings.values.entry(parameter.name).or_insert((value, Origin::Service(service.clone())));
            }
        }
        for parameter in &PARAMETERS {
            let value = parameter.variable.and_then(|variable| Some((from_variable(variable)?, Origin::Variable(variable))));
            if let Some(value) = value {
                settings.values.entry(parameter.name).or_insert(value);
            }
        }
        for parameter in &PARAMETERS {
            settings.check(parameter)?;
        }
        Ok(settings)
    }

    /// The value of a parameter; `Some("")` where it is said to be nothing.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(|(value, _)| value.as_str())
    }

    /// The value of a parameter that is something.
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        self.get(name).filter(|value| !value.is_empty())
    }

    /// The parts between commas; one empty part where nothing is said.
    pub(super) fn list(&self, name: &str) -> Vec<&str> {
        self.get(name).unwrap_or_default().split(',').map(str::trim).collect()
    }

    /// A whole number.
    pub(super) fn number(&self, name: &'static str) -> Result<Option<i64>, ConnectError> {
        let Some(value) = self.value(name) else { return Ok(None) };
        value.trim().parse().map(Some).map_err(|_| self.wrong(name, "is no whole number"))
    }

    /// A message about a parameter that is set; it does not repeat the value, which may be a piece of a password that was not quoted.
    pub(super) fn wrong(&self, name: &str, reason: impl Into<String>) -> ConnectError {
        let place = self.values.get(name).map_or_else(|| format!("`{name}`"), |(_, origin)| Place(name, origin).to_string());
        ConnectError::Setting { place, reason: reason.into() }
    }

    fn check(&self, parameter: &Parameter) -> Result<(), ConnectError> {
        let Some((value, _)) = self.values.get(parameter.name) else { return Ok(()) };
        match parameter.treatment {
            Treatment::Only(allowed, reason) if !allowed.contains(&value.as_str()) && !parameter.takes_in_any_case(value) => {
                Err(self.wrong(parameter.name, format!("is set to something else: {reason}")))
            }
            Treatment::Refused(reason) if !value.is_empty() => {
                Err(self.wrong(parameter.name, format!("cannot be used: {reason}")))
            }
            Treatment::Taken | Treatment::WithoutEffect | Treatment::Only(..) | Treatment::Refused(_) => Ok(()),
        }
    }
}

fn unknown(name: &str, service: Option<&str>) -> ConnectError {
    let place = match service {
        None => format!("`{name}`"),
        Some(service) => format!("`{name}` of the service `{service}`"),
    };
    let near = did_you_mean(name, parameters::names()).map(|near| format!("; did you mean `{near}`?"));
    ConnectError::Setting { place, reason: format!("is no parameter of a connection{}", near.unwrap_or_default()) }
}
