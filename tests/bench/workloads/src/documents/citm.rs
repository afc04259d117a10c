//! Like the catalogue of a concert hall: deeply indented, mostly small integers and short keys.

use crate::random::Random;
use serde_json::{Map, Value, json, ser::PrettyFormatter};

const WORDS: [&str; 8] = ["Orchestre", "Quatuor", "Salle", "Concert", "Rameau", "Jazz", "Op\u{e9}ra", "Festival"];

/// A catalogue in at most about `limit` bytes.
pub(super) fn citm(limit: usize) -> String {
    let mut random = Random::new(5);
    let mut events = Map::new();
    let mut performances = Vec::new();
    let mut length = 0;
    while length < limit - 10_000 {
        let event = random.between(138_000_000, 400_000_000);
        events.insert(event.to_string(), event_value(&mut random, event));
        let performance = performance(&mut random, event);
        let text = format!("{performance:#}");
        // Indented by four and two levels deeper than `text`, which is indented by two.
        length += 2 * text.len() - text.lines().map(|line| line.trim_start().len()).sum::<usize>()
            + 8 * text.lines().count()
            + 500;
        performances.push(performance);
    }
    let names: Map<String, Value> =
        (0..180).map(|number| (format!("3{:08}", number * 137), json!(random.sentence(&WORDS, 2)))).collect();
    let document = json!({
        "areaNames": names,
        "blockNames": {},
        "events": events,
        "performances": performances,
        "topicSubTopics": { "107888604": [324_846_099, 107_888_605], "324846098": [324_846_099] },
        "venueNames": { "PLEYEL_PLEYEL": "Salle Pleyel" },
    });
    indented_by_four(&document)
}

fn indented_by_four(document: &Value) -> String {
    use serde::Serialize;
    let mut text = Vec::new();
    let mut serializer = serde_json::Serializer::with_formatter(&mut text, PrettyFormatter::with_indent(b"    "));
    // Writing a tree to memory cannot fail.
    if document.serialize(&mut serializer).is_err() {
        return String::new();
    }
    String::from_utf8(text).unwrap_or_default()
}

fn event_value(random: &mut Random, id: u64) -> Value {
    json!({
        "description": null,
        "id": id,
        "logo": if random.chance(50) { json!(format!("/images/UE0AAAAACEKo{}ZAAAAVDSVRN", random.digits(2))) } else { Value::Null },
        "name": random.sentence(&WORDS, 4),
        "subTopicIds": [337_184_269, 337_184_283],
        "subjectCode": null,
        "subtitle": null,
        "topicIds": [324_846_099, 107_888_604],
    })
}

fn performance(random: &mut Random, event: u64) -> Value {
    let categories: Vec<u64> = (0..random.between(1, 6)).map(|_| random.between(338_900_000, 339_000_000)).collect();
    let prices: Vec<Value> = categories
        .iter()
        .map(|category| {
            json!({
                "amount": random.between(8, 200) * 1_000 + 500,
                "audienceSubCategoryId": 337_100_890,
                "seatCategoryId": category,
            })
        })
        .collect();
    let seats: Vec<Value> = categories
        .iter()
        .map(|category| {
            let areas: Vec<Value> = (0..random.between(2, 14))
                .map(|_| json!({ "areaId": random.between(205_705_990, 205_706_020), "blockIds": [] }))
                .collect();
            json!({ "areas": areas, "seatCategoryId": category })
        })
        .collect();
    json!({
        "eventId": event,
        "id": random.between(339_000_000, 500_000_000),
        "logo": if random.chance(30) { json!("/images/UE0AAAAACEKo6QAAAAZDSVRN") } else { Value::Null },
        "name": null,
        "prices": prices,
        "seatCategories": seats,
        "seatMapImage": null,
        "start": 1_372_701_600_000_u64 + random.between(0, 10_000) * 60_000,
        "venueCode": "PLEYEL_PLEYEL",
    })
}
