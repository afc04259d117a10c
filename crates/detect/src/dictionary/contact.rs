//! How and where a person is reached.

use super::{Kind, NOT_TEXT, TEXT, Whole};
use crate::Detector;

pub(super) const EMAIL: Kind = Kind {
    id: "email",
    what: "e-mail address",
    names: &[
        "email", "e mail", "mail address", "=mail", "mailaddress", "emailadresse", "mailadresse", "e mailadresse", "courriel", "adresse mail", "correo", "correo electronico", "posta elettronica", "indirizzo mail", "indirizzo email", "emailadres", "mailadres", "poczta", "adres email", "adres mail", "endereco eletronico", "endereco email", "epost", "e post", "epostadress", "mejl", "mejladress", "youxiang", "邮箱", "郵箱", "电子邮件", "電子郵件", "メール", "メールアドレス",
    ],
    except: &["template", "subject", "body", "domain", "provider", "server", "settings", "notification", "notifications", "campaign", "client"],
    formats: &["email", "idn-email"],
    values: &[Detector::Email],
    mask: "email",
    ..TEXT
};

pub(super) const PHONE: Kind = Kind {
    id: "phone",
    what: "phone number",
    names: &[
        "phone", "telephone", "mobile number", "mobile phone", "mobile no", "=mobile", "cell number", "cellphone", "cell phone", "=cell", "msisdn", "fax", "=tel", "tel number", "tel no", "phone no", "ph no", "landline", "whatsapp", "sms number", "contact number", "contact no", "sip address", "@person mobile", "home tel", "work tel",
        "telefon", "telefonnummer", "telefon nummer", "rufnummer", "handy", "handynummer", "mobilnummer", "mobiltelefon", "mobilfunknummer", "faxnummer", "festnetz",
        "numero telephone", "numero de telephone", "portable", "numero portable", "tel portable", "telecopie", "telefono", "numero telefono", "telefono movil", "=movil", "celular", "numero celular", "cellulare", "numero cellulare", "telefone", "telemovel", "numero telefone", "telefoon", "telefoonnummer", "=mobiel", "mobielnummer", "numer telefonu", "komorka", "telefonu", "mobiltelefonnummer", "=mobil",
        "denwa", "denwabango", "keitai", "keitai bango", "shouji", "shoujihao", "dianhua", "电话", "電話", "手机", "手機", "携帯",
    ],
    except: &["os", "model", "app", "brand", "platform"],
    formats: &["phone", "phone-number", "tel"],
    holders: &["telecom", "contact point"],
    values: &[Detector::Phone],
    mask: "{ partial: { keepLast: 2 } }",
    ..TEXT
};

pub(super) const ADDRESS: Kind = Kind {
    id: "address",
    what: "postal address",
    names: &[
        "address", "addr", "street", "postal code", "postalcode", "postcode", "post code", "zip code", "=zip", "home zip", "billing zip", "shipping zip", "mailing zip", "postal zip", "@person zip", "=house number", "house no", "apartment number", "apt number", "=po box", "street name", "street number", "building number", "@person city", "place of residence",
        "strasse", "straße", "adresse", "anschrift", "hausnummer", "postleitzahl", "=plz", "wohnort", "strassenname",
        "=rue", "code postal", "adresse postale", "numero rue", "direccion", "calle", "codigo postal", "domicilio", "indirizzo", "codice postale", "=cap code", "=via", "residenza", "endereco", "logradouro", "=cep", "morada", "=rua", "straat", "straatnaam", "huisnummer", "adres", "woonplaats", "ulica", "kod pocztowy", "numer domu", "adress", "gata", "gatuadress", "postnummer", "postadress",
        "dizhi", "youbian", "jusho", "yubin bango", "地址", "住址", "邮编", "郵遞區號", "住所", "郵便番号",
    ],
    except: &["mac", "web", "wallet", "contract", "memory", "email", "mail", "ip", "bitcoin", "server", "ethereum", "token", "bind", "listen", "cluster", "node", "site", "blockchain", "crypto", "url", "host", "network", "pod", "remote", "book"],
    whole: Whole::Any,
    ..TEXT
};

pub(super) const GEO: Kind = Kind {
    id: "geo",
    what: "place of a person or device",
    names: &[
        "latitude", "longitude", "=lat", "=lng", "=lon", "=long lat", "lat lng", "lat lon", "geo location", "geolocation", "geo point", "geo coordinates", "=geo", "gps", "coordinate", "current location", "last location", "@person location", "home location", "breitengrad", "langengrad", "laengengrad", "koordinaten", "latitud", "longitud", "latitudine", "longitudine", "breedtegraad", "lengtegraad", "szerokosc geograficzna", "dlugosc geograficzna", "ido", "keido", "经度", "纬度", "緯度", "経度",
    ],
    formats: &["geo-point", "lat-long"],
    mask: NOT_TEXT,
    whole: Whole::Any,
    ..TEXT
};
