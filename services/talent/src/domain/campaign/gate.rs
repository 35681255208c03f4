//! Whether somebody may be written to by a campaign at this moment. It is asked twice: before the assignment, so that both
//! groups are of those who could be written to, and again before each message, since people change their minds.

use chrono::{DateTime, TimeDelta, Utc};
use usher_proto::talent::v1::{CampaignLanguage, ConsentPurpose, Language, TagDimension};

use super::{Campaign, spec};
use crate::domain::person::Person;

/// There is no such person any more.
pub const GONE: &str = "CANDIDATE_GONE";
/// They never agreed to be written to about openings.
pub const NO_CONSENT: &str = "NO_CONSENT";
/// They agreed, and their consent has run out.
pub const CONSENT_EXPIRED: &str = "CONSENT_EXPIRED";
/// They withdrew their consent, or refused it.
pub const CONSENT_WITHDRAWN: &str = "CONSENT_WITHDRAWN";
/// There is no way to reach them.
pub const NO_CONTACT_POINT: &str = "NO_CONTACT_POINT";
/// They are written to in a language that the campaign does not write in.
pub const OTHER_LANGUAGE: &str = "OTHER_LANGUAGE";
/// They have a live application.
pub const IN_PROCESS: &str = "IN_PROCESS";
/// They were hired.
pub const HIRED: &str = "HIRED";
/// What the preset looks for lies too far back.
pub const NOT_IN_PERIOD: &str = "NOT_IN_PERIOD";
/// Another campaign that is not over has them, in either of its groups.
pub const IN_OTHER_CAMPAIGN: &str = "IN_OTHER_CAMPAIGN";
/// A campaign has written to them not long ago.
pub const COOLDOWN: &str = "COOLDOWN";

/// What is known of somebody beside the person.
#[derive(Debug, Clone, Copy, Default)]
pub struct Standing {
    /// Another campaign that is not over has them.
    pub is_in_other: bool,
    /// When another campaign last asked for a message to them.
    pub last_message: Option<DateTime<Utc>>,
}

/// Why they may not be written to; `None` when they may.
pub fn refusal(campaign: &Campaign, person: &Person, standing: Standing, now: DateTime<Utc>) -> Option<&'static str> {
    let status = |name: &str| stands(person, TagDimension::Status, name, now).is_some();
    let checks = [
        consent(person, now),
        person.candidate.profile.contacts().next().is_none().then_some(NO_CONTACT_POINT),
        (!speaks(campaign, person.candidate.profile.language)).then_some(OTHER_LANGUAGE),
        status("in_process").then_some(IN_PROCESS),
        status("hired").then_some(HIRED),
        standing.is_in_other.then_some(IN_OTHER_CAMPAIGN),
        is_cooling(campaign, standing.last_message, now).then_some(COOLDOWN),
    ];
    checks.into_iter().flatten().next()
}

/// As [`refusal`], of somebody who was found by the campaign's segment.
pub fn exclusion(campaign: &Campaign, person: &Person, standing: Standing, now: DateTime<Utc>) -> Option<&'static str> {
    refusal(campaign, person, standing, now).or_else(|| (!is_in_period(campaign, person, now)).then_some(NOT_IN_PERIOD))
}

fn consent(person: &Person, now: DateTime<Utc>) -> Option<&'static str> {
    let last = person.consents.iter().find(|consent| consent.purpose == ConsentPurpose::Opportunities);
    match last {
        None => Some(NO_CONSENT),
        Some(consent) if !consent.granted => Some(CONSENT_WITHDRAWN),
        Some(consent) if !consent.holds(now) => Some(CONSENT_EXPIRED),
        Some(_) => None,
    }
}

/// Since when a tag that was told holds, the latest of several.
fn stands(person: &Person, dimension: TagDimension, name: &str, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let holds = person.kept_tags.iter().filter(|tag| tag.dimension == dimension && tag.name == name && tag.holds(now));
    holds.map(|tag| tag.set_time).max()
}

fn speaks(campaign: &Campaign, language: Language) -> bool {
    match campaign.spec.language() {
        CampaignLanguage::Unspecified => true,
        // As outreach has it: who is not written to in English is written to in Chinese.
        CampaignLanguage::ZhCn => language != Language::En,
        CampaignLanguage::En => language == Language::En,
    }
}

fn is_cooling(campaign: &Campaign, last: Option<DateTime<Utc>>, now: DateTime<Utc>) -> bool {
    let days = TimeDelta::days(campaign.spec.cooldown_days.into());
    last.is_some_and(|last| now < last + days)
}

