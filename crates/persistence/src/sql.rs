//! SQL that is written by hand: a text with its values, in the spelling of one database.

use sea_orm::{DbBackend, Statement, Value};

/// A statement in the making.
pub(crate) struct Sql {
    backend: DbBackend,
    text: String,
    values: Vec<Value>,
}

impl Sql {
    pub(crate) fn new(backend: DbBackend, text: &str) -> Self {
        Self {
            backend,
            text: text.to_owned(),
            values: Vec::new(),
        }
    }

    pub(crate) fn backend(&self) -> DbBackend {
        self.backend
    }

    /// Goes on with text.
    pub(crate) fn push(&mut self, text: &str) -> &mut Self {
        self.text.push_str(text);
        self
    }

    /// Goes on with a value.
    pub(crate) fn bind(&mut self, value: impl Into<Value>) -> &mut Self {
        self.values.push(value.into());
        match self.backend {
            DbBackend::Postgres => {
                self.text.push('$');
                self.text.push_str(&self.values.len().to_string());
            }
            _ => self.text.push('?'),
        }
        self
    }

    /// Goes on with ` IN (…)`, or with what is never true where there is nothing to be in.
    pub(crate) fn is_in(&mut self, column: &str, values: impl IntoIterator<Item = impl Into<Value>>) -> &mut Self {
        let mut values = values.into_iter();
        let Some(first) = values.next() else {
            return self.push("1 = 0");
        };
        self.push(column).push(" IN (").bind(first);
        for value in values {
            self.push(", ").bind(value);
        }
        self.push(")")
    }

    pub(crate) fn finish(self) -> Statement {
        Statement::from_sql_and_values(self.backend, self.text, self.values)
    }
}

/// SQLite takes 32,766 values a statement, PostgreSQL 65,535; one size serves both.
const MOST_VALUES: usize = 32_000;

/// Rows of that many columns, in portions that one statement can take.
pub(crate) fn in_chunks<T>(rows: Vec<T>, columns: usize) -> impl Iterator<Item = Vec<T>> {
    let portion = MOST_VALUES / columns;
    let mut rows = rows.into_iter();
    std::iter::from_fn(move || {
        let chunk: Vec<T> = rows.by_ref().take(portion).collect();
        (!chunk.is_empty()).then_some(chunk)
    })
}
