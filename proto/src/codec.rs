//! A codec that refuses what the contract forbids.
//!
//! It is prost's own codec with one step more: a decoded request is held against the rules of its `.proto` file. So no
//! RPC can be added without them, and no handler has to remember to check.

use std::marker::PhantomData;

use prost::Message;
use prost_protovalidate::ValidationError;
use tonic::{
    Code, Status,
    codec::{BufferSettings, Codec, DecodeBuf, Decoder},
};
use tonic_prost::{ProstCodec, ProstDecoder, ProstEncoder};
use tonic_types::{ErrorDetails, FieldViolation, StatusExt as _};

/// The domain of every reason that Usher gives (`google.rpc.ErrorInfo.domain`).
pub const ERROR_DOMAIN: &str = "usher";

/// A message that knows the rules of its `.proto` file. Answers have none.
pub trait Checked: Message + Default + 'static {
    /// Every rule that the message breaks.
    fn check(&self) -> Result<(), ValidationError> {
        Ok(())
    }
}

/// Encodes `T`, decodes and checks `U`.
#[derive(Debug)]
pub struct CheckedCodec<T, U>(PhantomData<(T, U)>);

impl<T, U> Default for CheckedCodec<T, U> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

impl<T: Message + Send + 'static, U: Checked + Send> Codec for CheckedCodec<T, U> {
    type Encode = T;
    type Decode = U;
    type Encoder = ProstEncoder<T>;
    type Decoder = CheckedDecoder<U>;

    fn encoder(&mut self) -> Self::Encoder {
        ProstCodec::<T, U>::default().encoder()
    }

    fn decoder(&mut self) -> Self::Decoder {
        CheckedDecoder(ProstCodec::<T, U>::default().decoder())
    }
}

/// Decodes and checks.
#[derive(Debug)]
pub struct CheckedDecoder<U>(ProstDecoder<U>);

impl<U: Checked> Decoder for CheckedDecoder<U> {
    type Item = U;
    type Error = Status;

    fn decode(&mut self, source: &mut DecodeBuf<'_>) -> Result<Option<U>, Status> {
        let message = self.0.decode(source).map_err(|_| malformed())?;
        if let Some(message) = &message {
            message.check().map_err(|error| invalid(&error))?;
        }
        Ok(message)
    }

    fn buffer_settings(&self) -> BufferSettings {
        self.0.buffer_settings()
    }
}

fn malformed() -> Status {
    let details = ErrorDetails::with_error_info("MESSAGE_MALFORMED", ERROR_DOMAIN, std::collections::HashMap::new());
    Status::with_error_details(Code::InvalidArgument, "the message is not valid protobuf for this method", details)
}

fn invalid(error: &ValidationError) -> Status {
    let violations: Vec<_> = error
        .violations()
        .iter()
        .map(|violation| {
            FieldViolation::new(violation.field_path(), how_to_mend(violation.rule_id(), violation.message()))
        })
        .collect();
    let told: Vec<_> = violations.iter().map(|one| format!("{} {}", one.field, one.description)).collect();
    let message = told.join("; ");
    let mut details = ErrorDetails::with_error_info("FIELD_INVALID", ERROR_DOMAIN, std::collections::HashMap::new());
    details.set_bad_request(violations);
    Status::with_error_details(Code::InvalidArgument, message, details)
}

/// What the validator says of a broken rule, where that is enough to mend it; it says nothing of a well-known format,
/// and of an id only its regular expression.
fn how_to_mend(rule: &str, said: &str) -> String {
    let id = said.strip_prefix("does not match regex pattern `^").and_then(|rest| rest.strip_suffix(ID_SUFFIX));
    match (rule, id) {
        (_, Some(kind)) => format!("must be an id that begins with {kind}, such as {kind}01h455vb4pex5vsknk084sn02q"),
        ("string.uuid", _) => "must be a UUID, such as 01890a5d-ac96-774b-bcce-b302099a8057".to_owned(),
        ("string.email", _) => "must be an e-mail address, such as li.na@example.com".to_owned(),
        ("string.uri", _) => "must be an absolute URI, such as https://example.com/room".to_owned(),
        ("required", _) => "must be set".to_owned(),
        ("enum.defined_only", _) => "must be one of the values that the contract names".to_owned(),
        (_, None) if said.is_empty() => format!("breaks the rule {rule} of the contract"),
        _ => said.to_owned(),
    }
}

/// How the pattern of every `TypeID` ends.
const ID_SUFFIX: &str = "[0-7][0-9a-hjkmnp-tv-z]{25}$`";
