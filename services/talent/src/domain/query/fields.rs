//! The fields and their names.

use crate::{
    domain::analysis::folded,
    domain::query::{Keyword, Number, TextField},
};

/// Where a value is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    Text(TextField),
    Skill,
    City,
    Tag,
    Keyword(Keyword),
    Number(Number),
}

/// Each field with its names in the form of comparison; the first is the one that is written.
const FIELDS: &[(Field, &[&str])] = &[
    (Field::Skill, &["skill", "skills", "技能"]),
    (Field::Tag, &["tag", "tags", "标签"]),
    (Field::City, &["city", "城市", "地点"]),
    (Field::Text(TextField::Company), &["company", "公司"]),
    (Field::Text(TextField::Title), &["title", "职位", "岗位", "职务"]),
    (Field::Text(TextField::Name), &["name", "姓名", "名字"]),
    (Field::Text(TextField::School), &["school", "学校", "院校"]),
    (Field::Text(TextField::Resume), &["resume", "cv", "简历"]),
    (Field::Keyword(Keyword::Degree), &["degree", "学历", "学位"]),
    (Field::Keyword(Keyword::Intent), &["intent", "意向", "求职意向"]),
    (Field::Keyword(Keyword::Source), &["source", "来源", "渠道"]),
    (Field::Keyword(Keyword::Language), &["lang", "language", "语言"]),
    (Field::Keyword(Keyword::Consent), &["consent", "同意", "授权"]),
    (Field::Keyword(Keyword::Contact), &["has", "有"]),
    (Field::Number(Number::Years), &["years", "年限", "经验", "工作年限"]),
    (Field::Number(Number::Engagement), &["engagement", "参与度", "互动"]),
    (Field::Number(Number::LastActivity), &["active", "活跃"]),
    (Field::Number(Number::Created), &["created", "创建", "入库"]),
    (Field::Number(Number::Updated), &["updated", "更新"]),
];

/// Said when a field's name is none of these.
pub(super) const NO_SUCH_FIELD: &str = "no such field; there are skill, tag, city, company, title, name, school, resume, \
    degree, intent, source, lang, consent, has, years, engagement, active, created and updated";

/// The field of a name, in whatever spelling.
pub(super) fn named(name: &str) -> Option<Field> {
    // Accents would be folded away: nobody means `name` with `ñame`, but nothing else is called so either.
    let name = folded(name);
    FIELDS.iter().find(|(_, names)| names.contains(&name.as_str())).map(|(field, _)| *field)
}

/// The name under which a field is written; none for words that may stand anywhere.
pub(super) fn name(field: Field) -> Option<&'static str> {
    let (_, names) = FIELDS.iter().find(|(known, _)| *known == field)?;
    names.first().copied()
}

/// Whether what means the same is looked for too. Whoever is called Li is not called something else as well.
pub(super) fn has_synonyms(field: TextField) -> bool {
    matches!(field, TextField::Any | TextField::Title | TextField::Resume)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_known_and_told() {
        let mut seen = std::collections::HashSet::new();
        for (field, names) in FIELDS {
            assert!(names.iter().all(|name| named(name) == Some(*field) && seen.insert(name)), "{names:?}");
            assert!(NO_SUCH_FIELD.contains(names[0]), "{names:?}");
        }
        assert_eq!((named("ＣＩＴＹ"), named("學校")), (Some(Field::City), Some(Field::Text(TextField::School))));
        assert_eq!(named("salary"), None);
    }
}
