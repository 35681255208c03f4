//! The figures: as a table and as lines of JSON, and, when `USHER_BENCH_DOCS` is set, as a picture for the documentation.

use std::{fmt::Write as _, fs, path::PathBuf};

use serde_json::json;
use usher_tests::bench;

use crate::rounds::{Figures, Row};

/// Set to have the picture written.
const DOCS: &str = "USHER_BENCH_DOCS";
const WIDTH: f64 = 960.0;
/// Where bars begin.
const LEFT: f64 = 210.0;
const RIGHT: f64 = 80.0;
const TOP: f64 = 56.0;
const BAR: f64 = 12.0;
const GAP: f64 = 12.0;
/// The scale's ends, in powers of ten of a millisecond.
const SCALE: std::ops::RangeInclusive<i32> = -2..=4;
/// Dark, middle and light, so that they are told apart in print too.
const CONTENDERS: [(&str, &str); 3] =
    [("Usher over gRPC", "#1b4f72"), ("tantivy in-process", "#7fb3d5"), ("PostgreSQL", "#c9ced6")];

/// Prints, and writes what is to be kept.
pub fn write(rows: &[Row]) {
    println!("{}", table(rows));
    let lines: Vec<String> = rows.iter().map(|row| line(row).to_string()).collect();
    fs::write(bench::folder().join("search.jsonl"), lines.join("\n") + "\n").unwrap();
    if std::env::var_os(DOCS).is_some() {
        let images = root().join("docs/images");
        fs::create_dir_all(&images).unwrap();
        fs::write(images.join("search.svg"), picture(rows)).unwrap();
    }
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn table(rows: &[Row]) -> String {
    let mut table = String::from(
        "| shape | found | Usher over gRPC, p50 ms | PostgreSQL | x | tantivy in-process | x | CPU ms: Usher | PostgreSQL | \
         tantivy |\n|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n",
    );
    for row in rows {
        let Row { name, total, ours, peer, library, .. } = row;
        writeln!(
            table,
            "| {name} | {total} | {:.2} | {:.2} | {:.1} | {:.2} | {:.2} | {:.2} | {:.2} | {:.2} |",
            ours.p50,
            peer.p50,
            row.ratio(),
            library.p50,
            library.p50 / ours.p50,
            ours.processor,
            peer.processor,
            library.processor
        )
        .unwrap();
    }
    table
}

fn line(row: &Row) -> serde_json::Value {
    let figures = |figures: Figures| json!({ "p50_ms": figures.p50, "processor_ms": figures.processor });
    json!({
        "shape": row.name, "found": row.total, "usher": figures(row.ours), "postgresql": figures(row.peer),
        "tantivy": figures(row.library),
    })
}

/// Three bars for each shape, on a logarithmic scale.
fn picture(rows: &[Row]) -> String {
    let group = BAR * 3.0 + GAP;
    let height = TOP + group * f64::from(u32::try_from(rows.len()).unwrap()) + 40.0;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" font-family=\"sans-serif\" \
         font-size=\"12\" fill=\"#222\">\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n"
    );
    text(&mut svg, 12.0, 20.0, "start", "Median of a search, ms (logarithmic; shorter is better)");
    for (place, (name, colour)) in (0..).zip(CONTENDERS) {
        let left = LEFT + 160.0 * f64::from(place);
        rectangle(&mut svg, (left, 30.0), (10.0, 10.0), colour);
        text(&mut svg, left + 16.0, 39.0, "start", name);
    }
    for power in SCALE {
        let at = place(10_f64.powi(power));
        writeln!(svg, "<path d=\"M{at:.1} {TOP}V{:.1}\" stroke=\"#ddd\"/>", height - 36.0).unwrap();
        text(&mut svg, at, height - 20.0, "middle", &format!("{}", 10_f64.powi(power)));
    }
    for (number, row) in (0..).zip(rows) {
        let top = TOP + GAP / 2.0 + group * f64::from(number);
        text(&mut svg, LEFT - 10.0, top + BAR * 1.5 + 4.0, "end", &row.name.replace('>', "&gt;"));
        for (bar, (figure, (_, colour))) in (0..).zip([row.ours, row.library, row.peer].into_iter().zip(CONTENDERS)) {
            let (at, end) = (top + BAR * f64::from(bar), place(figure.p50));
            rectangle(&mut svg, (LEFT, at), (end - LEFT, BAR - 2.0), colour);
            text(&mut svg, end + 4.0, at + BAR - 2.5, "start", &format!("{:.2}", figure.p50));
        }
    }
    svg.push_str("</svg>\n");
    svg
}

/// Where a figure stands on the scale.
fn place(milliseconds: f64) -> f64 {
    let (start, end) = (f64::from(*SCALE.start()), f64::from(*SCALE.end()));
    LEFT + (milliseconds.log10().clamp(start, end) - start) / (end - start) * (WIDTH - LEFT - RIGHT)
}

fn text(svg: &mut String, left: f64, base: f64, anchor: &str, text: &str) {
    writeln!(svg, "<text x=\"{left:.1}\" y=\"{base:.1}\" text-anchor=\"{anchor}\">{text}</text>").unwrap();
}

fn rectangle(svg: &mut String, (left, top): (f64, f64), (width, height): (f64, f64), colour: &str) {
    writeln!(
        svg,
        "<rect x=\"{left:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" fill=\"{colour}\"/>"
    )
    .unwrap();
}
