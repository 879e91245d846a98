// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The libvpl011 authors
use core::fmt;

use vpl011_sys as sys;

macro_rules! errors {
    ($($(#[$what:meta])* $name:ident = $code:ident,)*) => {
        /// Why the library refused a call. Nothing was changed then.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum Error {
            $($(#[$what])* $name,)*
            /// Another one of `enum vpl011_err`.
            Other(i32),
        }

        impl Error {
            /// The number that it has in C.
            pub const fn code(self) -> i32 {
                match self {
                    $(Self::$name => sys::$code,)*
                    Self::Other(code) => code,
                }
            }

            const fn new(code: i32) -> Self {
                match code {
                    $(sys::$code => Self::$name,)*
                    _ => Self::Other(code),
                }
            }
        }
    };
}

errors! {
    /// The device was called from inside one of its callbacks.
    Reentry = VPL011_ERR_REENTRY,
    /// An argument is outside its range.
    Range = VPL011_ERR_RANGE,
    /// Memory given is too small, misaligned, or no power of two.
    Size = VPL011_ERR_SIZE,
    /// Not with this personality or backend.
    Unsupported = VPL011_ERR_UNSUPPORTED,
    /// Unknown revision, or one with SBSA.
    Revision = VPL011_ERR_REVISION,
    /// A flag is not for this personality.
    Flags = VPL011_ERR_FLAGS,
    /// The peripheral ID claims more depth than there is.
    PeriphId = VPL011_ERR_PERIPH_ID,
    /// An access of the guest that a bus would refuse.
    Access = VPL011_ERR_ACCESS,
    /// A ring page holds impossible indices.
    Ring = VPL011_ERR_RING,
    /// Saved state is shorter than it says.
    StateTruncated = VPL011_ERR_STATE_TRUNCATED,
    /// No saved state of this library.
    StateMagic = VPL011_ERR_STATE_MAGIC,
    /// Saved state is newer, in a way that matters.
    StateVersion = VPL011_ERR_STATE_VERSION,
    /// Saved state is malformed.
    StateFormat = VPL011_ERR_STATE_FORMAT,
    /// Saved state has values outside their range, or contradicts itself.
    StateValue = VPL011_ERR_STATE_VALUE,
    /// Saved state is from another kind of device.
    StateMismatch = VPL011_ERR_STATE_MISMATCH,
}

impl fmt::Display for Error {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        // SAFETY: it takes any number.
        let text = unsafe { sys::vpl011_strerror(self.code()) };
        let mut length = 0;
        // SAFETY: the result is a static string that ends with a zero, and
        // `length` does not go beyond it.
        while unsafe { *text.add(length) } != 0 {
            length += 1;
        }
        // SAFETY: these are the bytes of that string before the zero.
        let text = unsafe { core::slice::from_raw_parts(text.cast::<u8>(), length) };
        to.write_str(core::str::from_utf8(text).unwrap_or("unknown error"))
    }
}

#[cfg(feature = "std")]
impl std::error::Error for Error {}

/// A result of the library: counts are not negative.
pub(crate) fn check(result: i32) -> Result<usize, Error> {
    usize::try_from(result).map_err(|_| Error::new(result))
}
