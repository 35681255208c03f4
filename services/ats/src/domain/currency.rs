//! ISO 4217: which currencies there are, and how many digits their smallest unit stands behind the point.

/// Those with two digits, which are most.
const TWO: &[&str] = &[
    "AED", "AFN", "ALL", "AMD", "AOA", "ARS", "AUD", "AWG", "AZN", "BAM", "BBD", "BDT", "BGN", "BMD", "BND", "BOB",
    "BRL", "BSD", "BTN", "BWP", "BYN", "BZD", "CAD", "CDF", "CHF", "CNY", "COP", "CRC", "CUP", "CVE", "CZK", "DKK",
    "DOP", "DZD", "EGP", "ERN", "ETB", "EUR", "FJD", "FKP", "GBP", "GEL", "GHS", "GIP", "GMD", "GTQ", "GYD", "HKD",
    "HNL", "HTG", "HUF", "IDR", "ILS", "INR", "IRR", "JMD", "KES", "KGS", "KHR", "KPW", "KYD", "KZT", "LAK", "LBP",
    "LKR", "LRD", "LSL", "MAD", "MDL", "MGA", "MKD", "MMK", "MNT", "MOP", "MRU", "MUR", "MVR", "MWK", "MXN", "MYR",
    "MZN", "NAD", "NGN", "NIO", "NOK", "NPR", "NZD", "PAB", "PEN", "PGK", "PHP", "PKR", "PLN", "QAR", "RON", "RSD",
    "RUB", "SAR", "SBD", "SCR", "SDG", "SEK", "SGD", "SHP", "SLE", "SOS", "SRD", "SSP", "STN", "SVC", "SYP", "SZL",
    "THB", "TJS", "TMT", "TOP", "TRY", "TTD", "TWD", "TZS", "UAH", "USD", "UYU", "UZS", "VED", "VES", "WST", "XCD",
    "YER", "ZAR", "ZMW", "ZWG",
];
const NONE: &[&str] =
    &["BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF"];
const THREE: &[&str] = &["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"];

/// The digits behind the point; `None` for what is no currency.
pub fn digits(code: &str) -> Option<u32> {
    [(TWO, 2), (NONE, 0), (THREE, 3)].into_iter().find(|(codes, _)| codes.contains(&code)).map(|(_, digits)| digits)
}

/// An amount in the smallest unit as a decimal number: 2500000 of CNY is `25000.00`.
pub fn decimal(minor_units: i64, code: &str) -> String {
    let digits = digits(code).unwrap_or(2);
    if digits == 0 {
        return minor_units.to_string();
    }
    let unit = 10_i64.pow(digits);
    let width = usize::try_from(digits).unwrap_or_default();
    format!("{}.{:0width$}", minor_units / unit, minor_units % unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_point_stands_where_the_currency_has_it() {
        assert_eq!(decimal(2_500_000, "CNY"), "25000.00");
        assert_eq!(decimal(5, "EUR"), "0.05");
        assert_eq!(decimal(300_000, "JPY"), "300000");
        assert_eq!(decimal(1_500_250, "KWD"), "1500.250");
        assert_eq!(digits("XXX"), None);
    }

    #[test]
    fn no_currency_is_named_twice() {
        let mut all: Vec<_> = [TWO, NONE, THREE].concat();
        all.sort_unstable();
        assert!(all.windows(2).all(|pair| pair[0] != pair[1]));
    }
}
