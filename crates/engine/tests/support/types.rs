//! The types of the world in memory.

use cairn_engine::TypeFacts;
use cairn_engine::impact::{self, Does, Effects, InPlace, Typical};
use cairn_engine::provider::Parent;
use cairn_model::instance::Schemas;
use cairn_model::schema::Default as Fallback;
use cairn_model::{AttrType, Attribute, Block, Mode, NestedBlock, Nesting, Schema};
use std::time::Duration;

const PLAIN: Attribute = Attribute {
    name: "",
    doc: "",
    ty: AttrType::String,
    required: false,
    optional: true,
    computed: false,
    force_new: false,
    sensitive: false,
    config_only: false,
    volatile: false,
    key: false,
    default: None,
    checks: &[],
    equal: None,
};

const BLOCK: NestedBlock = NestedBlock {
    name: "",
    doc: "",
    nesting: Nesting::List,
    min: 0,
    max: 0,
    force_new: false,
    computed: false,
    config_only: false,
    block: &Block { attributes: &[], blocks: &[] },
};

const fn schema(name: &'static str, block: &'static Block, tags: bool) -> Schema {
    Schema { name, doc: "", block, tags, timeouts: &[], unsupported: &[], unsupported_blocks: &[], unread: &[] }
}

/// A network: everything else lies in one.
pub static NET: Schema = schema(
    "t_net",
    &Block {
        attributes: &[
            Attribute { name: "cidr", required: true, optional: false, force_new: true, ..PLAIN },
            Attribute { name: "dns", ty: AttrType::Bool, default: Some(Fallback::Bool(true)), ..PLAIN },
            Attribute { name: "arn", optional: false, computed: true, ..PLAIN },
            Attribute { name: "version", ty: AttrType::Number, optional: false, computed: true, volatile: true, ..PLAIN },
            Attribute { name: "zone", computed: true, ..PLAIN },
        ],
        blocks: &[NestedBlock {
            name: "route",
            nesting: Nesting::Set,
            computed: true,
            block: &Block { attributes: &[Attribute { name: "dest", ..PLAIN }, Attribute { name: "target", ..PLAIN }], blocks: &[] },
            ..BLOCK
        }],
    },
    true,
);

/// A route: part of a network, without tags.
pub static ROUTE: Schema = schema(
    "t_route",
    &Block {
        attributes: &[
            Attribute { name: "net_id", required: true, optional: false, force_new: true, key: true, ..PLAIN },
            Attribute { name: "dest", required: true, optional: false, force_new: true, key: true, ..PLAIN },
            Attribute { name: "target", required: true, optional: false, ..PLAIN },
        ],
        blocks: &[],
    },
    false,
);

/// Something with a name of its own, and one of every kind of attribute.
pub static BOX: Schema = schema(
    "t_box",
    &Block {
        attributes: &[
            Attribute { name: "name", required: true, optional: false, force_new: true, key: true, ..PLAIN },
            Attribute { name: "net_id", force_new: true, ..PLAIN },
            Attribute { name: "size", ty: AttrType::Number, default: Some(Fallback::Int(1)), ..PLAIN },
            Attribute { name: "note", ..PLAIN },
            Attribute { name: "policy", equal: Some(cairn_model::equality::json), ..PLAIN },
            Attribute { name: "secret", sensitive: true, ..PLAIN },
            Attribute { name: "force_destroy", ty: AttrType::Bool, config_only: true, default: Some(Fallback::Bool(false)), ..PLAIN },
            Attribute { name: "refs", ty: AttrType::Set(&AttrType::String), ..PLAIN },
            Attribute { name: "order", ty: AttrType::List(&AttrType::String), ..PLAIN },
            Attribute { name: "zone", computed: true, ..PLAIN },
            Attribute { name: "arn", optional: false, computed: true, ..PLAIN },
        ],
        blocks: &[
            NestedBlock {
                name: "rule",
                nesting: Nesting::Set,
                block: &Block {
                    attributes: &[
                        Attribute { name: "port", ty: AttrType::Number, required: true, optional: false, ..PLAIN },
                        Attribute { name: "proto", default: Some(Fallback::Str("tcp")), ..PLAIN },
                        Attribute { name: "uid", optional: false, computed: true, ..PLAIN },
                    ],
                    blocks: &[],
                },
                ..BLOCK
            },
            NestedBlock {
                name: "disk",
                block: &Block {
                    attributes: &[
                        Attribute { name: "gb", ty: AttrType::Number, ..PLAIN },
                        Attribute { name: "kind", force_new: true, ..PLAIN },
                        Attribute { name: "key", sensitive: true, ..PLAIN },
                        Attribute { name: "once", config_only: true, ..PLAIN },
                    ],
                    blocks: &[],
                },
                ..BLOCK
            },
        ],
    },
    true,
);

/// A node of a random graph.
pub static NODE: Schema = schema(
    "t_node",
    &Block {
        attributes: &[
            Attribute { name: "size", ty: AttrType::Number, default: Some(Fallback::Int(1)), ..PLAIN },
            Attribute { name: "kind", force_new: true, ..PLAIN },
            Attribute { name: "parent", force_new: true, ..PLAIN },
            Attribute { name: "refs", ty: AttrType::Set(&AttrType::String), ..PLAIN },
            Attribute { name: "arn", optional: false, computed: true, ..PLAIN },
        ],
        blocks: &[],
    },
    true,
);

const QUESTION: &Block = &Block {
    attributes: &[
        Attribute { name: "of", required: true, optional: false, ..PLAIN },
        Attribute { name: "found", optional: false, computed: true, ..PLAIN },
    ],
    blocks: &[],
};

/// A data source that looks a network up.
pub static LOOKUP: Schema = schema("t_lookup", QUESTION, false);

/// A data source whose answer follows from its arguments.
pub static TEXT: Schema = schema("t_text", QUESTION, false);

pub static ALL: [&Schema; 4] = [&NET, &ROUTE, &BOX, &NODE];

pub struct Types;

impl Schemas for Types {
    fn resource(&self, type_name: &str) -> Option<&'static Schema> {
        ALL.into_iter().find(|s| s.name == type_name)
    }
    fn data_source(&self, type_name: &str) -> Option<&'static Schema> {
        [&LOOKUP, &TEXT].into_iter().find(|s| s.name == type_name)
    }
    fn provider(&self, _: &str) -> Option<&'static Block> {
        None
    }
    fn names(&self, _: Mode) -> Vec<&'static str> {
        ALL.into_iter().map(|s| s.name).collect()
    }
}

const DOCS: &str = "https://example.com/boxes";

fn effects(type_name: &str) -> Effects {
    match type_name {
        "t_net" => Effects {
            serves: Some("everything in it"),
            known_by: Some("its id"),
            in_place: &[InPlace { arguments: &["dns"], does: Does::Interrupts, what: "names", when: impact::switched_off, source: DOCS }],
            ..Effects::NONE
        },
        "t_box" => Effects { holds: Some("what is in it"), ..Effects::NONE },
        _ => Effects::NONE,
    }
}

pub fn facts(type_name: &str) -> TypeFacts {
    let parents: &'static [Parent] = match type_name {
        "t_route" => &[Parent { type_name: "t_net", attribute: "net_id", names: "id", inline: Some("route") }],
        _ => &[],
    };
    TypeFacts {
        service: "test",
        parents,
        marked: parents.is_empty(),
        typical: Typical {
            create: Duration::from_secs(if type_name == "t_net" { 30 } else { 5 }),
            update: Duration::from_secs(3),
            delete: Duration::from_secs(2),
        },
        effects: effects(type_name),
    }
}
