//! Isolation: a run that panics is one failed run.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

thread_local! {
    static INSIDE: Cell<bool> = const { Cell::new(false) };
    static PLACE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Carries out `work`; a panic inside becomes its message and place.
///
/// # Errors
/// The panic's message, such as `time runs forward (src/units/time.rs:42)`.
pub fn isolate<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    listen();
    let before = INSIDE.replace(true);
    // What a panic leaves half done belongs to that run alone and is dropped with it.
    let result = panic::catch_unwind(AssertUnwindSafe(work));
    INSIDE.set(before);
    result.map_err(|payload| {
        let place = PLACE.take().map(|place| format!(" ({place})")).unwrap_or_default();
        format!("{}{place}", words(payload.as_ref()))
    })
}

/// Notes where an isolated panic happened, instead of printing it into the middle of the
/// progress bars. Every other panic is printed as usual.
fn listen() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let usual = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if INSIDE.get() {
                let place = info.location().map(|at| format!("{}:{}", at.file(), at.line()));
                PLACE.replace(place);
            } else {
                usual(info);
            }
        }));
    });
}

fn words(payload: &(dyn Any + Send)) -> &str {
    payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("a panic without a message")
}
