//! Tables, keys and indexes in one line each, for the steps from the second on: the first is not edited any more.

use sea_orm_migration::prelude::*;

/// A table with these columns, without a key yet.
pub(crate) fn table(name: &'static str, columns: Vec<ColumnDef>) -> TableCreateStatement {
    let mut table = Table::create();
    table.table(name);
    for column in columns {
        table.col(column);
    }
    table
}

/// The table with its primary key.
pub(crate) fn key(table: &mut TableCreateStatement, columns: &[&'static str]) -> TableCreateStatement {
    let mut primary = Index::create();
    for column in columns {
        primary.col(*column);
    }
    table.primary_key(&mut primary).to_owned()
}

/// The table with a column that is another table's `id`.
pub(crate) fn refers(
    table: &mut TableCreateStatement,
    column: &'static str,
    to: &'static str,
    on_delete: ForeignKeyAction,
) -> TableCreateStatement {
    table
        .foreign_key(ForeignKey::create().from_col(column).to(to, "id").on_delete(on_delete))
        .to_owned()
}

/// An index, named after its table and columns.
pub(crate) fn index(table: &'static str, columns: &[&'static str], unique: bool) -> IndexCreateStatement {
    let mut index = Index::create();
    index.name(format!("{table}_{}", columns.join("_"))).table(table);
    for column in columns {
        index.col(*column);
    }
    if unique {
        index.unique();
    }
    index
}
