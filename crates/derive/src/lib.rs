//! `#[derive(Model)]`: turns a typed struct into a schema table and the conversions between the two.
//!
//! On the struct, for a whole type: `#[resource(name = "aws_subnet", tags, timeouts = "create delete",
//! unsupported = "outpost_arn", unsupported_blocks = "…", unread = "…")]`. A struct without it is a nested block or an object.
//!
//! On each field, one of:
//! - `#[attr(…)]` with `required`, `optional`, `computed`, `force_new`, `sensitive`, `config_only`,
//!   `volatile`, `key`, `default = LITERAL`, `check = FUNCTION` (as often as needed), `equal = FUNCTION`,
//!   `name = "…"`;
//! - `#[block(…)]` with `required`, `max = N`, `force_new`, `computed`, `config_only`, `name = "…"`.
//!
//! What each means stands at `cairn_model::schema::Attribute` and `NestedBlock`. The doc comment of a
//! field is its documentation; a field without one does not compile.

use proc_macro::TokenStream;
use proc_macro2::TokenStream as Tokens;
use quote::quote;
use syn::meta::ParseNestedMeta;
use syn::{Attribute, Data, DeriveInput, Error, Expr, Field, Fields, Lit, LitInt, LitStr, Result, parse_macro_input};

/// See the crate's documentation.
#[proc_macro_derive(Model, attributes(resource, attr, block))]
pub fn derive_model(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    expand(&input).unwrap_or_else(|e| e.to_compile_error()).into()
}

