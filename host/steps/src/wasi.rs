//! The world that a component which imports WASI sees: an empty one.
//!
//! There are no files, no network, no arguments and no environment; the clocks stand still at nothing, random numbers
//! are always the same, nothing is ever waited for, and what is written to standard output and standard error goes to
//! the log, as much of it as is worth reading. So such a component computes like any other: the same bytes give the same
//! result, and nothing of the machine can be seen or held up.
//!
//! Every question is answered by the type of its answer with nothing: an empty list, none, zero, or a refusal. The few
//! questions that this does not fit stand below. That holds for every interface of WASI 0.2, whichever of them the
//! runtime of a language happens to import.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use wasmtime::component::types::{ComponentFunc, ComponentItem};
use wasmtime::component::{
    Component, Linker, LinkerInstance, Resource, ResourceAny, ResourceType, Type, Val,
};
use wasmtime::{Engine, StoreContextMut, bail};

use crate::guest::World;

/// What all interfaces of WASI begin with.
pub(crate) const NAMESPACE: &str = "wasi:";

/// Bytes that a program may write at a time.
const WRITE_BYTES: u64 = 64 << 10;

/// Bytes of what an instance writes that the log gets.
const LOGGED_BYTES: usize = 4 << 10;

/// Random bytes that a program may ask for at a time.
const RANDOM_BYTES: u64 = 64 << 10;

/// Bytes of what a plugin writes that the log gets in a minute.
const LOGGED_BYTES_A_MINUTE: usize = 64 << 10;

/// How much of what a plugin writes the log has had of late.
#[derive(Default)]
pub(crate) struct Logged(Mutex<Option<(Instant, usize)>>);

/// What an instance has said and drawn.
#[derive(Default)]
pub(crate) struct Wasi {
    written: Vec<u8>,
    /// The plugin's name, and what of it the log has had.
    plugin: Option<(String, Arc<Logged>)>,
    /// Random numbers drawn so far: the next follows from that alone.
    drawn: u64,
}

/// It asked to be ended.
#[derive(Debug, thiserror::Error)]
#[error("it ended itself by `{0}`")]
pub(crate) struct Ended(String);

/// Whatever a handle stands for: a stream, a pollable, a descriptor. There is nothing behind it.
struct Nothing;

/// Gives a component everything that it imports of WASI.
pub(crate) fn empty_world(
    linker: &mut Linker<World>,
    engine: &Engine,
    component: &Component,
) -> wasmtime::Result<()> {
    let ty = component.component_type();
    for (name, import) in ty.imports(engine).filter(|(name, _)| name.starts_with(NAMESPACE)) {
        let ComponentItem::ComponentInstance(instance) = import.ty else { continue };
        let interface = name.split('@').next().unwrap_or(name).to_owned();
        let mut linked = linker.instance(name)?;
        for (name, export) in instance.exports(engine) {
            match export.ty {
                ComponentItem::Resource(_) => {
                    linked.resource(name, ResourceType::host::<Nothing>(), |_, _| Ok(()))?;
                }
                ComponentItem::ComponentFunc(function) => link(&mut linked, &interface, name, &function)?,
                _ => {}
            }
        }
    }
    Ok(())
}

fn link(
    linked: &mut LinkerInstance<'_, World>,
    interface: &str,
    name: &str,
    function: &ComponentFunc,
) -> wasmtime::Result<()> {
    if function.async_() {
        bail!(
            "it imports the asynchronous function `{name}` of `{interface}`, which this host does not offer"
        );
    }
    let (interface, function) = (interface.to_owned(), name.to_owned());
    linked.func_new(name, move |mut store, ty, params, results| {
        answer(&mut store, (&interface, &function), &ty, params, results)?;
        // Borrowed handles are given back, or the call does not end.
        for handle in params.iter().flat_map(handles) {
            if !handle.owned() {
                handle.resource_drop(&mut store)?;
            }
        }
        Ok(())
    })
}

