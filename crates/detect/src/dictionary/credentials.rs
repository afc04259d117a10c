//! What proves an identity.

use super::{Kind, TEXT, Whole};
use crate::Detector;

pub(super) const PASSWORD: Kind = Kind {
    id: "password",
    what: "password or PIN",
    names: &[
        "password", "passwd", "passphrase", "passcode", "pass phrase", "pass code", "=pwd", "pwd", "=pin", "pin number", "=pin code", "pin block", "@person pin", "card pin", "security answer", "secret answer", "security question answer", "passwort", "kennwort", "mot de passe", "motdepasse", "=mdp", "contrasena", "clave secreta", "parola chiave", "wachtwoord", "haslo", "senha", "palavra passe", "losenord", "mima", "pasuwado", "密码", "密碼", "パスワード", "暗証番号",
    ],
    except: &["hint", "min", "max", "last", "login"],
    formats: &["password"],
    values: &[Detector::PasswordHash, Detector::UrlPassword],
    whole: Whole::Numbers,
    ..TEXT
};

pub(super) const SECRET: Kind = Kind {
    id: "secret",
    what: "secret or token",
    names: &[
        "secret", "token", "api key", "apikey", "access key", "private key", "signing key", "encryption key", "account key", "shared key", "master key", "ssh key", "session id", "session key", "session token", "session cookie", "authorization", "credential", "cookie", "bearer", "=jwt", "=otp", "otp code", "totp", "mfa secret", "two factor secret", "one time code", "one time password", "verification code value", "recovery code", "backup code", "refresh token", "id token", "auth code", "authorization code", "client secret", "connection string", "webhook secret", "hmac", "shareable url", "magic link", "reset link", "login link", "presigned url", "signed url", "pre signed url", "sas url", "last applied configuration",
        "geheimnis", "zugangstoken", "zugriffstoken", "jeton", "cle api", "clave api", "chiave api", "geheim", "令牌", "密钥", "トークン", "シークレット",
    ],
    // What clients need to read on, and what models count.
    except: &[
        "page", "next", "previous", "prev", "continuation", "cursor", "sync", "csrf", "prompt", "completion", "usage", "name", "public", "publishable", "max", "total", "input", "output", "cached", "reasoning", "count", "budget", "ref", "reference", "decision", "required",
    ],
    values: &[Detector::Jwt, Detector::Key, Detector::PrivateKey],
    whole: Whole::Strings,
    ..TEXT
};

/// The data of a Secret of Kubernetes, which no name tells.
pub(super) const SECRET_DATA: Kind = Kind {
    id: "secret-data",
    what: "data of a Secret",
    names: &["secret data"],
    whole: Whole::Any,
    ..TEXT
};
