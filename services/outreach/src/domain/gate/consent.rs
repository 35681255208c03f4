//! Consent by purpose.
//!
//! Whoever applies expects to be written to about it, so what is said of an application needs no consent of its own and is
//! stopped by an explicit refusal alone (GDPR, article 6 (1) (b): steps before a contract, taken at the person's request;
//! PIPL of China, article 13 (2)). What nobody asked for needs consent that holds now (article 6 (1) (a); article 13 (1)).

use usher_proto::{outreach::v1::ContactPurpose, talent::v1::ConsentPurpose};

use super::{Agreed, Ruling, nature::Nature};

/// Nobody has agreed to it.
pub const MISSING: &str = "CONSENT_MISSING";
/// It was withdrawn or refused.
pub const REFUSED: &str = "CONSENT_REFUSED";

/// What the person has said to talent about the purpose of a message.
pub fn rule(nature: Nature, agreed: &Agreed) -> Ruling {
    let any_of = purposes(nature.purpose);
    let names = any_of.iter().map(|purpose| name(*purpose)).collect::<Vec<_>>().join(" or ");
    let holds = any_of.iter().any(|purpose| agreed.consents.contains(purpose));
    let refused = any_of.iter().any(|purpose| agreed.refusals.contains(purpose));
    match (nature.is_marketing, holds, refused) {
        (_, true, _) => Ruling::pass(),
        (_, false, true) => Ruling::refuse(REFUSED, format!("the person has refused: {names}")),
        (true, false, false) => Ruling::refuse(MISSING, format!("no consent holds for: {names}")),
        (false, false, false) => Ruling::Pass("needs no consent, and none was refused".to_owned()),
    }
}

/// Any of these will do.
fn purposes(purpose: ContactPurpose) -> &'static [ConsentPurpose] {
    match purpose {
        ContactPurpose::Opportunities => &[ConsentPurpose::Opportunities],
        // Whoever wants to hear of openings, or to stay in the pool, knows us and may be greeted.
        ContactPurpose::Care => &[ConsentPurpose::TalentPool, ConsentPurpose::Opportunities],
        ContactPurpose::Application | ContactPurpose::Unspecified => &[ConsentPurpose::Application],
    }
}

fn name(purpose: ConsentPurpose) -> String {
    purpose.as_str_name().trim_start_matches("CONSENT_PURPOSE_").to_lowercase()
}

#[cfg(test)]
mod tests {
    use usher_proto::outreach::v1::MessageKind;

    use super::*;
    use crate::domain::gate::nature::of;

    fn said(kind: MessageKind, consents: &[ConsentPurpose], refusals: &[ConsentPurpose]) -> &'static str {
        let agreed = Agreed { consents: consents.to_vec(), refusals: refusals.to_vec() };
        match rule(of(kind, kind != MessageKind::Custom), &agreed) {
            Ruling::Pass(_) => "passes",
            Ruling::Refuse { reason, .. } => reason,
            Ruling::Defer { .. } => "waits",
        }
    }

    #[test]
    fn each_purpose_asks_for_its_own() {
        use ConsentPurpose::{Application, Opportunities, TalentPool};
        use MessageKind::{Care, Custom, InterviewInvitation, Reactivation};
        for (kind, consents, refusals, expected) in [
            (InterviewInvitation, &[][..], &[][..], "passes"),
            (InterviewInvitation, &[], &[Opportunities, TalentPool], "passes"),
            (InterviewInvitation, &[Opportunities], &[Application], REFUSED),
            (Reactivation, &[], &[], MISSING),
            (Reactivation, &[TalentPool, Application], &[], MISSING),
            (Reactivation, &[], &[Opportunities], REFUSED),
            (Reactivation, &[Opportunities], &[TalentPool], "passes"),
            (Care, &[TalentPool], &[], "passes"),
            (Care, &[Opportunities], &[], "passes"),
            (Care, &[TalentPool], &[Opportunities], "passes"),
            (Care, &[Application], &[], MISSING),
            (Care, &[], &[TalentPool], REFUSED),
            (Custom, &[], &[], "passes"),
            (Custom, &[], &[Opportunities], REFUSED),
        ] {
            assert_eq!(said(kind, consents, refusals), expected, "{kind:?} {consents:?} {refusals:?}");
        }
    }
}
