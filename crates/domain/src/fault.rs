//! What is wrong with one field of what a caller sent.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

/// One fault of one field: where it is, a stable code, and a message that says the mend.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldFault {
    /// The field's path in the input, dots between keys and indices: `filter.offices.1`.
    pub path: String,
    /// A stable, machine-readable code: `UNKNOWN_SLUG`, `TOO_LONG`, …
    pub code: Cow<'static, str>,
    /// One sentence for a person, with the mend.
    pub message: String,
}

impl FieldFault {
    /// A fault at `path`.
    pub fn new(path: impl Into<String>, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            code: Cow::Borrowed(code),
            message: message.into(),
        }
    }

    /// The same fault, seen from one level further out.
    #[must_use]
    pub fn within(mut self, outer: &str) -> Self {
        if outer.is_empty() {
            return self;
        }
        self.path = if self.path.is_empty() {
            outer.to_owned()
        } else {
            format!("{outer}.{}", self.path)
        };
        self
    }
}

impl fmt::Display for FieldFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_empty() {
            f.write_str(&self.message)
        } else {
            write!(f, "{}: {}", self.path, self.message)
        }
    }
}

/// Why a value could not be read: a code and a message, which become a [`FieldFault`] once the path is known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Malformed {
    /// A stable, machine-readable code.
    pub code: &'static str,
    /// One sentence for a person, with the mend.
    pub message: String,
}

impl Malformed {
    pub(crate) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
        }
    }

    /// The same, at a path.
    pub fn at(self, path: impl Into<String>) -> FieldFault {
        FieldFault {
            path: path.into(),
            code: Cow::Borrowed(self.code),
            message: self.message,
        }
    }
}

/// All faults of one input, in the order in which they were found.
#[derive(Debug, Default)]
pub(crate) struct Faults(Vec<FieldFault>);

impl Faults {
    /// Notes a fault.
    pub(crate) fn push(&mut self, fault: FieldFault) {
        self.0.push(fault);
    }

    /// The value, or `None` where it could not be read, which is noted at the path.
    pub(crate) fn read<T>(&mut self, path: &str, value: Result<T, Malformed>) -> Option<T> {
        value.map_err(|fault| self.push(fault.at(path))).ok()
    }

    /// Whether none was found.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The fault that was found first.
    pub(crate) fn first(self) -> Option<FieldFault> {
        self.0.into_iter().next()
    }

    /// All of them.
    pub(crate) fn into_vec(self) -> Vec<FieldFault> {
        self.0
    }
}
