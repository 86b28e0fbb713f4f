//! Our schemas against the public provider's: every argument that it documents is supported as it
//! documents it, or listed as refused.

use crate::registry::{DATA_SOURCES, RESOURCES};
use cairn_model::json::type_to_json;
use cairn_model::schema::{AttrType, Attribute, Block, NestedBlock, Nesting, Schema};
use serde_json::Value as Json;

/// What is known to differ, and why.
const DIFFERENCES: &[(&str, &str)] = &[
    // New in the provider's version 6, whose modules read them; the recording is of version 5.
    ("aws_region", "region"),
    ("aws_s3_bucket", "bucket_namespace"),
    ("aws_s3_bucket", "bucket_region"),
    ("aws_s3_bucket_public_access_block", "skip_destroy"),
    ("aws_db_instance", "upgrade_rollout_order"),
];

fn flag(json: &Json, name: &str) -> bool {
    json.get(name).and_then(Json::as_bool).unwrap_or_default()
}

fn object<'a>(json: &'a Json, name: &str) -> impl Iterator<Item = (&'a String, &'a Json)> {
    json.get(name).and_then(Json::as_object).into_iter().flatten()
}

struct Comparison<'a> {
    schema: &'a Schema,
    problems: Vec<String>,
}

impl Comparison<'_> {
    fn say(&mut self, path: &str, problem: String) {
        let name = self.schema.name;
        if !DIFFERENCES.iter().any(|(n, p)| *n == name && *p == path) {
            self.problems.push(format!("{name}: {path}: {problem}"));
        }
    }

    fn refused(&self, path: &str) -> bool {
        let Schema { unsupported, unsupported_blocks, unread, .. } = self.schema;
        unsupported
            .iter()
            .chain(*unsupported_blocks)
            .chain(*unread)
            .any(|u| path == *u || path.strip_prefix(u).is_some_and(|rest| rest.starts_with('.')))
    }

    fn block(&mut self, block: Option<&Block>, theirs: &Json, prefix: &str, top: bool) {
        if flag(theirs, "cut") {
            return;
        }
        for (name, attribute) in object(theirs, "attributes") {
            let path = format!("{prefix}{name}");
            let ours = match (top, block) {
                (true, _) => self.schema.attribute(name),
                (false, Some(block)) => block.attribute(name),
                (false, None) => None,
            };
            match ours {
                // What AWS has is read, whoever set it; setting it is refused.
                Some(ours) if self.refused(&path) && (ours.optional || ours.required || !flag(attribute, "computed")) => {
                    self.say(&path, "supported and refused".into())
                }
                Some(ours) => self.attribute(ours, attribute, &path),
                None if self.refused(&path) => {
                    let valued = flag(attribute, "computed") || attribute["type"] == "bool";
                    if valued && top && !self.schema.unread.contains(&name.as_str()) {
                        self.say(&path, "has a value though none is set: it belongs into `unread`".into());
                    }
                }
                None => self.say(&path, format!("missing: {attribute}")),
            }
        }
        for (name, nested) in object(theirs, "block_types") {
            let path = format!("{prefix}{name}");
            if name == "timeouts" && top {
                continue;
            }
            match block.and_then(|b| b.nested(name)) {
                Some(ours) => self.nested(ours, nested, &path),
                None if self.refused(&path) => {}
                None => self.say(&path, "missing block".into()),
            }
        }
        if let Some(block) = block {
            let names = block.attributes.iter().map(|a| a.name).chain(block.blocks.iter().map(|b| b.name));
            for name in names {
                if theirs["attributes"].get(name).is_none() && theirs["block_types"].get(name).is_none() {
                    self.say(&format!("{prefix}{name}"), "the public provider has no such argument".into());
                }
            }
        }
    }

    fn attribute(&mut self, ours: &Attribute, theirs: &Json, path: &str) {
        // SDKv2's attributes-as-blocks: inner attributes may be refused one by one, so objects are compared by kind only.
        let our_type = type_to_json(&ours.ty.ty());
        let simple = !has_object(&ours.ty);
        if let Some(their_type) = theirs.get("type") {
            let same = if simple { our_type == *their_type } else { our_type.get(0) == their_type.get(0) };
            if !same {
                self.say(path, format!("type {our_type}, theirs {their_type}"));
            }
        }
        for (name, mine) in [("required", ours.required), ("optional", ours.optional), ("sensitive", ours.sensitive)] {
            // Every type has an `id` and `tags_all`, which nobody should set. Where we refuse one of several ways to say a thing,
            // the one that is left is required.
            let read_only = name == "optional" && self.refused(path);
            let implied =
                read_only || path == "id" || path == "tags_all" || (name != "sensitive" && ours.required && flag(theirs, "optional"));
            if !implied && mine != flag(theirs, name) {
                self.say(path, format!("{name} is {mine}, theirs {}", flag(theirs, name)));
            }
        }
        // Where the provider fills in a default, it says `computed` or not at all: ours may know better, but
        // what only AWS decides must be so in both.
        if flag(theirs, "computed") && !flag(theirs, "optional") && !ours.computed {
            self.say(path, "theirs is computed".into());
        }
    }

    fn nested(&mut self, ours: &NestedBlock, theirs: &Json, path: &str) {
        let nesting = match ours.nesting {
            Nesting::List => "list",
            Nesting::Set => "set",
        };
        let count = |name: &str| theirs.get(name).and_then(Json::as_u64).unwrap_or_default();
        if theirs["nesting_mode"] != nesting {
            self.say(path, format!("nested as {nesting}, theirs {}", theirs["nesting_mode"]));
        }
        if ours.max as u64 != count("max_items") {
            self.say(path, format!("at most {}, theirs {}", ours.max, count("max_items")));
        }
        self.block(Some(ours.block), &theirs["block"], &format!("{path}."), false);
    }
}

fn has_object(ty: &AttrType) -> bool {
    match ty {
        AttrType::Object(_) => true,
        AttrType::List(t) | AttrType::Set(t) | AttrType::Map(t) => has_object(t),
        _ => false,
    }
}

#[test]
fn schemas_are_those_of_the_public_provider() {
    let recorded: Json = serde_json::from_str(include_str!("../tests/oracle/provider_schema.json")).expect("the recording is JSON");
    let resources = RESOURCES.iter().map(|t| ("resource", t.schema()));
    let data = DATA_SOURCES.iter().map(|t| ("data", t.schema()));
    let mut problems = Vec::new();
    for (mode, schema) in resources.chain(data) {
        let theirs = &recorded[mode][schema.name];
        assert!(theirs.is_object(), "{} is not recorded: run tests/oracle/record", schema.name);
        let mut comparison = Comparison { schema, problems: Vec::new() };
        comparison.block(Some(schema.block), theirs, "", true);
        problems.extend(comparison.problems);
    }
    assert!(problems.is_empty(), "{} problems:\n{}", problems.len(), problems.join("\n"));
}
