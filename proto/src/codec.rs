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
        .map(|violation| FieldViolation::new(violation.field_path(), violation.message()))
        .collect();
    let fields: Vec<_> = violations.iter().map(|violation| violation.field.as_str()).collect();
    let message = format!("invalid: {}", fields.join(", "));
    let mut details = ErrorDetails::with_error_info("FIELD_INVALID", ERROR_DOMAIN, std::collections::HashMap::new());
    details.set_bad_request(violations);
    Status::with_error_details(Code::InvalidArgument, message, details)
}