fn answer(
    store: &mut StoreContextMut<'_, World>,
    (interface, function): (&str, &str),
    ty: &ComponentFunc,
    params: &[Val],
    results: &mut [Val],
) -> wasmtime::Result<()> {
    let own = match (interface, function) {
        ("wasi:cli/exit", _) => return Err(Ended(function.to_owned()).into()),
        ("wasi:io/streams", "[method]output-stream.check-write") => Some(done(Some(Val::U64(WRITE_BYTES)))),
        (
            "wasi:io/streams",
            "[method]output-stream.write" | "[method]output-stream.blocking-write-and-flush",
        ) => {
            store.data_mut().wasi.write(params.get(1))?;
            Some(done(None))
        }
        ("wasi:io/streams", name) if name.starts_with("[method]output-stream.") && writes_nothing(name) => {
            Some(done(None))
        }
        ("wasi:io/poll", "[method]pollable.ready") => Some(Val::Bool(true)),
        ("wasi:io/poll", "poll") => Some(Val::List(all_of(params.first()))),
        // Whoever divides by it must not find a zero.
        ("wasi:clocks/monotonic-clock", "resolution" | "get-resolution") => Some(Val::U64(1)),
        ("wasi:random/random" | "wasi:random/insecure", name) => match params.first() {
            Some(Val::U64(bytes)) if *bytes > RANDOM_BYTES => bail!("`{name}` of {bytes} bytes at once"),
            Some(Val::U64(bytes)) => {
                let wasi = &mut store.data_mut().wasi;
                Some(Val::List((0..*bytes).map(|_| Val::U8(wasi.draw().to_le_bytes()[0])).collect()))
            }
            _ => Some(Val::U64(store.data_mut().wasi.draw())),
        },
        _ => None,
    };
    match (own, results) {
        (_, []) => {}
        (Some(own), [result]) => *result = own,
        (None, results) => {
            for (result, ty) in results.iter_mut().zip(ty.results()) {
                *result = nothing(&ty, store)?;
            }
        }
        (Some(_), _) => bail!("`{function}` of `{interface}` has several results"),
    }
    Ok(())
}

fn done(value: Option<Val>) -> Val {
    Val::Result(Ok(value.map(Box::new)))
}

fn writes_nothing(name: &str) -> bool {
    let name = name.trim_start_matches("[method]output-stream.");
    matches!(name, "flush" | "blocking-flush" | "write-zeroes" | "blocking-write-zeroes-and-flush")
}

/// The indices of a list's items: nothing is ever waited for.
fn all_of(list: Option<&Val>) -> Vec<Val> {
    match list {
        Some(Val::List(items)) => (0..items.len() as u32).map(Val::U32).collect(),
        _ => Vec::new(),
    }
}

/// The least that a type has. Where it may be an error, it is one: there is nothing that could have been done.
fn nothing(ty: &Type, store: &mut StoreContextMut<'_, World>) -> wasmtime::Result<Val> {
    Ok(match ty {
        Type::Bool => Val::Bool(false),
        Type::S8 => Val::S8(0),
        Type::U8 => Val::U8(0),
        Type::S16 => Val::S16(0),
        Type::U16 => Val::U16(0),
        Type::S32 => Val::S32(0),
        Type::U32 => Val::U32(0),
        Type::S64 => Val::S64(0),
        Type::U64 => Val::U64(0),
        Type::Float32 => Val::Float32(0.0),
        Type::Float64 => Val::Float64(0.0),
        Type::Char => Val::Char('\0'),
        Type::String => Val::String(String::new()),
        Type::List(_) => Val::List(Vec::new()),
        Type::Map(_) => Val::Map(Vec::new()),
        Type::Option(_) => Val::Option(None),
        Type::Flags(_) => Val::Flags(Vec::new()),
        Type::Record(record) => {
            let mut fields = Vec::new();
            for field in record.fields() {
                fields.push((field.name.to_owned(), nothing(&field.ty, store)?));
            }
            Val::Record(fields)
        }
        Type::Tuple(tuple) => {
            Val::Tuple(tuple.types().map(|ty| nothing(&ty, store)).collect::<wasmtime::Result<_>>()?)
        }
        Type::Enum(choice) => Val::Enum(refusal(&choice.names().collect::<Vec<_>>()).to_owned()),
        Type::Variant(variant) => {
            let plain = variant.cases().filter(|case| case.ty.is_none());
            let plain: Vec<&str> = plain.map(|case| case.name).collect();
            match variant.cases().next() {
                Some(first) if plain.is_empty() => {
                    let held = first.ty.as_ref().map(|ty| nothing(ty, store)).transpose()?;
                    Val::Variant(first.name.to_owned(), held.map(Box::new))
                }
                _ => Val::Variant(refusal(&plain).to_owned(), None),
            }
        }
        Type::Result(result) => match result.err() {
            Some(error) => Val::Result(Err(Some(Box::new(nothing(&error, store)?)))),
            None => Val::Result(Err(None)),
        },
        Type::Own(_) => Val::Resource(Resource::<Nothing>::new_own(0).try_into_resource_any(&mut *store)?),
        Type::Borrow(_)
        | Type::Future(_)
        | Type::Stream(_)
        | Type::ErrorContext
        | Type::FixedLengthList(_) => {
            bail!("there is nothing of this type to be had")
        }
    })
}

