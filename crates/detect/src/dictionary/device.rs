//! What tells devices apart.

use super::{Kind, TEXT};
use crate::value::Detector;

pub(super) const IP: Kind = Kind {
    id: "ip",
    what: "IP address",
    names: &["ip", "ip address", "ipv4", "ipv6", "remote address", "remote addr"],
    except: &["pool", "range", "whitelist", "allowlist"],
    formats: &["ipv4", "ipv6"],
    values: &[Detector::Ip],
    ..TEXT
};

pub(super) const DEVICE: Kind = Kind {
    id: "device",
    what: "identifier of a device",
    names: &["imei", "imsi", "iccid", "mac address", "device id", "device identifier", "advertising id", "idfa"],
    ..TEXT
};
