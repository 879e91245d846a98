// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The libvpl011 authors
//! A device does through the bindings what it does in C.
use std::cell::Cell;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::Mutex;

use vpl011::fifo::Fifo;
use vpl011::regs::*;
use vpl011::xencons::Page;
use vpl011::*;

/// A monitor that keeps what it is told.
#[derive(Default)]
struct Board {
    lines: AtomicU32,
    mistakes: Mutex<Vec<GuestError>>,
}

impl Ops for Board {
    fn irq(&self, lines: Irq, changed: Irq) {
        let before = self.lines.swap(lines.bits(), Ordering::Relaxed);
        assert_eq!((before ^ lines.bits()) & !changed.bits(), 0); // after a load, all are
    }

    fn guest_error(&self, error: &GuestError) {
        self.mistakes.lock().unwrap().push(*error);
    }
}

/// A far end that holds four characters.
#[derive(Default)]
struct Small {
    output: Mutex<VecDeque<u8>>,
    input: Mutex<VecDeque<u8>>,
    breaking: AtomicU32,
}

impl Backend for Small {
    const DROPS_OLDEST: bool = true;

    fn write(&self, bytes: &[u8], wake: &mut Wake) -> usize {
        let mut output = self.output.lock().unwrap();
        let count = bytes.len().min(4 - output.len());
        output.extend(&bytes[..count]);
        wake.far_end();
        count
    }

    fn read(&self, bytes: &mut [u8], wake: &mut Wake) -> usize {
        let mut input = self.input.lock().unwrap();
        let count = bytes.len().min(input.len());
        for (to, from) in bytes.iter_mut().zip(input.drain(..count)) {
            *to = from;
        }
        if count > 0 && count < bytes.len() {
            wake.break_follows();
        }
        count
    }

    fn poll(&self, _wake: &mut Wake) -> Status {
        let room = 4 - self.output.lock().unwrap().len();
        Status { waiting: self.input.lock().unwrap().len(), room, attached: true }
    }

    fn send_break(&self, on: bool) {
        self.breaking.store(on.into(), Ordering::Relaxed);
    }

    fn drop_oldest(&self, count: usize) -> usize {
        self.output.lock().unwrap().drain(..count).count()
    }
}

fn read<S>(uart: &Device<S>, offset: u32) -> u32 {
    uart.read(offset.into(), 4).unwrap() as u32
}

fn write<S>(uart: &Device<S>, offset: u32, value: u32) {
    uart.write(offset.into(), 4, value.into()).unwrap();
}

#[test]
fn registers_are_read_and_written() {
    let board = Board::default();
    let uart = Device::new(&Config { revision: Revision::R1p4, ..Config::default() }, &board);
    let uart = uart.unwrap();
    assert_eq!(read(&uart, PL011_UARTCR), PL011_UARTCR_RESET);
    assert_eq!(read(&uart, PL011_UARTPeriphID2), 0x24);
    write(&uart, PL011_UARTIBRD, 0x1234);
    assert_eq!(uart.read(PL011_UARTIBRD.into(), 1), Ok(0x34));
    uart.reset().unwrap();
    assert_eq!(read(&uart, PL011_UARTIBRD), 0);
}

#[test]
fn a_bad_access_and_a_bad_configuration_are_errors() {
    let board = Board::default();
    let uart = Device::new(&Config::default(), &board).unwrap();
    assert_eq!(uart.read(1, 4), Err(Error::Access));
    assert_eq!(uart.write(0, 8, 0), Err(Error::Access));
    assert_eq!(uart.rx_push(&[1 << 15]), Err(Error::Range));
    write(&uart, PL011_UARTFR, 7);
    let mistakes = board.mistakes.lock().unwrap();
    let kinds: Vec<_> = mistakes.iter().map(|m| (m.mistake, m.write, m.offset, m.size)).collect();
    let expected = [
        (Mistake::BadAccess, false, 1, 4),
        (Mistake::BadAccess, true, 0, 8),
        (Mistake::ReadOnly, true, u64::from(PL011_UARTFR), 4),
    ];
    assert_eq!(kinds, expected);
    assert_eq!(mistakes[2].value, 7);

    let flags = Flags::STORE_CONFIG | Flags::STRICT_ENABLES;
    let error = Device::new(&Config { flags, ..Config::default() }, &board).unwrap_err();
    assert_eq!(error, Error::Flags);
    assert!(error.to_string().contains("flag"), "{error}");
}