/// The case that says best that there is nothing: `closed` of streams, `access-denied` of sockets, `access` of files.
fn refusal<'n>(names: &[&'n str]) -> &'n str {
    let telling = ["closed", "access-denied", "access", "not-permitted"];
    let told = telling.iter().find_map(|telling| names.iter().find(|name| *name == telling));
    told.or(names.first()).copied().unwrap_or_default()
}

/// Handles among what a call was given.
fn handles(value: &Val) -> Vec<ResourceAny> {
    match value {
        Val::Resource(handle) => vec![*handle],
        Val::List(items) | Val::Tuple(items) => items.iter().flat_map(handles).collect(),
        Val::Option(Some(item)) => handles(item),
        Val::Record(fields) => fields.iter().flat_map(|(_, field)| handles(field)).collect(),
        _ => Vec::new(),
    }
}

impl Logged {
    /// Whether the log takes so many bytes more.
    fn takes(&self, bytes: usize, now: Instant) -> bool {
        let mut logged = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match &mut *logged {
            Some((since, so_far)) if now - *since < Duration::from_secs(60) => {
                *so_far += bytes;
                *so_far <= LOGGED_BYTES_A_MINUTE
            }
            none => {
                *none = Some((now, bytes));
                true
            }
        }
    }
}

impl Wasi {
    /// That of an instance of a plugin.
    pub(crate) fn of(plugin: &str, logged: &Arc<Logged>) -> Self {
        Self { written: Vec::new(), plugin: Some((plugin.to_owned(), Arc::clone(logged))), drawn: 0 }
    }

    fn write(&mut self, bytes: Option<&Val>) -> wasmtime::Result<()> {
        let Some(Val::List(bytes)) = bytes else { return Ok(()) };
        if bytes.len() as u64 > WRITE_BYTES {
            bail!("it writes {} bytes at once, and may write {WRITE_BYTES}", bytes.len());
        }
        let room = LOGGED_BYTES - self.written.len();
        self.written.extend(bytes.iter().take(room).filter_map(|byte| match byte {
            Val::U8(byte) => Some(*byte),
            _ => None,
        }));
        Ok(())
    }

    /// The next of a fixed row of numbers (SplitMix64 from 0).
    fn draw(&mut self) -> u64 {
        self.drawn = self.drawn.wrapping_add(1);
        let mut mixed = self.drawn.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

impl Drop for Wasi {
    /// Said once, when the instance ends, and escaped: no plugin is to write lines that look like the server's.
    fn drop(&mut self) {
        let Some((plugin, logged)) = &self.plugin else { return };
        if !self.written.is_empty() && logged.takes(self.written.len(), Instant::now()) {
            tracing::info!(plugin, written = ?String::from_utf8_lossy(&self.written).trim_end(), "a plugin wrote");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_takes_so_much_of_a_plugin_a_minute() {
        let (logged, start) = (Logged::default(), Instant::now());
        let takes = |seconds| logged.takes(LOGGED_BYTES_A_MINUTE / 2, start + Duration::from_secs(seconds));
        assert_eq!([0, 30, 59, 60, 61, 62].map(takes), [true, true, false, true, true, false]);
    }
}
