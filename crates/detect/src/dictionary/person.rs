//! Who a person is.

use super::{Kind, NOT_TEXT, TEXT, Whole};

/// Words for people: `@person` in a pattern.
pub const PEOPLE: &[&str] = &[
    "person", "people", "user", "customer", "client", "patient", "employee", "contact", "recipient", "owner", "author", "assignee", "creator", "reporter", "reviewer", "member", "guest", "passenger", "driver", "subscriber", "payer", "payee", "beneficiary", "applicant", "spouse", "holder", "doctor", "nurse", "physician", "practitioner", "student", "teacher", "parent", "child", "children", "guardian", "candidate", "sender", "receiver", "buyer", "seller", "attendee", "participant", "resident", "voter", "donor", "visitor", "signer", "signatory", "cardholder", "policyholder", "insured", "borrower", "relative", "sibling", "father", "mother", "witness", "victim", "traveler", "traveller", "tenant", "landlord", "shopper", "consumer", "debtor", "creditor", "cardmember", "staff", "worker", "colleague", "manager", "supervisor", "caregiver", "dependent", "claimant", "provider person", "lead", "prospect", "requester", "submitter", "committer", "approver", "caller", "callee", "shareholder", "stakeholder", "legal representative", "ubo", "individual", "human", "travel companion", "emergency contact", "next of kin", "account owner", "account holder",
    "kunde", "kundin", "benutzer", "nutzer", "mitarbeiter", "patientin", "empfanger", "empfaenger", "inhaber", "versicherter", "utilisateur", "destinataire", "titulaire", "employe", "salarie", "cliente", "usuario", "empleado", "paciente", "titular", "destinatario", "utente", "paziente", "dipendente", "klant", "gebruiker", "werknemer", "klient", "pacjent", "pracownik", "funcionario", "utilizador", "kund", "anvandare", "anstalld",
];

pub(super) const BORN: Kind = Kind {
    id: "born",
    what: "date or place of birth, or of death",
    names: &[
        "born", "birth date", "date of birth", "birthdate", "dob", "birthday", "=birth", "birth year", "year of birth", "birth month", "birth day", "day of birth", "month of birth", "=bday", "place of birth", "birth place", "birthplace", "country of birth", "birth country", "city of birth", "birth city", "birth town", "date of death", "death date", "deceased", "deceased date time", "died", "date birth", "age years", "birth date time",
        "geburtsdatum", "geburtstag", "geburtsort", "geburtsjahr", "geboren", "gebdatum", "sterbedatum", "date naissance", "date de naissance", "naissance", "lieu naissance", "lieu de naissance", "fecha nacimiento", "fecha de nacimiento", "nacimiento", "lugar nacimiento", "lugar de nacimiento", "data nascita", "data di nascita", "nascita", "luogo nascita", "luogo di nascita", "geboortedatum", "geboorteplaats", "geboortejaar", "data urodzenia", "miejsce urodzenia", "urodzenia", "data nascimento", "data de nascimento", "nascimento", "local nascimento", "naturalidade", "fodelsedatum", "fodelsedag", "fodelseort", "fodelsear", "seinengappi", "tanjobi", "shengri", "chusheng", "chushengriqi", "出生", "生日", "生年月日", "誕生日",
    ],
    mask: NOT_TEXT,
    whole: Whole::Any,
    dated: true,
    ..TEXT
};

pub(super) const HEALTH: Kind = Kind {
    id: "health",
    what: "health data",
    names: &[
        "diagnosis", "diagnoses", "medical", "health record", "health condition", "health insurance", "health data", "health status", "medication", "prescription", "allergy", "allergies", "blood type", "blood group", "disease", "disability", "disabilities", "disabled person", "=disabled status", "symptom", "vaccination", "vaccine", "immunization", "icd code", "icd 10", "illness", "treatment plan", "pregnant", "pregnancy", "hiv", "mental health", "clinical", "lab result", "blood pressure", "heart rate", "body mass", "=bmi", "smoker", "smoking status", "sick leave", "surgery", "therapy", "genetic", "dna", "condition code", "intolerance", "substance use",
        "diagnose", "krankheit", "krankenkasse", "allergie", "allergien", "medikament", "medikamente", "blutgruppe", "behinderung", "schwanger", "gesundheit", "maladie", "groupe sanguin", "medicament", "handicap", "sante", "enceinte", "diagnostico", "enfermedad", "alergia", "alergias", "medicamento", "discapacidad", "grupo sanguineo", "embarazada", "diagnosi", "malattia", "allergia", "farmaco", "gruppo sanguigno", "disabilita", "incinta", "ziekte", "bloedgroep", "medicatie", "zwanger", "diagnoza", "choroba", "leki", "grupa krwi", "niepelnosprawnosc", "ciaza", "doenca", "deficiencia", "gravida", "tipo sanguineo", "sjukdom", "lakemedel", "blodgrupp", "funktionsnedsattning", "病名", "診断", "诊断", "疾病", "血型", "血液型", "アレルギー", "过敏", "妊娠", "怀孕", "病歴", "病历", "障害",
    ],
    except: &["endpoint", "check url"],
    whole: Whole::Any,
    special: true,
    ..TEXT
};