fn is_in_period(campaign: &Campaign, person: &Person, now: DateTime<Utc>) -> bool {
    let Some(days) = campaign.spec.segment.as_ref().and_then(spec::days_back) else { return true };
    let since = campaign.start_time.unwrap_or(now) - TimeDelta::days(days);
    [(TagDimension::Interaction, "interviewed"), (TagDimension::Status, "did_not_join")]
        .into_iter()
        .filter_map(|(dimension, name)| stands(person, dimension, name, now))
        .any(|told| told >= since)
}

#[cfg(test)]
mod tests {
    use usher_proto::talent::v1::{CampaignSegment, SegmentPreset, TagOrigin};
    use uuid::Uuid;

    use super::*;
    use crate::domain::{
        campaign::tests::campaign,
        candidate::{Candidate, CandidateId, Profile},
        consent::Consent,
        tag::Tag,
    };

    fn at(days: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::days(days)
    }

    fn agrees(granted: bool, expire_time: Option<DateTime<Utc>>) -> Consent {
        Consent {
            id: Uuid::nil(),
            purpose: ConsentPurpose::Opportunities,
            granted,
            time: at(0),
            expire_time,
            evidence: String::new(),
            actor: String::new(),
        }
    }

    fn told(dimension: TagDimension, name: &str, set_time: DateTime<Utc>) -> Tag {
        Tag {
            dimension,
            name: name.to_owned(),
            origin: TagOrigin::Event,
            evidence: String::new(),
            actor: String::new(),
            set_time,
            expire_time: None,
            subject: String::new(),
        }
    }

    /// Who may be written to.
    fn person() -> Person {
        let profile = Profile { email: "ann@example.com".to_owned(), language: Language::En, ..Profile::unknown() };
        let candidate = Candidate {
            id: CandidateId::new(),
            profile,
            source: String::new(),
            version: 1,
            create_time: at(0),
            update_time: at(0),
        };
        Person { consents: vec![agrees(true, Some(at(100)))], ..Person::new(candidate) }
    }

    #[test]
    fn each_thing_that_speaks_against_it_has_its_reason() {
        let campaign = campaign();
        let refusal = |person: &Person| super::refusal(&campaign, person, Standing::default(), at(50));
        assert_eq!(refusal(&person()), None);
        assert_eq!(refusal(&Person { consents: Vec::new(), ..person() }), Some(NO_CONSENT));
        assert_eq!(refusal(&Person { consents: vec![agrees(false, None)], ..person() }), Some(CONSENT_WITHDRAWN));
        let ended = Person { consents: vec![agrees(true, Some(at(50)))], ..person() };
        assert_eq!(refusal(&ended), Some(CONSENT_EXPIRED));
        let other_purpose = Consent { purpose: ConsentPurpose::TalentPool, ..agrees(true, None) };
        assert_eq!(refusal(&Person { consents: vec![other_purpose], ..person() }), Some(NO_CONSENT));
        let mut unreachable = person();
        unreachable.candidate.profile.email.clear();
        assert_eq!(refusal(&unreachable), Some(NO_CONTACT_POINT));
        for (name, reason) in [("in_process", Some(IN_PROCESS)), ("hired", Some(HIRED)), ("did_not_join", None)] {
            let tagged = Person { kept_tags: vec![told(TagDimension::Status, name, at(1))], ..person() };
            assert_eq!(refusal(&tagged), reason, "{name}");
        }
    }

    #[test]
    fn other_campaigns_and_the_language_count() {
        let mut campaign = campaign();
        campaign.spec.cooldown_days = 10;
        let standing = |last: i64| Standing { is_in_other: false, last_message: Some(at(last)) };
        assert_eq!(refusal(&campaign, &person(), standing(41), at(50)), Some(COOLDOWN));
        assert_eq!(refusal(&campaign, &person(), standing(40), at(50)), None);
        let other = Standing { is_in_other: true, last_message: None };
        assert_eq!(refusal(&campaign, &person(), other, at(50)), Some(IN_OTHER_CAMPAIGN));
        campaign.spec.language = CampaignLanguage::ZhCn.into();
        assert_eq!(refusal(&campaign, &person(), Standing::default(), at(50)), Some(OTHER_LANGUAGE));
        campaign.spec.language = CampaignLanguage::En.into();
        assert_eq!(refusal(&campaign, &person(), Standing::default(), at(50)), None);
    }

    #[test]
    fn a_preset_looks_back_as_far_as_it_says() {
        let mut campaign = campaign();
        let preset = SegmentPreset::InterviewedNotJoined.into();
        campaign.spec.segment = Some(CampaignSegment { preset, preset_days: 30, ..CampaignSegment::default() });
        let exclusion = |day| {
            let tag = told(TagDimension::Interaction, "interviewed", at(day));
            let person = Person { kept_tags: vec![tag], ..person() };
            super::exclusion(&campaign, &person, Standing::default(), at(50))
        };
        assert_eq!(exclusion(20), None);
        assert_eq!(exclusion(19), Some(NOT_IN_PERIOD));
    }
}
