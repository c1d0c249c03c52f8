//! Reads a page as strictly as it is meant to be written: elements that are closed, attributes in quotes. In: HTML. Out: its elements in order, with what they contain.

/// An element.
#[derive(Debug)]
pub struct Element {
    pub name: String,
    pub attributes: Vec<(String, String)>,
    /// All text in it.
    pub text: String,
}

impl Element {
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

const VOID: [&str; 4] = ["meta", "br", "input", "link"];

/// All elements of a page, in the order in which they begin.
pub fn elements(page: &str) -> Result<Vec<Element>, String> {
    let mut rest = page.strip_prefix("<!DOCTYPE html>").ok_or("it does not begin with its kind")?;
    let (mut found, mut open): (Vec<Element>, Vec<usize>) = (Vec::new(), Vec::new());
    while !rest.is_empty() {
        let raw = open.last().map(|&at| found[at].name.as_str()).filter(|name| matches!(*name, "script" | "style"));
        let end = match raw {
            Some(name) => rest.find(&format!("</{name}")).ok_or("a script or a style does not end")?,
            None => rest.find('<').unwrap_or(rest.len()),
        };
        let text = unescaped(&rest[..end], raw.is_some())?;
        open.iter().for_each(|&at| found[at].text.push_str(&text));
        rest = &rest[end..];
        let Some(behind) = rest.strip_prefix('<') else { continue };
        if let Some(behind) = behind.strip_prefix('/') {
            let (name, after) = behind.split_once('>').ok_or("a tag does not end")?;
            let at = open.pop().ok_or(format!("</{name}> closes nothing"))?;
            if found[at].name != name {
                return Err(format!("</{name}> closes <{}>", found[at].name));
            }
            rest = after;
            continue;
        }
        let (element, after) = tag(behind)?;
        if !VOID.contains(&element.name.as_str()) {
            open.push(found.len());
        }
        found.push(element);
        rest = after;
    }
    if open.is_empty() { Ok(found) } else { Err(format!("<{}> is not closed", found[open[0]].name)) }
}

fn tag(text: &str) -> Result<(Element, &str), String> {
    let is_name = |letter: char| letter.is_ascii_alphanumeric() || letter == '-';
    let name = |text: &str| text.find(|letter| !is_name(letter)).unwrap_or(text.len());
    let end = name(text);
    let shown = text.chars().take(60).collect::<String>();
    if end == 0 {
        return Err(format!("no name of an element: <{shown}"));
    }
    let mut element = Element { name: text[..end].to_owned(), attributes: Vec::new(), text: String::new() };
    let mut rest = &text[end..];
    loop {
        rest = match rest.strip_prefix('>') {
            Some(after) => return Ok((element, after)),
            None => rest.strip_prefix(' ').ok_or(format!("no attribute and no end: <{shown}"))?,
        };
        let end = name(rest);
        let attribute = rest[..end].to_owned();
        rest = &rest[end..];
        let mut value = String::new();
        if let Some(behind) = rest.strip_prefix("=\"") {
            let (inner, after) = behind.split_once('"').ok_or(format!("a value does not end: <{shown}"))?;
            value = unescaped(inner, false)?;
            rest = after;
        }
        if attribute.is_empty() || element.attribute(&attribute).is_some() {
            return Err(format!("`{attribute}` twice or without a name: <{shown}"));
        }
        element.attributes.push((attribute, value));
    }
}

/// Text as it is shown. What has to be written otherwise may not stand there.
fn unescaped(text: &str, is_raw: bool) -> Result<String, String> {
    if is_raw {
        return Ok(text.to_owned());
    }
    let mut parts = text.split('&');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (name, rest) = part.split_once(';').ok_or(format!("& alone: &{part}"))?;
        out.push(match name {
            "amp" => '&',
            "lt" => '<',
            "gt" => '>',
            "quot" => '"',
            _ => return Err(format!("&{name}; is not known")),
        });
        out.push_str(rest);
    }
    Ok(out)
}
