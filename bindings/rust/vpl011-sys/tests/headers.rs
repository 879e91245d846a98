// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The libvpl011 authors
//! The declarations are those of the headers: they are written as C again, and
//! a C compiler holds them against the headers.

use std::fmt::Write;
use std::path::Path;
use std::process::Command;

use vpl011_sys as sys;

const DECLARED: &str = include_str!("../src/lib.rs");
const CONSTANTS: &str =
    concat!(include_str!("../src/constants.rs"), include_str!("../src/regs.rs"));

macro_rules! layouts {
    ($($name:ident: $($member:ident)*;)*) => {
        /// Size and offsets, as Rust lays the structures out.
        fn layouts(c: &mut String) {
            $(
                let size = std::mem::size_of::<sys::$name>();
                same(c, concat!("sizeof(struct ", stringify!($name), ")"), size);
                let memory = std::mem::MaybeUninit::<sys::$name>::uninit();
                let start = memory.as_ptr();
                $(
                    let member = unsafe { std::ptr::addr_of!((*start).$member) };
                    let name = stringify!($member).trim_end_matches('_');
                    let offset = format!("offsetof(struct {}, {})", stringify!($name), name);
                    same(c, &offset, member as usize - start as usize);
                )*
            )*
        }
    };
}

layouts! {
    vpl011_config: personality revision flags periph_id clock_hz baud on_stall on_gone reserved;
    vpl011_guest_error: kind write offset size value;
    vpl011_ops: ctx irq irq_pending notify lock unlock guest_error trace owner reserved;
    vpl011_backend_status: waiting room attached stopped reserved;
    vpl011_backend: ctx write read poll send_break drop_oldest put reserved;
    vpl011_counters: tx_bytes tx_dropped tx_dropped_oldest tx_overflow tx_flushed tx_looped
        rx_bytes rx_read rx_flushed rx_overruns rx_ignored irq_raises notifies bad_accesses
        guest_errors;
    vpl011_line: baud divisor outputs data_bits stop_bits parity send_break;
    vpl011_ring_config: flags reserved0 ctx corrupt reserved;
    vpl011_ring_status: broken events corrupt_out corrupt_in resyncs reserved;
    vpl011_xencons_page: in_ out in_cons in_prod out_cons out_prod connection;
}

fn same(c: &mut String, expression: &str, value: usize) {
    writeln!(c, "_Static_assert({expression} == {value}, \"{expression} {value}\");").unwrap();
}

/// A type of an argument or a result as C.
fn c_type(rust: &str) -> String {
    if let Some(to) = rust.strip_prefix("*mut ") {
        return c_type(to) + " *";
    }
    if let Some(to) = rust.strip_prefix("*const ") {
        return format!("const {} *", c_type(to));
    }
    match rust {
        "vpl011_device" => "struct vpl011".to_owned(),
        "c_int" => "int".to_owned(),
        "c_uint" => "unsigned int".to_owned(),
        "c_char" => "char".to_owned(),
        "c_void" => "void".to_owned(),
        "bool" => "bool".to_owned(),
        "usize" => "size_t".to_owned(),
        "u8" | "u16" | "u32" | "u64" => format!("uint{}_t", &rust[1..]),
        _ => format!("struct {rust}"),
    }
}

/// Another declaration of each function: the compiler refuses one that differs.
fn functions(c: &mut String) {
    for line in DECLARED.lines().filter_map(declared_function) {
        let (name, rest) = line.split_once('(').unwrap();
        let (arguments, result) = rest.split_once(')').unwrap();
        let result = result.strip_prefix(" -> ").map_or("void".to_owned(), c_type);
        let arguments: Vec<_> = arguments
            .split(", ")
            .filter(|argument| !argument.is_empty())
            .map(|argument| c_type(argument.split_once(": ").unwrap().1))
            .collect();
        let arguments = if arguments.is_empty() { "void".into() } else { arguments.join(", ") };
        writeln!(c, "{result} {name}({arguments});").unwrap();
    }
}

fn declared_function(line: &str) -> Option<&str> {
    line.trim().strip_prefix("pub fn vpl011_")?;
    line.trim().strip_prefix("pub fn ")?.strip_suffix(';')
}

/// The constants, whose values are expressions of C, too.
fn constants(c: &mut String) -> Vec<&'static str> {
    let mut names = Vec::new();
    let declarations = CONSTANTS.split(';').filter_map(|text| text.split_once("pub const "));
    for (_, constant) in declarations {
        let (name, rest) = constant.split_once(": ").unwrap();
        let value = rest.split_once(" = ").unwrap().1;
        writeln!(c, "_Static_assert(({name}) == ({value}), \"{name}\");").unwrap();
        names.push(name);
    }
    names
}

#[test]
fn declarations_are_those_of_the_headers() {
    let scratch = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let source = scratch.join("same.c");
    let mut c = String::from("#include <stddef.h>\n");
    for header in ["backend", "fifo", "regs", "state", "vpl011", "xencons"] {
        writeln!(c, "#include <vpl011/{header}.h>").unwrap();
    }
    constants(&mut c);
    layouts(&mut c);
    functions(&mut c);
    std::fs::write(&source, c).unwrap();
    let cc = std::env::var("CC").unwrap_or_else(|_| "cc".to_owned());
    let mut words = cc.split_whitespace();
    let status = Command::new(words.next().unwrap())
        .args(words)
        .args(["-std=c11", "-Werror", "-fsyntax-only", "-I"])
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../include"))
        .arg(&source)
        .status()
        .unwrap();
    assert!(status.success());
}

#[test]
fn every_constant_of_registers_configuration_and_errors_is_there() {
    let names = constants(&mut String::new());
    let include = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../include/vpl011");
    let mut missing = Vec::new();
    for (header, prefixes) in [
        ("regs.h", &["#define PL011_"][..]),
        ("backend.h", &["#define VPL011_EVENT_", "#define VPL011_BACKEND_B"]),
        ("ring.h", &["#define VPL011_RING_TODO_"]),
        ("vpl011.h", &["#define VPL011_CFG_", "#define VPL011_IRQ_", "    VPL011_"]),
    ] {
        let text = std::fs::read_to_string(include.join(header)).unwrap();
        for line in text.lines().filter(|line| prefixes.iter().any(|p| line.starts_with(p))) {
            let name = line.trim_start().trim_start_matches("#define ");
            let name = name.split(' ').next().unwrap();
            let is_trace = name.starts_with("VPL011_TRACE_");
            if !is_trace && !names.contains(&name) {
                missing.push(name.to_owned());
            }
        }
    }
    assert!(names.len() > 150 && missing.is_empty(), "{missing:?}");
}

#[test]
fn what_the_library_keeps_fits_into_the_memory_given_to_it() {
    // Exactly, on 64-bit machines; others need less.
    let exact = cfg!(target_pointer_width = "64");
    let fits = |given: usize, used: usize| assert!(given == used || !exact && given > used);
    unsafe {
        fits(std::mem::size_of::<sys::vpl011_device>(), sys::vpl011_sizeof());
        fits(std::mem::size_of::<sys::vpl011_fifo>(), sys::vpl011_fifo_sizeof());
        fits(std::mem::size_of::<sys::vpl011_xencons>(), sys::vpl011_xencons_sizeof());
        let console = std::mem::size_of::<sys::vpl011_xencons_console>();
        fits(console, sys::vpl011_xencons_console_sizeof());
    }
}
