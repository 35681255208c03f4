//! The reports that a person would write in SQL, over the facts. One text for both databases, but for the few words that they say
//! differently; it relies on what the year is known to hold, as the service does not: one sending of a message, one answer to an
//! offer, stages in one direction, and neither imports nor changes of mind.

use usher_proto::analytics::v1::Dimension;

use crate::ask::Report;

/// A report with the statement that says the same. Its first column is the row's name, all others are its numbers.
pub struct Question {
    pub name: &'static str,
    pub report: Report,
    pub by: &'static [Dimension],
    sql: &'static str,
}

/// What the two say differently.
pub struct Dialect {
    /// The last word on who came, by interview.
    pub came: &'static str,
    /// Members of campaigns with a row for each tag.
    pub tagged: &'static str,
    /// The ends of the period, as literals.
    pub from: String,
    pub until: String,
}

impl Question {
    /// The statement, over a view `mine` of the tenant's facts.
    pub fn statement(&self, dialect: &Dialect) -> String {
        self.sql
            .replace("{came}", dialect.came)
            .replace("{tagged}", dialect.tagged)
            .replace("{from}", &dialect.from)
            .replace("{until}", &dialect.until)
    }
}

/// For each kind of fact, see `domain/fact.rs` of the service.
pub const QUESTIONS: &[Question] = &[
    Question {
        name: "template reply rate by version",
        report: Report::TemplateReplyRates,
        by: &[Dimension::TemplateVersion],
        sql: "SELECT sent.version,
                  count(*) FILTER (WHERE acted.last >= sent.time OR mailed.first >= sent.time OR offered.last >= sent.time),
                  count(*)
              FROM mine sent
              LEFT JOIN (SELECT subject, max(time) AS last FROM mine WHERE kind = 11 GROUP BY subject) acted
                  ON acted.subject = sent.about
              LEFT JOIN (SELECT subject, min(time) AS first FROM mine WHERE kind = 22 AND code NOT IN (5, 6)
                         GROUP BY subject) mailed ON mailed.subject = sent.subject
              LEFT JOIN (SELECT root, max(time) AS last FROM mine WHERE kind = 31 GROUP BY root) offered
                  ON offered.root = sent.root AND sent.code IN (6, 12)
              WHERE sent.kind = 21 AND sent.code IN (1, 2, 3, 6, 11, 12, 20, 21)
                  AND sent.time >= {from} AND sent.time < {until}
              GROUP BY sent.version",
    },
    Question {
        name: "no-show rate by follow-up",
        report: Report::NoShowRates,
        by: &[Dimension::FollowUp],
        sql: "WITH came AS ({came}),
              reminded AS (
                  SELECT came.subject, max(sent.time) AS last FROM mine sent JOIN came ON came.subject = sent.about
                  WHERE sent.kind = 21 AND sent.time < came.start GROUP BY came.subject)
              SELECT CASE WHEN last IS NULL THEN 'none'
                          WHEN start - last < INTERVAL '6 hours' THEN '<6h'
                          WHEN start - last < INTERVAL '24 hours' THEN '6-24h'
                          WHEN start - last < INTERVAL '48 hours' THEN '24-48h'
                          WHEN start - last < INTERVAL '168 hours' THEN '2-7d'
                          ELSE '7d+' END,
                  count(*) FILTER (WHERE code = 3), count(*) FILTER (WHERE code IN (1, 2, 3))
              FROM came LEFT JOIN reminded USING (subject)
              WHERE start >= {from} AND start < {until} GROUP BY 1",
    },
    Question {
        name: "no-show rate by source",
        report: Report::NoShowRates,
        by: &[Dimension::Source],
        sql: "WITH came AS ({came})
              SELECT applied.origin, count(*) FILTER (WHERE came.code = 3),
                  count(*) FILTER (WHERE came.code IN (1, 2, 3))
              FROM came JOIN mine applied ON applied.root = came.root AND applied.kind = 1
              WHERE came.start >= {from} AND came.start < {until} GROUP BY applied.origin",
    },
    Question {
        name: "funnel by stage",
        report: Report::Funnel,
        by: &[],
        sql: "WITH stays AS (
                  SELECT root, stage, lead(position) OVER (PARTITION BY root ORDER BY position) AS next
                  FROM mine WHERE kind IN (1, 2)
                      AND root IN (SELECT root FROM mine WHERE kind = 1 AND time >= {from} AND time < {until}))
              SELECT stays.stage, count(*), count(*) FILTER (WHERE next IS NOT NULL OR hired.root IS NOT NULL),
                  count(*) FILTER (WHERE next IS NULL AND hired.root IS NOT NULL),
                  count(*) FILTER (WHERE next IS NULL AND hired.root IS NULL AND ended.code = 3),
                  count(*) FILTER (WHERE next IS NULL AND hired.root IS NULL AND ended.code = 4)
              FROM stays
              LEFT JOIN (SELECT root, code FROM mine WHERE kind = 3) ended ON ended.root = stays.root
              LEFT JOIN (SELECT root FROM mine WHERE kind = 6) hired ON hired.root = stays.root
              GROUP BY stays.stage",
    },
    Question {
        name: "time to hire by source",
        report: Report::TimeToHire,
        by: &[Dimension::Source],
        sql: "WITH took AS (
                  SELECT applied.origin, floor(extract(epoch FROM hired.time - applied.time) / 86400) AS days
                  FROM mine applied LEFT JOIN mine hired ON hired.root = applied.root AND hired.kind = 6
                  WHERE applied.kind = 1 AND applied.time >= {from} AND applied.time < {until})
              SELECT origin, count(days), coalesce(percentile_cont(0.5) WITHIN GROUP (ORDER BY days), -1),
                  coalesce(percentile_cont(0.9) WITHIN GROUP (ORDER BY days), -1)
              FROM took GROUP BY origin",
    },
    Question {
        name: "source quality",
        report: Report::SourceQuality,
        by: &[Dimension::Source],
        sql: "WITH came AS ({came}),
              by_root AS (
                  SELECT root, count(*) FILTER (WHERE code IN (1, 2)) AS came,
                      count(*) FILTER (WHERE code IN (1, 2, 3)) AS interviews, count(*) FILTER (WHERE code = 3) AS no_show
                  FROM came GROUP BY root)
              SELECT applied.origin, count(*), count(*) FILTER (WHERE by_root.came > 0),
                  coalesce(sum(interviews), 0), coalesce(sum(no_show), 0), count(offered.root), count(hired.root),
                  count(*) FILTER (WHERE hired.root IS NULL AND ended.root IS NULL)
              FROM mine applied
              LEFT JOIN by_root ON by_root.root = applied.root
              LEFT JOIN (SELECT DISTINCT root FROM mine WHERE kind = 30) offered ON offered.root = applied.root
              LEFT JOIN (SELECT root FROM mine WHERE kind = 6) hired ON hired.root = applied.root
              LEFT JOIN (SELECT root FROM mine WHERE kind = 3) ended ON ended.root = applied.root
              WHERE applied.kind = 1 AND applied.time >= {from} AND applied.time < {until}
              GROUP BY applied.origin",
    },
    Question {
        name: "tag activation",
        report: Report::TagActivationRates,
        by: &[Dimension::Tag],
        sql: "SELECT tagged.tag, count(*) FILTER (WHERE outcome.code IN (1, 2, 3, 4)), count(*)
              FROM ({tagged}) tagged
              LEFT JOIN (SELECT root, code FROM mine WHERE kind = 51) outcome ON outcome.root = tagged.root
              WHERE tagged.code = 1 AND tagged.time >= {from} AND tagged.time < {until}
              GROUP BY tagged.tag",
    },
    Question {
        name: "campaign lift",
        report: Report::CampaignLift,
        by: &[Dimension::Campaign],
        sql: "SELECT member.experiment,
                  count(*) FILTER (WHERE member.code = 1 AND outcome.code IN (1, 2, 3, 4)),
                  count(*) FILTER (WHERE member.code = 1),
                  count(*) FILTER (WHERE member.code = 2 AND outcome.code IN (1, 2, 3, 4)),
                  count(*) FILTER (WHERE member.code = 2)
              FROM mine member
              LEFT JOIN (SELECT root, code FROM mine WHERE kind = 51) outcome ON outcome.root = member.root
              WHERE member.kind = 50 AND member.time >= {from} AND member.time < {until}
              GROUP BY member.experiment",
    },
    Question {
        name: "offer acceptance by source",
        report: Report::OfferAcceptance,
        by: &[Dimension::Source],
        sql: "SELECT applied.origin, count(*) FILTER (WHERE answered.code = 1),
                  count(*) FILTER (WHERE answered.code IN (1, 2) OR closed.code = 8)
              FROM mine sent
              JOIN mine applied ON applied.root = sent.root AND applied.kind = 1
              LEFT JOIN (SELECT subject, code FROM mine WHERE kind = 31) answered ON answered.subject = sent.subject
              LEFT JOIN (SELECT subject, code FROM mine WHERE kind = 32) closed ON closed.subject = sent.subject
              WHERE sent.kind = 30 AND sent.time >= {from} AND sent.time < {until}
              GROUP BY applied.origin",
    },
    Question {
        name: "employer silence by stage",
        report: Report::EmployerSilence,
        by: &[Dimension::Stage],
        sql: "SELECT entered.stage, count(silent.root), count(*)
              FROM mine entered
              LEFT JOIN (SELECT DISTINCT root, stage FROM mine WHERE kind = 5) silent
                  ON silent.root = entered.root AND silent.stage = entered.stage
              WHERE entered.kind IN (1, 2) AND entered.time >= {from} AND entered.time < {until}
              GROUP BY entered.stage",
    },
];
