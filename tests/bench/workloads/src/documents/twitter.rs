//! Like a page of search results of a social network: indented, many keys, half of the text beyond ASCII.

use crate::random::Random;
use serde_json::{Value, json};

const WORDS: [&str; 10] = [
    "\u{4eca}\u{65e5}\u{306f}",
    "\u{5929}\u{6c17}\u{304c}",
    "\u{3068}\u{3066}\u{3082}",
    "\u{826f}\u{3044}\u{3067}\u{3059}",
    "\u{660e}\u{65e5}",
    "\u{96fb}\u{8eca}\u{306e}",
    "\u{99c5}\u{524d}",
    "lunch",
    "https://example.com/t/Ab3Xy",
    "\u{6848}\u{5185}\u{3057}\u{307e}\u{3059}",
];

const NAMES: &[&str] = &["\u{4eca}\u{65e5}", "\u{5929}\u{6c17}", "\u{660e}\u{65e5}\u{9999}", "Ken"];

/// Statuses in at most about `limit` bytes.
pub(super) fn twitter(limit: usize) -> String {
    let mut random = Random::new(4);
    let mut statuses = Vec::new();
    let mut length = 0;
    while length < limit - 8_000 {
        let status = status(&mut random);
        // 6 bytes of indentation stand before most lines once the status is inside the document.
        let text = format!("{status:#}");
        length += text.len() + 4 * text.lines().count();
        statuses.push(status);
    }
    let document = json!({
        "statuses": statuses,
        "search_metadata": {
            "completed_in": 0.087,
            "count": 100,
            "max_id": 505_874_924_095_815_681_u64,
            "query": "%E4%B8%80",
            "since_id": 0,
        },
    });
    format!("{document:#}")
}

fn user(random: &mut Random) -> Value {
    let id = random.between(100_000_000, 3_000_000_000);
    let image = format!("http://img.example.com/profile/{id}/normal.jpeg");
    json!({
        "id": id,
        "id_str": id.to_string(),
        "name": random.sentence(NAMES, 2),
        "screen_name": format!("user_{id}"),
        "location": if random.chance(40) { random.pick(&["", "Tokyo", "\u{5927}\u{962a}"]) } else { "" },
        "description": random.sentence(&WORDS, 14),
        "url": null,
        "entities": { "description": { "urls": [] } },
        "protected": false,
        "followers_count": random.between(0, 5_000),
        "friends_count": random.between(0, 2_000),
        "listed_count": random.between(0, 60),
        "created_at": "Sat Feb 16 13:46:25 +0000 2013",
        "favourites_count": random.between(0, 9_000),
        "utc_offset": null,
        "time_zone": null,
        "geo_enabled": random.chance(30),
        "verified": false,
        "statuses_count": random.between(10, 90_000),
        "lang": "ja",
        "contributors_enabled": false,
        "is_translator": false,
        "profile_background_color": "C0DEED",
        "profile_background_image_url": "http://img.example.com/images/themes/theme1/bg.png",
        "profile_background_tile": random.chance(20),
        "profile_image_url": image,
        "profile_image_url_https": image.replace("http:", "https:"),
        "profile_link_color": "0084B4",
        "profile_text_color": "333333",
        "profile_use_background_image": true,
        "default_profile": random.chance(60),
        "default_profile_image": false,
        "following": false,
        "follow_request_sent": false,
        "notifications": false,
    })
}

fn status(random: &mut Random) -> Value {
    let mut status = plain_status(random);
    if random.chance(50) {
        let repeated = plain_status(random);
        if let Some(members) = status.as_object_mut() {
            members.insert("retweeted_status".to_owned(), repeated);
        }
    }
    status
}

fn plain_status(random: &mut Random) -> Value {
    let id = random.between(505_000_000_000_000_000, 506_000_000_000_000_000);
    let mentioned = random.between(100_000_000, 3_000_000_000);
    let mentions = if random.chance(60) {
        vec![json!({
            "screen_name": format!("user_{mentioned}"),
            "name": random.sentence(NAMES, 2),
            "id": mentioned,
            "id_str": mentioned.to_string(),
            "indices": [3, 18],
        })]
    } else {
        Vec::new()
    };
    json!({
        "metadata": { "result_type": "recent", "iso_language_code": "ja" },
        "created_at": "Sun Aug 31 00:29:15 +0000 2014",
        "id": id,
        "id_str": id.to_string(),
        "text": random.sentence(&WORDS, 12),
        "source": "<a href=\"http://example.com/download/iphone\" rel=\"nofollow\">Client for iPhone</a>",
        "truncated": false,
        "in_reply_to_status_id": null,
        "in_reply_to_status_id_str": null,
        "in_reply_to_user_id": null,
        "in_reply_to_screen_name": null,
        "user": user(random),
        "geo": null,
        "coordinates": null,
        "place": null,
        "contributors": null,
        "retweet_count": random.between(0, 400),
        "favorite_count": random.between(0, 50),
        "entities": { "hashtags": [], "symbols": [], "urls": [], "user_mentions": mentions },
        "favorited": false,
        "retweeted": false,
        "lang": "ja",
    })
}
