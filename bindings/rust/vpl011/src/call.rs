// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The libvpl011 authors
//! How C calls Rust.
use core::mem;

use vpl011_sys::c_void;

struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        // Runs only while a panic unwinds, and a second one ends the process.
        panic!("a callback of libvpl011 panicked");
    }
}

/// Call a method of the object that a `ctx` leads to. A panic in it does not
/// reach C.
///
/// # Safety
/// `ctx` was made of a `&T` that is still valid.
pub(crate) unsafe fn call<T, R>(ctx: *mut c_void, method: impl FnOnce(&T) -> R) -> R {
    let bomb = Bomb;
    // SAFETY: as above. Only shared references are made of it.
    let result = method(unsafe { &*ctx.cast::<T>() });
    mem::forget(bomb);
    result
}

/// The `ctx` for [`call`].
pub(crate) fn ctx<T>(object: &T) -> *mut c_void {
    (object as *const T as *mut T).cast()
}
