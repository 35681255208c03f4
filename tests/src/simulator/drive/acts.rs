//! One person's acts at one beat: done in the suite, written into the ledger, and what follows from them put on the agenda.

use usher_proto::{
    ats::v1::{Attendance, CandidateAnswer, OfferAnswer},
    outreach::v1::{MessageKind, ReplyIntent},
};

use super::{
    browser::Browser,
    desk::Desk,
    post::{Post, Written},
};
use crate::simulator::{
    agenda::{Act, Way},
    calendar::{self, Beat, Calendar},
    ledger::{Application, Case, End, Meeting, Offer, Reply},
    world::{Person, Policy, World},
};

/// By what people act.
#[derive(Debug)]
pub struct Hands {
    /// Candidates'.
    pub browser: Browser,
    /// And their mails.
    pub post: Post,
    /// When beats are.
    pub calendar: Calendar,
}

/// One person at one beat.
#[derive(Debug)]
pub struct Scene<'town> {
    /// By what people act.
    pub hands: &'town Hands,
    /// Where.
    pub world: &'town World,
    /// Their recruiter.
    pub desk: &'town Desk,
    /// The world's jobs.
    pub jobs: &'town [(String, Beat)],
    /// When.
    pub beat: Beat,
    /// Who.
    pub person: &'town Person,
    /// Their story so far.
    pub case: Case,
    /// What follows.
    pub next: Vec<(Beat, Act)>,
    /// What the suite would not send for the naive.
    pub turned_away: Vec<String>,
}

