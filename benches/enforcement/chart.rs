//! The measurements as a picture.

use std::fmt::Write;

use super::measure::{Cell, EXPERT, LIMIT, ROWGATE, TUTORIAL};
use super::patterns::PATTERNS;

/// One line for each pattern, one mark for each query: how many times the limit each contestant takes.
pub fn draw(cells: &[&Cell]) -> String {
    const LEFT: f64 = 220.0;
    const TOP: f64 = 56.0;
    const STEP: f64 = 24.0;
    const WIDTH: f64 = 620.0;
    let x = |ratio: f64| LEFT + (ratio.clamp(0.3, 3000.0).log10() + 0.5) / 4.0 * WIDTH;
    let height = TOP + STEP * PATTERNS.len() as f64 + 44.0;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {:.0} {height:.0}\" font-family=\"system-ui, sans-serif\" font-size=\"12\" \
         role=\"img\" aria-label=\"Times as multiples of the limit, by pattern\">\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n",
        LEFT + WIDTH + 24.0
    );
    let legend = [("rowgate", "#0b6e4f", 0.0), ("best by hand", "#3567b8", 90.0), ("tutorial", "#c8553d", 205.0)];
    for (name, colour, offset) in legend {
        writeln!(
            svg,
            "<circle cx=\"{:.0}\" cy=\"20\" r=\"5\" fill=\"{colour}\"/><text x=\"{:.0}\" y=\"24\">{name}</text>",
            LEFT + offset,
            LEFT + offset + 10.0
        )
        .ok();
    }
    writeln!(
        svg,
        "<text x=\"{:.0}\" y=\"24\" text-anchor=\"end\" fill=\"#555\">times the limit, one mark a query</text>",
        LEFT + WIDTH
    )
    .ok();
    let bottom = TOP + STEP * PATTERNS.len() as f64;
    for ratio in [0.5, 1.0, 2.0, 10.0, 100.0, 1000.0] {
        let (at, weight) = (x(ratio), if ratio == 1.0 { "#333" } else { "#ddd" });
        writeln!(svg, "<line x1=\"{at:.1}\" x2=\"{at:.1}\" y1=\"{:.0}\" y2=\"{bottom:.0}\" stroke=\"{weight}\"/>", TOP - 10.0)
            .ok();
        writeln!(svg, "<text x=\"{at:.1}\" y=\"{:.0}\" text-anchor=\"middle\" fill=\"#555\">{ratio}×</text>", bottom + 18.0).ok();
    }
    for (row, pattern) in PATTERNS.iter().enumerate() {
        let y = TOP + STEP * row as f64 + 6.0;
        writeln!(svg, "<text x=\"{:.0}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>", LEFT - 24.0, y + 4.0, pattern.name).ok();
        for cell in cells.iter().filter(|cell| cell.pattern == pattern.name) {
            // What matters most is drawn last.
            for (contestant, colour, radius, shift) in
                [(TUTORIAL, "#c8553d", 3.0, 5.0), (EXPERT, "#3567b8", 3.0, -5.0), (ROWGATE, "#0b6e4f", 4.0, 0.0)]
            {
                let Some(ratio) = cell.total[contestant].zip(cell.total[LIMIT]).map(|(own, limit)| own / limit) else { continue };
                writeln!(
                    svg,
                    "<circle cx=\"{:.1}\" cy=\"{:.1}\" r=\"{radius}\" fill=\"{colour}\" fill-opacity=\"0.6\"><title>{}, {}: {ratio:.2}×</title></circle>",
                    x(ratio),
                    y + shift,
                    pattern.name,
                    cell.query.name()
                )
                .ok();
            }
        }
    }
    svg.push_str("</svg>\n");
    svg
}
