//! What is kept of an object where it is only compared and taken away again: long texts of SQL are known by their digests.

use super::{Body, Definition, quote};

/// Shorter texts say themselves.
const LONG: usize = 90;

/// How a digest begins. No expression or statement of SQL does.
const DIGEST: &str = "sha256:";

/// The same object with digests for long texts; of an outline, itself.
pub(super) fn of(definition: &Definition) -> Definition {
    let mut outline = definition.clone();
    match &mut outline {
        Definition::Policy(policy) => {
            [&mut policy.using, &mut policy.check].into_iter().flatten().for_each(shorten);
        }
        Definition::Function(function) => {
            let (Body::Plpgsql(body) | Body::Sql(body) | Body::SqlOfCaller(body)) = &mut function.body;
            shorten(body);
        }
        Definition::Trigger(trigger) => shorten(&mut trigger.when),
        Definition::View(view) => shorten(&mut view.query),
        _ => {}
    }
    outline
}

fn shorten(text: &mut String) {
    if text.len() > LONG && !text.starts_with(DIGEST) {
        *text = format!("{DIGEST}{}", quote::sha256(text));
    }
}

#[cfg(test)]
mod tests {
    use super::{DIGEST, shorten};

    #[test]
    fn an_outline_of_an_outline_is_the_same() {
        let mut text = "x".repeat(200);
        shorten(&mut text);
        let once = text.clone();
        shorten(&mut text);
        assert!(text == once && text.starts_with(DIGEST) && text.len() < 90);
    }
}
