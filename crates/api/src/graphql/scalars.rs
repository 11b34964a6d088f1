//! The schema's own scalars, each a type of the domain's on the wire.

use std::{borrow::Cow, marker::PhantomData, str::FromStr};

use async_graphql::{InputType, InputValueError, InputValueResult, Scalar, ScalarType, Value, registry::Registry};
use newsroom_domain::{Day, Instant, Locale, fault::Malformed, text::excerpt};
use uuid::Uuid;

#[derive(Debug, Clone, Copy)]
pub(crate) struct Date(pub(crate) Day);

/// A calendar day, written `YYYY-MM-DD` (the `full-date` of RFC 3339), in the years 0001 to 9999.
///
/// Days are those of the newsroom's own time zone, which is `Europe/Vienna` unless the operator chose another. Something
/// that is not such a day is refused with `VALIDATION_FAILED`.
#[Scalar(specified_by_url = "https://www.rfc-editor.org/rfc/rfc3339#section-5.6")]
impl ScalarType for Date {
    fn parse(value: Value) -> InputValueResult<Self> {
        read(&value).map(Self)
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct DateTime(pub(crate) Instant);

/// An instant in UTC, written as RFC 3339 has it, with `Z` and at most six digits of a second: `2024-11-22T09:30:00Z`.
#[Scalar(specified_by_url = "https://www.rfc-editor.org/rfc/rfc3339#section-5.6")]
impl ScalarType for DateTime {
    fn parse(value: Value) -> InputValueResult<Self> {
        read(&value).map(Self)
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

#[derive(Debug, Clone)]
pub(crate) struct LocaleTag(pub(crate) Locale);

/// A language tag (BCP 47, RFC 5646), such as `en`, `ru` or `sr-Latn`. Capital and small letters make no difference in what
/// you send; you get the case that the RFC recommends.
///
/// A reader's locale finds the text in it or in a shorter form of it: `sr-Latn-RS` finds `sr-Latn`, then `sr` (RFC 4647,
/// section 3.4). Something that is not a tag, or that this newsroom does not offer, is refused with `VALIDATION_FAILED`.
#[Scalar(name = "Locale", specified_by_url = "https://www.rfc-editor.org/rfc/rfc5646")]
impl ScalarType for LocaleTag {
    fn parse(value: Value) -> InputValueResult<Self> {
        read(&value).map(Self)
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct PlainUuid(pub(crate) Uuid);

/// A UUID (RFC 9562), in 36 small letters, digits and hyphens: `0192f3a4-7b5c-7def-8123-456789abcdef`.
#[Scalar(name = "UUID", specified_by_url = "https://www.rfc-editor.org/rfc/rfc9562")]
impl ScalarType for PlainUuid {
    fn parse(value: Value) -> InputValueResult<Self> {
        match &value {
            Value::String(text) => Ok(Self(Uuid::parse_str(text)?)),
            _ => Err(InputValueError::expected_type(value)),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Long(pub(crate) i64);

/// A whole number of up to 9,007,199,254,740,991 (2^53 - 1), written as a JSON number. GraphQL's `Int` ends at 2,147,483,647,
/// which is less than many a file has bytes.
#[Scalar]
impl ScalarType for Long {
    fn parse(value: Value) -> InputValueResult<Self> {
        match &value {
            Value::Number(number) => match number.as_i64() {
                Some(number) => Ok(Self(number)),
                None => Err(InputValueError::expected_type(value)),
            },
            _ => Err(InputValueError::expected_type(value)),
        }
    }

    fn to_value(&self) -> Value {
        Value::Number(self.0.into())
    }
}

/// A text that the schema says is a scalar `S`, and that is read later: with the rest of the form that it is in, so that
/// all the faults of that come at once.
#[derive(Debug, Clone)]
pub(crate) struct Unread<S> {
    /// The text as it came.
    pub(crate) text: String,
    scalar: PhantomData<fn() -> S>,
}

impl<S: InputType> InputType for Unread<S> {
    type RawValueType = Self;

    fn type_name() -> Cow<'static, str> {
        S::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        S::create_type_info(registry)
    }

    fn parse(value: Option<Value>) -> InputValueResult<Self> {
        match value.unwrap_or_default() {
            Value::String(text) => Ok(Self {
                text,
                scalar: PhantomData,
            }),
            other => Err(not_a_string(&other)),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.text.clone())
    }

    fn as_raw_value(&self) -> Option<&Self> {
        Some(self)
    }
}

fn not_a_string<S: InputType>(value: &Value) -> InputValueError<S> {
    InputValueError::custom(format!("{} is not a string", excerpt(&value.to_string())))
}

/// Reads a string as a type of the domain's, whose own words say what is wrong and name the value.
fn read<T, S>(value: &Value) -> Result<T, InputValueError<S>>
where
    T: FromStr<Err = Malformed>,
    S: InputType,
{
    match value {
        Value::String(text) => text.parse().map_err(InputValueError::custom),
        other => Err(not_a_string(other)),
    }
}

/// A count, as the schema has it.
pub(crate) fn count(of: u64) -> i32 {
    i32::try_from(of).unwrap_or(i32::MAX)
}
