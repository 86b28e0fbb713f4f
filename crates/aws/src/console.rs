//! Links to the AWS console: each type says where its page is, as a template.

use crate::client::Aws;
use cairn_model::Value;

/// The page of a resource; nothing where an attribute that the template names is not known.
///
/// A template is what follows the console's host. In braces stand `region`, `id`, and attributes, each in characters that
/// a URL takes; `:raw` leaves colons and slashes (for ARNs), `:last` takes what follows the last slash, `:twice` encodes
/// twice, and `:dollar` does so with a dollar for the inner percent sign, as CloudWatch's pages have it.
pub(crate) fn page(aws: &Aws, template: &str, id: &str, value: &Value) -> Option<String> {
    let region = aws.region.as_str();
    let filled = fill(template, |name| match name {
        "region" => Some(region),
        "id" => Some(id),
        attribute => value.get_str(attribute).filter(|text| !text.is_empty()),
    })?;
    // https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html
    let domain = match aws.partition() {
        "aws-cn" => "amazonaws.cn",
        "aws-us-gov" => "amazonaws-us-gov.com",
        _ => "aws.amazon.com",
    };
    Some(format!("https://{region}.console.{domain}/{filled}"))
}

/// The names in a template.
#[cfg(test)]
fn names(template: &str) -> Vec<&str> {
    let inner = template.split('{').skip(1).filter_map(|part| part.split('}').next());
    inner.map(|field| field.split(':').next().unwrap_or(field)).collect()
}

fn fill<'a>(template: &str, known: impl Fn(&str) -> Option<&'a str>) -> Option<String> {
    let mut parts = template.split('{');
    let mut filled = parts.next()?.to_string();
    for part in parts {
        let (field, rest) = part.split_once('}')?;
        let (name, how) = field.split_once(':').unwrap_or((field, ""));
        filled.push_str(&written(known(name)?, how));
        filled.push_str(rest);
    }
    Some(filled)
}

fn written(text: &str, how: &str) -> String {
    match how {
        "raw" => encoded(text, "/:"),
        "last" => encoded(text.rsplit('/').next().unwrap_or(text), ""),
        "twice" => encoded(&encoded(text, ""), ""),
        "dollar" => encoded(&encoded(text, ""), "").replace('%', "$"),
        _ => encoded(text, ""),
    }
}

/// Percent-encoded but for letters, digits, `-._~` and what is to be kept.
fn encoded(text: &str, kept: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b) || kept.as_bytes().contains(&b);
    text.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::RESOURCES;

    #[test]
    fn every_type_has_a_page_that_its_attributes_lead_to() {
        for kind in RESOURCES {
            let (name, schema) = (kind.schema().name, kind.schema());
            let template = kind.console().unwrap_or_else(|| panic!("{name}: CONSOLE names no page"));
            for field in names(template) {
                let known = matches!(field, "region" | "id") || schema.block.attributes.iter().any(|a| a.name == field);
                assert!(known, "{name}: CONSOLE names {field}, which it does not have");
            }
        }
    }

    #[test]
    fn values_stand_in_a_url_as_its_page_takes_them() {
        let text = "arn:aws:x:/a b/é\"<";
        let filled = |template: &str| fill(template, |_| Some(text)).unwrap_or_default();
        assert_eq!(filled("#/{x}"), "#/arn%3Aaws%3Ax%3A%2Fa%20b%2F%C3%A9%22%3C");
        assert_eq!(filled("#{x:raw};y"), "#arn:aws:x:/a%20b/%C3%A9%22%3C;y");
        assert_eq!(filled("{x:last}"), "%C3%A9%22%3C");
        assert_eq!(fill("{x:dollar}", |_| Some("/aws/a")).as_deref(), Some("$252Faws$252Fa"));
        assert_eq!(fill("{x:twice}", |_| Some("/a")).as_deref(), Some("%252Fa"));
        assert_eq!(fill("{x}{y}", |name| (name == "x").then_some("a")), None);
    }
}
