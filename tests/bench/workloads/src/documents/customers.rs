//! Short fields: an array of customer records without white space, as a service would answer.

use super::array;
use crate::random::Random;

const FIRST: [&str; 8] = ["Amara", "Bence", "Chloe", "Dmitri", "Elena", "Farid", "Grace", "Hiroshi"];
const LAST: [&str; 8] = ["Okafor", "Nagy", "Dubois", "Ivanov", "Rossi", "Haddad", "Miller", "Tanaka"];
const STREETS: [&str; 4] = ["Elm Street", "Station Road", "Rue Neuve", "Hauptstrasse"];
const CITIES: [(&str, &str); 4] = [("Springfield", "US"), ("Leeds", "GB"), ("Lyon", "FR"), ("Graz", "AT")];

/// Customer records in at most `limit` bytes. Each has one `ssn`, `email` and `card.number`.
#[must_use]
pub fn customers(limit: usize) -> String {
    let mut random = Random::new(1);
    array(limit, |number| customer(&mut random, number))
}

fn customer(random: &mut Random, number: u64) -> String {
    let (first, last) = (random.pick(&FIRST), random.pick(&LAST));
    let (city, country) = CITIES.get(random.between(0, CITIES.len() as u64) as usize).copied().unwrap_or_default();
    let orders: Vec<String> = (0..random.between(0, 3))
        .map(|_| {
            format!(
                r#"{{"id":{},"sku":"{}-{}","quantity":{},"price":{}.{},"paid":{}}}"#,
                random.between(100_000, 999_999),
                random.pick(&["AX", "BK", "CM"]),
                random.digits(4),
                random.between(1, 9),
                random.between(1, 300),
                random.digits(2),
                random.chance(80),
            )
        })
        .collect();
    format!(
        concat!(
            r#"{{"id":{id},"name":{{"first":"{first}","last":"{last}"}},"ssn":"{ssn}","email":"{mail}@example.com","#,
            r#""phone":"+1-202-555-01{phone}","active":{active},"since":"20{year}-0{month}-1{day}","balance":{sign}{balance}.{cents},"#,
            r#""card":{{"brand":"visa","number":"4{card}","expires":"11/{year}"}},"#,
            r#""address":{{"street":"{house} {street}","city":"{city}","zip":"{zip}","country":"{country}"}},"#,
            r#""orders":[{orders}],"tags":["{tag}","web"],"referrer":null}}"#
        ),
        id = 10_000_000 + number,
        first = first,
        last = last,
        ssn = format_args!("{}-{}-{}", random.digits(3), random.digits(2), random.digits(4)),
        mail = format_args!("{}.{}{number}", first.to_lowercase(), last.to_lowercase()),
        phone = random.digits(2),
        active = random.chance(90),
        year = random.between(10, 26),
        month = random.between(1, 9),
        day = random.between(0, 9),
        sign = if random.chance(10) { "-" } else { "" },
        balance = random.between(0, 5_000),
        cents = random.digits(2),
        card = random.digits(15),
        house = random.between(1, 200),
        street = random.pick(&STREETS),
        city = city,
        zip = random.digits(5),
        country = country,
        orders = orders.join(","),
        tag = random.pick(&["gold", "silver", "new"]),
    )
}
