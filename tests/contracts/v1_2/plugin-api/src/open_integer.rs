/// An integer with named values that crosses the boundary; later versions of 1.x may name more values.
///
/// An enum could not grow: a value that one side does not know would be undefined behaviour there.
macro_rules! open_integer {
    (
        $(#[$attribute:meta])*
        $name:ident {
            $($(#[$value_attribute:meta])* $constant:ident = $number:literal, $text:literal;)+
        }
    ) => {
        $(#[$attribute])*
        #[repr(transparent)]
        #[derive(Clone, Copy, Eq, Hash, PartialEq, abi_stable::StableAbi)]
        pub struct $name(u32);

        impl $name {
            $($(#[$value_attribute])* pub const $constant: Self = Self($number);)+

            /// The value with this number, whether this version of the contract names it or not. For hosts, and for
            /// tests with a value that a plugin does not know.
            #[must_use]
            pub const fn from_number(number: u32) -> Self {
                Self(number)
            }

            /// The name that is documented with each value; `UNKNOWN` for a value that this version of the contract
            /// does not name.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$constant => $text,)+
                    Self(_) => "UNKNOWN",
                }
            }

            /// Whether this version of the contract names the value.
            #[must_use]
            pub const fn is_known(self) -> bool {
                matches!(self, $(Self::$constant)|+)
            }
        }

        /// The name; an unknown value with its number, such as `UNKNOWN (7)`.
        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str(self.as_str())?;
                if self.is_known() {
                    return Ok(());
                }
                write!(formatter, " ({})", self.0)
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Display::fmt(self, formatter)
            }
        }
    };
}

pub(crate) use open_integer;

#[cfg(test)]
mod tests;
