// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The libvpl011 authors
//! Compiles the core of the library with the C compiler (`CC`, else cc) and
//! `AR`, else ar.
//!
//! The sources are the two files of `scripts/amalgamate --state` where they lie
//! in `c/`, which is what a package of this crate has, and else the tree's.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

fn run(command: &mut Command) {
    match command.status() {
        Ok(status) if status.success() => {}
        Ok(status) => panic!("{:?}: {}", command, status),
        Err(error) => panic!("{:?}: {}", command, error),
    }
}

/// A command from the environment, which may have arguments: `ccache gcc`.
fn tool(variable: &str, default: &str) -> Command {
    println!("cargo:rerun-if-env-changed={}", variable);
    let words = env::var(variable).unwrap_or_default();
    let mut words = words.split_whitespace();
    let mut command = Command::new(words.next().unwrap_or(default));
    command.args(words);
    command
}

fn c_files(directory: &Path) -> Vec<PathBuf> {
    let entries =
        directory.read_dir().unwrap_or_else(|error| panic!("{}: {}", directory.display(), error));
    let mut found: Vec<_> = entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().map_or(false, |suffix| suffix == "c"))
        .collect();
    found.sort();
    found
}

fn main() {
    let out = PathBuf::from(env::var("OUT_DIR").unwrap());
    let here = PathBuf::from(env::var("CARGO_MANIFEST_DIR").unwrap());
    let packaged = here.join("c");
    let (include, directories) = if packaged.is_dir() {
        (packaged.clone(), vec![packaged])
    } else {
        let tree = here.join("../../..");
        let parts = ["src", "common", "backends"];
        (tree.join("include"), parts.iter().map(|part| tree.join(part)).collect())
    };
    println!("cargo:rerun-if-changed={}", include.display());
    println!("cargo:include={}", include.display());

    let level = match env::var("OPT_LEVEL").unwrap().as_str() {
        "z" => "s".to_owned(),
        level => level.to_owned(),
    };
    let mut objects = Vec::new();
    for directory in &directories {
        println!("cargo:rerun-if-changed={}", directory.display());
        for source in c_files(directory) {
            let object = out.join(source.file_name().unwrap()).with_extension("o");
            run(tool("CC", "cc")
                .args(["-std=c11", "-fPIC", &format!("-O{}", level)])
                .arg("-I")
                .arg(&include)
                .arg("-c")
                .arg(source)
                .arg("-o")
                .arg(&object));
            objects.push(object);
        }
    }
    let library = out.join("libvpl011_core.a");
    let _ = std::fs::remove_file(&library); // ar would keep what went
    run(tool("AR", "ar").arg("crs").arg(&library).args(&objects));
    println!("cargo:rustc-link-search=native={}", out.display());
    println!("cargo:rustc-link-lib=static=vpl011_core");
}
