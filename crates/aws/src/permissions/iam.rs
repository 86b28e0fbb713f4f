//! What a type declares for IAM policies, besides what it calls.

/// What a type declares for IAM policies, besides what it calls.
#[derive(Clone, Copy, Debug)]
pub struct Iam {
    /// How its ARNs begin: service and what follows the account, as AWS's Service Authorization Reference writes them.
    /// Nothing where they begin as the type's `INDEX` says, or where it has none.
    pub arn: Option<(&'static str, &'static str)>,
    /// What the configuration knows of its ARNs. Nothing where AWS makes up the whole of an id.
    pub named: Option<Named>,
    /// Services that it hands roles to (`iam:PassRole`), as trust policies name them.
    pub passes_roles_to: &'static [&'static str],
    /// The service that AWS makes a service-linked role for with the first of its kind.
    pub service_role: Option<&'static str>,
}

impl Iam {
    /// Nothing special.
    pub const NONE: Iam = Iam { arn: None, named: None, passes_roles_to: &[], service_role: None };

    /// One that is named by an argument, or begins with a prefix.
    pub const fn named(argument: &'static str, prefix: &'static str, made_up: &'static str) -> Iam {
        Iam { named: Some(Named { argument, prefix, made_up, path: None }), ..Iam::NONE }
    }
}

/// How the configuration names a resource.
#[derive(Clone, Copy, Debug)]
pub struct Named {
    /// The argument with the whole name.
    pub argument: &'static str,
    /// The argument with the beginning of a name that Cairn completes; empty for none.
    pub prefix: &'static str,
    /// How a name begins that Cairn makes up.
    pub made_up: &'static str,
    /// The argument with the path before the name.
    pub path: Option<&'static str>,
}
