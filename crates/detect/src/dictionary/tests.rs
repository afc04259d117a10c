//! What names say, alone, beside others and in what holds them.

use super::*;

fn kind(context: &str, name: &str) -> Option<&'static str> {
    by_name(&words::words(context), &words::words(name)).map(|kind| kind.id)
}

#[test]
fn names_say_what_they_hold() {
    for (name, id) in [
        ("ssn", "ssn"),
        ("customerSSN", "ssn"),
        ("social_security_number", "ssn"),
        ("taxId", "tax-id"),
        ("passportNumber", "passport"),
        ("drivers-license", "driving-licence"),
        ("creditCardNumber", "card"),
        ("pan", "card"),
        ("cvv2", "card-code"),
        ("IBAN", "iban"),
        ("accountNumber", "bank-account"),
        ("emailAddress", "email"),
        ("e-mail", "email"),
        ("workEmails", "email"),
        ("phoneNumber", "phone"),
        ("mobile", "phone"),
        ("dateOfBirth", "born"),
        ("birthDate", "born"),
        ("born", "born"),
        ("passwordHash", "password"),
        ("pin", "password"),
        ("clientSecret", "secret"),
        ("apiKey", "secret"),
        ("accessToken", "secret"),
        ("baseSalary", "salary"),
        ("clientIp", "ip"),
        ("ipAddress", "ip"),
        ("billingAddress", "address"),
        ("zip", "address"),
        ("firstName", "person-name"),
        ("lastname", "person-name"),
        ("username", "person-name"),
        ("diagnosis", "health"),
        ("bloodType", "health"),
        ("maritalStatus", "personal"),
        ("lat", "geo"),
        ("notes", "notes"),
        ("comment", "notes"),
    ] {
        assert_eq!(kind("", name), Some(id), "{name}");
    }
}

#[test]
fn names_beside_them_say_nothing() {
    for name in [
        "id",
        "name",
        "number",
        "emailVerified",
        "isEmailValid",
        "hasPhone",
        "passwordChangedAt",
        "nextPageToken",
        "tokenType",
        "addressId",
        "emailCount",
        "phoneCountryCode",
        "japan",
        "company",
        "shipping",
        "zipFile",
        "status",
        "cardBrand",
        "giftCard",
        "footnoteId",
        "macBook",
        "pinned",
        "country",
        "mailingList",
        "promptTokens",
        "cardExpiry",
        "passwordPolicy",
        "noComment",
    ] {
        assert_eq!(kind("", name), None, "{name}");
    }
}

#[test]
fn what_holds_a_name_gives_it_meaning() {
    for (context, name, id) in [
        ("card", "number", Some("card")),
        ("cards", "number", Some("card")),
        ("creditCard", "number", Some("card")),
        ("account", "number", Some("bank-account")),
        ("name", "first", Some("person-name")),
        ("customer", "name", Some("person-name")),
        ("payer", "name", Some("person-name")),
        ("card", "holder", Some("person-name")),
        ("delivery", "instructions", Some("notes")),
        ("workPhone", "number", Some("phone")),
        ("passport", "value", Some("passport")),
        ("product", "name", None),
        ("invoice", "number", None),
        ("card", "brand", None),
        ("email", "verified", None),
        ("email", "subject", None),
        ("address", "id", None),
    ] {
        assert_eq!(kind(context, name), id, "{context}.{name}");
    }
}

