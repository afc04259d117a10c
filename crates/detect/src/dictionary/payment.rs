//! Cards, accounts and income.

use super::{Kind, LAST_FOUR, NOT_TEXT, TEXT, Whole};
use crate::Detector;

pub(super) const CARD_CODE: Kind = Kind {
    id: "card-code",
    what: "security code of a card",
    names: &["cvv", "cvc", "cvn", "=csc", "=cid code", "card code", "card verification", "security code", "card security", "prufziffer karte", "kartenprufnummer", "cryptogramme", "codigo seguridad", "codice sicurezza", "セキュリティコード", "安全码"],
    except: &["provided", "passed", "supported"],
    ..TEXT
};

pub(super) const CARD: Kind = Kind {
    id: "card",
    what: "card number",
    names: &[
        "card number", "card no", "card num", "credit card", "debit card", "payment card", "=pan", "card pan", "primary account number", "cc number", "cc num", "ccn", "=card", "track data", "track 2", "kartennummer", "kreditkarte", "kreditkartennummer", "numero carte", "numero de carte", "carte bancaire", "carte credit", "tarjeta", "numero tarjeta", "tarjeta credito", "numero carta", "carta credito", "carta di credito", "kaartnummer", "creditcardnummer", "numer karty", "karta kredytowa", "cartao", "numero cartao", "cartao credito", "kortnummer", "kreditkort", "yinhangka", "银行卡", "信用卡", "カード番号", "クレジットカード",
    ],
    except: &[
        "gift", "sim", "expiry", "expires", "expire", "expiration", "exp", "month", "year", "last", "token", "fingerprint", "score", "present", "holder", "product", "funding", "issuer", "summary", "details", "id", "identity", "business", "report", "name",
    ],
    values: &[Detector::Card],
    mask: LAST_FOUR,
    ..TEXT
};

pub(super) const IBAN: Kind = Kind {
    id: "iban",
    what: "IBAN",
    names: &["iban"],
    values: &[Detector::Iban],
    mask: LAST_FOUR,
    keyed: Some("{ pseudonym: { prefix: iban_ } }"),
    ..TEXT
};

pub(super) const BANK_ACCOUNT: Kind = Kind {
    id: "bank-account",
    what: "account number",
    names: &[
        "account number", "account no", "account num", "acct number", "acct no", "acct num", "bank account", "bban", "=account mask", "clabe", "@person account", "=ach account", "ach account", "eft account", "bacs account", "numbers account", "account identification", "wallet address", "crypto address", "bitcoin address", "ethereum address", "sort code", "kontonummer", "kontonr", "konto nr", "bankverbindung", "numero compte", "numero de compte", "compte bancaire", "=rib", "numero cuenta", "numero de cuenta", "cuenta bancaria", "cuenta", "numero conto", "conto corrente", "conto bancario", "rekeningnummer", "bankrekening", "numer konta", "numer rachunku", "rachunek bankowy", "numero conta", "conta bancaria", "conta corrente", "bankkonto", "bankkontonummer", "clearingnummer", "kouza bango", "银行账号", "银行账户", "账号", "帳號", "口座番号",
    ],
    except: &["routing", "subtype", "holder", "owner", "name", "settings", "types", "balance", "fee", "last"],
    holders: &["bank account", "creditor account", "debtor account", "beneficiary account", "payee account", "payer account", "account", "clabe", "wallet"],
    values: &[Detector::Wallet],
    mask: LAST_FOUR,
    keyed: Some("{ pseudonym: { prefix: account_ } }"),
    ..TEXT
};

pub(super) const SALARY: Kind = Kind {
    id: "salary",
    what: "income",
    names: &[
        "salary", "salaries", "wage", "income", "compensation", "payroll", "remuneration", "net worth", "gross pay", "net pay", "hourly rate", "pay rate", "gehalt", "einkommen", "lohn", "salaire", "revenu annuel", "salario", "sueldo", "ingresos", "stipendio", "reddito", "salaris", "inkomen", "wynagrodzenie", "pensja", "ordenado", "rendimento", "inkomst", "gongzi", "nenshu", "kyuyo", "工资", "薪资", "薪資", "收入", "給与", "年収",
    ],
    except: &["frequency", "interval", "source", "category", "provider", "detected", "verification", "bracket id"],
    mask: NOT_TEXT,
    whole: Whole::Any,
    ..TEXT
};
