// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The libvpl011 authors
use vpl011_sys as sys;

macro_rules! bits {
    ($(
        $(#[$about:meta])*
        $name:ident { $($(#[$what:meta])* $bit:ident = $value:ident,)* }
    )*) => { $(
        $(#[$about])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub struct $name(pub(crate) u32);

        impl $name {
            $($(#[$what])* pub const $bit: Self = Self(sys::$value);)*

            /// As a number, whose bits are those of the C headers.
            pub const fn bits(self) -> u32 {
                self.0
            }

            /// Whether none is set.
            pub const fn is_empty(self) -> bool {
                self.0 == 0
            }

            /// Whether all of the others are set.
            pub const fn contains(self, others: Self) -> bool {
                self.0 & others.0 == others.0
            }
        }

        impl core::ops::BitOr for $name {
            type Output = Self;

            fn bitor(self, other: Self) -> Self {
                Self(self.0 | other.0)
            }
        }

        impl core::ops::BitOrAssign for $name {
            fn bitor_assign(&mut self, other: Self) {
                self.0 |= other.0;
            }
        }
    )* };
}

bits! {
    /// What the device asks of its host.
    Events {
        /// Ring the far end's doorbell, or serve it.
        FAR_END = VPL011_EVENT_FAR_END,
        /// Call [`Device::data_avail`](crate::Device::data_avail): input waits,
        /// and the guest has room for it.
        REFILL = VPL011_EVENT_REFILL,
        /// Baud rate, format or a modem output changed:
        /// [`Device::line`](crate::Device::line).
        LINE = VPL011_EVENT_LINE,
        /// Call [`Device::tick`](crate::Device::tick) about a millisecond from
        /// now, not earlier.
        TICK = VPL011_EVENT_TICK,
        /// [`Device::rx_push`](crate::Device::rx_push) took less than all, and
        /// would take more now.
        ROOM = VPL011_EVENT_ROOM,
    }

    /// The interrupt outputs, as levels.
    Irq {
        /// All of them combined: the one that guests use.
        UARTINTR = VPL011_IRQ_UARTINTR,
        /// Modem inputs.
        UARTMSINTR = VPL011_IRQ_UARTMSINTR,
        /// The RX FIFO has reached its trigger.
        UARTRXINTR = VPL011_IRQ_UARTRXINTR,
        /// The TX FIFO has fallen to its trigger.
        UARTTXINTR = VPL011_IRQ_UARTTXINTR,
        /// Characters wait although the trigger is not reached.
        UARTRTINTR = VPL011_IRQ_UARTRTINTR,
        /// Errors of the line.
        UARTEINTR = VPL011_IRQ_UARTEINTR,
    }

    /// Flags of a device. The C header names the guest that needs each.
    Flags {
        /// PL011 comes out of reset as firmware leaves it.
        FIRMWARE_INIT = VPL011_CFG_FIRMWARE_INIT,
        /// Transmit and receive only while the guest has enabled it.
        STRICT_ENABLES = VPL011_CFG_STRICT_ENABLES,
        /// TXRIS only when the TX FIFO is empty: for Xen as a guest.
        TX_TRIGGER_EMPTY = VPL011_CFG_TX_TRIGGER_EMPTY,
        /// Show TXFF once after each FIFO depth of characters.
        TXFF_ONCE_PER_LOAD = VPL011_CFG_TXFF_ONCE_PER_LOAD,
        /// Interrupts as the TRM words them, for testing drivers.
        STRICT_INTERRUPTS = VPL011_CFG_STRICT_INTERRUPTS,
        /// SBSA: registers that are not there store what is written.
        STORE_CONFIG = VPL011_CFG_STORE_CONFIG,
        /// The line into the guest cannot be throttled.
        UNTHROTTLED = VPL011_CFG_UNTHROTTLED,
        /// The host has no timer and does not answer [`Events::TICK`].
        NO_TICK = VPL011_CFG_NO_TICK,
    }

    /// Flags of a ring page.
    RingFlags {
        /// The page has the member `connection` (Xen 4.21 and later).
        CONNECTION = VPL011_XENCONS_CONNECTION,
        /// Start with both directions empty.
        EMPTY = VPL011_XENCONS_EMPTY,
        /// Device side: raise FAR_END after every transfer.
        ALWAYS = VPL011_RING_ALWAYS,
    }

    /// What a console has to do after it used its side of a ring page.
    Todo {
        /// Ring the device's doorbell, or call
        /// [`Device::data_avail`](crate::Device::data_avail).
        NOTIFY = VPL011_RING_TODO_NOTIFY,
        /// Publish again, at once, in a millisecond.
        HELD = VPL011_RING_TODO_HELD,
        /// Make another pass before you sleep.
        MORE = VPL011_RING_TODO_MORE,
        /// Resync, or close: the device's indices are impossible.
        RESYNC = VPL011_RING_TODO_RESYNC,
        /// Not all input fitted: FAR_END is raised once there is room.
        FULL = VPL011_RING_TODO_FULL,
    }
}
