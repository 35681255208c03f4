//! The columns of facts, as files have them.

use usher_proto::analytics::v1::ColumnKind;

use super::table::{Cell, Column};
use crate::domain::fact::Fact;

/// Names and kinds, in the order of [`cells`].
pub fn columns() -> Vec<Column> {
    let of = |kind: ColumnKind, names: &[&str]| names.iter().map(|name| Column::new(*name, kind)).collect::<Vec<_>>();
    let mut columns = of(ColumnKind::Text, &["root", "event_id", "kind", "time", "subject", "about"]);
    columns.extend(of(ColumnKind::Integer, &["position", "code", "reason", "flag", "number"]));
    columns.extend(of(
        ColumnKind::Text,
        &[
            "other_time",
            "stage",
            "source",
            "template",
            "template_version",
            "language",
            "channel",
            "experiment",
            "arm",
            "holder",
            "time_zone",
            "tags",
        ],
    ));
    columns
}

/// A fact's cells.
pub fn cells(fact: &Fact) -> Vec<Cell> {
    let text = |text: &str| if text.is_empty() { Cell::Nothing } else { Cell::Text(text.to_owned()) };
    let time =
        |time: chrono::DateTime<chrono::Utc>| Cell::Text(time.to_rfc3339_opts(chrono::SecondsFormat::Micros, true));
    let mut cells = vec![
        Cell::Text(fact.root.to_string()),
        Cell::Text(fact.event.to_string()),
        Cell::Text(format!("{:?}", fact.kind)),
        time(fact.time),
        Cell::Text(fact.subject.to_string()),
        fact.about.map_or(Cell::Nothing, |about| Cell::Text(about.to_string())),
        Cell::Integer(fact.position),
        Cell::Integer(fact.code.into()),
        Cell::Integer(fact.reason.into()),
        Cell::Integer(fact.flag.into()),
        Cell::Integer(fact.number.into()),
        fact.other_time.map_or(Cell::Nothing, time),
    ];
    cells.extend(
        [
            &fact.stage,
            &fact.origin,
            &fact.template,
            &fact.version,
            &fact.language,
            &fact.channel,
            &fact.experiment,
            &fact.arm,
            &fact.holder,
            &fact.time_zone,
        ]
        .map(|value| text(value)),
    );
    cells.push(text(&fact.words.join(" ")));
    cells
}