#[cfg(feature = "std")]
#[test]
fn an_error_is_one_of_the_standard_library() {
    let error: Box<dyn std::error::Error> = Error::Access.into();
    assert_eq!(error.to_string(), Error::Access.to_string());
}

#[test]
fn a_backend_of_ones_own_carries_characters_and_breaks() {
    let (board, far) = (Board::default(), Small::default());
    let uart = Device::new(&Config::default(), &board).unwrap();
    uart.attach(Port::new(&far)).unwrap();
    write(&uart, PL011_UARTLCR_H, PL011_LCR_H_FEN);
    uart.take_events();
    for character in b"012345" {
        write(&uart, PL011_UARTDR, u32::from(*character));
    }
    assert!(uart.take_events().contains(Events::FAR_END));
    assert_eq!(far.output.lock().unwrap().drain(..).collect::<Vec<_>>(), b"0123");
    assert_eq!(uart.tx_waiting(), Ok(2));
    uart.data_avail().unwrap();
    assert_eq!(far.output.lock().unwrap().drain(..).collect::<Vec<_>>(), b"45");

    write(&uart, PL011_UARTLCR_H, PL011_LCR_H_FEN | PL011_LCR_H_WLEN8 | PL011_LCR_H_BRK);
    assert_eq!(far.breaking.load(Ordering::Relaxed), 1);
    far.input.lock().unwrap().extend(b"xy");
    assert_eq!(uart.data_avail(), Ok(3));
    let received: Vec<_> = (0..3).map(|_| read(&uart, PL011_UARTDR)).collect();
    assert_eq!(received, [u32::from(b'x'), u32::from(b'y'), PL011_DR_BE | PL011_DR_FE]);
}

#[test]
fn a_policy_is_applied_through_the_backend() {
    let (board, far) = (Board::default(), Small::default());
    let config = Config { on_stall: Policy::DropOldest, ..Config::default() };
    let uart = Device::new(&config, &board).unwrap();
    uart.attach(Port::new(&far)).unwrap();
    for character in b"0123456789" {
        write(&uart, PL011_UARTDR, u32::from(*character));
    }
    assert_eq!(far.output.lock().unwrap().iter().copied().collect::<Vec<_>>(), b"6789");
    assert_eq!(uart.counters().unwrap().tx_dropped_oldest, 6);

    let mut page = Page::new();
    let (mut ring, _console) = page.split().unwrap();
    let (port, _) = ring.split();
    let uart = Device::new(&config, &board).unwrap();
    assert_eq!(uart.attach(port), Err(Error::Unsupported));
}

#[test]
fn the_interrupt_follows_what_a_fifo_carries() {
    let board = Board::default();
    let (mut input, mut output) = ([0; 16], [0; 16]);
    let mut fifo = Fifo::new(&mut input, &mut output).unwrap();
    let (port, mut keys, mut screen) = fifo.split();
    let config = Config { personality: Personality::Sbsa, ..Config::default() };
    let uart = Device::new(&config, &board).unwrap();
    uart.attach(port).unwrap();
    write(&uart, PL011_UARTIMSC, PL011_INT_RT);
    assert_eq!(keys.push(&[b'x'; 20]), 16);
    assert!(keys.push_break());
    assert_eq!(uart.data_avail(), Ok(17));
    assert_eq!(board.lines.load(Ordering::Relaxed), uart.irq_lines().bits());
    assert_eq!(uart.irq_lines(), Irq::UARTINTR | Irq::UARTRTINTR);
    for _ in 0..16 {
        assert_eq!(read(&uart, PL011_UARTDR), u32::from(b'x'));
    }
    assert_eq!(read(&uart, PL011_UARTDR), PL011_DR_BE | PL011_DR_FE);
    assert!(uart.irq_lines().is_empty());
    assert_eq!(keys.room(), 16);

    write(&uart, PL011_UARTDR, u32::from(b'y'));
    assert_eq!(screen.waiting(), 1);
    assert!(!screen.pop_break());
    assert_eq!(screen.pop(&mut [0; 8]), 1);

    let mut odd = [0; 3];
    assert_eq!(Fifo::new(&mut odd, &mut [0; 16]).err(), Some(Error::Size));
}

