//! Text messages over Aliyun: `SendSms` of Dysmsapi 2017-05-25, signed with ACS3-HMAC-SHA256.
//!
//! It sends approved templates alone: which of them says what a message of ours says is part of the channel's settings. A
//! message that may have been taken would not be known again, so that it is not repeated.

use std::collections::BTreeMap;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::{RequestBuilder, Url};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use usher_proto::outreach::v1::ProviderTemplate;
use uuid::Uuid;

use super::{
    Channel, Parcel, SendError,
    http::{Answer, Http},
    sign,
};
use crate::domain::channel;

const VERSION: &str = "2017-05-25";
const WHO: &str = "Aliyun";
/// A number gets one message a minute, five an hour, ten a day; which of them is spent is not said.
const NUMBER_SPENT: TimeDelta = TimeDelta::minutes(10);
/// Until the day is over there is no use in asking often.
const DAY_SPENT: TimeDelta = TimeDelta::hours(1);

/// What RFC 3986 leaves as it is.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// Sends by Aliyun.
pub struct Aliyun {
    pub key: String,
    pub http: Http,
    pub base: Url,
    pub access_key_id: String,
    pub secret: SecretString,
    pub sign_name: String,
    pub templates: Vec<ProviderTemplate>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Said {
    code: String,
    sign_status: Option<i64>,
}

impl Aliyun {
    /// A request with these parameters, signed.
    fn request(&self, action: &str, parameters: &BTreeMap<&str, String>, now: DateTime<Utc>) -> RequestBuilder {
        let mut url = self.base.clone();
        url.set_path("/");
        let host = match (url.host_str(), url.port()) {
            (Some(host), Some(port)) => format!("{host}:{port}"),
            (host, _) => host.unwrap_or_default().to_owned(),
        };
        let query = query(parameters);
        let (nonce, date) = (Uuid::now_v7().simple().to_string(), now.format("%Y-%m-%dT%H:%M:%SZ").to_string());
        let headers = [
            ("host", host.as_str()),
            ("x-acs-action", action),
            ("x-acs-content-sha256", EMPTY),
            ("x-acs-date", &date),
            ("x-acs-signature-nonce", &nonce),
            ("x-acs-version", VERSION),
        ];
        let authorization = authorization(&self.access_key_id, self.secret.expose_secret(), &query, &headers);
        url.set_query(Some(&query));
        // The client puts the host in by itself.
        let request = self.http.client().post(url).header("authorization", authorization);
        headers[1..].iter().fold(request, |request, (name, value)| request.header(*name, *value))
    }

    /// What a message of ours is with the provider.
    fn parameters(&self, parcel: Parcel<'_>) -> Result<BTreeMap<&'static str, String>, SendError> {
        let short = parcel.message.short(parcel.name).map_err(|error| SendError::permanent(error.message()))?;
        let template = channel::template(&self.templates, short.kind, &short.language)
            .ok_or_else(|| SendError::broken("the channel has no approved template for this kind any more"))?;
        let values: BTreeMap<&str, &str> = short
            .fill(template)
            .map_err(|name| {
                SendError::permanent(format!("the variable {name} of the approved template would be empty"))
            })?
            .into_iter()
            .collect();
        let values =
            serde_json::to_string(&values).map_err(|_| SendError::permanent("the variables can not be told"))?;
        Ok(BTreeMap::from([
            ("PhoneNumbers", number(parcel.address).to_owned()),
            ("SignName", self.sign_name.clone()),
            ("TemplateCode", template.template.clone()),
            ("TemplateParam", values),
            ("OutId", parcel.message.id.to_string()),
        ]))
    }
}

#[async_trait]
impl Channel for Aliyun {
    fn key(&self) -> &str {
        &self.key
    }

