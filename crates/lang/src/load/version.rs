//! Version constraints, as `required_version` has them.

/// The version of Terraform's language that is spoken here.
pub(crate) const LANGUAGE_VERSION: &str = "1.11.4";

/// Whether a version satisfies constraints such as `>= 1.5, < 2.0`; an error for what is no constraint.
pub(crate) fn satisfies(version: &str, constraints: &str) -> Result<bool, String> {
    let version = parse(version).ok_or("the version can't be read")?.0;
    let mut all = true;
    for constraint in constraints.split(',') {
        let constraint = constraint.trim();
        let end = constraint.find(|c: char| c.is_ascii_digit() || c == 'v').unwrap_or(constraint.len());
        let (operator, wanted) = constraint.split_at(end);
        let operator = operator.trim();
        let Some((wanted, parts)) = parse(wanted.trim()) else {
            return Err(format!("\"{constraint}\" is no version constraint; one looks like >= 1.5"));
        };
        all &= match operator {
            "" | "=" => version == wanted,
            "!=" => version != wanted,
            ">" => version > wanted,
            ">=" => version >= wanted,
            "<" => version < wanted,
            "<=" => version <= wanted,
            // The last part that is given may grow, the ones before it not.
            "~>" => version >= wanted && version.iter().zip(&wanted).take(parts.saturating_sub(1).max(1)).all(|(a, b)| a == b),
            other => return Err(format!("\"{other}\" is no operator of a version constraint")),
        };
    }
    Ok(all)
}

/// The three numbers of a version, and how many of them were given.
fn parse(text: &str) -> Option<([u64; 3], usize)> {
    let text = text.strip_prefix('v').unwrap_or(text);
    let text = text.split(['-', '+']).next()?;
    let mut out = [0; 3];
    let mut count = 0;
    for part in text.split('.') {
        *out.get_mut(count)? = part.parse().ok()?;
        count += 1;
    }
    Some((out, count))
}

#[cfg(test)]
mod tests {
    use super::satisfies;

    #[test]
    fn constraints() {
        for (constraint, holds) in [
            (">= 1.9", true),
            (">= 1.9, < 2.0", true),
            ("~> 1.11", true),
            ("~> 1.11.0", true),
            ("~> 1.10.0", false),
            ("~> 1", true),
            ("= 1.11.4", true),
            ("1.11.3", false),
            ("!= 1.11.4", false),
            ("> 1.11.4", false),
            ("<= 1.11.4", true),
        ] {
            assert_eq!(satisfies("1.11.4", constraint), Ok(holds), "{constraint}");
        }
        assert!(satisfies("1.11.4", "latest").is_err());
        assert!(satisfies("1.11.4", "=> 1").is_err());
    }
}
