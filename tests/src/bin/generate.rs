//! Writes a generated newsroom, ready for `newsroom import`:
//!
//! ```text
//! cargo run -p newsroom-tests --bin generate -- 100000 FOLDER [SEED]
//! ```

use std::fs::{self, File};
use std::io::{BufWriter, Error, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use newsroom_tests::generate::{Generator, taxonomy_json};

const USAGE: &str =
    "usage: generate COUNT FOLDER [SEED]\n\nwrites COUNT releases to FOLDER/newsroom.jsonl, and FOLDER/taxonomy.json";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some((count, folder, seed)) = read(&arguments) else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    match write(count, &folder, seed) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("cannot write to {}: {error}", folder.display());
            ExitCode::FAILURE
        }
    }
}

fn read(arguments: &[String]) -> Option<(usize, PathBuf, u64)> {
    let (count, folder, seed) = match arguments {
        [count, folder] => (count, folder, "1"),
        [count, folder, seed] => (count, folder, seed.as_str()),
        _ => return None,
    };
    Some((count.parse().ok()?, folder.into(), seed.parse().ok()?))
}

fn write(count: usize, folder: &PathBuf, seed: u64) -> Result<(), Error> {
    fs::create_dir_all(folder)?;
    fs::write(folder.join("taxonomy.json"), taxonomy_json())?;
    let mut lines = BufWriter::new(File::create(folder.join("newsroom.jsonl"))?);
    for release in Generator::new(seed).take(count) {
        writeln!(lines, "{}", release.to_line())?;
    }
    lines.flush()
}