pub(super) const PERSONAL: Kind = Kind {
    id: "personal",
    what: "special category of personal data (GDPR, article 9) or alike",
    names: &[
        "gender", "=sex", "@person sex", "sex at birth", "birth sex", "pronoun", "pronouns", "religion", "religious", "ethnicity", "ethnic", "=race", "@person race", "race ethnicity", "racial", "nationality", "nationalities", "citizenship", "sexual orientation", "sexuality", "political", "=party affiliation", "trade union", "union member", "union membership", "marital status", "civil status", "biometric", "fingerprint template", "face template", "faceprint", "face scan", "voiceprint", "iris scan", "selfie", "immigration status", "veteran status", "criminal record", "criminal", "conviction", "offence", "philosophical belief",
        "geschlecht", "konfession", "religionszugehorigkeit", "staatsangehorigkeit", "staatsangehoerigkeit", "nationalitat", "familienstand", "gewerkschaft", "ethnie", "vorstrafen", "sexe", "etat civil", "nationalite", "appartenance syndicale", "opinion politique", "opinions politiques", "origine ethnique", "genero", "sexo", "religion", "estado civil", "nacionalidad", "etnia", "sindicato", "afiliacion politica", "genere", "sesso", "religione", "stato civile", "nazionalita", "cittadinanza", "sindacato", "geslacht", "godsdienst", "geloof", "nationaliteit", "burgerlijke staat", "vakbond", "plec", "wyznanie", "religia", "narodowosc", "obywatelstwo", "stan cywilny", "zwiazek zawodowy", "religiao", "nacionalidade", "raca", "kon", "medborgarskap", "civilstand", "fackforening", "xingbie", "minzu", "guoji", "seibetsu", "kokuseki", "shukyo", "性别", "性別", "民族", "宗教", "国籍", "國籍", "婚姻", "政治面貌", "労働組合",
    ],
    except: &["neutral"],
    whole: Whole::Any,
    special: true,
    ..TEXT
};

pub(super) const PERSON_NAME: Kind = Kind {
    id: "person-name",
    what: "name of a person",
    names: &[
        "first name", "last name", "full name", "given name", "family name", "middle name", "maiden name", "birth name", "legal name", "preferred name", "second name", "surname", "forename", "=fname", "=lname", "=mname", "=firstname", "name first", "name last", "name middle", "name given", "name family", "name full", "=given", "=family", "card holder", "cardholder", "=holder name", "account holder", "name on card", "name on account", "@person name", "@person full", "@person display name", "user name", "=username", "user login", "mother s maiden", "mothers maiden", "emergency contact", "next of kin",
        "vorname", "nachname", "familienname", "geburtsname", "kontoinhaber", "karteninhaber", "kundenname", "ansprechpartner", "prenom", "nom famille", "nom de famille", "nom complet", "nom naissance", "nom usage", "=nom", "=nombre completo", "nombre completo", "nombres", "apellido", "apellidos", "nombre pila", "nombre cliente", "nombre usuario", "nome completo", "=cognome", "cognome", "nome cliente", "nominativo", "voornaam", "achternaam", "tussenvoegsel", "volledige naam", "geslachtsnaam", "imie", "imie nazwisko", "nazwisko", "imiona", "sobrenome", "apelido", "primeiro nome", "ultimo nome", "fornamn", "efternamn", "fullstandigt namn", "xingming", "shimei", "namae", "myoji", "sei mei", "furigana", "姓名", "氏名", "名前", "名字", "姓氏", "フリガナ",
    ],
    except: &["project", "file", "host", "domain", "product", "company", "space"],
    ..TEXT
};

/// Pictures of people and of their documents.
pub(super) const IMAGE: Kind = Kind {
    id: "image",
    what: "picture of a person or a document",
    names: &[
        "id front", "id back", "front image", "back image", "document image", "passport image", "document scan", "id scan", "face image", "selfie image", "portrait", "photo id", "original front", "original back", "cropped front", "cropped back", "face", "document photo", "@person photo", "@person picture", "@person image", "signature image", "passport photo", "photo data", "profile photo", "profile picture", "profile image", "@person signature", "signature data", "profilbild", "foto perfil", "photo profil",
    ],
    except: &["font", "model", "type", "family"],
    whole: Whole::Strings,
    ..TEXT
};

/// What may tell a person, or nothing of one: to be decided by people.
pub(super) const DEBATABLE: Kind = Kind {
    id: "ask",
    what: "may tell of a person",
    names: &[
        "display name", "nick name", "nickname", "=login", "=alias", "screen name", "handle", "avatar", "avatar url", "=photo", "=picture", "employer", "employer name", "occupation", "job title", "profession", "education", "degree", "=age", "@person age", "height cm", "weight kg", "=height", "=weight", "user id", "customer id", "patient id", "employee id", "person id", "member id", "account id", "client id", "external id", "profile url", "website", "social profile", "twitter", "linkedin", "facebook", "instagram", "github", "balance", "credit score", "credit limit", "score", "risk score", "=amount", "transaction description", "user agent", "location", "city", "=state", "county", "place", "company name", "organization name", "organisation name", "merchant name", "business name", "vendor name", "policy number", "claim number", "invoice number", "order number", "tracking number", "routing number", "bank name", "bank code", "=bic", "swift", "title", "=subject", "=message", "=description", "bio", "biography", "summary", "hobbies", "interests", "language", "preferred language", "timezone", "time zone", "locale", "=prefix", "=suffix", "=initials", "relationship", "family status", "household", "legal entity", "signature",
    ],
    ask: true,
    ..TEXT
};
