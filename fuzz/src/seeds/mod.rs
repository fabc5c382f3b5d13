//! The seeds of each target: small inputs with a name, made from the RFCs' examples and diagrams.
//! `make_seeds` writes them to `corpus/<target>/seeds/`; a test compares the folder with this list.

mod model;

/// One named input.
#[derive(Clone, Debug)]
pub struct Seed {
    /// File name.
    pub name: String,
    /// Input.
    pub bytes: Vec<u8>,
}

impl Seed {
    fn new(name: &str, bytes: impl Into<Vec<u8>>) -> Self {
        Self { name: name.to_owned(), bytes: bytes.into() }
    }
}

/// The seeds of the target called `name`; none if there is no such target.
pub fn of(name: &str) -> Vec<Seed> {
    match name {
        "model_interval_set" => model::interval_set(),
        "model_route" => model::route(),
        _ => Vec::new(),
    }
}
