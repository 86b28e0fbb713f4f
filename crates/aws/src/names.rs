//! Names that Cairn makes up, the same again in every run, and tokens, the same again in every try.

use cairn_model::{Address, StackId, Type, Value};
use std::sync::LazyLock;
use std::time::SystemTime;

fn digest(stack: &StackId, address: &Address, generation: u32) -> String {
    blake3::hash(format!("{stack}\n{address}\n{generation}").as_bytes()).to_hex().to_string()
}

/// A prefix and a digest of stack, address and generation, at most `max` characters of
/// `[a-z0-9]` after the prefix, which is cut where it must be.
pub fn generated(prefix: &str, stack: &StackId, address: &Address, generation: u32, max: usize) -> String {
    let digest = digest(stack, address, generation);
    let room = max.saturating_sub(12);
    let prefix: String = prefix.chars().take(room).collect();
    format!("{prefix}{}", &digest[..12])
}

/// The prefix of a name that [`generated`] made; nothing for a name of another form.
pub fn prefix_of(name: &str) -> Option<String> {
    let (prefix, digest) = name.split_at_checked(name.len().checked_sub(12)?)?;
    digest.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)).then(|| prefix.to_string())
}

/// A client token for the making of an instance: the same for every try in this run, another in the next. AWS remembers
/// tokens for hours: one that another run had used would give its resource again, gone or not, or be refused for other
/// parameters. What an earlier run made is found by its mark.
pub fn token(stack: &StackId, address: &Address, generation: u32) -> String {
    run_token(&digest(stack, address, generation))
}

/// A client token for a step that a text describes: 36 characters, as a UUID has; another in every run.
pub fn run_token(step: &str) -> String {
    static RUN: LazyLock<String> = LazyLock::new(|| format!("{:?} {}", SystemTime::now(), std::process::id()));
    let d = blake3::hash(format!("{}\n{step}", *RUN).as_bytes()).to_hex().to_string();
    format!("{}-{}-{}-{}-{}", &d[..8], &d[8..12], &d[12..16], &d[16..20], &d[20..32])
}

/// For `adjust` of a type with `name` and `name_prefix`: a name that does not begin with the prefix that the
/// configuration asks for is to be another one, which only the apply makes.
pub fn follow_prefix(live: Option<&Value>, config: &Value, planned: Value) -> Value {
    let given = |name: &str| config.get_str(name);
    match (live.and_then(|l| l.get_str("name")), given("name_prefix")) {
        (Some(name), Some(prefix)) if given("name").is_none() && !name.starts_with(prefix) => {
            planned.with("name", Value::unknown(Type::String))
        }
        _ => planned,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cairn_model::Key;

    #[test]
    fn the_same_again_and_never_too_long() {
        let stack = StackId { name: "moodle".into(), workspace: "dev".into() };
        let address = Address::root("aws_lb", "main", Key::None);
        let name = generated("a-rather-long-prefix-for-a-load-balancer-", &stack, &address, 0, 32);
        assert_eq!(name.len(), 32);
        assert_eq!(name, generated("a-rather-long-prefix-for-a-load-balancer-", &stack, &address, 0, 32));
        assert_ne!(name, generated("a-rather-long-prefix-for-a-load-balancer-", &stack, &address, 1, 32));
        assert_eq!(prefix_of(&name).as_deref(), Some("a-rather-long-prefix"));
        assert_eq!(prefix_of("short"), None);
        assert_eq!(prefix_of("moodle-production"), None);
        assert_eq!(token(&stack, &address, 0).len(), 36);
    }
}
