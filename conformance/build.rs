//! Lists the registry files of `requirements/` for `include_str!`, so that a new file is part of the
//! program without a second list to keep.

use std::fmt::Write as _;
use std::{env, fs, path::Path};

fn main() {
    println!("cargo::rerun-if-changed=requirements");
    let mut names: Vec<String> = fs::read_dir("requirements")
        .expect("the folder `requirements` is part of the package")
        .map(|file| file.expect("readable folder").file_name().to_string_lossy().into_owned())
        .filter(|name| name.ends_with(".toml"))
        .collect();
    names.sort();
    let mut list = String::from("&[\n");
    for name in names {
        let _ = writeln!(
            list,
            "    ({name:?}, include_str!(concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/requirements/{name}\"))),"
        );
    }
    list.push(']');
    let folder = env::var("OUT_DIR").expect("cargo sets OUT_DIR");
    fs::write(Path::new(&folder).join("requirements.rs"), list).expect("OUT_DIR is writable");
}
