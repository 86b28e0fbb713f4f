//! What one security group rule allows, in words as short as fit on an arrow.

use serde_json::Value as Json;

/// The ports of a rule: `443`, `udp 53`, `1024–65535`, `all`. Nothing for what is no rule.
pub fn ports(rule: &Json) -> Option<String> {
    let text = |name: &str| {
        let value = rule.get(name)?;
        value.as_str().map(str::to_string).or_else(|| value.as_i64().map(|n| n.to_string()))
    };
    let protocol = text("ip_protocol").or_else(|| text("protocol"))?;
    let number = |name: &str| rule.get(name).and_then(Json::as_i64);
    let (from, to) = (number("from_port"), number("to_port"));
    let ports = match (from, to) {
        (Some(from), Some(to)) if from == to => from.to_string(),
        (Some(0), Some(65535)) => "all".to_string(),
        (Some(from), Some(to)) => format!("{from}–{to}"),
        _ => "all".to_string(),
    };
    Some(match protocol.as_str() {
        "-1" | "all" => "all".to_string(),
        "tcp" | "6" => ports,
        "udp" | "17" => format!("udp {ports}"),
        "icmp" | "1" | "icmpv6" | "58" => "icmp".to_string(),
        other => format!("protocol {other}"),
    })
}

/// Several of them, each once, lowest port first.
pub fn sorted(mut ports: Vec<String>) -> Vec<String> {
    let number = |p: &str| p.rsplit(' ').next().and_then(|p| p.split('–').next()).and_then(|p| p.parse::<u32>().ok());
    ports.sort_by_key(|p| (number(p), p.clone()));
    ports.dedup();
    ports
}

#[cfg(test)]
mod tests {
    use super::{ports, sorted};
    use serde_json::json;

    #[test]
    fn ports_as_people_write_them() {
        let of = |rule| ports(&rule).unwrap_or_default();
        assert_eq!(of(json!({"ip_protocol": "tcp", "from_port": 443, "to_port": 443})), "443");
        assert_eq!(of(json!({"ip_protocol": "udp", "from_port": 53, "to_port": 53})), "udp 53");
        assert_eq!(of(json!({"protocol": "tcp", "from_port": 1024, "to_port": 65535})), "1024–65535");
        assert_eq!(of(json!({"ip_protocol": "-1"})), "all");
        assert_eq!(ports(&json!({"from_port": 1})), None);
        assert_eq!(sorted(vec!["443".into(), "80".into(), "443".into()]), ["80", "443"]);
    }
}