impl Scene<'_> {
    /// Does one thing.
    pub async fn act(&mut self, act: Act) {
        match act {
            Act::Pool => self.pool().await,
            Act::Sight => {
                self.desk.sight(&self.case.candidate).await;
                self.case.sighted = Some(self.beat);
            }
            Act::Apply => self.apply().await,
            Act::Invite => self.invite().await,
            Act::OfferTimes => self.offer_times().await,
            Act::Tidy => self.tidy().await,
            Act::Attend => self.attend().await,
            Act::Decide => self.decide().await,
            Act::Nudge => self.nudge().await,
            Act::Answer(answer, way, mail) => self.answer(answer, way, mail).await,
            Act::Take(mail) => self.take(mail).await,
            Act::AnswerOffer(answer, mail) => self.answer_offer(answer, mail).await,
            Act::Return(is_yes, mail) => self.come_back(is_yes, mail).await,
            Act::Unsubscribe(mail) => {
                self.hands.browser.unsubscribe(&self.case.mails[mail].unsubscribe).await;
                self.case.opted_out = Some(self.beat);
            }
            Act::HasEnough(mail) => self.have_enough(mail).await,
        }
    }

    async fn pool(&mut self) {
        self.case.candidate = self.desk.add(self.person).await;
        self.case.known = Some(self.beat);
        self.desk.consent(&self.case.candidate).await;
    }

    async fn apply(&mut self) {
        if self.case.application.is_some() {
            return;
        }
        if self.case.candidate.is_empty() {
            self.case.candidate = self.desk.add(self.person).await;
            self.case.known = Some(self.beat);
        }
        let job = usize::try_from(self.person.seed.pick("job", 2)).expect("two");
        let source = self.person.source();
        let id = self.desk.apply(&self.case.candidate, &self.jobs[job].0, source).await;
        let stages = vec![("applied", self.beat)];
        self.case.application = Some(Application { id, job, source, beat: self.beat, stages, end: None });
        // Mostly soon; some have to wait longer than the tenant allows.
        let waits = self.person.seed.happens("waits", self.world.planted.waits);
        let days = if waits { 5 } else { 1 + self.person.seed.pick("invited after", 2) };
        let day = calendar::working_days_after(self.beat.day(), days);
        self.next.push((Beat::morning(day), Act::Invite));
    }

    async fn invite(&mut self) {
        let Some(application) = self.case.application.as_mut().filter(|application| application.end.is_none()) else {
            return;
        };
        self.desk.advance(&application.id, "interview").await;
        application.stages.push(("interview", self.beat));
        // A third is asked for tomorrow: too soon to be reminded.
        let days = [1, 1, 4, 5, 5, 7][usize::try_from(self.person.seed.pick("lead", 6)).expect("six")];
        let day = calendar::working_day(self.beat.day() + days);
        let start = self.hands.calendar.start(day);
        let id = self.desk.arrange(&application.id, start, self.person).await;
        self.case.meeting = Some(Meeting {
            id,
            arranged: self.beat,
            start,
            answers: Vec::new(),
            offered: None,
            cancelled: None,
            attendance: None,
        });
        self.expect_at(day);
        if self.world.policy == Policy::Naive {
            let days = (self.beat.day() + 1..=day).filter(|day| calendar::working_day(*day) == *day);
            self.next.extend(days.map(|day| (Beat::morning(day), Act::Nudge)));
        }
    }

    /// What recruiters do on the day of an interview and after it.
    fn expect_at(&mut self, day: usize) {
        self.next.push((Beat::noon(day), Act::Tidy));
        self.next.push((Beat::afternoon(day), Act::Attend));
        self.next.push((Beat::noon(calendar::working_days_after(day, 1)), Act::Decide));
    }

    async fn offer_times(&mut self) {
        if !self.case.is_expected() {
            return;
        }
        let Some(meeting) = self.case.meeting.as_mut().filter(|meeting| meeting.wants_other_time()) else { return };
        let first = calendar::working_days_after(self.hands.calendar.day(meeting.start).max(self.beat.day()), 2);
        let times = [first, calendar::working_days_after(first, 1)].map(|day| self.hands.calendar.start(day));
        self.desk.offer_times(&meeting.id, &times).await;
        meeting.offered = Some((self.beat, times.to_vec()));
    }

    async fn tidy(&mut self) {
        if !self.case.is_expected() || !self.is_today() {
            return;
        }
        let Some(meeting) = self.case.meeting.as_mut().filter(|meeting| meeting.wants_other_time()) else { return };
        self.desk.cancel(&meeting.id).await;
        meeting.cancelled = Some(self.beat);
    }

    /// Whether the interview is on this day, and not on another one by now.
    fn is_today(&self) -> bool {
        self.case.meeting.as_ref().is_some_and(|meeting| self.hands.calendar.day(meeting.start) == self.beat.day())
    }

    async fn attend(&mut self) {
        if !self.case.is_expected() || !self.is_today() {
            return;
        }
        let Some(meeting) = self.case.meeting.as_ref() else { return };
        let reminded = self.case.reminded(meeting.start, |beat| self.hands.calendar.time(beat));
        let chance = self.world.planted.stays_away(meeting.is_confirmed(), reminded);
        let stays_away = self.person.seed.happens("stays away", chance);
        let attendance = if stays_away { Attendance::CandidateNoShow } else { Attendance::Attended };
        self.desk.record(&meeting.id, attendance).await;
        if let Some(meeting) = &mut self.case.meeting {
            meeting.attendance = Some((attendance, chance));
        }
    }

    async fn decide(&mut self) {
        let now = self.now();
        let is_over = self.case.meeting.is_none() || !self.case.is_expected();
        let Some(application) = self.case.application.as_mut().filter(|application| application.end.is_none()) else {
            return;
        };
        // Another time was taken: it is decided after that.
        if !is_over {
            return;
        }
        let came = self.case.meeting.as_ref().and_then(|meeting| meeting.attendance);
        let has_come = came.is_some_and(|(attendance, _)| attendance == Attendance::Attended);
        let fits = self.person.seed.happens("fits", self.world.planted.is_offered);
        if self.case.offer.as_ref().is_some_and(|offer| offer.answer.is_none() && now < offer.expires) {
            return;
        }
        if self.case.offer.is_some() || !has_come || !fits {
            self.desk.reject(&application.id).await;
            application.end = Some((End::Rejected, self.beat));
            return;
        }
        self.desk.advance(&application.id, "offer").await;
        application.stages.push(("offer", self.beat));
        let day = self.beat.day();
        let (expires, first_day) = (self.hands.calendar.start(day + 5), self.hands.calendar.start(day + 200));
        let id = self.desk.offer(&application.id, expires, first_day).await;
        self.case.offer = Some(Offer { id, sent: self.beat, answer: None, expires });
        self.next.push((Beat::noon(calendar::working_days_after(day + 5, 1)), Act::Decide));
    }

    async fn nudge(&mut self) {
        let is_ahead = |meeting: &&Meeting| {
            meeting.cancelled.is_none() && meeting.attendance.is_none() && meeting.start > self.now()
        };
        let Some(meeting) = self.case.meeting.as_ref().filter(is_ahead) else { return };
        let Some(application) = self.case.application.as_ref().filter(|application| application.end.is_none()) else {
            return;
        };
        self.case.nudges += 1;
        let (candidate, nth) = (&self.case.candidate, self.case.nudges);
        if let Err(status) = self.desk.nudge(candidate, &application.id, &meeting.id, nth).await {
            self.turned_away.push(chassis::Error::from(status).reason().to_owned());
        }
    }

    async fn answer(&mut self, answer: CandidateAnswer, way: Way, mail: usize) {
        if !self.case.is_expected() {
            return;
        }
        let Some(meeting) = self.case.meeting.as_ref() else { return };
        // Who has answered need not again; too late for another time, they come.
        let left = meeting.start - self.now();
        if left < chrono::TimeDelta::zero() || !meeting.answers.is_empty() {
            return;
        }
        let is_late = answer == CandidateAnswer::OtherTimeRequested && left < chrono::TimeDelta::hours(5);
        let answer = if is_late { CandidateAnswer::Confirmed } else { answer };
        match way {
            Way::Page => self.answer_on_page(answer, mail).await,
            Way::Mail => self.answer_by_mail(answer, mail).await,
        }
        if let Some(meeting) = &mut self.case.meeting {
            meeting.answers.push((answer, self.beat));
        }
        let tomorrow = calendar::working_day(self.beat.day() + 1);
        match answer {
            CandidateAnswer::OtherTimeRequested => self.next.push((Beat::morning(tomorrow), Act::OfferTimes)),
            CandidateAnswer::Declined => self.next.push((Beat::noon(tomorrow), Act::Decide)),
            _ => {}
        }
    }

    async fn answer_on_page(&self, answer: CandidateAnswer, mail: usize) {
        let (form, said, notice): (_, &[(&str, &str)], _) = match answer {
            CandidateAnswer::Confirmed => ("/confirm", &[], "confirmed"),
            CandidateAnswer::OtherTimeRequested => {
                ("/other-time", &[("reason", "clash"), ("note", "Later in the week")], "asked")
            }
            CandidateAnswer::Declined => ("/decline", &[("reason", "other")], "not-coming"),
            other => panic!("nobody answers an invitation with {other:?}"),
        };
        let page = &self.case.mails[mail].page;
        let said = self.hands.browser.answer(page, form, said).await;
        assert_eq!(said.as_deref(), Some(notice), "{page}{form}");
    }

    async fn answer_by_mail(&mut self, answer: CandidateAnswer, mail: usize) {
        let (english, chinese, intent) = match answer {
            CandidateAnswer::Confirmed => ("I'll be there, thank you.", "好的，我会准时参加。", ReplyIntent::Confirm),
            _ => (
                "I have a conflict on that day. Could we do another day instead?",
                "那天有事，需要改时间。",
                ReplyIntent::Reschedule,
            ),
        };
        self.write(mail, if self.person.is_english() { english } else { chinese }, intent).await;
    }

    async fn write(&mut self, mail: usize, words: &str, intent: ReplyIntent) {
        let answered = &self.case.mails[mail];
        let written = Written {
            from: self.person.email.clone(),
            to: answered.reply_to.clone(),
            answers: answered.id.clone(),
            subject: "your mail".to_owned(),
            words: words.to_owned(),
        };
        self.hands.post.send(&written).await;
        self.case.replies.push(Reply { to: mail, beat: self.beat, intent });
    }

    async fn take(&mut self, mail: usize) {
        let is_wanted = self.case.is_expected();
        let Some(meeting) = self.case.meeting.as_mut().filter(|meeting| is_wanted && meeting.wants_other_time()) else {
            return;
        };
        let page = &self.case.mails[mail].page;
        let said = self.hands.browser.answer(page, "/take", &[]).await;
        assert_eq!(said.as_deref(), Some("taken"), "{page}");
        let (_, times) = meeting.offered.as_ref().expect("they were offered");
        meeting.start = times[0];
        meeting.answers.push((CandidateAnswer::OtherTimeTaken, self.beat));
        let day = self.hands.calendar.day(meeting.start);
        self.expect_at(day);
    }

    async fn answer_offer(&mut self, answer: OfferAnswer, mail: usize) {
        let now = self.now();
        let Some(offer) = self.case.offer.as_mut().filter(|offer| offer.answer.is_none() && now < offer.expires) else {
            return;
        };
        // The mail leads to the page of the application; the offer has one of its own behind it.
        let page = self.case.mails[mail].page.clone();
        let (form, notice) = match answer {
            OfferAnswer::Accepted => ("/offer/accept", "accepted"),
            _ => ("/offer/decline", "declined"),
        };
        let form_page = if answer == OfferAnswer::Accepted { "/offer" } else { "/offer/decline" };
        let said = self.hands.browser.answer(&format!("{page}{form_page}"), form, &[]).await;
        assert_eq!(said.as_deref(), Some(notice), "{page}{form}");
        offer.answer = Some((answer, self.beat));
        if answer != OfferAnswer::Accepted {
            self.next.push((Beat::noon(calendar::working_days_after(self.beat.day(), 1)), Act::Decide));
        }
        if let Some(application) = self.case.application.as_mut().filter(|_| answer == OfferAnswer::Accepted) {
            application.end = Some((End::Hired, self.beat));
        }
    }

    async fn come_back(&mut self, is_yes: bool, mail: usize) {
        let (english, chinese, intent) = if is_yes {
            ("Yes, I would like to hear more.", "好的，我想了解一下。", ReplyIntent::Confirm)
        } else {
            ("No, thank you. I am not interested.", "不考虑，谢谢。", ReplyIntent::Decline)
        };
        self.write(mail, if self.person.is_english() { english } else { chinese }, intent).await;
    }

    async fn have_enough(&mut self, mail: usize) {
        if !self.case.is_expected() || self.case.opted_out.is_some() {
            return;
        }
        self.write(mail, "Please remove me from your list.", ReplyIntent::Unsubscribe).await;
        self.case.opted_out = Some(self.beat);
        let Some((_, invitation)) = self.case.of_kind(MessageKind::InterviewInvitation).next() else { return };
        let page = format!("{}/withdraw", invitation.page);
        let said = self.hands.browser.answer(&page, "/withdraw", &[]).await;
        assert_eq!(said.as_deref(), Some("withdrawn"), "{page}");
        if let Some(meeting) = &mut self.case.meeting {
            meeting.answers.push((CandidateAnswer::Withdrew, self.beat));
        }
        if let Some(application) = &mut self.case.application {
            application.end = Some((End::Withdrawn, self.beat));
        }
    }

    fn now(&self) -> chrono::DateTime<chrono::Utc> {
        self.hands.calendar.time(self.beat)
    }
}
