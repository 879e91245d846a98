// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The libvpl011 authors
//! The device in the form of vm-superio's: `read(offset, data)` and
//! `write(offset, data)`, and an event that is triggered for an interrupt. One
//! thread at a time uses it, as the device buses of rust-vmm do with a `Mutex`.
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::Mutex;

use vpl011::fifo::{Fifo, Receiver, Sender};
use vpl011::regs::*;
use vpl011::{Config, Device, Error, Events, Irq, Ops, Port};

/// Stands for an eventfd that is registered as an irqfd.
#[derive(Default)]
struct Event(AtomicU32);

impl Event {
    fn trigger(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn take(&self) -> u32 {
        self.0.swap(0, Ordering::Relaxed)
    }
}

impl Ops for Event {
    fn irq(&self, lines: Irq, changed: Irq) {
        if lines.contains(Irq::UARTINTR) && changed.contains(Irq::UARTINTR) {
            self.trigger();
        }
    }
}

struct Serial<'a> {
    uart: Device<'a>,
    input: Sender<'a>,
    output: Receiver<'a>,
}

impl<'a> Serial<'a> {
    fn new(event: &'a Event, far_end: (Port<'a>, Sender<'a>, Receiver<'a>)) -> Result<Self, Error> {
        let (port, input, output) = far_end;
        let uart = Device::new(&Config::default(), event)?;
        uart.attach(port)?;
        Ok(Self { uart, input, output })
    }

    /// The guest reads. A bad access gives zeroes.
    fn read(&mut self, offset: u64, data: &mut [u8]) {
        let value = self.uart.read(offset, data.len() as u32).unwrap_or(0).to_le_bytes();
        data.fill(0);
        for (to, from) in data.iter_mut().zip(value) {
            *to = from;
        }
    }

    /// The guest writes. A bad access does nothing, and is counted.
    fn write(&mut self, offset: u64, data: &[u8]) {
        let mut value = [0; 8];
        for (to, from) in value.iter_mut().zip(data) {
            *to = *from;
        }
        let _ = self.uart.write(offset, data.len() as u32, u64::from_le_bytes(value));
    }

    /// Input for the guest: how many characters fitted.
    fn enqueue(&mut self, bytes: &[u8]) -> Result<usize, Error> {
        let count = self.input.push(bytes);
        self.uart.data_avail()?;
        Ok(count)
    }

    /// What the loop does when the guest has run: output to its sink, and more
    /// input. True: `tick()` is wanted in a millisecond.
    fn serve(&mut self, sink: &mut Vec<u8>) -> Result<bool, Error> {
        let mut wants_tick = false;
        loop {
            let events = self.uart.take_events();
            if events.is_empty() {
                return Ok(wants_tick);
            }
            wants_tick |= events.contains(Events::TICK);
            let mut text = [0; 64];
            let mut count = 1;
            while count > 0 {
                count = self.output.pop(&mut text);
                sink.extend_from_slice(&text[..count]);
                self.uart.data_avail()?;
            }
        }
    }

    /// That millisecond has passed.
    fn tick(&mut self) -> Result<(), Error> {
        self.uart.tick().map(drop)
    }
}

fn main() -> Result<(), Error> {
    let event = Event::default();
    let (mut input, mut output) = ([0; 256], [0; 256]);
    let mut fifo = Fifo::new(&mut input, &mut output)?;
    let serial = Mutex::new(Serial::new(&event, fifo.split())?);
    let bus = || serial.lock().unwrap();
    let mut sink = Vec::new();
    let typed = "What is typed on a console comes back from it. ".repeat(4);

    bus().write(PL011_UARTIMSC.into(), &PL011_INT_RT.to_le_bytes());
    assert_eq!(bus().enqueue(typed.as_bytes())?, typed.len());
    while sink.len() < typed.len() {
        if event.take() > 0 {
            let mut word = [0; 4];
            loop {
                bus().read(PL011_UARTFR.into(), &mut word);
                if u32::from_le_bytes(word) & PL011_FR_RXFE != 0 {
                    break;
                }
                bus().read(PL011_UARTDR.into(), &mut word);
                bus().write(PL011_UARTDR.into(), &word[..1]);
            }
        }
        if bus().serve(&mut sink)? {
            std::thread::sleep(std::time::Duration::from_millis(1));
            bus().tick()?;
        }
    }
    assert_eq!(sink, typed.as_bytes());
    bus().read(1, &mut [0xff; 16]);
    assert_eq!(bus().uart.counters()?.bad_accesses, 1);
    println!("{} of {} characters came back", sink.len(), typed.len());
    Ok(())
}
