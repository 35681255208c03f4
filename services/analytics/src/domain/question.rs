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
    /// What is counted for it.
    pub cube: Cube,
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
        let mut group_by: Vec<Dimension> = asked.group_by().collect();
        let mut filters: Vec<(Dimension, Vec<String>)> =
            asked.filters.iter().map(|filter| (filter.dimension(), filter.values.clone())).collect();
        for (number, dimension) in group_by.iter().enumerate() {
            supported(report, &known, *dimension, &format!("query.group_by[{number}]"))?;
        }
        for (number, (dimension, _)) in filters.iter().enumerate() {
            supported(report, &known, *dimension, &format!("query.filters[{number}].dimension"))?;
        }
        let definition = report.definition();
        let basis = if asked.basis() == Basis::Unspecified { definition.basis } else { asked.basis() };
        let cube = report.cube(basis).ok_or_else(|| {
            let detail = format!("{} knows {} alone", definition.name, definition.basis.as_str_name());
            Error::invalid("query.basis", "BASIS_UNSUPPORTED", detail)
        })?;
        group_by.extend(report.always_by().filter(|dimension| !group_by.contains(dimension)));
        // Whom nobody was to write to can not be activated by writing.
        let arms =
            filters.iter().any(|(dimension, _)| *dimension == Dimension::Arm) || group_by.contains(&Dimension::Arm);
        if report == Report::TagActivationRate && !arms {
            filters.push((Dimension::Arm, vec!["treatment".to_owned()]));
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
            cube,
            group_by,
            filters,
            basis,
            minimum_n: if asked.minimum_n > 0 { asked.minimum_n } else { MINIMUM_N },
            job,
        })
    }

    /// Whether one thing may count in several rows, so that rows share what they count.
    pub fn is_manifold(&self) -> bool {
        self.report == Report::TagActivationRate || self.group_by.contains(&Dimension::Feature)
    }

    /// Whether all filters hold for what was counted under these values.
    pub fn holds(&self, cube: Cube, values: &[&str]) -> bool {
        self.filters.iter().all(|(dimension, wanted)| {
            let told = told(*dimension, value(cube, values, *dimension));
            wanted.iter().any(|wanted| told.contains(wanted))
        })
    }

    /// The groups to which something belongs that was counted under these values: none where a filter does not hold, and several
    /// where a dimension has several values of one thing.
    pub fn groups(&self, cube: Cube, values: &[&str]) -> Vec<Vec<String>> {
        if !self.holds(cube, values) {
            return Vec::new();
        }
        let mut groups = vec![Vec::with_capacity(self.group_by.len())];
        for dimension in &self.group_by {
            let told = told(*dimension, value(cube, values, *dimension));
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

/// The value of a dimension among those of a key.
fn value<'values>(cube: Cube, values: &[&'values str], dimension: Dimension) -> &'values str {
    let place = cube.axes().iter().position(|axis| *axis == Axis::Of(dimension));
    place.and_then(|place| values.get(place)).copied().unwrap_or_default()
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
