// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The libvpl011 authors
use core::cell::{Cell, UnsafeCell};
use core::marker::PhantomData;
use core::mem::size_of;
use core::ptr;

use vpl011_sys as sys;

use crate::error::check;
use crate::ops::{raw, raw_locked};
use crate::{Config, Counters, Error, Events, Irq, Line, Locked, Ops, Port};

/// Marks a device that one thread at a time uses.
#[derive(Debug)]
pub enum Unsynchronised {}

/// Marks a device that all threads may call.
#[derive(Debug)]
pub enum Synchronised {}

/// A device that all threads may call: see [`Device`].
pub type SharedDevice<'a> = Device<'a, Synchronised>;

/// \[bytes] The most that [`Device::save`] writes.
pub const STATE_MAX: usize = sys::VPL011_STATE_BLOB_MAX as usize;

/// A UART. It borrows for `'a` what it calls, and may itself be moved.
pub struct Device<'a, S = Unsynchronised> {
    raw: UnsafeCell<sys::vpl011_device>,
    /// Invariant in 'a.
    borrowed: PhantomData<Cell<&'a ()>>,
    kind: PhantomData<S>,
}

// SAFETY: the device was made with lock operations, by shared() below, which is
// the only way to make one of this kind; so the library allows calls from any
// thread. The lock excludes, because nobody else reaches it (`Locked`). What the
// device calls, Ops and Backend, is Sync.
unsafe impl Sync for Device<'_, Synchronised> {}

impl<'a> Device<'a> {
    /// Make a device, in its reset state and with nothing attached.
    pub fn new<O: Ops>(config: &Config, ops: &'a O) -> Result<Self, Error> {
        // SAFETY: the operations are those of `ops`, which is borrowed for 'a.
        unsafe { Self::init(config, &raw(ops)) }
    }
}

impl<'a> SharedDevice<'a> {
    /// Make a device that all threads may call, in its reset state and with
    /// nothing attached.
    pub fn shared<O: Ops>(config: &Config, ops: &'a Locked<O>) -> Result<Self, Error> {
        // SAFETY: as above.
        unsafe { Self::init(config, &raw_locked(ops)) }
    }
}

impl<'a, S> Device<'a, S> {
    /// # Safety
    /// The operations may be called during 'a.
    unsafe fn init(config: &Config, ops: &sys::vpl011_ops) -> Result<Self, Error> {
        let device = Self {
            raw: UnsafeCell::new(sys::vpl011_device::zeroed()),
            borrowed: PhantomData,
            kind: PhantomData,
        };
        let config = config.raw();
        // SAFETY: the sizes are those of the structures, which are copied. The
        // structure of the library may be moved afterwards, since it holds no
        // pointer into itself.
        check(unsafe {
            sys::vpl011_init_sized(
                device.raw.get(),
                size_of::<sys::vpl011_device>(),
                &config,
                size_of::<sys::vpl011_config>(),
                ops,
                size_of::<sys::vpl011_ops>(),
            )
        })?;
        Ok(device)
    }

    /// Call the library with the device.
    fn with<R>(&self, function: impl FnOnce(*mut sys::vpl011_device) -> R) -> R {
        // What all calls below rest on: the device was initialised, and cannot
        // move or go while `self` is borrowed. Its memory is reached through this
        // pointer alone. One thread at a time is here, because a device without
        // a lock is not Sync; and a callback that comes here again although it
        // must not gets VPL011_ERR_REENTRY from the library. What the library
        // calls is borrowed for 'a, and so is still there.
        function(self.raw.get())
    }

    fn call(
        &self,
        function: unsafe extern "C" fn(*mut sys::vpl011_device) -> i32,
    ) -> Result<usize, Error> {
        // SAFETY: see with(). All functions given take the device alone.
        self.with(|device| check(unsafe { function(device) }))
    }

    /// Connect a far end in place of the one there was, at any time.
    ///
    /// [`Error::Unsupported`]: a policy is `DropOldest`, and it cannot.
    pub fn attach(&self, port: Port<'a>) -> Result<(), Error> {
        // SAFETY: see with(). The structure is copied, and what it leads to is
        // borrowed for 'a.
        let result = self.with(|device| unsafe {
            sys::vpl011_attach_sized(device, &port.raw, size_of::<sys::vpl011_backend>())
        });
        check(result).map(drop)
    }

    /// Disconnect the far end.
    pub fn detach(&self) -> Result<(), Error> {
        // SAFETY: see with(). NULL means that.
        let result = self.with(|device| unsafe {
            sys::vpl011_attach_sized(device, ptr::null(), size_of::<sys::vpl011_backend>())
        });
        check(result).map(drop)
    }

    /// The guest reads `size` bytes at an offset in the register window.
    ///
    /// [`Error::Access`]: a bad access. A monitor may turn it into a data abort,
    /// or go on with 0.
    pub fn read(&self, offset: u64, size: u32) -> Result<u64, Error> {
        let mut value = 0;
        // SAFETY: see with(). `value` is valid for the call.
        check(
            self.with(|device| unsafe { sys::vpl011_mmio_read(device, offset, size, &mut value) }),
        )
        .map(|_| value)
    }

