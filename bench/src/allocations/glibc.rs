//! Replaces C's allocation functions by functions that count and call glibc's.
//!
//! A `#[global_allocator]` would count this program only. These functions also count in plugins:
//! the dynamic linker resolves a name to the program's function before that of the C library.
#![expect(
    unsafe_code,
    reason = "the C library's functions can only be replaced by functions of their names"
)]

use std::{
    cell::Cell,
    ffi::{c_int, c_void},
    ptr,
};

const EINVAL: c_int = 22;
const ENOMEM: c_int = 12;

thread_local! {
    // Without a destructor and with a constant initializer, so that counting allocates nothing.
    static ALLOCATED: Cell<u64> = const { Cell::new(0) };
}

/// How many times this thread has allocated.
pub(super) fn allocated() -> u64 {
    ALLOCATED.get()
}

fn count() {
    ALLOCATED.set(ALLOCATED.get().wrapping_add(1));
}

// glibc exports them under these names for programs that replace the public ones.
unsafe extern "C" {
    safe fn __libc_malloc(size: usize) -> *mut c_void;
    safe fn __libc_calloc(count: usize, size: usize) -> *mut c_void;
    safe fn __libc_memalign(alignment: usize, size: usize) -> *mut c_void;
    fn __libc_realloc(pointer: *mut c_void, size: usize) -> *mut c_void;
}

// SAFETY: each of them has the signature of C's function of its name, and returns glibc's result,
// so that glibc's own `free` accepts it.
#[unsafe(no_mangle)]
extern "C" fn malloc(size: usize) -> *mut c_void {
    count();
    __libc_malloc(size)
}

// SAFETY: as `malloc`.
#[unsafe(no_mangle)]
extern "C" fn calloc(members: usize, size: usize) -> *mut c_void {
    count();
    __libc_calloc(members, size)
}

// SAFETY: as `malloc`.
#[unsafe(no_mangle)]
unsafe extern "C" fn realloc(pointer: *mut c_void, size: usize) -> *mut c_void {
    count();
    // SAFETY: the caller's promise about `pointer` is the same.
    unsafe { __libc_realloc(pointer, size) }
}

// SAFETY: as `malloc`.
#[unsafe(no_mangle)]
extern "C" fn aligned_alloc(alignment: usize, size: usize) -> *mut c_void {
    count();
    __libc_memalign(alignment, size)
}

// SAFETY: as `malloc`.
#[unsafe(no_mangle)]
extern "C" fn memalign(alignment: usize, size: usize) -> *mut c_void {
    count();
    __libc_memalign(alignment, size)
}

// SAFETY: as `malloc`.
#[unsafe(no_mangle)]
unsafe extern "C" fn posix_memalign(
    pointer: *mut *mut c_void,
    alignment: usize,
    size: usize,
) -> c_int {
    count();
    if !alignment.is_power_of_two() || alignment < size_of::<*mut c_void>() {
        return EINVAL;
    }
    let memory = __libc_memalign(alignment, size);
    if memory.is_null() {
        return ENOMEM;
    }
    // SAFETY: the caller promises memory for one pointer.
    unsafe { ptr::write(pointer, memory) };
    0
}