#[test]
fn names_in_ten_languages_and_every_spelling() {
    for (id, names) in [
        (
            "born",
            "geburtsdatum kundenGeburtsdatum date_naissance dateDeNaissance fechaNacimiento fecha_de_nacimiento dataNascita data_di_nascita geboortedatum dataUrodzenia data_urodzenia dataNascimento fodelsedatum födelsedatum 生年月日 出生日期 shengri seinengappi dob DOB customerDob placeOfBirth lieuNaissance geburtsort dateOfDeath",
        ),
        (
            "phone",
            "telefonnummer Telefon-Nummer handynummer numeroTelephone telefono numero_telefono telefone telefoonnummer numerTelefonu mobilnummer 電話番号 手机号 手机号码 denwa_bango shoujihao msisdn mobileNo contactNumber homephone workphone faxNumber celular",
        ),
        (
            "email",
            "emailadresse E-Mail-Adresse courriel adresseMail correoElectronico indirizzoEmail emailadres adresEmail enderecoEmail epostadress メールアドレス 电子邮件 邮箱 customeremail useremail contactEmail billing_email_address",
        ),
        (
            "person-name",
            "vorname nachname Familienname prenom prénom nomDeFamille nombreCompleto apellidos cognome voornaam achternaam imie nazwisko sobrenome efternamn förnamn 姓名 氏名 xingming shimei firstname lname fname customerName accountHolderName cardholderName kontoinhaber mothersMaidenName",
        ),
        (
            "address",
            "strasse Straße hausnummer postleitzahl codePostal codigoPostal direccion indirizzo endereco straatnaam postnummer ulica kodPocztowy 地址 住所 郵便番号 street_address homeaddress billingZip",
        ),
        (
            "national-id",
            "personalausweisnummer ausweisnummer dni numeroIdentificacion documentoIdentidad burgerservicenummer bsn pesel personnummer 身份证号 マイナンバー個人番号 nationalIdNumber idNumber document_number nhsNumber aadhaarNumber cpf",
        ),
        (
            "tax-id",
            "steuernummer steuerId steuerIdentifikationsnummer numeroFiscal codiceFiscale partitaIva nif nip 税号 taxIdentificationNumber vatNumber",
        ),
        (
            "passport",
            "reisepassnummer passnummer numeroPasaporte passaporto paspoortnummer numerPaszportu 护照号码 パスポート番号 passport_no",
        ),
        (
            "bank-account",
            "kontonummer numeroCompte numeroCuenta numeroConto rekeningnummer numerKonta numeroConta bankkonto 银行账号 口座番号 acctNo bankAccountNumber",
        ),
        (
            "card",
            "kreditkartennummer numeroCarte numeroTarjeta numeroCarta creditcardnummer numerKarty numeroCartao kortnummer 银行卡号 クレジットカード番号 cardNo ccNumber pan",
        ),
        (
            "salary",
            "gehalt einkommen salaire salario stipendio salaris wynagrodzenie ordenado inkomst 工资 給与 annualSalary grossPay",
        ),
        (
            "password",
            "passwort kennwort motDePasse contrasena contraseña wachtwoord haslo senha losenord lösenord 密码 パスワード userPassword",
        ),
        (
            "health",
            "diagnose krankheit allergien blutgruppe groupeSanguin maladie enfermedad alergias malattia ziekte choroba doenca sjukdom 病历 診断 血型 bloodType isPregnant hasDisability",
        ),
        (
            "personal",
            "geschlecht konfession staatsangehörigkeit sexe nationalite genero sexo nacionalidad cittadinanza geslacht godsdienst narodowosc wyznanie nacionalidade medborgarskap 性别 国籍 宗教 kokuseki gender nationality religion ethnicity maritalStatus",
        ),
    ] {
        let wrong: Vec<_> =
            names.split(' ').map(|name| (name, kind("", name))).filter(|(_, found)| *found != Some(id)).collect();
        assert_eq!(wrong, [], "{id}");
    }
}

#[test]
fn what_tells_of_a_thing_or_of_a_value_says_nothing() {
    for name in "passwordChangeIndicator authorization_decision cvc_check emailVerifiedAt phone_status cardExpiryMonth tokenExpiresIn addressLineCount sessionTimeout \
                 passwordPolicyId runNumber hostname namespace filename productName companyName nextPageToken emailTemplate ipRange zipfile statusCode createdAt \
                 paymentMethod shippingMethod orderStatus quantity price currency sku brand colour size version locale emailNotificationsEnabled".split_whitespace() {
        assert_eq!(kind("", name), None, "{name}");
    }
}

#[test]
fn a_telling_holder_gives_a_generic_leaf_its_meaning() {
    for (context, name, id) in [
        ("telecom", "value", "phone"),
        ("ContactPoint", "value", "phone"),
        ("taxInformation", "number", "tax-id"),
        ("CreditorAccount", "Identification", "bank-account"),
        ("debtorAccount", "identification", "bank-account"),
        ("emails", "data", "email"),
        ("phoneNumbers", "data", "phone"),
        ("patientIdentifier", "value", "national-id"),
        ("idNumber", "value", "national-id"),
        ("ach", "account", "bank-account"),
        ("assignee", "name", "person-name"),
        ("Kunde", "name", "person-name"),
        ("names", "family", "person-name"),
    ] {
        assert_eq!(kind(context, name), Some(id), "{context}.{name}");
    }
    for (context, name) in [
        ("telecom", "system"),
        ("telecom", "use"),
        ("emails", "type"),
        ("emails", "primary"),
        ("taxInformation", "country"),
        ("product", "data"),
        ("secretScanningAlert", "value"),
    ] {
        assert_eq!(kind(context, name), None, "{context}.{name}");
    }
}

#[test]
fn every_kind_can_be_found_and_its_masks_are_masks() {
    let mut ids = std::collections::BTreeSet::new();
    for kind in KINDS {
        assert!(ids.insert(kind.id), "{}", kind.id);
        assert!(kind.id == "sensitive" || !kind.names.is_empty());
        for name in kind.names.iter().map(|name| name.replace("@person", "patient")) {
            let words = words::words(name.trim_start_matches('='));
            assert!(!words.is_empty());
            let found = if kind.ask { to_ask(&[], &words) } else { by_name(&[], &words) };
            assert!(found.is_some(), "{name}");
        }
    }
}
