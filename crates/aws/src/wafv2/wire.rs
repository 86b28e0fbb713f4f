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
        $e.as_ref().map($crate::wafv2::wire::Wire::send).transpose()?
    };
    (boxed $e:expr) => {
        $e.as_ref().map($crate::wafv2::wire::Wire::send).transpose()?.map(Box::new)
    };
    (first $e:expr) => {
        $e.first().map($crate::wafv2::wire::Wire::send).transpose()?
    };
    (first_boxed $e:expr) => {
        $e.first().map($crate::wafv2::wire::Wire::send).transpose()?.map(Box::new)
    };
    (many $e:expr) => {
        $crate::wafv2::wire::sent(&$e)?
    };
    (many_opt $e:expr) => {
        $crate::wafv2::wire::sent(&$e)?
    };
    (blob $e:expr) => {
        Some(aws_smithy_types::Blob::new($e.as_bytes()))
    };
    ((empty $sdk:ident) $e:expr) => {
        $e.as_ref().map(|_| aws_sdk_wafv2::types::$sdk::builder().build())
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
        $e.as_ref().map($crate::wafv2::wire::Wire::take)
    };
    (boxed $e:expr) => {
        $e.as_deref().map($crate::wafv2::wire::Wire::take)
    };
    (first $e:expr) => {
        $e.iter().map($crate::wafv2::wire::Wire::take).collect()
    };
    (first_boxed $e:expr) => {
        $e.as_deref().map($crate::wafv2::wire::Wire::take).into_iter().collect()
    };
    (many $e:expr) => {
        $e.iter().map($crate::wafv2::wire::Wire::take).collect()
    };
    (many_opt $e:expr) => {
        $e.iter().flatten().map($crate::wafv2::wire::Wire::take).collect()
    };
    (blob $e:expr) => {
        String::from_utf8_lossy($e.as_ref()).into_owned()
    };
    ((empty $sdk:ident) $e:expr) => {
        $e.as_ref().map(|_| $crate::wafv2::wire::Empty {})
    };
}

/// Declares a block and how it becomes a type of the SDK and back: `field: Type => kind sdk_field set_sdk_field`.
/// `try` where the SDK's builder checks that required fields are there.
macro_rules! wire {
    (@build try $builder:expr) => { $builder.build().map_err($crate::wafv2::wire::unbuilt)? };
    (@build plain $builder:expr) => { $builder.build() };
    ($(#[$m:meta])* $name:ident => $how:ident $sdk:ident {
        $($(#[$fm:meta])* $field:ident: $ty:ty => $kind:tt $get:ident $set:ident,)*
    }) => {
        $(#[$m])*
        #[derive(cairn_derive::Model, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub struct $name { $($(#[$fm])* pub $field: $ty,)* }

        impl $crate::wafv2::wire::Wire for $name {
            type Sdk = aws_sdk_wafv2::types::$sdk;
            fn send(&self) -> Result<Self::Sdk, cairn_engine::Failure> {
                let builder = aws_sdk_wafv2::types::$sdk::builder()$(.$set($crate::wafv2::wire::put!($kind self.$field)))*;
                Ok($crate::wafv2::wire::wire!(@build $how builder))
            }
            fn take(sdk: &Self::Sdk) -> $name {
                $name { $($field: $crate::wafv2::wire::got!($kind sdk.$get),)* }
            }
        }
    };
}
pub(super) use {got, put, wire};