#[test]
fn a_ring_page_carries_characters_both_ways() {
    let board = Board::default();
    let mut page = Page::new();
    let (mut ring, mut console) = page.split().unwrap();
    let (port, control) = ring.split();
    let config = Config { personality: Personality::Sbsa, ..Config::default() };
    let uart = Device::new(&config, &board).unwrap();
    uart.attach(port).unwrap();
    uart.take_events();
    write(&uart, PL011_UARTDR, u32::from(b'o'));
    assert!(uart.take_events().contains(Events::FAR_END));
    let mut text = [0; 8];
    assert_eq!((console.read(&mut text), text[0]), (1, b'o'));
    console.publish(true);
    let (taken, todo) = console.write(b"in");
    assert_eq!(taken, 2);
    assert!(todo.contains(Todo::NOTIFY));
    assert_eq!(uart.data_avail(), Ok(2));
    assert_eq!(read(&uart, PL011_UARTDR), u32::from(b'i'));
    assert_eq!((console.waiting(), console.room()), (0, 1024));
    assert_eq!((control.status().broken, console.status().broken), (0, 0));
}

#[test]
fn state_moves_to_another_device() {
    let board = Board::default();
    let from = Device::new(&Config::default(), &board).unwrap();
    write(&from, PL011_UARTLCR_H, PL011_LCR_H_FEN);
    assert_eq!(from.rx_push(&[0x141, 0x42]), Ok(2));
    from.pause().unwrap();
    let mut state = [0; STATE_MAX];
    let size = from.save(&mut state).unwrap();
    assert_eq!(from.save(&mut state[..size - 1]), Err(Error::Size));

    let other = Board::default();
    let to = Device::new(&Config::default(), &other).unwrap();
    assert_eq!(to.load(&state[..size - 1]), Err(Error::StateTruncated));
    to.load(&state[..size]).unwrap();
    assert_eq!((read(&to, PL011_UARTDR), read(&to, PL011_UARTDR)), (0x141, 0x42));
    let sbsa = Config { personality: Personality::Sbsa, ..Config::default() };
    let sbsa = Device::new(&sbsa, &other).unwrap();
    assert_eq!(sbsa.load(&state[..size]), Err(Error::StateMismatch));
}

#[test]
fn line_and_modem_are_told() {
    let board = Board::default();
    let config = Config { clock_hz: 24_000_000, ..Config::default() };
    let uart = Device::new(&config, &board).unwrap();
    write(&uart, PL011_UARTIBRD, 13);
    write(&uart, PL011_UARTFBRD, 1);
    write(&uart, PL011_UARTLCR_H, PL011_LCR_H_WLEN8);
    assert!(uart.take_events().contains(Events::LINE));
    let line = uart.line().unwrap();
    assert_eq!((line.baud, line.data_bits, line.stop_bits), (115_246, 8, 1));
    uart.set_clock(48_000_000).unwrap();
    assert_eq!(uart.line().unwrap().baud, 230_492);
    uart.set_modem(PL011_FR_CTS).unwrap();
    assert_eq!(read(&uart, PL011_UARTFR) & PL011_FR_MODEM, PL011_FR_CTS);
}

