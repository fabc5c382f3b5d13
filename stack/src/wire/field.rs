//! How the views read and write fixed fields: the [`Field`] types and the two macros that write the views.
//!
//! Crate-private. `view!` makes the wrapper type with its constructors, `fields!` one getter and one setter
//! per fixed field.

use core::net::{Ipv4Addr, Ipv6Addr};

use crate::seq::SeqNumber;

use super::ethernet::{EtherType, MacAddress};
use super::ip::IpProtocol;

/// A value at a fixed place, big-endian. Panics if the buffer ends before it; the views check lengths first.
pub(crate) trait Field: Sized {
    fn get(bytes: &[u8], at: usize) -> Self;
    fn set(self, bytes: &mut [u8], at: usize);
}

/// The `N` bytes at `at`.
#[inline(always)]
pub(crate) fn array_at<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    let mut out = [0; N];
    out.copy_from_slice(&bytes[at..at + N]);
    out
}

macro_rules! integer_fields {
    ($($ty:ty),*) => {$(
        impl Field for $ty {
            #[inline(always)]
            fn get(bytes: &[u8], at: usize) -> Self {
                <$ty>::from_be_bytes(array_at(bytes, at))
            }

            #[inline(always)]
            fn set(self, bytes: &mut [u8], at: usize) {
                bytes[at..at + size_of::<$ty>()].copy_from_slice(&self.to_be_bytes());
            }
        }
    )*};
}

integer_fields!(u8, u16, u32);

macro_rules! wrapped_fields {
    ($($ty:ty: $inner:ty, $from:expr, $into:expr;)*) => {$(
        impl Field for $ty {
            #[inline(always)]
            fn get(bytes: &[u8], at: usize) -> Self {
                $from(<$inner as Field>::get(bytes, at))
            }

            #[inline(always)]
            fn set(self, bytes: &mut [u8], at: usize) {
                <$inner as Field>::set($into(self), bytes, at);
            }
        }
    )*};
}

impl<const N: usize> Field for [u8; N] {
    #[inline(always)]
    fn get(bytes: &[u8], at: usize) -> Self {
        array_at(bytes, at)
    }

    #[inline(always)]
    fn set(self, bytes: &mut [u8], at: usize) {
        bytes[at..at + N].copy_from_slice(&self);
    }
}

wrapped_fields! {
    Ipv4Addr: [u8; 4], Ipv4Addr::from, |a: Ipv4Addr| a.octets();
    Ipv6Addr: [u8; 16], Ipv6Addr::from, |a: Ipv6Addr| a.octets();
    MacAddress: [u8; 6], MacAddress, |a: MacAddress| a.0;
    EtherType: u16, EtherType, |a: EtherType| a.0;
    IpProtocol: u8, IpProtocol, |a: IpProtocol| a.0;
    SeqNumber: u32, SeqNumber, |a: SeqNumber| a.0;
}

/// `view! { /// doc Name, Layer, fixed length }`: the wrapper type, its constructors and `as_bytes`.
/// The type must have a method `check(&self) -> Result<()>` for the variable part.
macro_rules! view {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct $name<T: AsRef<[u8]>> {
            buffer: T,
        }

        impl<T: AsRef<[u8]>> $name<T> {
            /// Wraps without any check: for building packets. Accessors of fields that the buffer does not
            /// hold panic; use [`Self::new_checked`] for bytes that come from outside.
            #[inline]
            pub const fn new_unchecked(buffer: T) -> Self {
                Self { buffer }
            }

            /// Wraps, and proves that every accessor finds its bytes.
            ///
            /// # Errors
            /// `Truncated` or `Length` if the fixed or the stated variable part of the header is not there.
            #[inline]
            pub fn new_checked(buffer: T) -> $crate::wire::Result<Self> {
                let view = Self { buffer };
                view.check_len()?;
                Ok(view)
            }

            /// The buffer.
            #[inline]
            pub fn into_inner(self) -> T {
                self.buffer
            }

            /// The whole buffer as bytes.
            #[inline]
            pub fn as_bytes(&self) -> &[u8] {
                self.buffer.as_ref()
            }
        }
    };
}

/// `fields! { Name { /// doc getter, setter: Type @ offset; .. } }`.
macro_rules! fields {
    ($name:ident { $($(#[$meta:meta])* $get:ident, $set:ident: $ty:ty = $at:expr;)* }) => {
        impl<T: AsRef<[u8]>> $name<T> {
            $(
                $(#[$meta])*
                #[inline]
                pub fn $get(&self) -> $ty {
                    <$ty as $crate::wire::field::Field>::get(self.buffer.as_ref(), $at)
                }
            )*
        }

        impl<T: AsRef<[u8]> + AsMut<[u8]>> $name<T> {
            $(
                #[doc = concat!("Writes what [`Self::", stringify!($get), "`] reads.")]
                #[inline]
                pub fn $set(&mut self, value: $ty) {
                    <$ty as $crate::wire::field::Field>::set(value, self.buffer.as_mut(), $at);
                }
            )*
        }
    };
}

/// `Err(Truncated)` if `given` is less than `needed`.
macro_rules! need {
    ($layer:ident, $needed:expr, $given:expr) => {
        if $given < $needed {
            return Err($crate::wire::Error::truncated($crate::wire::Layer::$layer, $needed, $given));
        }
    };
}

/// `Debug` and `Display` of a registry number: its name, else its number.
macro_rules! registry_names {
    ($ty:ident, $other:literal; $($(#[$meta:meta])* $konst:ident = $value:expr, $text:literal;)*) => {
        impl $ty {
            $(
                $(#[$meta])*
                pub const $konst: Self = Self($value);
            )*

            /// The name of the value, if it is one that this crate knows.
            pub const fn name(self) -> Option<&'static str> {
                match self {
                    $(Self::$konst => Some($text),)*
                    _ => None,
                }
            }
        }

        impl core::fmt::Display for $ty {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                match self.name() {
                    Some(name) => f.pad(name),
                    None => write!(f, $other, self.0),
                }
            }
        }

        impl core::fmt::Debug for $ty {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                core::fmt::Display::fmt(self, f)
            }
        }
    };
}

pub(crate) use {fields, need, registry_names, view};
