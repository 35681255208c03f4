//! A candidate's browser: it fetches the page that a mail leads to, reads the forms that stand in it, and sends one. Whatever a
//! page does not offer can not be done.

use reqwest::{Client, StatusCode, header::LOCATION, redirect::Policy};

/// What a browser is called that is a person's.
const AGENT: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

/// A browser.
#[derive(Debug, Clone)]
pub struct Browser(Client);

impl Browser {
    /// One for everybody.
    pub fn open() -> Self {
        let client = Client::builder().user_agent(AGENT).redirect(Policy::none()).build();
        Self(client.expect("a client can be built"))
    }

    /// Opens a page and sends the form on it that ends in that. What the next page says, such as `confirmed`; `None` where the
    /// page has no such form.
    pub async fn answer(&self, page: &str, form: &str, said: &[(&str, &str)]) -> Option<String> {
        let shown = self.page(page).await;
        let (action, fields) = read_form(&shown, form)?;
        let host = page.split("/c/").next().expect("a page of ours");
        let mut sent: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        sent.extend(said);
        let answer = self.0.post(format!("{host}{action}")).form(&sent).send().await.expect("the edge answers");
        assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{page}/{form}");
        let next = answer.headers()[LOCATION].to_str().expect("an address").to_owned();
        let notice = next.split("notice=").nth(1).expect("it says what became of it");
        Some(notice.split('&').next().unwrap_or_default().to_owned())
    }

    /// One click in the mail program, as RFC 8058 has it.
    pub async fn unsubscribe(&self, address: &str) {
        let body = [("List-Unsubscribe", "One-Click")];
        let answer = self.0.post(address).form(&body).send().await.expect("the edge answers");
        assert!(answer.status().is_success(), "{address}: {}", answer.status());
    }

    async fn page(&self, address: &str) -> String {
        let answer = self.0.get(address).send().await.expect("the edge answers");
        assert_eq!(answer.status(), StatusCode::OK, "{address}");
        answer.text().await.expect("a page is text")
    }
}

/// Where the form goes that ends in that, with its fields; of several of one name the first.
fn read_form(page: &str, ending: &str) -> Option<(String, Vec<(String, String)>)> {
    page.split("<form ").skip(1).find_map(|rest| {
        let form = rest.split("</form>").next()?;
        let action = attribute(form, "action")?;
        let path = action.split('?').next()?;
        path.ends_with(ending).then(|| (action.to_owned(), fields(form)))
    })
}

fn fields(form: &str) -> Vec<(String, String)> {
    let mut fields: Vec<(String, String)> = Vec::new();
    for tag in form.split("<input ").skip(1) {
        let (Some(name), Some(value)) = (attribute(tag, "name"), attribute(tag, "value")) else { continue };
        if fields.iter().all(|(known, _)| known != name) {
            fields.push((name.to_owned(), value.to_owned()));
        }
    }
    fields
}

fn attribute<'text>(tag: &'text str, name: &str) -> Option<&'text str> {
    let tag = tag.split('>').next()?;
    let start = tag.find(&format!("{name}=\""))? + name.len() + 2;
    tag[start..].split('"').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_that_is_meant_is_read() {
        let page = "<form method=\"post\" action=\"/c/t/confirm?lang=en\"><input type=\"hidden\" name=\"revision\" value=\"4\">\
                    </form><form method=\"post\" action=\"/c/t/take\"><input type=\"radio\" name=\"start_time\" value=\"one\">\
                    <input type=\"radio\" name=\"start_time\" value=\"two\"></form>";
        let (action, fields) = read_form(page, "/take").unwrap();
        assert_eq!((action.as_str(), fields.len(), fields[0].1.as_str()), ("/c/t/take", 1, "one"));
        assert_eq!(read_form(page, "/confirm").unwrap().1, [("revision".to_owned(), "4".to_owned())]);
        assert!(read_form(page, "/decline").is_none());
    }
}
