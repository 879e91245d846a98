// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The libvpl011 authors
//! A monitor in small: a thread that is the vCPU, and one that is the loop. The
//! guest echoes what it receives, and a paste comes back whole.
use std::sync::{Condvar, Mutex};
use std::time::{Duration, Instant};

use vpl011::fifo::{Fifo, Receiver, Sender};
use vpl011::regs::*;
use vpl011::{Config, Device, Error, Events, Irq, Locked, Ops, Personality, SharedDevice};

/// What the device calls: the interrupt controller, and what wakes the loop.
#[derive(Default)]
struct Board {
    level: Mutex<bool>,
    raised: Condvar,
    events: Mutex<Events>,
    rung: Condvar,
}

impl Ops for Board {
    const NOTIFY: bool = true;

    fn irq(&self, lines: Irq, _changed: Irq) {
        *self.level.lock().unwrap() = lines.contains(Irq::UARTINTR);
        self.raised.notify_one();
    }

    fn notify(&self, events: Events) {
        *self.events.lock().unwrap() |= events;
        self.rung.notify_one();
    }

    fn relax(&self) {
        std::thread::yield_now();
    }
}

impl Board {
    /// WFI of the guest.
    fn wait_for_interrupt(&self) {
        let level = self.level.lock().unwrap();
        drop(self.raised.wait_while(level, |level| !*level).unwrap());
    }

    /// The events that were raised, or none at the time given.
    fn wait_for_events(&self, until: Option<Instant>) -> Events {
        let events = self.events.lock().unwrap();
        let none = |events: &mut Events| events.is_empty();
        let mut events = match until {
            None => self.rung.wait_while(events, none).unwrap(),
            Some(until) => {
                let left = until.saturating_duration_since(Instant::now());
                self.rung.wait_timeout_while(events, left, none).unwrap().0
            }
        };
        std::mem::take(&mut *events)
    }
}

/// The guest: an interrupt handler that reads until nothing is left.
fn vcpu(uart: &SharedDevice, board: &Board, count: usize) -> Result<(), Error> {
    let read = |offset: u32| uart.read(offset.into(), 4).map(|value| value as u32);
    let mut echoed = 0;
    uart.write(PL011_UARTIMSC.into(), 4, (PL011_INT_RX | PL011_INT_RT).into())?;
    while echoed < count {
        board.wait_for_interrupt();
        while read(PL011_UARTFR)? & PL011_FR_RXFE == 0 {
            let character = read(PL011_UARTDR)?;
            while read(PL011_UARTFR)? & PL011_FR_TXFF != 0 {
                std::thread::yield_now();
            }
            uart.write(PL011_UARTDR.into(), 4, character.into())?;
            echoed += 1;
        }
    }
    Ok(())
}

/// The loop: moves the bytes, and answers the device's events.
fn serve(
    uart: &SharedDevice,
    board: &Board,
    keys: &mut Sender,
    screen: &mut Receiver,
    paste: &[u8],
) -> Result<Vec<u8>, Error> {
    let mut shown = Vec::new();
    let mut pasted = 0;
    let mut tick = None;
    while shown.len() < paste.len() {
        pasted += keys.push(&paste[pasted..]);
        uart.data_avail()?;
        let mut text = [0; 256];
        loop {
            let count = screen.pop(&mut text);
            if count == 0 {
                break;
            }
            shown.extend_from_slice(&text[..count]);
            uart.data_avail()?;
        }
        if shown.len() < paste.len() && board.wait_for_events(tick).contains(Events::TICK) {
            tick = Some(Instant::now() + Duration::from_millis(1));
        }
        if tick.map_or(false, |due| due <= Instant::now()) {
            tick = None;
            uart.tick()?;
        }
    }
    Ok(shown)
}

fn main() -> Result<(), Error> {
    let paste: Vec<u8> = (0..64 * 1024_u32).map(|n| (n.wrapping_mul(n) >> 7) as u8).collect();
    let board = Locked::new(Board::default());
    let (mut input, mut output) = ([0; 1024], [0; 1024]);
    let mut fifo = Fifo::new(&mut input, &mut output)?;
    let (port, mut keys, mut screen) = fifo.split();
    let config = Config { personality: Personality::Sbsa, ..Config::default() };
    let uart = Device::shared(&config, &board)?;
    uart.attach(port)?;

    let shown = std::thread::scope(|threads| {
        threads.spawn(|| vcpu(&uart, &board, paste.len()).unwrap());
        serve(&uart, &board, &mut keys, &mut screen, &paste)
    })?;
    assert!(shown == paste, "what came back is what was pasted");
    println!("{} of {} characters came back", shown.len(), paste.len());
    Ok(())
}
