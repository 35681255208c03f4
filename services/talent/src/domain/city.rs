//! Cities: one key for one city, whichever language it is written in.

use unicode_normalization::UnicodeNormalization as _;

/// Names of one city; the first is the key.
const NAMES: &[&[&str]] = &[
    &["beijing", "北京", "peking"],
    &["shanghai", "上海"],
    &["guangzhou", "广州", "canton"],
    &["shenzhen", "深圳"],
    &["hangzhou", "杭州"],
    &["nanjing", "南京"],
    &["suzhou", "苏州"],
    &["chengdu", "成都"],
    &["chongqing", "重庆"],
    &["wuhan", "武汉"],
    &["xian", "西安", "xi'an"],
    &["tianjin", "天津"],
    &["changsha", "长沙"],
    &["zhengzhou", "郑州"],
    &["qingdao", "青岛"],
    &["jinan", "济南"],
    &["dalian", "大连"],
    &["shenyang", "沈阳"],
    &["harbin", "哈尔滨"],
    &["xiamen", "厦门"],
    &["fuzhou", "福州"],
    &["ningbo", "宁波"],
    &["hefei", "合肥"],
    &["wuxi", "无锡"],
    &["dongguan", "东莞"],
    &["foshan", "佛山"],
    &["zhuhai", "珠海"],
    &["kunming", "昆明"],
    &["hong kong", "香港", "hongkong", "hk"],
    &["macau", "澳门", "macao"],
    &["taipei", "台北", "臺北"],
    &["singapore", "新加坡"],
    &["tokyo", "东京", "東京"],
    &["london", "伦敦"],
    &["new york", "纽约", "new york city", "nyc"],
    &["san francisco", "旧金山"],
    &["berlin", "柏林"],
    &["paris", "巴黎"],
    &["sydney", "悉尼"],
];

/// What cities are compared by.
pub fn key(city: &str) -> String {
    let normal: String = city.nfkc().collect::<String>().trim().to_lowercase();
    let stem = normal.strip_suffix('市').unwrap_or(&normal);
    names(stem).map_or_else(|| stem.to_owned(), |names| names[0].to_owned())
}

/// Every name of the city that is written here, besides the written one.
pub fn other_names(city: &str) -> &'static [&'static str] {
    names(&key(city)).unwrap_or_default()
}

fn names(name: &str) -> Option<&'static [&'static str]> {
    NAMES.iter().copied().find(|names| names.contains(&name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_city_has_one_key() {
        for name in ["上海", "上海市", "Shanghai", "SHANGHAI", " ｓhanghai "] {
            assert_eq!(key(name), "shanghai", "{name}");
        }
        assert_eq!(key("绍兴市"), "绍兴");
        assert_eq!(key("Oxford"), "oxford");
        assert_eq!(key(""), "");
    }

    #[test]
    fn no_name_belongs_to_two_cities() {
        let mut seen = std::collections::HashSet::new();
        assert!(NAMES.iter().copied().flatten().all(|name| seen.insert(*name)));
    }
}
