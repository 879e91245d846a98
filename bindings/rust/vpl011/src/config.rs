// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The libvpl011 authors
use vpl011_sys as sys;

use crate::Flags;

macro_rules! choice {
    ($(
        $(#[$about:meta])*
        $name:ident { $first:ident = $first_value:ident: $first_what:literal
            $(, $choice:ident = $value:ident: $what:literal)* $(,)? }
    )*) => { $(
        $(#[$about])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        #[repr(u32)]
        pub enum $name {
            #[doc = $first_what]
            #[default]
            $first = sys::$first_value,
            $(#[doc = $what] $choice = sys::$value,)*
        }
    )* };
}

choice! {
    /// Which of the two UARTs a device is.
    Personality {
        Pl011 = VPL011_PL011: "The full register set, and the reset state of the TRM.",
        Sbsa = VPL011_SBSA: "The Generic UART (BSA appendix B): enabled from reset.",
    }

    /// The revision of a PL011. SBSA has the first.
    Revision {
        R1p5 = VPL011_R1P5: "32 characters deep.",
        R1p4 = VPL011_R1P4: "16 characters deep.",
        R1p1 = VPL011_R1P1: "16 characters deep, the oldest.",
    }

    /// What to do with the guest's output while the far end takes nothing.
    Policy {
        Default = VPL011_POLICY_DEFAULT: "`Stall` while it is full, `DropNewest` while it is gone.",
        Stall = VPL011_POLICY_STALL: "Keep it: TXFF pushes back on the guest.",
        DropNewest = VPL011_POLICY_DROP_NEWEST: "Discard what the guest sends now.",
        DropOldest = VPL011_POLICY_DROP_OLDEST: "Discard the oldest bytes that are queued.",
    }
}

/// The configuration of a device. The default is a PL011 r1p5.
#[derive(Clone, Copy, Debug, Default)]
pub struct Config {
    /// Which of the two UARTs it is.
    pub personality: Personality,
    /// Its revision.
    pub revision: Revision,
    /// How it differs from the default.
    pub flags: Flags,
    /// The peripheral ID to show; 0: the revision's.
    pub periph_id: u32,
    /// \[Hz] UARTCLK, for baud rates; 0: unknown.
    pub clock_hz: u32,
    /// \[bit/s] set by firmware; 0: 115200.
    pub baud: u32,
    /// While the far end is there, but full.
    pub on_stall: Policy,
    /// While the far end is gone, and the backend full.
    pub on_gone: Policy,
}

impl Config {
    pub(crate) fn raw(&self) -> sys::vpl011_config {
        sys::vpl011_config {
            personality: self.personality as u32,
            revision: self.revision as u32,
            flags: self.flags.bits(),
            periph_id: self.periph_id,
            clock_hz: self.clock_hz,
            baud: self.baud,
            on_stall: self.on_stall as u32,
            on_gone: self.on_gone as u32,
            reserved: [0; 8],
        }
    }
}
