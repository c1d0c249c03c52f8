//! What would have to be otherwise that somebody could do what they cannot. In: why they cannot. Out: the smallest sets of single statements that are not
//! true and would be enough, the smallest first. They are taken one by one, as if none depended on another.

use super::why::{Joined, Reason};

/// No more are told, and no more are kept on the way.
const MOST: usize = 8;

impl Reason {
    /// What would be enough; nothing where it is true.
    pub fn lacks(&self) -> Vec<Vec<&Reason>> {
        if self.truth == Some(true) {
            return Vec::new();
        }
        let mut ways: Vec<Vec<&Reason>> = match self.joined {
            Joined::Single | Joined::Not => vec![vec![self]],
            Joined::Any => self.parts.iter().flat_map(Reason::lacks).collect(),
            Joined::All => {
                let missing = self.parts.iter().filter(|part| part.truth != Some(true));
                missing.fold(vec![Vec::new()], |ways, part| least(both(&ways, &part.lacks())))
            }
        };
        ways = least(ways);
        ways
    }
}

/// Each of some with each of others.
fn both<'r>(ways: &[Vec<&'r Reason>], others: &[Vec<&'r Reason>]) -> Vec<Vec<&'r Reason>> {
    let pairs = ways.iter().flat_map(|way| others.iter().map(move |other| (way, other)));
    let joined = |(way, other): (&Vec<&'r Reason>, &Vec<&'r Reason>)| {
        let mut all = way.clone();
        // The same statement may be asked twice.
        all.extend(other.iter().filter(|one| !way.iter().any(|known| known.says_the_same(one))));
        all
    };
    pairs.map(joined).collect()
}

/// The smallest, none of which has another in it.
fn least(mut ways: Vec<Vec<&Reason>>) -> Vec<Vec<&Reason>> {
    ways.sort_by_key(Vec::len);
    let mut kept: Vec<Vec<&Reason>> = Vec::new();
    for way in ways {
        let has = |less: &Vec<&Reason>| less.iter().all(|one| way.iter().any(|other| other.says_the_same(one)));
        if kept.len() < MOST && !kept.iter().any(has) {
            kept.push(way);
        }
    }
    kept
}

impl Reason {
    fn says_the_same(&self, other: &Reason) -> bool {
        self.statement == other.statement && self.text == other.text
    }
}

#[cfg(test)]
mod tests {
    use super::super::why::{Reason, Statement};

    fn single(text: &str, truth: Option<bool>) -> Reason {
        Reason::single(Statement::Condition { condition: text.to_owned() }, text, truth)
    }

    #[test]
    fn the_smallest_sets_that_are_enough() {
        let (all, any) = (|parts| Reason::all(Statement::Callers, "", parts), |parts| Reason::any(Statement::Callers, "", parts));
        let reason = all(vec![
            single("true", Some(true)),
            any(vec![all(vec![single("a", Some(false)), single("b", None)]), single("c", Some(false))]),
            any(vec![single("a", Some(false)), single("c", Some(false))]),
        ]);
        let lacks: Vec<String> =
            reason.lacks().iter().map(|way| way.iter().map(|one| one.text.as_str()).collect::<Vec<_>>().join("+")).collect();
        assert_eq!(lacks, ["c", "a+b"]);
        assert!(single("d", Some(true)).lacks().is_empty());
    }
}
