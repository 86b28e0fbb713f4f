//! A small provider's schemas, written by hand, and what tests share.
#![allow(dead_code)]

use cairn_lang::{LoadOptions, Program, SourceMap, VariableArgument};
use cairn_model::instance::{Configuration, Instance, Mode, Output, Resolver, Schemas, Values};
use cairn_model::schema::{AttrType, Attribute, Block, NestedBlock, Nesting, Schema};
use cairn_model::{Address, Diagnostic, Diagnostics, Kind, Type, Value};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const PLAIN: Attribute = Attribute {
    name: "",
    doc: "An argument.",
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

const fn optional(name: &'static str, ty: AttrType) -> Attribute {
    Attribute { name, ty, ..PLAIN }
}

const fn required(name: &'static str, ty: AttrType) -> Attribute {
    Attribute { name, ty, required: true, optional: false, ..PLAIN }
}

const fn computed(name: &'static str, ty: AttrType) -> Attribute {
    Attribute { name, ty, optional: false, computed: true, ..PLAIN }
}

const fn block(name: &'static str, nesting: Nesting, min: usize, max: usize, block: &'static Block) -> NestedBlock {
    NestedBlock { name, doc: "A block.", nesting, min, max, force_new: false, computed: false, config_only: false, block }
}

const fn schema(name: &'static str, block: &'static Block) -> Schema {
    Schema {
        name,
        doc: "A type.",
        block,
        tags: true,
        timeouts: &["create", "delete"],
        unsupported: &["ipv6_native", "ipv6_range", "rule.range"],
        unsupported_blocks: &["route", "rule.limit"],
        unread: &["ipv6_pool"],
    }
}

const STRINGS: AttrType = AttrType::List(&AttrType::String);
const RULE_ATTRIBUTES: &[Attribute] = &[required("port", AttrType::Number), optional("note", AttrType::String)];
static INNER: Block = Block { attributes: &[required("name", AttrType::String), optional("values", STRINGS)], blocks: &[] };
static RULE: Block = Block {
    attributes: &[required("port", AttrType::Number), optional("cidrs", STRINGS)],
    blocks: &[block("match", Nesting::List, 0, 0, &INNER)],
};
static DOC: Block = Block { attributes: &[], blocks: &[block("statement", Nesting::List, 0, 0, &STATEMENT)] };
static STATEMENT: Block = Block {
    attributes: &[optional("actions", AttrType::Set(&AttrType::String)), optional("effect", AttrType::String)],
    blocks: &[block("principals", Nesting::Set, 0, 0, &INNER)],
};
static PROVIDER: Block = Block {
    attributes: &[optional("region", AttrType::String), optional("skip_credentials_validation", AttrType::Bool)],
    blocks: &[block("default_tags", Nesting::List, 0, 1, &DEFAULT_TAGS)],
};
static DEFAULT_TAGS: Block = Block { attributes: &[optional("tags", AttrType::Map(&AttrType::String))], blocks: &[] };

static RESOURCES: &[Schema] = &[
    schema(
        "aws_vpc",
        &Block {
            attributes: &[
                Attribute { checks: &[cairn_model::check::cidr4], ..required("cidr_block", AttrType::String) },
                computed("arn", AttrType::String),
                computed("ipv6_range", AttrType::String),
            ],
            blocks: &[],
        },
    ),
    schema(
        "aws_subnet",
        &Block {
            attributes: &[
                required("vpc_id", AttrType::String),
                optional("cidr_block", AttrType::String),
                optional("availability_zone", AttrType::String),
                optional("map_public_ip_on_launch", AttrType::Bool),
                optional("size", AttrType::Number),
                optional("names", STRINGS),
            ],
            blocks: &[],
        },
    ),
    schema(
        "aws_group",
        &Block {
            attributes: &[optional("name", AttrType::String), optional("ingress", AttrType::Set(&AttrType::Object(RULE_ATTRIBUTES)))],
            blocks: &[block("rule", Nesting::Set, 0, 3, &RULE), block("must", Nesting::List, 0, 1, &INNER)],
        },
    ),
    Schema {
        tags: false,
        timeouts: &[],
        ..schema(
            "terraform_data",
            &Block {
                attributes: &[
                    optional("input", AttrType::Dynamic),
                    optional("triggers_replace", AttrType::Dynamic),
                    computed("output", AttrType::Dynamic),
                ],
                blocks: &[],
            },
        )
    },
];

static DATA: &[Schema] = &[
    Schema {
        tags: false,
        timeouts: &[],
        ..schema("aws_region", &Block { attributes: &[computed("name", AttrType::String)], blocks: &[] })
    },
    Schema {
        tags: false,
        timeouts: &[],
        ..schema("aws_document", &Block { attributes: &[computed("json", AttrType::String)], blocks: DOC.blocks })
    },
];

pub struct Fake;

impl Schemas for Fake {
    fn resource(&self, type_name: &str) -> Option<&'static Schema> {
        RESOURCES.iter().find(|s| s.name == type_name)
    }
    fn data_source(&self, type_name: &str) -> Option<&'static Schema> {
        DATA.iter().find(|s| s.name == type_name)
    }
    fn provider(&self, name: &str) -> Option<&'static Block> {
        (name == "aws").then_some(&PROVIDER)
    }
    fn names(&self, mode: Mode) -> Vec<&'static str> {
        if mode == Mode::Data { DATA } else { RESOURCES }.iter().map(|s| s.name).collect()
    }
}

