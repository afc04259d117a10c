//! What tells devices apart.

use super::{Kind, TEXT};
use crate::Detector;

pub(super) const IP: Kind = Kind {
    id: "ip",
    what: "IP address",
    names: &[
        "ip",
        "ip address",
        "ip addr",
        "ipv4",
        "ipv6",
        "remote address",
        "remote addr",
        "client address",
        "x forwarded for",
        "adresse ip",
        "direccion ip",
        "indirizzo ip",
        "ip adresse",
        "ip adres",
        "adres ip",
        "ip アドレス",
        "ip地址",
        "ipアドレス",
    ],
    except: &["pool", "range", "whitelist", "allowlist", "blocklist", "family", "policy", "mode", "cidr"],
    formats: &["ipv4", "ipv6", "ip"],
    values: &[Detector::Ip],
    ..TEXT
};

pub(super) const DEVICE: Kind = Kind {
    id: "device",
    what: "identifier of a device",
    names: &[
        "imei",
        "imsi",
        "iccid",
        "mac address",
        "mac addr",
        "device id",
        "device identifier",
        "device serial",
        "serial number device",
        "advertising id",
        "idfa",
        "idfv",
        "gaid",
        "aaid",
        "android id",
        "device token",
        "device fingerprint",
        "browser fingerprint",
        "hardware address",
        "udid",
        "sim number",
        "sim serial",
        "bluetooth address",
        "wifi mac",
        "geratekennung",
        "geraete id",
        "设备号",
        "端末id",
    ],
    values: &[Detector::Mac],
    ..TEXT
};
