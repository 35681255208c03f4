use proptest::prelude::*;

use super::*;

#[test]
fn a_link_is_whole_absolute_and_of_the_web() {
    for good in [
        "https://meet.example.com/1",
        "http://127.0.0.1:8080/c/abc",
        "https://例子.example/路",
        "HTTPS://Example.com",
        "https://a.example/?from=https://a.example/b",
        "https://a.example/x?time=10:00&q=http",
        "https://[2001:db8::1]/x",
    ] {
        assert_eq!(check(good), Ok(()), "{good}");
    }
    for (bad, why) in [
        ("javascript:alert(1)", Broken::Scheme),
        ("data:text/html,x", Broken::Scheme),
        ("//example.com", Broken::Scheme),
        ("/c/1", Broken::Scheme),
        ("https:example.com", Broken::Scheme),
        ("ftp://example.com", Broken::Scheme),
        ("meet.example.com/1", Broken::Scheme),
        ("https://example.com/a b", Broken::Characters),
        ("https://example.com\\@other.example", Broken::Characters),
        ("https://example.com/\u{202e}gpj", Broken::Characters),
        ("https://user@example.com/", Broken::UserInfo),
        ("https://example.com:pw@other.example/", Broken::UserInfo),
        ("https://@example.com/", Broken::UserInfo),
        ("https://", Broken::Host),
        ("https:///x", Broken::Host),
        ("https://%41.example/", Broken::Host),
        ("https://exa_mple.com", Broken::Host),
        ("https://-a.example", Broken::Host),
        ("https://a..example", Broken::Host),
        ("https://a.example./", Broken::Host),
        ("https://0x7f.1/", Broken::Host),
        ("https://2130706433/", Broken::Host),
        ("https://a.example:0/", Broken::Host),
        ("https://a.example:99999/", Broken::Host),
        ("https://a.example/go?to=https://b.example", Broken::Redirect),
        ("https://a.example/go?to=https%3A%2F%2Fb.example", Broken::Redirect),
        ("https://a.example/go?to=https%253A%252F%252Fb.example", Broken::Redirect),
        ("https://a.example/go?to=//b.example", Broken::Redirect),
        ("https://a.example/go?to=%5c%5cb.example", Broken::Redirect),
        ("https://a.example/go/https://b.example", Broken::Redirect),
        ("https://a.example/go?to=https://a.example.b.example", Broken::Redirect),
        ("https://a.example/#javascript:alert(1)", Broken::Redirect),
        ("https://a.example/?x=%252525252541", Broken::Redirect),
    ] {
        assert_eq!(check(bad), Err(why), "{bad}");
    }
}

#[test]
fn links_are_found_where_they_stand() {
    for (text, links) in [
        ("See https://a.example/x.", vec!["https://a.example/x"]),
        ("链接：https://a.example/x。谢谢", vec!["https://a.example/x"]),
        ("(https://a.example/x) and HTTP://B.example!", vec!["https://a.example/x", "HTTP://B.example"]),
        ("https://a.example/x_(y)", vec!["https://a.example/x_(y)"]),
        ("no link: http is a protocol, xhttps://a.example is none", vec![]),
    ] {
        assert_eq!(find(text).into_iter().map(|place| &text[place]).collect::<Vec<_>>(), links, "{text}");
    }
    assert_eq!(first_broken("Please bring data: your own"), None);
    assert_eq!(first_broken("open (javascript:alert(1))"), Some(Broken::Scheme));
}

#[test]
fn a_template_may_not_put_a_link_together() {
    assert_eq!(first_broken_in_template("{% if link %}{{ link }}{% endif %} https://a.example/ {{ name }}"), None);
    for source in ["https://a.example/{{ position }}", "https://{{ company }}/", "{# x #}https://a.example?{{ name }}"]
    {
        assert_eq!(first_broken_in_template(source), Some(Broken::Hole), "{source}");
    }
    let hidden = "{% if place %}https://u:p@a.example/{% endif %}";
    assert_eq!(first_broken_in_template(hidden), Some(Broken::UserInfo));
}

#[test]
fn a_look_alike_is_seen() {
    let text = with_plain_hosts("到 https://аpple.example/x 看看，https://b.example/路 也行");
    assert_eq!(text, "到 https://xn--pple-43d.example/x 看看，https://b.example/路 也行");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn whatever_is_found_is_found_in_one_piece(text in "\\PC{0,40}https?://\\PC{0,40}") {
        for place in find(&text) {
            prop_assert!(!text[place].contains(char::is_whitespace));
        }
        let _ = (first_broken(&text), first_broken_in_template(&text), with_plain_hosts(&text));
    }

    #[test]
    fn what_passes_has_a_host_that_nobody_else_wrote(rest in "[a-z.@\\\\/:?#%0-9-]{0,30}") {
        let link = format!("https://{rest}");
        if check(&link).is_ok() {
            let url = Url::parse(&link).unwrap();
            prop_assert!(url.username().is_empty() && url.password().is_none());
            let authority = rest.split(['/', '?', '#']).next().unwrap();
            prop_assert!(authority.starts_with(url.host_str().unwrap()), "{link} leads to {url}");
        }
    }
}
