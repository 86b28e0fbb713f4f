//! Patterns of the ignore list: plain text in which `*` stands for any characters. Brackets and dots are meant
//! as they are, since addresses are full of them.

/// True when a pattern names a text, or something that the text lies in: `aws_subnet.app` covers
/// `aws_subnet.app[0]`, `module.network` all that is in the module, and `tags` every tag.
pub fn covers(pattern: &str, text: &str) -> bool {
    let inner = text.match_indices(['.', '[']).map(|(at, _)| at);
    inner.chain([text.len()]).filter_map(|end| text.get(..end)).any(|whole| fits(pattern, whole))
}

fn fits(pattern: &str, text: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut text) = text.strip_prefix(first) else { return false };
    let mut parts: Vec<&str> = rest.split('*').collect();
    let last = parts.pop().unwrap_or_default();
    for part in parts {
        // An empty part is found at once: `**` is `*`.
        let Some((_, after)) = text.split_once(part) else { return false };
        text = after;
    }
    text.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::covers;

    #[test]
    fn a_pattern_names_what_it_says_and_all_in_it() {
        for (pattern, text) in [
            ("aws_vpc.main", "aws_vpc.main"),
            ("aws_subnet.app", "aws_subnet.app[0]"),
            ("aws_subnet.app[0]", "aws_subnet.app[0]"),
            ("module.network", "module.network.aws_vpc.main"),
            ("*", "module.network.aws_vpc.main"),
            ("module.*.aws_vpc.*", "module.network.aws_vpc.main[\"a\"]"),
            ("aws_subnet.*[1]", "aws_subnet.app[1]"),
            ("tags", "tags[\"Name\"]"),
            ("tags[\"aws:*\"]", "tags[\"aws:x\"]"),
            ("a**b", "axb"),
        ] {
            assert!(covers(pattern, text), "{pattern} covers {text}");
        }
        for (pattern, text) in [
            ("aws_subnet.app[0]", "aws_subnet.app0"),
            ("aws_subnet.app", "aws_subnet.apple"),
            ("aws_subnet.app[0]", "aws_subnet.app[1]"),
            ("main", "aws_vpc.main"),
            ("tag", "tags[\"Name\"]"),
            ("a*b*c", "acb"),
            ("", "aws_vpc.main"),
        ] {
            assert!(!covers(pattern, text), "{pattern} does not cover {text}");
        }
    }
}
