//! Which reports there are: what each counts, what its rows may be told apart by, and how it is said.

use usher_proto::analytics::v1::{Basis, Dimension};

use super::cube::{Axis, Cube};

/// A report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Report {
    TemplateReplyRate,
    TagActivationRate,
    NoShowRate,
    NoShowCauses,
    TimeToHire,
    TimeToFill,
    Funnel,
    SourceQuality,
    RecruiterLoad,
    EmployerSilence,
    OfferAcceptance,
    CampaignLift,
}

/// What there is to know of a report.
#[derive(Debug, Clone, Copy)]
pub struct Definition {
    pub name: &'static str,
    /// The version of its formula.
    pub formula: &'static str,
    /// What is counted, in a sentence.
    pub sentence: &'static str,
    /// What is counted of what began in the period, where it knows that.
    pub cohort: Option<Cube>,
    /// What is counted of what happened in it, where it knows that.
    pub activity: Option<Cube>,
    /// Which of the two is meant when nobody says.
    pub basis: Basis,
    /// Whether it can be asked of one job.
    pub knows_jobs: bool,
}

impl Report {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::TemplateReplyRate,
        Self::TagActivationRate,
        Self::NoShowRate,
        Self::NoShowCauses,
        Self::TimeToHire,
        Self::TimeToFill,
        Self::Funnel,
        Self::SourceQuality,
        Self::RecruiterLoad,
        Self::EmployerSilence,
        Self::OfferAcceptance,
        Self::CampaignLift,
    ];

    /// The report of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|report| report.definition().name == name)
    }

    /// What there is to know of it.
    pub fn definition(self) -> Definition {
        let cohort = |cube| (Some(cube), None, Basis::Cohort);
        let activity = |cube| (None, Some(cube), Basis::Activity);
        let (name, formula, knows_jobs, (cohort, activity, basis)) = match self {
            Self::TemplateReplyRate => ("template_reply_rate", "template_reply_rate/3", false, cohort(Cube::Messages)),
            Self::TagActivationRate => ("tag_activation_rate", "tag_activation_rate/1", false, cohort(Cube::Tags)),
            Self::NoShowRate => ("no_show_rate", "no_show_rate/2", true, activity(Cube::Interviews)),
            Self::NoShowCauses => ("no_show_causes", "no_show_causes/1", true, activity(Cube::Causes)),
            Self::TimeToHire => {
                let cubes = (Some(Cube::Applications), Some(Cube::Hires), Basis::Cohort);
                ("time_to_hire", "time_to_hire/1", true, cubes)
            }
            Self::TimeToFill => {
                let cubes = (Some(Cube::Openings), Some(Cube::Fills), Basis::Cohort);
                ("time_to_fill", "time_to_fill/1", true, cubes)
            }
            Self::Funnel => {
                let cubes = (Some(Cube::StagesOfCohort), Some(Cube::StagesEntered), Basis::Cohort);
                ("funnel", "funnel/1", true, cubes)
            }
            Self::SourceQuality => ("source_quality", "source_quality/1", true, cohort(Cube::Sources)),
            Self::RecruiterLoad => ("recruiter_load", "recruiter_load/1", false, activity(Cube::Tasks)),
            Self::EmployerSilence => {
                let cubes = (Some(Cube::StagesOfCohort), Some(Cube::StagesEntered), Basis::Activity);
                ("employer_silence", "employer_silence/1", true, cubes)
            }
            Self::OfferAcceptance => ("offer_acceptance", "offer_acceptance/1", true, cohort(Cube::Offers)),
            Self::CampaignLift => ("campaign_lift", "campaign_lift/1", false, cohort(Cube::Members)),
        };
        Definition { name, formula, sentence: self.sentence(), cohort, activity, basis, knows_jobs }
    }

    fn sentence(self) -> &'static str {
        match self {
            Self::TemplateReplyRate => {
                "Of the messages sent in the period that ask for an answer, the share whose reader answered at or after the \
                 sending: about the interview, about the offer, or by mail. Out-of-office replies and unsubscriptions are no \
                 answer."
            }
            Self::TagActivationRate => {
                "Of the people with the tag whom campaigns assigned in the period to be written to, the share that came back \
                 within the campaign's outcome window."
            }
            Self::NoShowRate => {
                "Of the interviews that should have begun in the period and that were attended, attended late or missed by the \
                 candidate, the share that the candidate missed. Corrections replace what they correct; a host's absence is \
                 never counted against candidates."
            }
            Self::NoShowCauses => {
                "Of the interviews in the period that candidates missed, the share with each cause that the record shows."
            }
            Self::TimeToHire => {
                "Whole days (of 24 hours) from an application to the accepted offer. Of a cohort, applications that are live \
                 are not known yet, and those that ended otherwise can not be known any more: both are censored (Kaplan and \
                 Meier)."
            }
            Self::TimeToFill => {
                "Whole days (of 24 hours) from opening a requisition to the accepted offer, each opening by itself. Of a \
                 cohort, openings that are not filled are censored: today, or when the requisition was closed (Kaplan and \
                 Meier)."
            }
            Self::Funnel => {
                "Of the applications that entered a stage, how many went on to another one or were hired, were rejected, \
                 withdrew, or are in it. The rate of going on is of those that left the stage."
            }
            Self::SourceQuality => {
                "Of the applications made in the period, by source: the shares that came to an interview, got an offer and \
                 were hired so far; and of their interviews, the share that they missed."
            }
            Self::RecruiterLoad => {
                "Tasks that came in the period, by whose they are, and those that are open; tasks that people completed in \
                 the period, the share done by their due time, and the hours from coming to being done."
            }
            Self::EmployerSilence => {
                "Of the stays in a stage that began in the period, the share in which the candidate waited for a word of ours \
                 for longer than the tenant allows."
            }
            Self::OfferAcceptance => {
                "Of the offers sent in the period that were accepted, declined or let expire, the share that was accepted. \
                 Open offers and those that the company took back are not counted."
            }
            Self::CampaignLift => {
                "Of the people assigned in the period, the share that came back of those who were to be written to, less the \
                 share of those who were held out at random; whoever was assigned counts, whatever became of their messages."
            }
        }
    }

    /// As people call it: in English and in Chinese.
    pub fn title(self) -> (&'static str, &'static str) {
        match self {
            Self::TemplateReplyRate => ("Reply rate of templates", "模板回复率"),
            Self::TagActivationRate => ("Activation rate of tags", "标签激活率"),
            Self::NoShowRate => ("No-show rate", "爽约率"),
            Self::NoShowCauses => ("Causes of no-shows", "爽约原因"),
            Self::TimeToHire => ("Time to hire", "招聘用时（申请到接受录用）"),
            Self::TimeToFill => ("Time to fill", "职位补缺用时"),
            Self::Funnel => ("Funnel", "招聘漏斗"),
            Self::SourceQuality => ("Quality of sources", "渠道质量"),
            Self::RecruiterLoad => ("Load of recruiters", "招聘人员工作量"),
            Self::EmployerSilence => ("Employer silence", "雇主沉默率"),
            Self::OfferAcceptance => ("Offer acceptance rate", "录用接受率"),
            Self::CampaignLift => ("Lift of campaigns", "活动提升效果"),
        }
    }

    /// What its rows can be told apart by.
    pub fn dimensions(self) -> Vec<Dimension> {
        let definition = self.definition();
        let of =
            |cube: Cube| cube.axes().iter().filter_map(|axis| if let Axis::Of(one) = axis { Some(*one) } else { None });
        let mut known: Vec<Dimension> = definition.cohort.or(definition.activity).into_iter().flat_map(of).collect();
        match self {
            // Its rows are the stages, and the groups are what is compared.
            Self::Funnel => known.retain(|one| *one != Dimension::Stage),
            Self::CampaignLift => known.retain(|one| *one != Dimension::Arm),
            _ => {}
        }
        known
    }

    /// What it is always told by, since the sum over it means nothing: people have several tags, and campaigns hold out
    /// different shares, so that groups of several ones put together are not drawn at random any more.
    pub fn always_by(self) -> Option<Dimension> {
        match self {
            Self::TagActivationRate => Some(Dimension::Tag),
            Self::CampaignLift => Some(Dimension::Campaign),
            _ => None,
        }
    }

    /// Whether a higher rate is the better one.
    pub fn more_is_better(self) -> bool {
        !matches!(self, Self::NoShowRate | Self::NoShowCauses | Self::EmployerSilence)
    }

    /// What is counted of a basis.
    pub fn cube(self, basis: Basis) -> Option<Cube> {
        let definition = self.definition();
        match basis {
            Basis::Activity => definition.activity,
            Basis::Cohort | Basis::Unspecified => definition.cohort,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_report_has_a_name_of_its_own_and_counts_something() {
        for report in Report::ALL {
            let definition = report.definition();
            assert_eq!(Report::named(definition.name), Some(report));
            assert!(report.cube(definition.basis).is_some(), "{report:?}");
            assert!(report.always_by().is_none_or(|dimension| report.dimensions().contains(&dimension)));
            assert!(definition.formula.starts_with(&format!("{}/", definition.name)));
        }
    }
}
