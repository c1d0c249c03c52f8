//! "Did you mean": the candidate closest to what was written.

/// The candidate within a third of the written word's length in edits (Damerau–Levenshtein, ignoring
/// case), the closest first, then the first in the alphabet. `None` when nothing is that close.
pub fn did_you_mean<'a>(written: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let written = fold(written);
    let limit = (written.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(&written, &fold(candidate)), candidate))
        // Of one letter, nothing is left where it is another one.
        .filter(|&(distance, _)| distance <= limit && distance < written.chars().count())
        .min()
        .map(|(_, candidate)| candidate.to_owned())
}

/// The same as advice.
pub fn advice_for<'a>(written: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    did_you_mean(written, candidates).map(|near| format!("did you mean `{near}`?"))
}

fn fold(text: &str) -> String {
    text.to_lowercase().replace(['_', '-'], " ")
}

#[cfg(test)]
mod tests {
    use super::did_you_mean;

    #[test]
    fn the_closest_wins_and_far_ones_never_do() {
        assert_eq!(did_you_mean("Mangager", ["Agent", "Manager"]).as_deref(), Some("Manager"));
        assert_eq!(did_you_mean("office id", ["office_id"]).as_deref(), Some("office_id"));
        assert_eq!(did_you_mean("Colour", ["Agent", "Manager"]), None);
        assert_eq!(did_you_mean("F", ["A", "B"]), None);
        assert_eq!(did_you_mean("Team", ["Tier", "Terms"]), None);
        assert_eq!(did_you_mean("Nmae", ["Name"]).as_deref(), Some("Name"));
    }
}
