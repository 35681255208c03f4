//! What is asked of a report, held against what it knows.

use chassis::{Error, Result, ids::read_type_id};
use usher_proto::analytics::v1::{Basis, Dimension, Interval, ReportQuery};
use uuid::Uuid;

use super::{
    count,
    cube::{Axis, Cube},
    period::{Part, Period},
    report::Report,
    wilson::MINIMUM_N,
};

/// A question that the report can answer.
#[derive(Debug, Clone)]
pub struct Question {
    pub report: Report,
    pub period: Period,
    pub parts: Vec<Part>,
    pub interval: Interval,
    pub group_by: Vec<Dimension>,
    pub filters: Vec<(Dimension, Vec<String>)>,
    pub basis: Basis,
    pub minimum_n: i64,
    pub job: Option<Uuid>,
}

impl Question {
    /// From a request.
    pub fn of(report: Report, asked: &ReportQuery) -> Result<Self> {
        let known = report.dimensions();
        let group_by: Vec<Dimension> = asked.group_by().collect();
        let filters: Vec<(Dimension, Vec<String>)> =
            asked.filters.iter().map(|filter| (filter.dimension(), filter.values.clone())).collect();
        for (number, dimension) in group_by.iter().enumerate() {
            supported(report, &known, *dimension, &format!("query.group_by[{number}]"))?;
        }
        for (number, (dimension, _)) in filters.iter().enumerate() {
            supported(report, &known, *dimension, &format!("query.filters[{number}].dimension"))?;
        }
        let definition = report.definition();
        let basis = if asked.basis() == Basis::Unspecified { definition.basis } else { asked.basis() };
        if report.cube(basis).is_none() {
            let detail = format!("{} knows {} alone", definition.name, definition.basis.as_str_name());
            return Err(Error::invalid("query.basis", "BASIS_UNSUPPORTED", detail));
        }
        if !asked.job_id.is_empty() && !definition.knows_jobs {
            let detail = format!("{} can not be told by job", definition.name);
            return Err(Error::invalid("query.job_id", "JOB_UNSUPPORTED", detail));
        }
        let job = (!asked.job_id.is_empty()).then(|| read_type_id("job", &asked.job_id)).transpose();
        let job = job.map_err(|error| Error::invalid("query.job_id", "ID_MALFORMED", error.to_string()))?;
        if asked.interval() != Interval::Unspecified && report == Report::CampaignLift {
            let detail = "groups were drawn once for a whole campaign; parts of a period can not be compared";
            return Err(Error::invalid("query.interval", "INTERVAL_UNSUPPORTED", detail));
        }
        let period = Period::of(asked.period.as_ref())?;
        let interval = asked.interval();
        Ok(Self {
            report,
            parts: period.parts(interval)?,
            period,
            interval,
            group_by,
            filters,
            basis,
            minimum_n: if asked.minimum_n > 0 { asked.minimum_n } else { MINIMUM_N },
            job,
        })
    }

    /// What is counted for it.
    pub fn cube(&self) -> Cube {
        // `of` has seen that there is one.
        self.report.cube(self.basis).unwrap_or(Cube::Messages)
    }

    /// Whether somebody asks about a dimension.
    pub fn names(&self, dimension: Dimension) -> bool {
        self.group_by.contains(&dimension) || self.filters.iter().any(|(of, _)| *of == dimension)
    }

    /// The groups to which something belongs that was counted under these values: none where a filter does not hold, and several
    /// where a dimension has several values of one thing.
    pub fn groups(&self, cube: Cube, values: &[&str]) -> Vec<Vec<String>> {
        let value = |dimension: Dimension| {
            let place = cube.axes().iter().position(|axis| *axis == Axis::Of(dimension));
            place.and_then(|place| values.get(place)).copied().unwrap_or_default()
        };
        let holds = |(dimension, wanted): &(Dimension, Vec<String>)| {
            let told = told(*dimension, value(*dimension));
            wanted.iter().any(|wanted| told.contains(wanted))
        };
        if !self.filters.iter().all(holds) {
            return Vec::new();
        }
        let mut groups = vec![Vec::with_capacity(self.group_by.len())];
        for dimension in &self.group_by {
            let told = told(*dimension, value(*dimension));
            groups = groups
                .into_iter()
                .flat_map(|group: Vec<String>| {
                    told.iter().map(move |value| group.iter().chain([value]).cloned().collect::<Vec<String>>())
                })
                .collect();
        }
        groups
    }
}

/// What a dimension says of a value: the value; of features, whether each is there.
fn told(dimension: Dimension, value: &str) -> Vec<String> {
    if dimension != Dimension::Feature {
        return vec![value.to_owned()];
    }
    // Of what nobody knows, neither is said.
    if value == "unknown" {
        return Vec::new();
    }
    let there: Vec<&str> = value.split('+').collect();
    count::features()
        .map(|feature| format!("{feature}={}", if there.contains(&feature.as_str()) { "yes" } else { "no" }))
        .collect()
}

fn supported(report: Report, known: &[Dimension], asked: Dimension, field: &str) -> Result<()> {
    if known.contains(&asked) {
        return Ok(());
    }
    let known: Vec<&str> = known.iter().map(Dimension::as_str_name).collect();
    let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
    let detail = format!("{} knows these: {known}", report.definition().name);
    Err(Error::invalid(field, "DIMENSION_UNSUPPORTED", detail))
}
