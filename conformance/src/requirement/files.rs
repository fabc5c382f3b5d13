//! The registry files that are part of the program. A new file goes into `requirements/` and into this list.

macro_rules! embedded {
    ($($name:literal),+ $(,)?) => {
        &[$(($name, include_str!(concat!("../../requirements/", $name)))),+]
    };
}

/// File name and text of each.
pub const EMBEDDED: &[(&str, &str)] = embedded![
    "rfc1122.toml",
    "rfc9293.toml",
];