    /// The guest writes the low `size` bytes of `value`. Errors as for `read`.
    pub fn write(&self, offset: u64, size: u32, value: u64) -> Result<(), Error> {
        // SAFETY: see with().
        check(self.with(|device| unsafe { sys::vpl011_mmio_write(device, offset, size, value) }))
            .map(drop)
    }

    /// Something changed at the far end: input arrived, output was consumed, or
    /// it came or went. Also the answer to [`Events::REFILL`]. The result is how
    /// many characters the guest was given.
    pub fn data_avail(&self) -> Result<usize, Error> {
        self.call(sys::vpl011_data_avail)
    }

    /// A millisecond has passed since [`Events::TICK`]. As `data_avail`; not from
    /// [`Ops::notify`].
    pub fn tick(&self) -> Result<usize, Error> {
        self.call(sys::vpl011_tick)
    }

    /// The events since the last call, where [`Ops::NOTIFY`] is not set.
    pub fn take_events(&self) -> Events {
        // SAFETY: see with().
        Events(self.with(|device| unsafe { sys::vpl011_take_events(device) }))
    }

    /// Raise all events again that apply; not from [`Ops::notify`].
    pub fn remind(&self) -> Result<(), Error> {
        self.call(sys::vpl011_remind).map(drop)
    }

    /// The interrupt outputs now. Any callback may ask.
    pub fn irq_lines(&self) -> Irq {
        // SAFETY: see with(). It is one atomic load.
        Irq(self.with(|device| unsafe { sys::vpl011_irq_lines(device) }))
    }

    /// Put the device into its reset state. Far end, configuration and counters
    /// stay.
    pub fn reset(&self) -> Result<(), Error> {
        self.call(sys::vpl011_reset).map(drop)
    }

    /// Call nothing until `resume`: for a machine that is loaded piece by piece,
    /// and for the source of a move.
    pub fn pause(&self) -> Result<(), Error> {
        self.call(sys::vpl011_pause).map(drop)
    }

    /// End `pause`: all interrupt lines and events that apply are told.
    pub fn resume(&self) -> Result<(), Error> {
        self.call(sys::vpl011_resume).map(drop)
    }

    /// Deliver characters as a serial line does, with their errors in the form of
    /// UARTDR, past the far end. The result is how many were taken:
    /// [`Events::ROOM`] says when to push the others.
    pub fn rx_push(&self, entries: &[u16]) -> Result<usize, Error> {
        // SAFETY: see with(). `entries` is valid for the call.
        check(
            self.with(|device| unsafe {
                sys::vpl011_rx_push(device, entries.as_ptr(), entries.len())
            }),
        )
    }

    /// How many entries `rx_push` would take now.
    pub fn rx_room(&self) -> Result<usize, Error> {
        self.call(sys::vpl011_rx_room)
    }

    /// How many characters wait in the TX FIFO.
    pub fn tx_waiting(&self) -> Result<usize, Error> {
        self.call(sys::vpl011_tx_waiting)
    }

    /// Set the modem inputs that are asserted, of `PL011_FR_CTS`, `_DSR`, `_DCD`
    /// and `_RI`.
    pub fn set_modem(&self, inputs: u32) -> Result<(), Error> {
        // SAFETY: see with().
        check(self.with(|device| unsafe { sys::vpl011_set_modem(device, inputs) })).map(drop)
    }

    /// Change UARTCLK \[Hz], from which the baud rate is computed.
    pub fn set_clock(&self, clock_hz: u32) -> Result<(), Error> {
        // SAFETY: see with().
        check(self.with(|device| unsafe { sys::vpl011_set_clock(device, clock_hz) })).map(drop)
    }

    /// The guest's line settings: baud rate, format, modem outputs.
    pub fn line(&self) -> Result<Line, Error> {
        let mut line = Line::default();
        // SAFETY: see with(). `line` is valid for the call, and of that size.
        check(self.with(|device| unsafe {
            sys::vpl011_get_line_sized(device, &mut line, size_of::<Line>())
        }))
        .map(|_| line)
    }

    /// A consistent snapshot of the counters.
    pub fn counters(&self) -> Result<Counters, Error> {
        let mut counters = Counters::default();
        // SAFETY: see with(). `counters` is valid for the call, and of that size.
        check(self.with(|device| unsafe {
            sys::vpl011_get_counters_sized(device, &mut counters, size_of::<Counters>())
        }))
        .map(|_| counters)
    }

    /// Save everything that the guest could notice; the result is how many bytes
    /// that takes. [`STATE_MAX`] are always enough. `pause` the device first if
    /// it is to be moved.
    pub fn save(&self, state: &mut [u8]) -> Result<usize, Error> {
        // SAFETY: see with(). `state` is valid for the call, and of that size.
        check(self.with(|device| unsafe {
            sys::vpl011_state_save(device, state.as_mut_ptr().cast(), state.len())
        }))
    }

    /// Load what `save` gave, into a device of the same configuration: all of it
    /// or nothing.
    pub fn load(&self, state: &[u8]) -> Result<(), Error> {
        // SAFETY: see with(). `state` is valid for the call, and of that size.
        check(self.with(|device| unsafe {
            sys::vpl011_state_load(device, state.as_ptr().cast(), state.len())
        }))
        .map(drop)
    }
}

impl<S> core::fmt::Debug for Device<'_, S> {
    fn fmt(&self, to: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        to.debug_struct("Device").field("irq_lines", &self.irq_lines()).finish_non_exhaustive()
    }
}
