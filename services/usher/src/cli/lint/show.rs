//! What `usher lint` prints.

use std::{fmt::Write as _, ops::Range};

use clarity::{Finding, Kind, Language, Report, Severity};
use serde_json::json;
use unicode_width::UnicodeWidthChar as _;

/// So many characters of a line are shown before and behind what was found.
const AROUND: usize = 30;

/// Where a character stands, both from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    line: usize,
    column: usize,
}

/// For a person: each finding with its place, what stands there, why it matters and what to do; then the score.
pub fn report(name: &str, text: &str, report: &Report) -> String {
    let characters: Vec<char> = text.chars().collect();
    let mut shown = String::new();
    for finding in &report.findings {
        // Writing to a string does not fail.
        let _ = show(&mut shown, name, &characters, finding);
    }
    shown + &summary(report)
}

fn show(shown: &mut String, name: &str, characters: &[char], finding: &Finding) -> std::fmt::Result {
    let Finding { rule, severity, span, reason, suggestion, .. } = finding;
    if let Some(span) = span {
        let Place { line, column } = place(characters, span.start);
        writeln!(shown, "{name}:{line}:{column}: {severity}: {rule}\n{}", underlined(characters, span))?;
    } else {
        writeln!(shown, "{name}: {severity}: {rule}")?;
    }
    writeln!(shown, "  {reason}\n  → {suggestion}\n")
}

fn summary(report: &Report) -> String {
    let count = |severity| report.findings.iter().filter(|finding| finding.severity == severity).count();
    let counted = |count: usize, one: &str| format!("{count} {one}{}", if count == 1 { "" } else { "s" });
    let (errors, warnings) = (counted(count(Severity::Error), "error"), counted(count(Severity::Warning), "warning"));
    format!("score {} of 100: {errors}, {warnings}", report.score)
}

fn place(characters: &[char], at: usize) -> Place {
    let before = characters.get(..at).unwrap_or_default();
    let column = before.iter().rev().take_while(|character| **character != '\n').count() + 1;
    Place { line: before.iter().filter(|character| **character == '\n').count() + 1, column }
}

/// The line around a span, and carets below it. Of a span over several lines the first is shown.
fn underlined(characters: &[char], span: &Range<usize>) -> String {
    let (before, behind) = (characters.get(..span.start).unwrap_or_default(), characters.get(span.start..));
    let behind = behind.unwrap_or_default();
    let is_inside = |character: &&char| **character != '\n' && **character != '\r';
    let left = before.iter().rev().take_while(is_inside).count();
    let right = behind.iter().take_while(is_inside).count();
    let found = span.len().min(right);
    let first = span.start - left.min(AROUND);
    let last = span.start + right.min(found + AROUND);
    let (head, tail) = (if left > AROUND { "…" } else { "" }, if last < span.start + right { "…" } else { "" });
    let shown = |range: Range<usize>| -> String {
        characters.get(range).unwrap_or_default().iter().map(|character| visible(*character)).collect()
    };
    let width = |range: Range<usize>| -> usize {
        shown(range).chars().map(|character| character.width().unwrap_or_default()).sum()
    };
    let blanks = " ".repeat(head.chars().count() + width(first..span.start));
    let carets = "^".repeat(width(span.start..span.start + found).max(1));
    format!("  {head}{}{tail}\n  {blanks}{carets}", shown(first..last))
}

/// A character that does to a terminal what it looks like.
fn visible(character: char) -> char {
    if character == '\t' {
        ' '
    } else if character.is_control() {
        char::REPLACEMENT_CHARACTER
    } else {
        character
    }
}

/// For a program: what was asked and what was found, with places in characters and in lines and columns.
pub fn json(kind: Kind, language: Language, text: &str, report: &Report) -> serde_json::Result<String> {
    let characters: Vec<char> = text.chars().collect();
    let finding = |finding: &Finding| -> serde_json::Result<serde_json::Value> {
        let place = finding.span.as_ref().map(|span| place(&characters, span.start));
        let mut finding = serde_json::to_value(finding)?;
        if let (Some(fields), Some(place)) = (finding.as_object_mut(), place) {
            fields.insert("line".to_owned(), place.line.into());
            fields.insert("column".to_owned(), place.column.into());
        }
        Ok(finding)
    };
    let findings = report.findings.iter().map(finding).collect::<serde_json::Result<Vec<_>>>()?;
    serde_json::to_string_pretty(&json!({
        "kind": kind, "language": language, "score": report.score, "findings": findings,
    }))
}

/// The rules, those of one kind when one is given.
pub fn rules(kind: Option<Kind>, language: Language, as_json: bool) -> serde_json::Result<String> {
    let chosen = || clarity::rules().iter().filter(move |rule| kind.is_none_or(|kind| rule.kinds.contains(&kind)));
    if as_json {
        let rule = |rule: &clarity::Rule| {
            json!({
                "id": rule.id, "severity": rule.severity, "kinds": rule.kinds, "source": rule.source,
                "languages": rule.languages().collect::<Vec<_>>(),
                "reason": rule.reason(language), "suggestion": rule.suggestion(language),
            })
        };
        return serde_json::to_string_pretty(&chosen().map(rule).collect::<Vec<_>>());
    }
    let mut shown = String::new();
    for rule in chosen() {
        let _ = writeln!(shown, "{:<26} {:<7}  {}", rule.id, rule.severity, rule.reason(language));
    }
    let _ = write!(shown, "\nkinds: {}", Kind::ALL.map(Kind::name).join(", "));
    Ok(shown)
}

#[cfg(test)]
mod tests {
    use clarity::{Linter, Tuning};

    use super::*;

    #[test]
    fn carets_stand_below_wide_characters() {
        let characters: Vec<char> = "您好\n请有空吗?\t好".chars().collect();
        assert_eq!(place(&characters, 4), Place { line: 2, column: 2 });
        assert_eq!(underlined(&characters, &(4..7)), "  请有空吗? 好\n    ^^^^^^");
        assert_eq!(underlined(&characters, &(0..5)), "  您好\n  ^^^^");
    }

    #[test]
    fn a_long_line_is_shown_in_part_and_nothing_commands_the_terminal() {
        let text = format!("{}\u{1b}有空吗{}", "长".repeat(100), "长".repeat(100));
        let characters: Vec<char> = text.chars().collect();
        let shown = underlined(&characters, &(101..104));
        let line = shown.lines().next().unwrap();
        assert!(line.starts_with("  …长") && line.ends_with("长…") && line.chars().count() < 70, "{line}");
        assert!(line.contains('\u{fffd}') && !line.contains('\u{1b}'), "{line}");
    }

    #[test]
    fn any_text_is_shown() {
        for text in ["", "\n\n", "有空吗", "\r\n有空\r\n吗", "！！！\u{200b}！！！", "急！\n急！"] {
            let found = Linter::lint(Kind::Custom, Language::Chinese, text, &Tuning::default());
            assert!(report("-", text, &found).contains("of 100"), "{text}");
            json(Kind::Custom, Language::Chinese, text, &found).unwrap();
        }
    }
}
