//! Text that can hold anything.

use super::{Kind, TEXT, Whole};
use crate::Detector;

pub(super) const NOTES: Kind = Kind {
    id: "notes",
    what: "free text, which can hold anything",
    names: &[
        "note",
        "comment",
        "remark",
        "memo",
        "free text",
        "freetext",
        "delivery instruction",
        "comment text",
        "comment body",
        "note text",
        "note body",
        "special instruction",
        "case note",
        "internal note",
        "annotation text",
        "transcript",
        "remittance information",
        "bemerkung",
        "anmerkung",
        "notiz",
        "kommentar",
        "commentaire",
        "remarque",
        "comentario",
        "observacion",
        "observaciones",
        "nota",
        "commento",
        "opmerking",
        "notitie",
        "uwagi",
        "komentarz",
        "observacao",
        "observacoes",
        "anteckning",
        "beizhu",
        "biko",
        "备注",
        "備註",
        "備考",
    ],
    except: &["release", "credit", "delivery note number", "footnote", "patch"],
    values: &[Detector::TextWithSecrets],
    whole: Whole::Strings,
    ..TEXT
};

/// A list of names and values: what each value is, only its name says.
pub(super) const PAIRS: Kind = Kind {
    id: "pairs",
    what: "values of a list whose names say that some are sensitive",
    names: &["name value pair"],
    whole: Whole::Any,
    ..TEXT
};

/// Texts that hold JSON in which there is something sensitive.
pub(super) const INSIDE: Kind = Kind {
    id: "inside",
    what: "JSON in a text, with something sensitive in it",
    names: &["embedded json"],
    whole: Whole::Strings,
    ..TEXT
};
