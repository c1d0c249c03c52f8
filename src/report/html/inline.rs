//! What stands in the page itself, and what a browser is told that the page may do: use these, known by their digests, and nothing else.

use crate::objects::quote::sha256;

/// The style of the page.
pub const STYLE: &str = include_str!("style.css");

/// What filters the matrix; without it everything is there.
pub const SCRIPT: &str = include_str!("script.js");

/// The content of the page's security policy.
pub(super) fn policy() -> String {
    format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
        base64_of_digits(&sha256(STYLE)),
        base64_of_digits(&sha256(SCRIPT))
    )
}

const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Hexadecimal digits as base64. Three bytes are four letters.
fn base64_of_digits(digits: &str) -> String {
    let values: Vec<u32> = digits.chars().filter_map(|digit| digit.to_digit(16)).collect();
    let bytes: Vec<u32> = values.chunks(2).map(|pair| pair.iter().fold(0, |byte, digit| byte * 16 + digit)).collect();
    let mut out = String::new();
    for group in bytes.chunks(3) {
        let number = (0..3).fold(0, |number, index| number * 256 + group.get(index).copied().unwrap_or(0));
        for index in 0..4usize {
            let letter = LETTERS[(number >> (18 - 6 * index) & 63) as usize];
            out.push(if index <= group.len() { char::from(letter) } else { '=' });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::base64_of_digits;

    #[test]
    fn digits_become_letters_with_what_is_missing_filled_up() {
        // RFC 4648, section 10.
        let known = [("", ""), ("66", "Zg=="), ("666f", "Zm8="), ("666f6f", "Zm9v"), ("666f6f62", "Zm9vYg=="), ("fb", "+w==")];
        known.iter().for_each(|(digits, letters)| assert_eq!(base64_of_digits(digits), *letters));
    }
}
