//! What proves an identity.

use super::{Kind, TEXT, Whole};
use crate::value::Detector;

pub(super) const PASSWORD: Kind = Kind {
    id: "password",
    what: "password or PIN",
    names: &[
        "password",
        "passwd",
        "passphrase",
        "passcode",
        "pass phrase",
        "pass code",
        "=pwd",
        "=pin",
        "pin number",
        "=pin code",
        "passwort",
    ],
    except: &["hint", "min", "max"],
    formats: &["password"],
    whole: Whole::Numbers,
    ..TEXT
};

pub(super) const SECRET: Kind = Kind {
    id: "secret",
    what: "secret or token",
    names: &[
        "secret",
        "token",
        "api key",
        "apikey",
        "access key",
        "private key",
        "signing key",
        "encryption key",
        "session id",
        "session key",
        "authorization",
        "credential",
        "cookie",
        "bearer",
        "=jwt",
        "=otp",
        "one time code",
        "recovery code",
        "backup code",
    ],
    // What clients need to read on, and what models count.
    except: &[
        "page",
        "next",
        "previous",
        "continuation",
        "cursor",
        "sync",
        "csrf",
        "prompt",
        "completion",
        "usage",
        "name",
    ],
    values: &[Detector::Jwt],
    whole: Whole::Strings,
    ..TEXT
};
