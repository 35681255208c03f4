//! Headings and cells as people read them.

use usher_proto::analytics::v1::ColumnKind;

use super::table::{Cell, Column};
use crate::ways_out::charts::Lang;

/// Names of columns, in English and in Chinese. A column that is not here is headed by its name.
const HEADINGS: &[(&str, &str, &str)] = &[
    ("interval_start", "From", "起"),
    ("message_kind", "Message", "消息类型"),
    ("template", "Template", "模板"),
    ("template_version", "Version", "模板版本"),
    ("language", "Language", "语言"),
    ("channel", "Channel", "渠道"),
    ("experiment", "Experiment", "实验"),
    ("arm", "Group", "组别"),
    ("clarity", "Clarity", "清晰度"),
    ("feature", "Feature", "内容特征"),
    ("stage", "Stage", "阶段"),
    ("source", "Source", "来源"),
    ("lead_time", "Lead time", "提前安排时间"),
    ("follow_up", "Last message before", "最后一次提醒距面试"),
    ("confirmed", "Confirmed", "已确认"),
    ("cause", "Cause", "原因"),
    ("failure", "What failed", "失效环节"),
    ("tag_dimension", "Kind of tag", "标签类别"),
    ("tag", "Tag", "标签"),
    ("campaign", "Campaign", "活动"),
    ("recruiter", "Recruiter", "招聘人员"),
    ("task_kind", "Task", "任务类型"),
    ("numerator", "k", "k"),
    ("n", "n", "n"),
    ("rate", "Rate", "比率"),
    ("lower", "from", "下限"),
    ("upper", "to", "上限"),
    ("too_few", "Too few", "数据太少"),
    ("rank", "Rank", "等级"),
    ("censored", "Not known yet", "尚未知"),
    ("median_days", "Median, days", "中位数（天）"),
    ("p90_days", "90 % within, days", "90% 不超过（天）"),
    ("estimated_median_days", "Median, if nobody ended otherwise", "中位数（若无人中途离开）"),
    ("estimated_median_lower", "from", "下限"),
    ("estimated_median_upper", "to", "上限"),
    ("estimated_p90_days", "90 % within, if nobody ended otherwise", "90% 不超过（若无人中途离开）"),
    ("entered", "Entered", "进入"),
    ("advanced", "Went on", "晋级"),
    ("hired", "Hired", "录用"),
    ("rejected", "Rejected", "淘汰"),
    ("withdrawn", "Withdrew", "退出"),
    ("in_process", "In process", "进行中"),
    ("applied", "Applied", "申请"),
    ("created", "Came", "新增"),
    ("open", "Open", "未完成"),
    ("completed", "Completed", "已完成"),
    ("median_hours", "Median, hours", "中位数（小时）"),
    ("p90_hours", "90 % within, hours", "90% 不超过（小时）"),
    ("difference", "Difference", "差值"),
    ("difference_lower", "from", "下限"),
    ("difference_upper", "to", "上限"),
    ("verdict", "What can be said", "结论"),
    ("design", "Groups", "分组方式"),
    ("advance_rate", "Of those who left, went on", "离开者中晋级率"),
    ("reach_rate", "Of the first stage", "占首阶段"),
    ("interviewed_rate", "Interviewed", "到面率"),
    ("no_show_rate", "No-show", "爽约率"),
    ("offered_rate", "Offered", "发放录用率"),
    ("hired_rate", "Hired", "录用率"),
    ("on_time_rate", "On time", "按时率"),
    ("treatment_rate", "Written to: came back", "实验组激活率"),
    ("holdout_rate", "Held out: came back", "对照组激活率"),
];

/// A column's heading.
pub fn heading(column: &Column, lang: Lang) -> String {
    let name = column.name.as_str();
    let known = HEADINGS.iter().find(|(known, ..)| *known == name);
    match (known, lang) {
        (Some((_, english, _)), Lang::En) => (*english).to_owned(),
        (Some((.., chinese)), Lang::Zh) => (*chinese).to_owned(),
        // Parts of a rate stand behind its share, whose heading says of what.
        (None, _) => match name.rsplit_once('_') {
            Some((of, "few")) if of.ends_with("_too") => heading(&Column::new("too_few", column.kind), lang),
            Some((_, part @ ("numerator" | "n" | "lower" | "upper"))) => heading(&Column::new(part, column.kind), lang),
            _ => name.trim_start_matches("count_").replace('_', " "),
        },
    }
}

/// A cell.
pub fn cell(cell: &Cell, kind: ColumnKind) -> String {
    match cell {
        Cell::Text(text) => text.clone(),
        Cell::Integer(number) => number.to_string(),
        Cell::Number(share) if kind == ColumnKind::Share => format!("{:.1} %", share * 100.0),
        Cell::Number(number) if number.fract() == 0.0 => format!("{number:.0}"),
        Cell::Number(number) => format!("{number:.1}"),
        Cell::Nothing => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_a_rate_is_headed_like_any_such_part() {
        let heading = |name: &str, lang| heading(&Column::new(name, ColumnKind::Share), lang);
        assert_eq!(heading("hired_rate", Lang::En), "Hired");
        assert_eq!(
            (heading("hired_lower", Lang::En), heading("hired_lower", Lang::Zh)),
            ("from".to_owned(), "下限".to_owned())
        );
        assert_eq!(heading("count_answered_within_24h", Lang::En), "answered within 24h");
    }

    #[test]
    fn shares_are_read_per_cent() {
        assert_eq!(cell(&Cell::Number(0.123_4), ColumnKind::Share), "12.3 %");
        assert_eq!(cell(&Cell::Number(20.0), ColumnKind::Number), "20");
        assert_eq!(cell(&Cell::Nothing, ColumnKind::Number), "");
    }
}
