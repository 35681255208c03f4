//! From the domain to protobuf.

use chassis::wire::{duration, etag, timestamp};
use chrono::{DateTime, NaiveTime, TimeDelta, Utc};
use usher_proto::outreach::v1 as pb;

use crate::{
    domain::gate::{
        holidays::Calendar,
        lease::Lease,
        policy::Policy,
        preference::{PURPOSES, Wish, Wishes},
        quiet::Quiet,
    },
    store::suppressions::Entry,
};

pub fn lease(lease: Lease, now: DateTime<Utc>) -> pb::ContactLease {
    // What time has ended is marked in its row only when somebody else claims the person.
    let has_expired = lease.end_time.is_none() && !lease.holds(now);
    let end = if has_expired { pb::LeaseEnd::Expired } else { lease.end };
    let end_time = if has_expired { Some(lease.expire_time) } else { lease.end_time };
    pb::ContactLease {
        lease_id: lease.id.to_string(),
        candidate_id: lease.candidate_id.to_string(),
        holder: lease.holder,
        purpose: lease.purpose.into(),
        note: lease.note,
        start_time: Some(timestamp(lease.start_time)),
        expire_time: Some(timestamp(lease.expire_time)),
        end: end.into(),
        end_time: end_time.map(timestamp),
        ended_by: lease.ended_by,
        end_reason: lease.end_reason,
        overridden_lease_id: lease.overridden.map(|id| id.to_string()).unwrap_or_default(),
    }
}

pub fn suppression(entry: Entry) -> pb::Suppression {
    pb::Suppression {
        suppression_id: entry.id.to_string(),
        kind: entry.kind.into(),
        candidate_id: entry.candidate_id.to_string(),
        channel: entry.channel,
        purpose: entry.purpose.into(),
        reason: entry.reason,
        actor: entry.actor,
        create_time: Some(timestamp(entry.create_time)),
        message_id: entry.message_id.map(|id| id.to_string()).unwrap_or_default(),
        lift_time: entry.lift_time.map(timestamp),
        lift_actor: entry.lift_actor,
        lift_reason: entry.lift_reason,
    }
}

/// For each purpose what holds on all channels, and what else was said.
pub fn preferences(wishes: &Wishes) -> Vec<pb::Preference> {
    let of_purpose = |purpose| {
        let overall = match wishes.on(purpose, "") {
            Some(wish) => preference(wish),
            None => pb::Preference { purpose: purpose.into(), allowed: true, ..pb::Preference::default() },
        };
        let others = wishes.0.iter().filter(move |wish| wish.purpose == purpose && !wish.channel.is_empty());
        std::iter::once(overall).chain(others.map(preference)).collect::<Vec<_>>()
    };
    PURPOSES.into_iter().flat_map(of_purpose).collect()
}

fn preference(wish: &Wish) -> pb::Preference {
    pb::Preference {
        purpose: wish.purpose.into(),
        channel: wish.channel.clone(),
        allowed: wish.allowed,
        update_time: Some(timestamp(wish.time)),
        actor: wish.actor.clone(),
    }
}

pub fn policy(policy: Policy) -> pb::ContactPolicy {
    let number = |number: u32| i32::try_from(number).unwrap_or(i32::MAX);
    pb::ContactPolicy {
        time_zone: policy.zone.name().to_owned(),
        marketing: Some(quiet(&policy.marketing)),
        reminders: Some(quiet(&policy.reminders)),
        others: Some(quiet(&policy.others)),
        urgent_before: Some(duration(policy.urgent_before())),
        caps: Some(pb::FrequencyCaps {
            marketing_per_7_days: number(policy.caps.marketing_per_7_days),
            marketing_per_30_days: number(policy.caps.marketing_per_30_days),
            total_per_day: number(policy.caps.total_per_day),
            safety_per_day: number(policy.caps.safety_per_day),
        }),
        max_deferral_days: number(policy.max_deferral_days),
        lease_on_send: Some(duration(policy.lease_on_send().unwrap_or(TimeDelta::zero()))),
        update_time: policy.update_time.filter(|_| policy.version > 0).map(timestamp),
        etag: etag(policy.version),
        holiday_calendars: policy.calendars.into_iter().map(calendar).collect(),
    }
}

fn quiet(quiet: &Quiet) -> pb::QuietHours {
    let text = |time: NaiveTime| time.format("%H:%M").to_string();
    let (start, end) = quiet.night.map(|(start, end)| (text(start), text(end))).unwrap_or_default();
    pb::QuietHours { start, end, on_holidays: quiet.on_holidays, on_weekends: quiet.on_weekends }
}

fn calendar(calendar: Calendar) -> pb::HolidayCalendar {
    pb::HolidayCalendar {
        region: calendar.region,
        time_zones: calendar.zones.iter().map(|zone| zone.name().to_owned()).collect(),
        holidays: calendar.holidays.iter().map(ToString::to_string).collect(),
        working_days: calendar.working_days.iter().map(ToString::to_string).collect(),
    }
}
