//! Blocks that are written as the SDK's types and read from them, field by field.

use aws_smithy_types::error::operation::BuildError;
use cairn_engine::{Failure, FailureKind};

/// A block that stands for a type of the SDK.
pub trait Wire: Sized {
    /// The SDK's type.
    type Sdk;
    /// As the SDK wants it.
    fn send(&self) -> Result<Self::Sdk, Failure>;
    /// From what AWS gave.
    fn take(sdk: &Self::Sdk) -> Self;
}

/// An empty block: that it stands says everything.
#[derive(cairn_derive::Model, Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Empty {}

/// Something that the SDK can't build for want of an argument.
pub fn unbuilt(error: BuildError) -> Failure {
    Failure::new(FailureKind::Invalid, error.to_string())
}

/// Blocks as a list of the SDK's; nothing for none.
pub fn sent<'a, M: Wire + 'a>(blocks: impl IntoIterator<Item = &'a M>) -> Result<Option<Vec<M::Sdk>>, Failure> {
    let blocks = blocks.into_iter().map(M::send).collect::<Result<Vec<_>, Failure>>()?;
    Ok((!blocks.is_empty()).then_some(blocks))
}

/// A field on its way to the SDK, by kind.
macro_rules! put {
    (text $e:expr) => {
        Some($e.as_str().into())
    };
    (text_opt $e:expr) => {
        $e.as_deref().map(Into::into)
    };
    (plain $e:expr) => {
        Some($e)
    };
    (plain_opt $e:expr) => {
        $e
    };
    (same $e:expr) => {
        $e.clone()
    };
    (flag $e:expr) => {
        Some($e)
    };
    ((text_or $default:literal) $e:expr) => {
        Some($e.as_str().into())
    };
    ((number_or $default:literal) $e:expr) => {
        Some($e)
    };
    (map $e:expr) => {
        (!$e.is_empty()).then(|| $e.clone().into_iter().collect())
    };
    (map_opt $e:expr) => {
        $e.clone().map(|m| m.into_iter().collect())
    };
    ((or $default:literal) $e:expr) => {
        Some($e)
    };
    ((opt_or $default:literal) $e:expr) => {
        Some($e.unwrap_or($default))
    };
    (texts $e:expr) => {
        Some($e.iter().map(|t| t.as_str().into()).collect())
    };
    (texts_opt $e:expr) => {
        (!$e.is_empty()).then(|| $e.iter().map(|t| t.as_str().into()).collect())
    };
    (plains $e:expr) => {
        Some($e.iter().copied().collect())
    };
    (one $e:expr) => {
        $e.as_ref().map($crate::wire::Wire::send).transpose()?
    };
    (boxed $e:expr) => {
        $e.as_ref().map($crate::wire::Wire::send).transpose()?.map(Box::new)
    };
    (first $e:expr) => {
        $e.first().map($crate::wire::Wire::send).transpose()?
    };
    (first_boxed $e:expr) => {
        $e.first().map($crate::wire::Wire::send).transpose()?.map(Box::new)
    };
    (many $e:expr) => {
        $crate::wire::sent(&$e)?
    };
    (many_opt $e:expr) => {
        $crate::wire::sent(&$e)?
    };
    (list_opt $e:expr) => {
        $e.as_ref().map(|list| list.iter().map($crate::wire::Wire::send).collect::<Result<Vec<_>, _>>()).transpose()?
    };
    (words_opt $e:expr) => {
        $e.as_ref().map(|list| list.iter().map(|t| t.as_str().into()).collect())
    };
    (blob $e:expr) => {
        Some(aws_smithy_types::Blob::new($e.as_bytes()))
    };
    ((empty $sdk:ident) $e:expr) => {
        $e.as_ref().map(|_| types::$sdk::builder().build())
    };
}

/// A field as AWS gave it, by kind.
macro_rules! got {
    (text $e:expr) => {
        $e.as_str().to_string()
    };
    (text_opt $e:expr) => {
        $e.as_ref().map(|t| t.as_str().to_string())
    };
    (plain $e:expr) => {
        $e
    };
    (plain_opt $e:expr) => {
        Some($e)
    };
    (same $e:expr) => {
        $e.clone()
    };
    (flag $e:expr) => {
        $e.unwrap_or_default()
    };
    ((text_or $default:literal) $e:expr) => {
        $e.as_ref().map_or($default, |t| t.as_str()).to_string()
    };
    ((number_or $default:literal) $e:expr) => {
        $e.unwrap_or($default)
    };
    (map $e:expr) => {
        $e.clone().unwrap_or_default().into_iter().collect()
    };
    (map_opt $e:expr) => {
        $e.clone().map(|m| m.into_iter().collect())
    };
    ((or $default:literal) $e:expr) => {
        if $e == 0 { $default } else { $e }
    };
    ((opt_or $default:literal) $e:expr) => {
        Some($e)
    };
    (texts $e:expr) => {
        $e.iter().map(|t| t.as_str().to_string()).collect()
    };
    (texts_opt $e:expr) => {
        $e.iter().flatten().map(|t| t.as_str().to_string()).collect()
    };
    (plains $e:expr) => {
        $e.iter().copied().collect()
    };
    (one $e:expr) => {
        $e.as_ref().map($crate::wire::Wire::take)
    };
    (boxed $e:expr) => {
        $e.as_deref().map($crate::wire::Wire::take)
    };
    (first $e:expr) => {
        $e.iter().map($crate::wire::Wire::take).collect()
    };
    (first_boxed $e:expr) => {
        $e.as_deref().map($crate::wire::Wire::take).into_iter().collect()
    };
    (many $e:expr) => {
        $e.iter().map($crate::wire::Wire::take).collect()
    };
    (many_opt $e:expr) => {
        $e.iter().flatten().map($crate::wire::Wire::take).collect()
    };
    (list_opt $e:expr) => {
        $e.as_ref().map(|list| list.iter().map($crate::wire::Wire::take).collect())
    };
    (words_opt $e:expr) => {
        $e.as_ref().map(|list| list.iter().map(|t| t.as_str().to_string()).collect())
    };
    (blob $e:expr) => {
        String::from_utf8_lossy($e.as_ref()).into_owned()
    };
    ((empty $sdk:ident) $e:expr) => {
        $e.as_ref().map(|_| $crate::wire::Empty {})
    };
}

/// Declares a block and how it becomes a type of the SDK and back: `field: Type => kind sdk_field set_sdk_field`.
/// `try` where the SDK's builder checks that required fields are there. `types` is the SDK's module of that name, which stands
/// among the imports of the file that declares blocks.
macro_rules! wire {
    (@build try $builder:expr) => { $builder.build().map_err($crate::wire::unbuilt)? };
    (@build plain $builder:expr) => { $builder.build() };
    ($(#[$m:meta])* $name:ident => $how:ident $sdk:ident {
        $($(#[$fm:meta])* $field:ident: $ty:ty => $kind:tt $get:ident $set:ident,)*
    }) => {
        $(#[$m])*
        #[derive(cairn_derive::Model, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub struct $name { $($(#[$fm])* pub $field: $ty,)* }

        impl $crate::wire::Wire for $name {
            type Sdk = types::$sdk;
            fn send(&self) -> Result<Self::Sdk, cairn_engine::Failure> {
                let builder = types::$sdk::builder()$(.$set($crate::wire::put!($kind self.$field)))*;
                Ok($crate::wire::wire!(@build $how builder))
            }
            fn take(sdk: &Self::Sdk) -> $name {
                $name { $($field: $crate::wire::got!($kind sdk.$get),)* }
            }
        }
    };
}
pub(crate) use {got, put, wire};
