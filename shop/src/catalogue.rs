//! The sample data: three collections, each entry as the bytes it was written with.

use serde::Deserialize;
use serde_json::value::RawValue;

/// One customer, order or payment.
#[derive(Debug)]
pub struct Entry {
    /// Its `id`.
    pub id: String,
    /// The whole object, byte for byte as in the data file.
    pub json: Box<RawValue>,
}

/// All the shop knows.
#[derive(Debug)]
pub struct Catalogue {
    /// People, with what must not leak.
    pub customers: Vec<Entry>,
    /// What they bought.
    pub orders: Vec<Entry>,
    /// How they paid.
    pub payments: Vec<Entry>,
}

impl Catalogue {
    /// Reads the data files that are compiled in.
    ///
    /// # Errors
    /// A file is not a list of objects with an `id`.
    pub fn sample() -> Result<Self, serde_json::Error> {
        Ok(Self {
            customers: entries(include_str!("../data/customers.json"))?,
            orders: entries(include_str!("../data/orders.json"))?,
            payments: entries(include_str!("../data/payments.json"))?,
        })
    }
}

fn entries(text: &str) -> Result<Vec<Entry>, serde_json::Error> {
    #[derive(Deserialize)]
    struct Id {
        id: String,
    }
    let raw: Vec<Box<RawValue>> = serde_json::from_str(text)?;
    raw.into_iter().map(|json| Ok(Entry { id: serde_json::from_str::<Id>(json.get())?.id, json })).collect()
}