fn expand(input: &DeriveInput) -> Result<Tokens> {
    let Data::Struct(data) = &input.data else { return Err(Error::new_spanned(input, "Model is for structs")) };
    let Fields::Named(fields) = &data.fields else { return Err(Error::new_spanned(input, "Model needs named fields")) };
    let name = &input.ident;
    let mut attributes = Vec::new();
    let mut blocks = Vec::new();
    let mut reads = Vec::new();
    let mut writes = Vec::new();
    for field in &fields.named {
        let Some(ident) = &field.ident else { continue };
        let ty = &field.ty;
        let member = Member::parse(field)?;
        let key = &member.name;
        if member.is_block {
            blocks.push(member.block(ty));
            reads.push(quote!(#ident: ::cairn_model::model::nested(value, #key)?));
            writes.push(quote!((#key.to_string(), ::cairn_model::model::Nested::to_blocks(&self.#ident))));
        } else {
            attributes.push(member.attribute(ty));
            reads.push(quote!(#ident: ::cairn_model::model::field(value, #key)?));
            writes.push(quote!((#key.to_string(), ::cairn_model::model::Field::to_value(&self.#ident))));
        }
    }
    let whole = match input.attrs.iter().find(|a| a.path().is_ident("resource")) {
        Some(attribute) => Whole::parse(attribute)?.tokens(name, &docs(&input.attrs)),
        None => quote! {
            impl ::cairn_model::model::Field for #name {
                const TYPE: ::cairn_model::schema::AttrType =
                    ::cairn_model::schema::AttrType::Object(<#name as ::cairn_model::model::Model>::BLOCK.attributes);
                fn from_value(value: &::cairn_model::Value) -> ::core::result::Result<Self, ::cairn_model::model::FieldError> {
                    <#name as ::cairn_model::model::Model>::from_object(value)
                }
                fn to_value(&self) -> ::cairn_model::Value {
                    ::cairn_model::model::Model::to_object(self)
                }
            }
        },
    };
    Ok(quote! {
        impl ::cairn_model::model::Model for #name {
            const BLOCK: ::cairn_model::schema::Block = ::cairn_model::schema::Block {
                attributes: &[#(#attributes),*],
                blocks: &[#(#blocks),*],
            };
            fn from_object(value: &::cairn_model::Value) -> ::core::result::Result<Self, ::cairn_model::model::FieldError> {
                let _ = value;
                Ok(#name { #(#reads),* })
            }
            fn to_object(&self) -> ::cairn_model::Value {
                ::cairn_model::Value::object(::std::collections::BTreeMap::from([#(#writes),*]))
            }
        }
        #whole
    })
}

/// The words of `#[resource(…)]`.
#[derive(Default)]
struct Whole {
    name: String,
    tags: bool,
    timeouts: Vec<String>,
    unsupported: Vec<String>,
    unsupported_blocks: Vec<String>,
    unread: Vec<String>,
}

impl Whole {
    fn parse(attribute: &Attribute) -> Result<Whole> {
        let mut whole = Whole::default();
        attribute.parse_nested_meta(|meta| {
            if meta.path.is_ident("name") {
                whole.name = string(&meta)?;
            } else if meta.path.is_ident("tags") {
                whole.tags = true;
            } else if meta.path.is_ident("timeouts") {
                whole.timeouts = words(&string(&meta)?);
            } else if meta.path.is_ident("unsupported") {
                whole.unsupported = words(&string(&meta)?);
            } else if meta.path.is_ident("unsupported_blocks") {
                whole.unsupported_blocks = words(&string(&meta)?);
            } else if meta.path.is_ident("unread") {
                whole.unread = words(&string(&meta)?);
            } else {
                return Err(meta.error("not a word of #[resource]"));
            }
            Ok(())
        })?;
        if whole.name.is_empty() {
            return Err(Error::new_spanned(attribute, "#[resource] needs name = \"aws_…\""));
        }
        Ok(whole)
    }

    fn tokens(&self, ident: &syn::Ident, doc: &str) -> Tokens {
        let Whole { name, tags, timeouts, unsupported, unsupported_blocks, unread } = self;
        quote! {
            impl ::cairn_model::model::TypeModel for #ident {
                const SCHEMA: ::cairn_model::schema::Schema = ::cairn_model::schema::Schema {
                    name: #name,
                    doc: #doc,
                    block: <#ident as ::cairn_model::model::Model>::BLOCK_REF,
                    tags: #tags,
                    timeouts: &[#(#timeouts),*],
                    unsupported: &[#(#unsupported),*],
                    unsupported_blocks: &[#(#unsupported_blocks),*],
                    unread: &[#(#unread),*],
                };
            }
        }
    }
}

/// One field.
struct Member {
    name: String,
    doc: String,
    is_block: bool,
    flags: Vec<String>,
    default: Option<Lit>,
    checks: Vec<Expr>,
    equal: Option<Expr>,
    max: Option<LitInt>,
}

const ATTR_FLAGS: &[&str] = &["required", "optional", "computed", "force_new", "sensitive", "config_only", "volatile", "key"];
const BLOCK_FLAGS: &[&str] = &["required", "force_new", "computed", "config_only"];

impl Member {
    fn parse(field: &Field) -> Result<Member> {
        let ident = field.ident.as_ref().map(|i| i.to_string().trim_start_matches("r#").to_string()).unwrap_or_default();
        let mut found = field.attrs.iter().filter(|a| a.path().is_ident("attr") || a.path().is_ident("block"));
        let (Some(attribute), None) = (found.next(), found.next()) else {
            return Err(Error::new_spanned(field, "each field needs one #[attr(…)] or #[block(…)]"));
        };
        let mut member = Member {
            name: ident,
            doc: docs(&field.attrs),
            is_block: attribute.path().is_ident("block"),
            flags: Vec::new(),
            default: None,
            checks: Vec::new(),
            equal: None,
            max: None,
        };
        if member.doc.is_empty() {
            return Err(Error::new_spanned(field, "a field needs a doc comment: it is the argument's documentation"));
        }
        let allowed = if member.is_block { BLOCK_FLAGS } else { ATTR_FLAGS };
        if !matches!(attribute.meta, syn::Meta::Path(_)) {
            attribute.parse_nested_meta(|meta| {
                let word = meta.path.get_ident().map(ToString::to_string).unwrap_or_default();
                match word.as_str() {
                    "name" => member.name = string(&meta)?,
                    "default" if !member.is_block => member.default = Some(meta.value()?.parse()?),
                    "check" if !member.is_block => member.checks.push(meta.value()?.parse()?),
                    "equal" if !member.is_block => member.equal = Some(meta.value()?.parse()?),
                    "max" if member.is_block => member.max = Some(meta.value()?.parse()?),
                    word if allowed.contains(&word) => member.flags.push(word.to_string()),
                    _ => return Err(meta.error("not a word of this attribute")),
                }
                Ok(())
            })?;
        }
        if !member.is_block && member.default.is_none() && !["required", "optional", "computed"].iter().any(|f| member.has(f)) {
            return Err(Error::new_spanned(field, "an attribute is required, optional or computed, or has a default"));
        }
        Ok(member)
    }

    fn has(&self, flag: &str) -> bool {
        self.flags.iter().any(|f| f == flag)
    }

    fn attribute(&self, ty: &syn::Type) -> Tokens {
        let Member { name, doc, checks, .. } = self;
        let [required, computed, force_new, sensitive, config_only, volatile, key] =
            ["required", "computed", "force_new", "sensitive", "config_only", "volatile", "key"].map(|f| self.has(f));
        let optional = self.has("optional") || self.default.is_some();
        let default = match &self.default {
            None => quote!(None),
            Some(Lit::Bool(v)) => quote!(Some(::cairn_model::schema::Default::Bool(#v))),
            Some(Lit::Int(v)) => quote!(Some(::cairn_model::schema::Default::Int(#v))),
            Some(Lit::Str(v)) => quote!(Some(::cairn_model::schema::Default::Str(#v))),
            Some(other) => Error::new_spanned(other, "a default is true, false, a whole number or text").to_compile_error(),
        };
        let equal = match &self.equal {
            Some(function) => quote!(Some(#function)),
            None => quote!(None),
        };
        quote! {
            ::cairn_model::schema::Attribute {
                name: #name,
                doc: #doc,
                ty: <#ty as ::cairn_model::model::Field>::TYPE,
                required: #required,
                optional: #optional,
                computed: #computed,
                force_new: #force_new,
                sensitive: #sensitive,
                config_only: #config_only,
                volatile: #volatile,
                key: #key,
                default: #default,
                checks: &[#(#checks as ::cairn_model::schema::Check),*],
                equal: #equal,
            }
        }
    }

    fn block(&self, ty: &syn::Type) -> Tokens {
        let Member { name, doc, .. } = self;
        let [required, force_new, computed, config_only] = ["required", "force_new", "computed", "config_only"].map(|f| self.has(f));
        let max = match &self.max {
            Some(max) => quote!(#max),
            None => quote!(<#ty as ::cairn_model::model::Nested>::MAX),
        };
        quote! {
            ::cairn_model::schema::NestedBlock {
                name: #name,
                doc: #doc,
                nesting: if <#ty as ::cairn_model::model::Nested>::SET {
                    ::cairn_model::schema::Nesting::Set
                } else {
                    ::cairn_model::schema::Nesting::List
                },
                min: if #required { 1 } else { 0 },
                max: #max,
                force_new: #force_new,
                computed: #computed,
                config_only: #config_only,
                block: <#ty as ::cairn_model::model::Nested>::INNER,
            }
        }
    }
}

fn string(meta: &ParseNestedMeta) -> Result<String> {
    Ok(meta.value()?.parse::<LitStr>()?.value())
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_string).collect()
}

/// The doc comment, its lines joined.
fn docs(attributes: &[Attribute]) -> String {
    let lines = attributes.iter().filter(|a| a.path().is_ident("doc")).filter_map(|a| match &a.meta {
        syn::Meta::NameValue(pair) => match &pair.value {
            Expr::Lit(syn::ExprLit { lit: Lit::Str(text), .. }) => Some(text.value().trim().to_string()),
            _ => None,
        },
        _ => None,
    });
    lines.collect::<Vec<_>>().join(" ").trim().to_string()
}
