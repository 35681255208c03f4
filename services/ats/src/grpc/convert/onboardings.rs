//! Onboardings and their checklists.

use chassis::wire::{etag, timestamp};
use usher_proto::ats::v1 as pb;

use crate::domain::onboarding::{Entry, Item, JoiningEntry, Onboarding};

pub fn onboarding(onboarding: Onboarding, entries: Vec<JoiningEntry>) -> pb::Onboarding {
    let mut items: Vec<_> = onboarding.items.iter().map(|item| (onboarding.due_date(item), item.clone())).collect();
    items.sort_by_key(|(due, _)| *due);
    pb::Onboarding {
        onboarding_id: onboarding.id.to_string(),
        offer_id: onboarding.offer_id.to_string(),
        application_id: onboarding.application_id.to_string(),
        job_id: onboarding.job_id.to_string(),
        candidate_id: onboarding.candidate_id.to_string(),
        start_date: onboarding.start_date.to_string(),
        time_zone: onboarding.time_zone,
        place: onboarding.place,
        contact_name: onboarding.contact_name,
        contact_channel: onboarding.contact_channel,
        joining: onboarding.joining.into(),
        items: items.into_iter().map(|(due, item)| shown(item, due.to_string())).collect(),
        joining_history: entries.into_iter().map(entry).collect(),
        create_time: Some(timestamp(onboarding.create_time)),
        update_time: Some(timestamp(onboarding.update_time)),
        etag: etag(onboarding.version),
    }
}

fn shown(item: Item, due_date: String) -> pb::OnboardingItem {
    pb::OnboardingItem {
        key: item.entry.key,
        display_name: item.entry.display_name,
        display_name_zh: item.entry.display_name_zh,
        due_offset_days: item.entry.due_offset_days,
        side: item.entry.side,
        remind_candidate: item.entry.remind_candidate,
        due_date,
        done_by: item.done_by.unwrap_or_default(),
        done_time: item.done_time.map(timestamp),
    }
}

fn entry(entry: JoiningEntry) -> pb::JoiningEntry {
    pb::JoiningEntry {
        joining: entry.joining.into(),
        corrects: entry.corrects.into(),
        reason: entry.reason,
        actor: entry.actor,
        time: Some(timestamp(entry.time)),
    }
}

pub(super) fn checklist_entry(entry: Entry) -> pb::ChecklistEntry {
    pb::ChecklistEntry {
        key: entry.key,
        display_name: entry.display_name,
        display_name_zh: entry.display_name_zh,
        due_offset_days: entry.due_offset_days,
        side: entry.side,
        remind_candidate: entry.remind_candidate,
    }
}
