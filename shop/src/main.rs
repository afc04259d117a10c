//! The sample shop: a small upstream with customers, orders and payments.

fn main() {}
