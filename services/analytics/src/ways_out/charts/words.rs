//! Every fixed word of the charts, in each language.

use super::figure::{Interval, count, days, percent, percent_range, points};

/// The language of a chart's fixed words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lang {
    /// English.
    En,
    /// Simplified Chinese.
    Zh,
}

impl Lang {
    /// The BCP 47 tag.
    pub fn tag(self) -> &'static str {
        self.pick("en", "zh-CN")
    }

    pub(super) fn pick<T>(self, en: T, zh: T) -> T {
        match self {
            Self::En => en,
            Self::Zh => zh,
        }
    }

    pub(super) fn sentence(self, words: &str) -> String {
        format!("{words}{}", self.pick(".", "。"))
    }

    pub(super) fn subtitle(self, period: &str, zone: &str, n: &str) -> String {
        self.pick(format!("{period} · time zone {zone} · n = {n}"), format!("{period} · 时区 {zone} · n = {n}"))
    }

    pub(super) fn source(self, definition: &str, formula: &str) -> String {
        self.pick(
            format!("Definition: {definition} · Formula version {formula}"),
            format!("定义：{definition} · 公式版本 {formula}"),
        )
    }

    pub(super) fn no_data(self) -> &'static str {
        self.pick("No data in this period.", "此期间没有数据。")
    }

    pub(super) fn not_known(self) -> &'static str {
        self.pick("not known", "未知")
    }

    pub(super) fn too_few(self, n: u64) -> String {
        let n = count(n);
        self.pick(format!("too few (n = {n})"), format!("数据太少（n = {n}）"))
    }

    pub(super) fn and_more(self, rows: usize) -> String {
        self.pick(format!("and {rows} more"), format!("另有 {rows} 项"))
    }

    pub(super) fn and_earlier(self, rows: usize) -> String {
        self.pick(format!("and {rows} earlier ones, not shown"), format!("更早的 {rows} 项未显示"))
    }

    pub(super) fn of(self, k: u64, n: u64) -> String {
        let (k, n) = (count(k), count(n));
        self.pick(format!("{k} of {n}"), format!("{k} / {n}"))
    }

    pub(super) fn of_header(self) -> &'static str {
        self.pick("k of n", "k / n")
    }

    pub(super) fn rate_header(self) -> &'static str {
        self.pick("Rate", "比例")
    }

    pub(super) fn with_interval(self, measure: &str) -> String {
        self.pick(format!("{measure} (%), with 95 % interval"), format!("{measure}（%），含 95 % 区间"))
    }

    pub(super) fn overall(self, share: f64) -> String {
        self.pick(format!("overall {}", percent(share)), format!("总体 {}", percent(share)))
    }

    pub(super) fn said_overall(self, rate: Interval) -> String {
        self.sentence(&format!("{}{}", self.overall(rate.value), self.bracketed(rate)))
    }

    /// An interval after its estimate.
    pub(super) fn bracketed(self, rate: Interval) -> String {
        let range = percent_range(rate.lower, rate.upper);
        self.pick(format!(" (95 % interval {range})"), format!("（95 % 区间 {range}）"))
    }

    pub(super) fn said_rate(self, label: &str, k: u64, n: u64, rate: Option<Interval>) -> String {
        let figure = rate.map_or_else(
            || self.not_known().to_owned(),
            |rate| format!("{}{}", percent(rate.value), self.bracketed(rate)),
        );
        let of = self.of(k, n);
        self.pick(format!("{label}: {of}, {figure}."), format!("{label}：{of}，{figure}。"))
    }

    pub(super) fn said(self, label: &str, what: &str) -> String {
        self.pick(format!("{label}: {what}."), format!("{label}：{what}。"))
    }

    pub(super) fn letters(self) -> &'static str {
        self.pick(
            "Rows that share a letter: these data can not tell them apart, so their order means nothing.",
            "同一字母的各行：现有数据无法区分，先后次序没有意义。",
        )
    }

    pub(super) fn said_letters(self, letters: &str) -> String {
        self.pick(format!("Group {letters}."), format!("属 {letters} 组。"))
    }

    pub(super) fn hollow(self, minimum: u64) -> String {
        let minimum = count(minimum);
        self.pick(
            format!("Hollow: fewer than {minimum} cases, too few to compare."),
            format!("空心：不足 {minimum} 例，不宜比较。"),
        )
    }

    pub(super) fn arrow(self) -> &'static str {
        self.pick("Arrow: the interval goes on beyond the axis.", "箭头：区间超出坐标轴。")
    }

    pub(super) fn day_axis(self, since: &str) -> String {
        self.pick(format!("Days since {since}"), format!("自{since}起的天数"))
    }

    pub(super) fn share_axis(self, measure: &str) -> String {
        self.pick(format!("{measure} (%), band: 95 % interval"), format!("{measure}（%），带状为 95 % 区间"))
    }

    pub(super) fn at_risk(self) -> &'static str {
        self.pick("Number at risk (still waiting and still observed)", "风险人数（尚在等待且仍在观察）")
    }

    pub(super) fn at_day(self) -> &'static str {
        self.pick("on day", "第…天")
    }

    pub(super) fn said_at_risk(self, label: &str, numbers: &[(u32, u64)]) -> String {
        let each = |(day, n): &(u32, u64)| {
            let n = count(*n);
            self.pick(format!("{n} on day {day}"), format!("第 {day} 天 {n}"))
        };
        let numbers = numbers.iter().map(each).collect::<Vec<_>>().join(self.pick(", ", "，"));
        self.pick(format!("{label}, at risk: {numbers}."), format!("{label}，风险人数：{numbers}。"))
    }

    pub(super) fn median(self, median: f64, range: Option<(Option<f64>, Option<f64>)>) -> String {
        let end = |day: Option<f64>| day.map_or_else(|| "–".to_owned(), days);
        let range = range.map(|(from, to)| match self {
            Self::En => format!(" ({} to {})", end(from), end(to)),
            Self::Zh => format!("（{} 至 {}）", end(from), end(to)),
        });
        let (day, range) = (days(median), range.unwrap_or_default());
        self.pick(format!("median {day} d{range}"), format!("中位数 {day} 天{range}"))
    }

    pub(super) fn no_median(self) -> &'static str {
        self.pick("median not reached", "未达到中位数")
    }

    pub(super) fn survival_signs(self) -> &'static str {
        self.pick(
            "Tick: somebody not followed any longer (censored). Dotted: the median, the day by which half are done; in \
             brackets its 95 % interval, – where it is open.",
            "短竖线：不再继续观察（删失）。点线：中位数，即半数完成的天数；括号内为其 95 % 区间，– 表示无界。",
        )
    }

    pub(super) fn said_curve(self, label: &str, n: u64, median: &str, end: Option<(f64, Interval)>) -> String {
        let n = count(n);
        let end = end.map(|(day, share)| {
            let (day, share) = (days(day), format!("{}{}", percent(share.value), self.bracketed(share)));
            self.pick(format!(", {share} left on day {day}"), format!("，第 {day} 天尚余 {share}"))
        });
        let end = end.unwrap_or_default();
        self.pick(format!("{label}: n = {n}, {median}{end}."), format!("{label}：n = {n}，{median}{end}。"))
    }

    pub(super) fn stage_header(self) -> (&'static str, &'static str) {
        self.pick(("n", "of the first"), ("n", "占首阶段"))
    }

    pub(super) fn conversion(self, conversion: Interval, k: u64, n: u64) -> String {
        let (share, range, of) =
            (percent(conversion.value), percent_range(conversion.lower, conversion.upper), self.of(k, n));
        self.pick(
            format!("{share} of the stage before ({of}; 95 % interval {range})"),
            format!("占上一阶段 {share}（{of}；95 % 区间 {range}）"),
        )
    }

    pub(super) fn no_conversion(self) -> &'static str {
        self.pick("conversion from the stage before not known", "上一阶段转化率未知")
    }

    pub(super) fn in_process(self, n: u64) -> String {
        let n = count(n);
        self.pick(format!("{n} still in process"), format!("{n} 仍在流程中"))
    }

    pub(super) fn still_open(self) -> &'static str {
        self.pick(
            "Hatched: still in process at the end of the period (right-censored). The stages after may yet gain from them.",
            "斜线：期末仍在流程中（右删失），后续阶段的人数可能还会增加。",
        )
    }

    pub(super) fn said_stage(self, label: &str, n: u64, share: &str, more: &str) -> String {
        let n = count(n);
        self.pick(
            format!("{label}: {n}, {share} of the first stage; {more}."),
            format!("{label}：{n}，占首阶段 {share}；{more}。"),
        )
    }

    pub(super) fn predicted(self) -> &'static str {
        self.pick("Predicted (%)", "预测（%）")
    }

    pub(super) fn observed(self) -> &'static str {
        self.pick("Observed (%), with 95 % interval", "实际（%），含 95 % 区间")
    }

    pub(super) fn bins_header(self) -> [&'static str; 3] {
        self.pick(["Predicted", "Observed (95 %)", "n"], ["预测", "实际（95 %）", "n"])
    }

    pub(super) fn diagonal(self) -> &'static str {
        self.pick(
            "Dashed diagonal: predictions that come true exactly. A point above it: more happened than was predicted.",
            "虚线对角线：预测与实际完全一致。点在线上方：实际多于预测。",
        )
    }

    pub(super) fn cases(self) -> &'static str {
        self.pick("Cases (n)", "例数（n）")
    }

    pub(super) fn said_bin(self, predicted: f64, of: &str, observed: Option<Interval>) -> String {
        let predicted = percent(predicted);
        let observed = observed.map_or_else(
            || self.not_known().to_owned(),
            |rate| format!("{}{}", percent(rate.value), self.bracketed(rate)),
        );
        self.pick(
            format!("Predicted {predicted}: observed {observed}, {of}."),
            format!("预测 {predicted}：实际 {observed}，{of}。"),
        )
    }

    pub(super) fn difference_axis(self, measure: &str) -> String {
        self.pick(
            format!("{measure}: difference in percentage points, with 95 % interval"),
            format!("{measure}：相差的百分点，含 95 % 区间"),
        )
    }

    pub(super) fn no_difference(self) -> &'static str {
        self.pick("no difference", "无差异")
    }

    pub(super) fn difference_header(self) -> &'static str {
        self.pick("Points (95 % interval)", "百分点（95 % 区间）")
    }

    pub(super) fn difference(self, d: Interval) -> String {
        let (value, lower, upper) = (points(d.value), points(d.lower), points(d.upper));
        self.pick(format!("{value} ({lower} to {upper})"), format!("{value}（{lower} 至 {upper}）"))
    }

    pub(super) fn origin(self, randomised: bool, n: u64) -> String {
        let design = match (randomised, self) {
            (true, Self::En) => "randomised",
            (true, Self::Zh) => "随机分组",
            (false, Self::En) => "observed",
            (false, Self::Zh) => "观察",
        };
        format!("{design} · n = {}", count(n))
    }

    pub(super) fn designs(self) -> [&'static str; 2] {
        self.pick(
            [
                "■ randomised: chance decided who was treated how, so the difference is an effect.",
                "◇ observed: the groups may also differ in other ways, so the difference need not be an effect.",
            ],
            ["■ 随机分组：由随机决定如何对待，差异即为效果。", "◇ 观察：各组也可能另有不同，差异未必是效果。"],
        )
    }

    pub(super) fn said_difference(self, label: &str, origin: &str, d: Option<Interval>) -> String {
        let points = |d| format!("{}{}", self.difference(d), self.pick(" points", " 个百分点"));
        let d = d.map_or_else(|| self.not_known().to_owned(), points);
        self.pick(format!("{label} ({origin}): {d}."), format!("{label}（{origin}）：{d}。"))
    }
}
