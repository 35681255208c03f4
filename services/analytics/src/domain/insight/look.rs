//! Which reports a pass looks at, and what it compares in them. What is not in this list is never claimed.

use chrono::{DateTime, Days, NaiveDate, Utc};
use usher_proto::analytics::v1::{Dimension, Filter, InsightDesign, InsightKind, Period, ReportQuery};

use crate::domain::report::Report;

/// A pass looks back so many days.
const BACK: Days = Days::new(180);

/// With what a value is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Against {
    /// All other values together.
    Others,
    /// The first arm by name: none is marked as the one that others are held against.
    FirstArm,
    /// The same without the feature.
    Without,
    /// Those who were held out.
    Holdout,
    /// Those whom campaigns were to write to as well and who do not have the tag.
    Untagged,
}

/// One report, and what is compared in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    pub kind: InsightKind,
    pub report: Report,
    /// What is compared shares this.
    pub within: Option<Dimension>,
    pub by: Dimension,
    pub against: Against,
    /// What began on the last so many days has not had its time yet.
    pub settle_days: u64,
}

const fn look(kind: InsightKind, report: Report, by: Dimension) -> Look {
    Look { kind, report, within: None, by, against: Against::Others, settle_days: 0 }
}

/// Replies to messages of one kind.
const fn replies(kind: InsightKind, by: Dimension) -> Look {
    let within = Some(Dimension::MessageKind);
    Look { within, settle_days: 7, ..look(kind, Report::TemplateReplyRate, by) }
}

use InsightKind as K;

/// All of them.
pub const LOOKS: [Look; 16] = [
    Look {
        within: Some(Dimension::Experiment),
        against: Against::FirstArm,
        ..replies(K::ExperimentArm, Dimension::Arm)
    },
    Look {
        within: Some(Dimension::Campaign),
        against: Against::Holdout,
        settle_days: 30,
        ..look(K::CampaignLift, Report::CampaignLift, Dimension::Arm)
    },
    Look { against: Against::Without, ..replies(K::MessageFeature, Dimension::Feature) },
    replies(K::MessageChannel, Dimension::Channel),
    replies(K::MessageClarity, Dimension::Clarity),
    replies(K::Template, Dimension::Template),
    Look {
        against: Against::Untagged,
        settle_days: 30,
        ..look(K::TagActivation, Report::TagActivationRate, Dimension::Tag)
    },
    look(K::NoShowLeadTime, Report::NoShowRate, Dimension::LeadTime),
    look(K::NoShowFollowUp, Report::NoShowRate, Dimension::FollowUp),
    look(K::NoShowConfirmed, Report::NoShowRate, Dimension::Confirmed),
    look(K::NoShowChannel, Report::NoShowRate, Dimension::Channel),
    look(K::NoShowStage, Report::NoShowRate, Dimension::Stage),
    look(K::NoShowSource, Report::NoShowRate, Dimension::Source),
    Look { settle_days: 60, ..look(K::HiresSource, Report::SourceQuality, Dimension::Source) },
    Look { settle_days: 14, ..look(K::OfferSource, Report::OfferAcceptance, Dimension::Source) },
    Look { settle_days: 14, ..look(K::SilenceStage, Report::EmployerSilence, Dimension::Stage) },
];

impl Look {
    /// The one of that kind.
    pub fn of(kind: InsightKind) -> Option<&'static Self> {
        LOOKS.iter().find(|look| look.kind == kind)
    }

    /// Whether the groups were drawn at random.
    pub fn design(&self) -> InsightDesign {
        match self.against {
            Against::FirstArm | Against::Holdout => InsightDesign::Randomized,
            Against::Others | Against::Without | Against::Untagged => InsightDesign::Observed,
        }
    }

    /// The days it looks at, of UTC, the last one left out. What happens just now is inside, where it need not settle.
    pub fn days(&self, now: DateTime<Utc>) -> (NaiveDate, NaiveDate) {
        let past = now.date_naive() + Days::new(1) - Days::new(self.settle_days);
        (past - BACK, past)
    }

    /// The question to the report; of one group alone where that is named.
    pub fn query(&self, (first, past): (NaiveDate, NaiveDate), within: Option<&str>) -> ReportQuery {
        // Of a campaign, both groups stand in one row.
        let by = Some(self.by).filter(|_| self.against != Against::Holdout);
        let period = Period { start_date: first.to_string(), end_date: past.to_string(), ..Period::default() };
        let filter = |(dimension, value): (Dimension, &str)| Filter {
            dimension: dimension.into(),
            values: vec![value.to_owned()],
        };
        ReportQuery {
            period: Some(period),
            group_by: self.within.into_iter().chain(by).map(i32::from).collect(),
            filters: self.within.zip(within).map(filter).into_iter().collect(),
            ..ReportQuery::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::question::Question;

    #[test]
    fn every_look_asks_what_its_report_knows_and_every_kind_has_one() {
        let now = DateTime::from_timestamp(1_800_000_123, 0).unwrap_or_default();
        for look in LOOKS {
            assert_eq!(Look::of(look.kind), Some(&look));
            let (first, past) = look.days(now);
            assert!(first < past && (look.settle_days > 0) == (past <= now.date_naive()));
            assert!(Question::of(look.report, &look.query((first, past), Some("x"))).is_ok(), "{look:?}");
        }
        let kinds = (1..).map_while(|number| InsightKind::try_from(number).ok());
        assert!(kinds.clone().all(|kind| Look::of(kind).is_some()) && kinds.count() == LOOKS.len());
    }
}
