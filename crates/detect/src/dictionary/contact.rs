//! How and where a person is reached.

use super::{Kind, NOT_TEXT, TEXT, Whole};
use crate::value::Detector;

pub(super) const EMAIL: Kind = Kind {
    id: "email",
    what: "e-mail address",
    names: &["email", "e mail", "mail address", "=mail"],
    except: &["template", "subject", "body", "domain", "provider"],
    formats: &["email", "idn-email"],
    values: &[Detector::Email],
    mask: "email",
    ..TEXT
};

pub(super) const PHONE: Kind = Kind {
    id: "phone",
    what: "phone number",
    names: &[
        "phone",
        "telephone",
        "mobile number",
        "mobile phone",
        "=mobile",
        "cell number",
        "cellphone",
        "=cell",
        "msisdn",
        "fax",
        "=tel",
    ],
    except: &["os", "model", "app"],
    formats: &["phone"],
    values: &[Detector::Phone],
    mask: "{ partial: { keepLast: 2 } }",
    ..TEXT
};

pub(super) const ADDRESS: Kind = Kind {
    id: "address",
    what: "postal address",
    names: &[
        "address",
        "street",
        "postal code",
        "postcode",
        "post code",
        "zip code",
        "=zip",
        "strasse",
        "straße",
        "adresse",
    ],
    except: &["mac", "web", "wallet", "contract", "memory", "email", "mail", "ip", "bitcoin", "server"],
    whole: Whole::Any,
    ..TEXT
};

pub(super) const GEO: Kind = Kind {
    id: "geo",
    what: "place of a person or device",
    names: &["latitude", "longitude", "=lat", "=lng", "=lon", "geo location", "geo point", "=geo", "gps", "coordinate"],
    mask: NOT_TEXT,
    whole: Whole::Any,
    ..TEXT
};