/// A directory that is removed in the end.
pub struct Directory(pub PathBuf);

impl Directory {
    pub fn new(files: &[(&str, &str)]) -> Directory {
        use std::sync::atomic::{AtomicUsize, Ordering};
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let path = std::env::temp_dir().join(format!("cairn-lang-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed)));
        for (name, text) in files {
            let file = path.join(name);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, text).unwrap();
        }
        Directory(path)
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

pub fn options() -> LoadOptions {
    LoadOptions { working_directory: PathBuf::from("/work"), plan_time: "2026-01-02T03:04:05Z".into(), ..LoadOptions::default() }
}

pub fn load_with(files: &[(&str, &str)], options: LoadOptions) -> Result<Program, Diagnostics> {
    let directory = Directory::new(files);
    Program::load(&directory.0, options, Arc::new(Fake))
}

pub fn load(files: &[(&str, &str)]) -> Result<Program, Diagnostics> {
    load_with(files, options())
}

/// Says what a create would: computed values are unknown, the rest is as configured.
#[derive(Default)]
pub struct Recorder {
    pub instances: Vec<Instance>,
}

impl Recorder {
    pub fn find(&self, address: &str) -> &Instance {
        self.instances.iter().find(|i| i.address.to_string() == address).unwrap_or_else(|| panic!("no {address} in {:?}", self.addresses()))
    }

    pub fn addresses(&self) -> Vec<String> {
        self.instances.iter().map(|i| i.address.to_string()).collect()
    }

    pub fn depends_on(&self, address: &str) -> Vec<String> {
        self.find(address).depends_on.iter().map(|a| a.to_string()).collect()
    }
}

impl Resolver for Recorder {
    fn resolve(&mut self, instance: Instance) -> Result<Value, Diagnostics> {
        for d in &instance.depends_on {
            assert!(self.instances.iter().any(|i| i.address == *d), "{} comes before {d}", instance.address);
        }
        assert!(!self.instances.iter().any(|i| i.address == instance.address), "{} twice", instance.address);
        let mut value = instance.config.clone();
        let schema = match instance.address.mode {
            Mode::Managed => Fake.resource(&instance.address.type_name),
            Mode::Data => Fake.data_source(&instance.address.type_name),
        };
        let attributes: Vec<_> = schema.into_iter().flat_map(|s| s.attributes()).collect();
        for a in attributes.iter().filter(|a| a.computed) {
            value = value.with(a.name, Value::unknown(a.ty.ty()));
        }
        if &*instance.address.type_name == "terraform_data" {
            let input = value.get("input").cloned().unwrap_or_else(Value::null);
            value = value.with("output", input);
        }
        if &*instance.address.type_name == "aws_region" {
            value = value.with("name", "eu-central-1".into());
        }
        self.instances.push(instance);
        Ok(value)
    }
}

pub fn walk(program: &Program) -> Result<(Recorder, BTreeMap<String, Output>), Diagnostics> {
    let mut recorder = Recorder::default();
    let walked = program.walk(&mut recorder)?;
    Ok((recorder, walked.outputs))
}

/// Loads and walks; panics with the diagnostics.
pub fn run(files: &[(&str, &str)]) -> (Recorder, BTreeMap<String, Output>) {
    let directory = Directory::new(files);
    let program = Program::load(&directory.0, options(), Arc::new(Fake)).unwrap_or_else(|d| panic!("{d}"));
    walk(&program).unwrap_or_else(|d| panic!("{d}"))
}

/// The diagnostics of a configuration that must fail, loading or walking.
pub fn fails(files: &[(&str, &str)]) -> Vec<Diagnostic> {
    let directory = Directory::new(files);
    let problems = match Program::load(&directory.0, options(), Arc::new(Fake)) {
        Err(d) => d,
        Ok(program) => match walk(&program) {
            Err(d) => d,
            Ok(_) => panic!("this should fail: {files:?}"),
        },
    };
    problems.0.into_iter().filter(|d| d.severity == cairn_model::Severity::Error).collect()
}

/// `line:column summary` of each error, in the order of places.
pub fn places(problems: &[Diagnostic]) -> Vec<String> {
    let mut out: Vec<_> = problems
        .iter()
        .map(|d| {
            let span = d.labels.first().map(|l| l.span.clone());
            let name = span.as_ref().map(|s| s.file.rsplit('/').next().unwrap_or("").to_string()).unwrap_or_default();
            (
                span.as_ref().map_or((0, 0), |s| (s.line, s.column)),
                format!("{name}:{}:{} {}", span.as_ref().map_or(0, |s| s.line), span.as_ref().map_or(0, |s| s.column), d.summary),
            )
        })
        .collect();
    out.sort();
    out.into_iter().map(|x| x.1).collect()
}

/// Values by address.
#[derive(Default)]
pub struct Table(pub BTreeMap<String, Value>);

impl Values for Table {
    fn value(&self, address: &Address) -> Option<Value> {
        self.0.get(&address.to_string()).cloned()
    }
}

pub fn sources() -> Arc<SourceMap> {
    Arc::new(SourceMap::default())
}

pub fn var(name: &str, text: &str) -> VariableArgument {
    VariableArgument::Value { name: name.into(), text: text.into() }
}

pub fn oracle_directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracle")
}

pub fn is_unknown_text(value: &Value) -> bool {
    matches!(value.kind(), Kind::Unknown(Type::String))
}
