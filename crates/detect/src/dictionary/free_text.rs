//! Text that can hold anything.

use super::{Kind, TEXT, Whole};
use crate::value::Detector;

pub(super) const NOTES: Kind = Kind {
    id: "notes",
    what: "free text, which can hold anything",
    names: &[
        "note",
        "comment",
        "remark",
        "memo",
        "free text",
        "delivery instruction",
        "comment text",
        "comment body",
        "note text",
        "note body",
    ],
    except: &["release"],
    values: &[Detector::TextWithSecrets],
    whole: Whole::Strings,
    ..TEXT
};
