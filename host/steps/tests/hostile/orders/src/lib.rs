//! Orders: a fixed place among a component's data that says which of its exports misbehaves, and how. Tests write over it,
//! so that one compilation gives dozens of plugins.
//!
//! Orders are the export's name, a space, and the misdeed: `apply loops`. An export that gets parameters obeys once they
//! say `"provoke": true`; behind `at once` it obeys always, so that the plugin is not let in. `describe` and `examples` get
//! none, and always obey.

use std::hint::black_box;

/// What the orders begin with. It stands nowhere else in a component.
pub const MARK: &[u8; 16] = b"ORDERS OF FETTLE";

/// Bytes of the mark and the orders behind it, which end at the first `.`.
pub const BYTES: usize = 96;

static ORDERS: [u8; BYTES] =
    *b"ORDERS OF FETTLEnone............................................................................";

/// What resolved parameters are.
pub const PARAMS: [&str; 2] = [r#"{"provoke":false}"#, r#"{"provoke":true}"#];

/// The schema of the parameters.
pub const SCHEMA: &str = r#"{
    "type": "object",
    "properties": {"provoke": {"type": "boolean", "default": false}},
    "additionalProperties": false
}"#;

/// The component with these orders.
pub fn given(component: &[u8], orders: &str) -> Vec<u8> {
    let mut places = component.windows(MARK.len()).enumerate().filter(|(_, bytes)| bytes == MARK);
    let (mark, _) = places.next().expect("a component that takes orders");
    assert!(places.next().is_none(), "the mark stands there once");
    let text = format!("{orders}.");
    assert!(MARK.len() + text.len() <= BYTES, "{orders}");
    let (before, behind) = component.split_at(mark + MARK.len());
    [before, text.as_bytes(), &behind[text.len()..]].concat()
}

/// Parameters with their default.
pub fn resolved(params: &str) -> String {
    PARAMS[usize::from(provoked(params))].to_owned()
}

/// What `export` is ordered to do with these parameters; nothing as a rule. What any export can do is done here.
pub fn of(export: &str, params: &str) -> &'static str {
    let misdeed = whatever_the_params(export);
    match misdeed.strip_suffix(" at once") {
        Some(misdeed) => general(misdeed),
        None if provoked(params) => general(misdeed),
        None => "",
    }
}

/// What an export is ordered to do that gets no parameters.
pub fn always(export: &str) -> &'static str {
    general(whatever_the_params(export))
}

/// What an export is ordered to do, whether it is provoked or not.
pub fn whatever_the_params(export: &str) -> &'static str {
    let orders: &'static [u8; BYTES] = black_box(&ORDERS);
    let orders = orders[MARK.len()..].split(|byte| *byte == b'.').next().unwrap_or_default();
    let orders = std::str::from_utf8(orders).unwrap_or_default();
    orders.strip_prefix(export).and_then(|rest| rest.strip_prefix(' ')).unwrap_or_default()
}

fn provoked(params: &str) -> bool {
    params.contains(r#""provoke":true"#)
}

fn general(misdeed: &'static str) -> &'static str {
    match misdeed {
        "loops" => loop {
            black_box(misdeed);
        },
        "eats memory" => {
            let mut eaten = Vec::new();
            loop {
                eaten.push(black_box(vec![1u8; 1 << 20]));
            }
        }
        "recurses" => {
            black_box(recurse(1));
        }
        "traps" => panic!("on purpose"),
        _ => {}
    }
    misdeed
}

fn recurse(depth: u64) -> u64 {
    let held = black_box([depth; 16]);
    if depth == 0 { 0 } else { recurse(black_box(depth + 1)) + black_box(held)[3] }
}

/// Takes a few milliseconds, where a plugin is ordered to take its time: in all of its examples, in one, or in none.
pub fn dawdle() {
    let ordered = whatever_the_params("examples").starts_with("take their time")
        || whatever_the_params("describe").ends_with("take their time");
    let turns = if ordered { 12_000_000u32 } else { 0 };
    for turn in 0..turns {
        black_box(turn);
    }
}

/// Text that is no UTF-8.
pub fn no_text() -> String {
    #[expect(unsafe_code, reason = "it is not what it says, which is the point")]
    // SAFETY: there is none; nobody but the host ever looks at it, which is to notice.
    unsafe {
        String::from_utf8_unchecked(black_box(vec![b'a', 0xff, 0xfe]))
    }
}

/// A list of four gibibytes, of which not one is there.
pub fn endless<T>() -> Vec<T> {
    let items = black_box((1usize << 31) / size_of::<T>()) * 2 - 1;
    #[expect(unsafe_code, reason = "it is not what it says, which is the point")]
    // SAFETY: there is none; nobody but the host ever looks at it, which is to notice.
    unsafe {
        Vec::from_raw_parts(black_box(64 << 10) as *mut T, items, items)
    }
}
