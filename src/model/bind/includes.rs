//! Which roles include which. In: names of the configuration. Out: the roles that they mean; what cannot include what.

use super::permissions::written;
use super::roles::membership_of;
use super::{Binder, key};
use crate::diagnostic::{Code, Diagnostic};
use crate::model::{MembershipId, RoleId};

impl Binder<'_> {
    pub(super) fn included(&mut self, name: &str, own: Option<MembershipId>, other: &str) -> Vec<RoleId> {
        if written(other).is_some() {
            return self.included_permission(other, own, &["roles", name, "includes"]).unwrap_or_default();
        }
        let found = self.role_names.get(&key(other)).copied();
        if found.is_none() {
            let span = self.config_place(&["roles", name, "includes"]);
            let diagnostic =
                Diagnostic::new(Code::RoleIncludes, span, format!("`{name}` includes `{other}`, which is not defined"));
            let near = crate::diagnostic::did_you_mean(other, self.config.roles.0.keys().map(String::as_str));
            self.report(match near {
                Some(near) => diagnostic.with_help(format!("did you mean `{near}`?")),
                None => diagnostic.with_help("define it under `roles`, or take it out"),
            });
        }
        found.into_iter().collect()
    }

    /// Cycles, and roles of one membership that include roles of another, for which no scope could be said.
    pub(super) fn check_includes(&mut self) {
        let mut found = Vec::new();
        for (index, role) in self.roles.iter().enumerate() {
            let id = RoleId(u32::try_from(index).unwrap_or(u32::MAX));
            let at = |title: String| (role.name.clone(), title);
            let mut reached = role.includes.clone();
            let mut next = 0;
            while let Some(&current) = reached.get(next) {
                next += 1;
                for &further in &self.roles[current.0 as usize].includes {
                    if !reached.contains(&further) {
                        reached.push(further);
                    }
                }
            }
            if reached.contains(&id) {
                found.push(at(format!("`{}` includes itself", role.name)));
            }
            let own = membership_of(role);
            for other in reached.iter().map(|id| &self.roles[id.0 as usize]) {
                if let (Some(own), Some(others)) = (own, membership_of(other))
                    && own != others
                {
                    found.push(at(format!(
                        "`{}` is held within `{}` and includes `{}`, which is held within `{}`",
                        role.name, self.memberships[own.0 as usize].name, other.name, self.memberships[others.0 as usize].name
                    )));
                }
            }
        }
        for (name, title) in found {
            let span = self.config_place(&["roles", &name, "includes"]);
            self.report(Diagnostic::new(Code::RoleIncludes, span, title));
        }
    }
}