    async fn send(&self, parcel: Parcel<'_>) -> Result<(), SendError> {
        let parameters = self.parameters(parcel)?;
        let request = self.request("SendSms", &parameters, parcel.now);
        let answer = self.http.ask(request, parcel.now).await.map_err(|unanswered| unanswered.lost(WHO))?;
        match answer.json::<Said>() {
            Some(said) if said.code == "OK" => Ok(()),
            Some(said) => Err(refusal(&said.code, &answer)),
            None => Err(unclear(&answer)),
        }
    }

    async fn check(&self, now: DateTime<Utc>) -> Result<(), SendError> {
        let parameters = BTreeMap::from([("SignName", self.sign_name.clone())]);
        let request = self.request("GetSmsSign", &parameters, now);
        let answer = self.http.ask(request, now).await.map_err(|unanswered| unanswered.harmless(WHO))?;
        match answer.json::<Said>() {
            Some(Said { code, sign_status: Some(0 | 2 | 10) }) if code == "OK" => {
                Err(SendError::broken("Aliyun has not approved the signature"))
            }
            Some(said) if said.code == "OK" => Ok(()),
            Some(said) => Err(refusal(&said.code, &answer)),
            None => Err(answer.refusal(WHO).unwrap_or_else(|| SendError::transient("Aliyun says what it never says"))),
        }
    }
}

/// What is not Aliyun's JSON: without a status that says no, it may have been taken.
fn unclear(answer: &Answer) -> SendError {
    let lost = || SendError::Lost { what: format!("Aliyun answered {} and says what it never says", answer.status) };
    answer.refusal(WHO).unwrap_or_else(lost)
}

/// What a code means; those that nobody knows by their family.
fn refusal(code: &str, answer: &Answer) -> SendError {
    let what = format!("Aliyun refused: {}", sign::code(code));
    match code {
        "isv.MOBILE_NUMBER_ILLEGAL" | "isv.MOBILE_COUNT_OVER_LIMIT" | "isv.BLACK_LIST" => SendError::bad_address(what),
        "isv.BUSINESS_LIMIT_CONTROL" => SendError::busy(what, Some(NUMBER_SPENT)),
        "isv.DAY_LIMIT_CONTROL" | "isv.MONTH_LIMIT_CONTROL" => SendError::busy(what, Some(DAY_SPENT)),
        // Signature, template, product, money, rights.
        "isv.SMS_SIGNATURE_ILLEGAL"
        | "isv.SMS_SIGNATURE_SCENE_ILLEGAL"
        | "isv.SMS_SIGN_ILLEGAL"
        | "isv.SMS_TEMPLATE_ILLEGAL"
        | "isv.SMS_TEST_SIGN_TEMPLATE_LIMIT"
        | "isv.OUT_OF_SERVICE"
        | "isv.PRODUCT_UN_SUBSCRIPT"
        | "isv.PRODUCT_UNSUBSCRIBE"
        | "isv.AMOUNT_NOT_ENOUGH"
        | "isv.ACCOUNT_NOT_EXISTS"
        | "isv.ACCOUNT_ABNORMAL"
        | "isp.RAM_PERMISSION_DENY"
        | "isv.RAM_PERMISSION_DENY" => SendError::broken(what),
        "SignatureNonceUsed" | "ServiceUnavailable" | "InternalError" => SendError::busy(what, answer.retry_after),
        code if code.starts_with("Throttling") => SendError::busy(what, answer.retry_after),
        code if code.starts_with("isp.") => SendError::busy(what, answer.retry_after),
        // Parameters, words that are not allowed, variables that are too long.
        code if code.starts_with("isv.") => SendError::permanent(what),
        // The key, the signature of the request, rights, the clock.
        _ => SendError::broken(what),
    }
}

/// Numbers of the mainland as they are known there, others with their country's code and without the plus.
fn number(e164: &str) -> &str {
    e164.strip_prefix("+86").or_else(|| e164.strip_prefix('+')).unwrap_or(e164)
}

/// SHA-256 of an empty body.
const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// Names in order, all percent-encoded as RFC 3986 has it.
fn query(parameters: &BTreeMap<&str, String>) -> String {
    let encoded = |text: &str| utf8_percent_encode(text, RESERVED).to_string();
    let pairs: Vec<String> =
        parameters.iter().map(|(name, value)| format!("{}={}", encoded(name), encoded(value))).collect();
    pairs.join("&")
}

/// The header of a `POST /` without a body; `headers` in the order of their names.
fn authorization(access_key_id: &str, secret: &str, query: &str, headers: &[(&str, &str)]) -> String {
    let lines = headers.iter().map(|(name, value)| format!("{name}:{value}\n")).collect::<Vec<_>>().concat();
    let names = headers.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(";");
    let canonical = format!("POST\n/\n{query}\n{lines}\n{names}\n{EMPTY}");
    let to_sign = format!("ACS3-HMAC-SHA256\n{}", sign::hex(&sign::sha256(canonical.as_bytes())));
    let signature = sign::hex(&sign::hmac_sha256(secret.as_bytes(), to_sign.as_bytes()));
    format!("ACS3-HMAC-SHA256 Credential={access_key_id},SignedHeaders={names},Signature={signature}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::step::Failure;

    #[test]
    fn the_example_of_the_providers_documentation_is_signed_as_it_says() {
        let parameters = BTreeMap::from([
            ("RegionId", "cn-shanghai".to_owned()),
            ("ImageId", "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd".to_owned()),
        ]);
        let headers = [
            ("host", "ecs.cn-shanghai.aliyuncs.com"),
            ("x-acs-action", "RunInstances"),
            ("x-acs-content-sha256", EMPTY),
            ("x-acs-date", "2023-10-26T10:22:32Z"),
            ("x-acs-signature-nonce", "3156853299f313e23d1673dc12e1703d"),
            ("x-acs-version", "2014-05-26"),
        ];
        assert_eq!(
            authorization("YourAccessKeyId", "YourAccessKeySecret", &query(&parameters), &headers),
            "ACS3-HMAC-SHA256 Credential=YourAccessKeyId,\
             SignedHeaders=host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version,\
             Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
        );
    }

    #[test]
    fn a_query_keeps_only_what_rfc_3986_leaves_unreserved() {
        let parameters = BTreeMap::from([("b", "a b+c*d~e/面".to_owned()), ("a", "{\"x\":1}".to_owned())]);
        assert_eq!(query(&parameters), "a=%7B%22x%22%3A1%7D&b=a%20b%2Bc%2Ad~e%2F%E9%9D%A2");
    }

    #[test]
    fn numbers_are_told_as_the_provider_knows_them() {
        assert_eq!(number("+8613800000100"), "13800000100");
        assert_eq!(number("+85251000100"), "85251000100");
    }

    #[test]
    fn codes_of_a_family_mean_what_the_family_means() {
        let answer = Answer::of(400);
        let failure = |code: &str| refusal(code, &answer).failure();
        assert_eq!(failure("isv.MOBILE_NUMBER_ILLEGAL"), Failure::Address);
        assert_eq!(failure("isv.PARAM_LENGTH_LIMIT"), Failure::Message);
        assert_eq!(failure("isv.SMS_SIGNATURE_ILLEGAL"), Failure::Channel);
        assert_eq!(failure("InvalidAccessKeyId.NotFound"), Failure::Channel);
        assert_eq!(failure("SignatureDoesNotMatch"), Failure::Channel);
        assert_eq!(failure("Throttling.User"), Failure::Passing { in_doubt: false });
        assert_eq!(failure("isp.SYSTEM_ERROR"), Failure::Passing { in_doubt: false });
        assert_eq!(refusal("isv.BUSINESS_LIMIT_CONTROL", &answer).retry_after(), Some(NUMBER_SPENT));
        let hostile = refusal("isv.<lin@example.com>\r\n", &answer).to_string();
        assert!(!hostile.contains(['@', '<', '\n']), "{hostile}");
    }
}
