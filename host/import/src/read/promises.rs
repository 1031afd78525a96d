//! What an Arrow file promises to hold, looked at before room is made for it.
//!
//! A compressed buffer begins with the number of bytes that it says it will be, and the Arrow library reserves as many: a
//! few bytes of a broken file could ask for more memory than there is, and asking for that ends the program.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use arrow::ipc::reader::read_footer_length;
use arrow::ipc::{Message, RecordBatch, root_as_footer, root_as_message};

/// What the buffers of one record batch may be together, in bytes.
const LARGEST_BATCH: u64 = 1 << 30;

/// What a message's description may be, in bytes. One of ten thousand columns has some hundred thousand.
const LARGEST_DESCRIPTION: u32 = 64 << 20;

/// What stands before the length of a message.
const CONTINUATION: u32 = u32::MAX;

/// Bytes at the end of a file: the length of the footer and the magic word.
const TRAILER: u64 = 10;

/// Follows the messages of a stream. The error says what it promises and cannot be.
pub fn check_stream(file: &File, bytes: u64) -> Result<(), String> {
    let mut at = 0;
    while let Some((description, body)) = description(file, at, bytes)? {
        let message = root_as_message(&description).map_err(|error| error.to_string())?;
        let next = u64::try_from(message.bodyLength()).ok().and_then(|length| body.checked_add(length));
        let next = next.filter(|next| *next <= bytes);
        let next = next.ok_or_else(|| format!("it ends within the message at byte {at}"))?;
        check_message(file, &message, body, next)?;
        at = next;
    }
    Ok(())
}

/// Looks at every block that the footer of a file names.
pub fn check_file(file: &File, bytes: u64) -> Result<(), String> {
    let end = bytes.checked_sub(TRAILER).ok_or("it ends early")?;
    let mut trailer = [0; TRAILER as usize];
    read(file, &mut trailer, end)?;
    let length = read_footer_length(trailer).map_err(|error| error.to_string())?;
    let start = end.checked_sub(length as u64).ok_or("its footer is longer than it is")?;
    let mut footer = vec![0; length];
    read(file, &mut footer, start)?;
    let footer = root_as_footer(&footer).map_err(|error| error.to_string())?;
    for block in footer.recordBatches().into_iter().chain(footer.dictionaries()).flatten() {
        // The library takes as a block's bytes what the footer says, whatever the block itself does.
        let place =
            |offset: i64, length: i64| u64::try_from(offset).ok()?.checked_add(u64::try_from(length).ok()?);
        let body = place(block.offset(), block.metaDataLength().into());
        let next = body.and_then(|body| body.checked_add(u64::try_from(block.bodyLength()).ok()?));
        let (Some(body), Some(next)) = (body, next.filter(|next| *next <= end)) else {
            return Err(format!("its footer names a block at byte {} that it does not have", block.offset()));
        };
        let at = body - u64::from(block.metaDataLength().unsigned_abs());
        let Some((description, _)) = description(file, at, end)? else {
            return Err(format!("there is no message at byte {at}"));
        };
        let message = root_as_message(&description).map_err(|error| error.to_string())?;
        check_message(file, &message, body, next)?;
    }
    Ok(())
}

/// The description of the message that begins at `at`, and where its bytes do; `None` at the end.
fn description(file: &File, at: u64, end: u64) -> Result<Option<(Vec<u8>, u64)>, String> {
    let word = |at: u64| {
        let mut word = [0; 4];
        read(file, &mut word, at).map(|()| u32::from_le_bytes(word))
    };
    if at + 4 > end {
        return Ok(None);
    }
    let (mut length, mut start) = (word(at)?, at + 4);
    if length == CONTINUATION {
        (length, start) = (word(start)?, start + 4);
    }
    if length == 0 {
        return Ok(None);
    }
    let body = start + u64::from(length);
    if length > LARGEST_DESCRIPTION || body > end {
        return Err(format!("the message at byte {at} has a description of {length} bytes"));
    }
    let mut description = vec![0; length as usize];
    read(file, &mut description, start)?;
    Ok(Some((description, body)))
}

/// Adds up what the compressed buffers of a message, whose bytes are those from `body` to `end`, say that they will be.
fn check_message(file: &File, message: &Message<'_>, body: u64, end: u64) -> Result<(), String> {
    match batch_of(message) {
        Some(batch) if batch.compression().is_some() => check_batch(file, &batch, body, end),
        _ => Ok(()),
    }
}

fn batch_of<'a>(message: &Message<'a>) -> Option<RecordBatch<'a>> {
    let dictionary = || message.header_as_dictionary_batch().and_then(|dictionary| dictionary.data());
    message.header_as_record_batch().or_else(dictionary)
}

fn check_batch(file: &File, batch: &RecordBatch<'_>, body: u64, end: u64) -> Result<(), String> {
    let mut promised: u64 = 0;
    for buffer in batch.buffers().into_iter().flatten() {
        if buffer.length() == 0 {
            continue;
        }
        let place = u64::try_from(buffer.offset()).ok().and_then(|offset| body.checked_add(offset));
        let place = place.filter(|place| place.saturating_add(8) <= end);
        let place = place.ok_or("a compressed buffer lies outside of its message")?;
        let mut size = [0; 8];
        read(file, &mut size, place)?;
        // −1 says that the buffer is not compressed after all.
        promised = promised.saturating_add(u64::try_from(i64::from_le_bytes(size)).unwrap_or(0));
    }
    if promised > LARGEST_BATCH {
        return Err(format!(
            "a record batch would take {promised} bytes; write it in batches of at most {LARGEST_BATCH}"
        ));
    }
    Ok(())
}

fn read(file: &File, bytes: &mut [u8], at: u64) -> Result<(), String> {
    file.read_exact_at(bytes, at).map_err(|error| match error.kind() {
        io::ErrorKind::UnexpectedEof => "it ends early".to_owned(),
        _ => error.to_string(),
    })
}
