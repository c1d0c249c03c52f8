//! Whether the page's colours can be told apart by those who see little: every colour of text on every ground, by the formula of WCAG 2.

use std::collections::BTreeMap;
use std::path::Path;

use rowgate::report::html::STYLE;

use crate::commands::expect;

/// What WCAG asks of text of any size, level AA.
pub const LEAST: f64 = 4.5;

pub fn readable(_: &Path) -> Result<(), String> {
    let style = STYLE.split("@media print").next().unwrap_or_default();
    // Other colours than the declared ones would not be looked at.
    let declared = |line: &&str| line.trim_start().starts_with("--");
    let odd = STYLE
        .lines()
        .filter(|line| !declared(line))
        .find(|line| line.contains('#') && line.contains(": #") || line.contains("rgb("));
    expect(odd.is_none(), &format!("a colour without a name: {odd:?}"))?;
    let used = |properties: &[&str]| {
        let names: Vec<&str> = properties
            .iter()
            .flat_map(|property| STYLE.match_indices(property).map(|(at, _)| &STYLE[at + property.len()..]))
            .filter_map(|rest| rest.strip_prefix("var(--")?.split(')').next())
            .collect();
        names.into_iter().collect::<std::collections::BTreeSet<&str>>()
    };
    // A fill of letters is their colour; that of a band is a ground.
    let (texts, grounds) = (used(&[" color: ", "{ color: "]), used(&["background: "]));
    expect(texts.len() >= 4 && grounds.len() >= 4, &format!("{texts:?} on {grounds:?}"))?;
    let schemes: Vec<BTreeMap<&str, f64>> = style.split(":root {").skip(1).map(colours).collect();
    expect(schemes.len() == 2, "light and dark")?;
    for scheme in &schemes {
        for text in &texts {
            for ground in &grounds {
                let of = |name: &str| scheme.get(name).copied().ok_or(format!("--{name} is not declared"));
                let (one, other) = (of(text)?, of(ground)?);
                let contrast = (one.max(other) + 0.05) / (one.min(other) + 0.05);
                expect(contrast >= LEAST, &format!("--{text} on --{ground} has {contrast:.2}"))?;
            }
        }
    }
    Ok(())
}

/// The luminance of each declared colour of a block.
fn colours(block: &str) -> BTreeMap<&str, f64> {
    let block = block.split('}').next().unwrap_or_default();
    let pairs = block.split(';').filter_map(|line| line.trim().strip_prefix("--")?.split_once(": #"));
    pairs.map(|(name, digits)| (name, luminance(digits))).collect()
}

fn luminance(digits: &str) -> f64 {
    let part = |at: usize| {
        let value = f64::from(u8::from_str_radix(&digits[at..at + 2], 16).unwrap()) / 255.0;
        if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * part(0) + 0.7152 * part(2) + 0.0722 * part(4)
}