#[test]
fn a_callback_may_not_call_the_device() {
    thread_local! {
        static UART: Cell<Option<&'static Device<'static>>> = const { Cell::new(None) };
        static RESULT: Cell<Option<Result<usize, Error>>> = const { Cell::new(None) };
    }
    struct Calls;
    impl Ops for Calls {
        fn irq(&self, lines: Irq, _changed: Irq) {
            let uart = UART.with(Cell::get).unwrap();
            assert_eq!(uart.irq_lines(), lines); // this it may
            RESULT.with(|result| result.set(Some(uart.data_avail())));
        }
    }
    let uart = Box::leak(Box::new(Device::new(&Config::default(), &Calls).unwrap()));
    UART.with(|place| place.set(Some(uart)));
    write(uart, PL011_UARTIMSC, PL011_INT_RT);
    assert_eq!(uart.rx_push(&[1]), Ok(1));
    assert_eq!(RESULT.with(Cell::get), Some(Err(Error::Reentry)));
}

/// A shared device in which several threads write at once.
#[derive(Default)]
struct Counting {
    events: AtomicU32,
}

impl Ops for Counting {
    const NOTIFY: bool = true;

    fn irq(&self, _lines: Irq, _changed: Irq) {}

    fn notify(&self, events: Events) {
        self.events.fetch_or(events.bits(), Ordering::Relaxed);
    }

    fn relax(&self) {
        std::thread::yield_now();
    }
}

/// Takes everything, and sees whether two threads are in it. It lets others run
/// meanwhile, so that they would be.
#[derive(Default)]
struct Sink {
    inside: AtomicU32,
    taken: AtomicU32,
    collisions: AtomicU32,
}

impl Backend for Sink {
    fn write(&self, bytes: &[u8], wake: &mut Wake) -> usize {
        let others = self.inside.fetch_add(1, Ordering::Relaxed);
        self.collisions.fetch_add(others, Ordering::Relaxed);
        std::thread::yield_now();
        self.inside.fetch_sub(1, Ordering::Relaxed);
        self.taken.fetch_add(bytes.len() as u32, Ordering::Relaxed);
        wake.far_end();
        bytes.len()
    }

    fn read(&self, _bytes: &mut [u8], _wake: &mut Wake) -> usize {
        0
    }

    fn poll(&self, _wake: &mut Wake) -> Status {
        Status { waiting: 0, room: 64, attached: true }
    }
}

#[test]
fn all_threads_may_call_a_shared_device() {
    const EACH: u32 = 2_000;
    let (board, sink) = (Locked::new(Counting::default()), Sink::default());
    let uart = Device::shared(&Config::default(), &board).unwrap();
    uart.attach(Port::new(&sink)).unwrap();
    std::thread::scope(|threads| {
        for _ in 0..3 {
            threads.spawn(|| {
                for n in 0..EACH {
                    write(&uart, PL011_UARTDR, n & 0x7f);
                    read(&uart, PL011_UARTFR);
                }
            });
        }
    });
    assert_eq!(sink.collisions.load(Ordering::Relaxed), 0);
    assert_eq!(sink.taken.load(Ordering::Relaxed), 3 * EACH);
    assert_eq!(uart.counters().unwrap().tx_bytes, u64::from(3 * EACH));
    assert_eq!(board.events.load(Ordering::Relaxed), Events::FAR_END.bits());
}

#[test]
fn a_panic_in_a_callback_ends_the_process() {
    struct Panics;
    impl Ops for Panics {
        fn irq(&self, _lines: Irq, _changed: Irq) {
            panic!("in a callback");
        }
    }
    const CHILD: &str = "VPL011_TEST_PANICS";
    if std::env::var_os(CHILD).is_some() {
        let uart = Device::new(&Config::default(), &Panics).unwrap();
        write(&uart, PL011_UARTIMSC, PL011_INT_RX | PL011_INT_RT);
        let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| uart.rx_push(&[1])));
        return;
    }
    let name = "a_panic_in_a_callback_ends_the_process";
    let child = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", name, "--test-threads=1", "--nocapture"])
        .env(CHILD, "1")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&child.stderr);
    assert!(child.status.code().is_none(), "it was not killed: {:?}\n{said}", child.status);
    assert!(said.contains("in a callback"), "{said}");
}
