//! Columns that mean the same on both databases.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

/// Makes columns for one database.
#[derive(Clone, Copy)]
pub(crate) struct Columns {
    backend: DbBackend,
}

impl Columns {
    pub(crate) fn of(manager: &SchemaManager<'_>) -> Self {
        Self {
            backend: manager.get_database_backend(),
        }
    }

    /// An identity: `uuid`, or 16 bytes. Both compare bytewise.
    pub(crate) fn id(self, name: &'static str) -> ColumnDef {
        let mut column = ColumnDef::new(name);
        match self.backend {
            DbBackend::Postgres => column.uuid().not_null(),
            _ => column.blob().not_null(),
        };
        column
    }

    /// Text, compared bytewise: PostgreSQL would else go by the language of the machine.
    pub(crate) fn text(self, name: &'static str) -> ColumnDef {
        let mut column = ColumnDef::new(name);
        column.text().not_null();
        if self.backend == DbBackend::Postgres {
            column.extra("COLLATE \"C\"");
        }
        column
    }

    /// A whole number; an instant is one, in microseconds since 1970.
    pub(crate) fn number(name: &'static str) -> ColumnDef {
        let mut column = ColumnDef::new(name);
        column.big_integer().not_null();
        column
    }

    /// A table whose rows lie in the order of its primary key, where the database has such.
    pub(crate) fn clustered(self, table: &mut TableCreateStatement) -> &mut TableCreateStatement {
        match self.backend {
            DbBackend::Sqlite => table.extra("WITHOUT ROWID"),
            _ => table,
        }
    }
}

/// The same column, which may be empty.
pub(crate) fn optional(mut column: ColumnDef) -> ColumnDef {
    column.null();
    column
}
