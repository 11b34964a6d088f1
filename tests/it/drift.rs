//! What is written down from the program is what the program says.

use newsroom_tests::{Kind, Newsroom};

use crate::archive::in_workspace;

#[test]
fn the_schema_that_is_written_down_is_the_one_that_the_program_prints() {
    let printed = Newsroom::without_tables(Kind::Sqlite)
        .run(&["schema"])
        .expect_success()
        .output;
    let written = std::fs::read_to_string(in_workspace("schema.graphql")).unwrap();
    assert!(
        printed == written,
        "schema.graphql is not what the program prints: newsroom schema > schema.graphql, and look at the difference"
    );
}

#[test]
fn the_document_of_the_json_api_is_the_one_that_the_program_prints() {
    let printed = Newsroom::without_tables(Kind::Sqlite)
        .run(&["openapi"])
        .expect_success()
        .output;
    let written = std::fs::read_to_string(in_workspace("openapi.json")).unwrap();
    assert!(
        printed == written,
        "openapi.json is not what the program prints: newsroom openapi > openapi.json, and look at the difference"
    );
}
