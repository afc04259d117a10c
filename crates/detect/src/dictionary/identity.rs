//! Numbers that states give people.

use super::{Kind, LAST_FOUR, TEXT};
use crate::Detector;

pub(super) const SSN: Kind = Kind {
    id: "ssn",
    what: "social security number",
    names: &[
        "ssn", "social security", "social insurance", "ssn last", "social sec", "itin",
        "sozialversicherungsnummer", "sozialversicherung nummer", "sv nummer", "rentenversicherungsnummer", "ahv nummer", "ahv",
        "numero securite sociale", "numero de securite sociale", "securite sociale", "nir", "numero secu",
        "seguridad social", "numero seguridad social", "nss", "seguranca social", "niss",
        "codice sanitario", "nummer sociale zekerheid", "rijksregisternummer",
        "社会保障番号", "社会保障号", "社保号", "マイナンバー",
    ],
    except: &["benefit"],
    values: &[Detector::Ssn],
    mask: LAST_FOUR,
    ..TEXT
};

pub(super) const NATIONAL_ID: Kind = Kind {
    id: "national-id",
    what: "national identity number",
    names: &[
        "national id", "national identification", "national identity", "national identifier", "national number", "national insurance", "nino",
        "identity number", "identity card", "identity document", "id card", "id number", "id no", "identification number", "identification document", "citizen id", "personal id", "personal identification", "personal code",
        "document number", "document no", "government id", "govt id", "resident id", "residence permit", "subscriber id", "member number", "insurance number", "insurance member", "policy holder id", "beneficiary identifier",
        "@person identifier", "@person national",
        "aadhaar", "aadhar", "uidai", "cpf", "curp", "bsn", "pesel", "personnummer", "nhs number", "nhs no", "nric", "fin number", "=dni", "=nie", "dni number", "nuip", "cedula", "=rut", "=run number", "rodne cislo", "cnp", "egn", "oib", "hetu", "henkilotunnus", "fodselsnummer", "cpr number", "=cpr", "emirates id", "iqama", "hkid", "my number", "mrn", "medical record number", "medicare number", "medicare id", "medicaid", "=mbi", "=npi", "health card number", "chi number", "patient number",
        "personalausweisnummer", "ausweisnummer", "personalausweis", "ausweis nummer", "krankenversichertennummer", "versichertennummer", "versicherungsnummer",
        "carte identite", "numero carte identite", "cni number", "numero identite", "piece identite",
        "documento identidad", "numero documento", "numero identificacion", "documento identidade", "cartao cidadao", "registro geral", "numero de documento",
        "carta identita", "numero documento identita", "burgerservicenummer", "identiteitskaart", "identiteitsnummer", "dowod osobisty", "numer dowodu", "legitimationsnummer", "samordningsnummer",
        "shenfenzheng", "shenfenzhenghao", "sfzh", "身份证", "身份證", "证件号", "個人番号", "身分証",
    ],
    except: &["type", "issuer", "country"],
    holders: &["identifier", "identification", "identity", "id number", "national id", "document"],
    values: &[Detector::TravelDocument],
    ..TEXT
};

pub(super) const TAX_ID: Kind = Kind {
    id: "tax-id",
    what: "tax number",
    names: &[
        "tax id", "tax number", "tax no", "tax identification", "tax identifier", "tax payer id", "taxpayer id", "taxpayer number", "=tin", "tin number", "=ein", "employer identification", "fiscal code", "fiscal number", "vat id", "vat number", "vat no", "vat reg",
        "codice fiscale", "partita iva", "steuernummer", "steuer id", "steueridentifikationsnummer", "steuer identifikationsnummer", "ust id", "umsatzsteuer id",
        "numero fiscal", "numero fiscale", "identifiant fiscal", "nif", "=rfc", "cnpj", "cuit", "cuil", "=nit", "numero contribuinte", "contribuinte", "gst number", "gstin", "pan number",
        "btw nummer", "fiscaal nummer", "=nip", "numer nip", "skattenummer", "organisationsnummer", "納税者番号", "纳税人识别号", "税号",
    ],
    except: &["rate", "class"],
    holders: &["tax information", "tax info", "tax identification", "tax data", "tax detail", "individual tax info"],
    mask: LAST_FOUR,
    ..TEXT
};

pub(super) const PASSPORT: Kind = Kind {
    id: "passport",
    what: "passport number",
    names: &[
        "passport", "travel document", "visa number", "mrz", "machine readable zone", "reisepass", "reisepassnummer", "passnummer", "passeport", "pasaporte", "passaporto", "passaporte", "paspoort", "paspoortnummer", "paszport", "numer paszportu", "huzhao", "hu zhao", "护照", "護照", "パスポート", "旅券番号", "ryoken",
    ],
    except: &["country", "issuer", "issued", "expiry", "issuing", "expiration", "authority"],
    ..TEXT
};

pub(super) const DRIVING_LICENCE: Kind = Kind {
    id: "driving-licence",
    what: "driving licence or plate number",
    names: &[
        "driver licence", "driver license", "drivers licence", "drivers license", "driving licence", "driving license", "driver s license", "dl number", "licence plate", "license plate", "number plate", "vehicle registration number", "plate number", "registration plate", "=vin", "vehicle identification number", "vin number",
        "fuhrerschein", "fuehrerschein", "fuhrerscheinnummer", "fuehrerscheinnummer", "kfz kennzeichen", "kennzeichen", "permis de conduire", "permis conduire", "numero permis", "plaque immatriculation", "immatriculation", "licencia conducir", "licencia de conducir", "carnet conducir", "permiso conducir", "matricula", "patente", "patente di guida", "patente guida", "targa", "rijbewijs", "rijbewijsnummer", "kenteken", "prawo jazdy", "tablica rejestracyjna", "carta conducao", "carteira motorista", "cnh", "korkort", "korkortsnummer", "registreringsnummer", "驾驶证", "驾照", "車牌", "车牌", "運転免許", "jiashizheng", "chepai",
    ],
    except: &["country", "class", "category"],
    values: &[Detector::Vin],
    ..TEXT
};
