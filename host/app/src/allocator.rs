//! Keeping the allocator's memory within bounds.

/// Takes back what other threads have freed of this thread's blocks. A thread that allocates columns which others drop
/// would otherwise hold on to them, and the more devices go through a dataset's build, the more of them.
pub(crate) fn tidy() {
    #[expect(unsafe_code, reason = "a C function that may be called from any thread at any time")]
    unsafe {
        libmimalloc_sys::mi_collect(false);
    }
}
