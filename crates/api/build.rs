//! Puts the explorer's files into the binary: its bundle where that was built, or else the one page that does without.

use std::{
    env,
    fmt::Write as _,
    fs, io,
    path::{Path, PathBuf},
};

/// The explorer's folder, seen from this package.
const EXPLORER: &str = "../../explorer";

fn main() -> Result<(), io::Error> {
    let explorer = Path::new(&environment("CARGO_MANIFEST_DIR")?).join(EXPLORER);
    let bundle = explorer.join("dist");
    let files = if bundle.join("index.html").is_file() {
        println!("cargo::rerun-if-changed={EXPLORER}/dist");
        files_below(&bundle, &bundle)?
    } else {
        // A path that does not exist would have this package built anew each time; the folder changes when the bundle appears.
        println!("cargo::rerun-if-changed={EXPLORER}");
        vec![("index.html".to_owned(), explorer.join("cdn.html"))]
    };
    println!("cargo::rerun-if-changed=build.rs");
    let mut table = String::from("static FILES: &[File] = &[\n");
    for (name, path) in files {
        let path = fs::canonicalize(&path)
            .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))?;
        let path = path
            .to_str()
            .ok_or_else(|| io::Error::other(format!("{}: not UTF-8", path.display())))?;
        writeln!(table, "    ({name:?}, include_bytes!({path:?})),").map_err(io::Error::other)?;
    }
    table.push_str("];\n");
    fs::write(Path::new(&environment("OUT_DIR")?).join("explorer_files.rs"), table)
}

fn environment(name: &str) -> Result<String, io::Error> {
    env::var(name).map_err(|error| io::Error::other(format!("{name}: {error}")))
}

/// All files below a folder, by their names seen from `root`, in order.
fn files_below(root: &Path, folder: &Path) -> Result<Vec<(String, PathBuf)>, io::Error> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            files.extend(files_below(root, &path)?);
        } else if let Ok(name) = path.strip_prefix(root) {
            let parts: Vec<_> = name
                .components()
                .map(|part| part.as_os_str().to_string_lossy())
                .collect();
            files.push((parts.join("/"), path));
        }
    }
    files.sort();
    Ok(files)
}
