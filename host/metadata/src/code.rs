//! The form of codes and user names.

use crate::Invalid;

/// Longest code, in characters.
const MAX_LENGTH: usize = 128;

/// Checks the code of a device type, device or model. It also names a folder or file, so it must neither be hidden nor
/// lead elsewhere.
pub fn check_code(what: &'static str, code: &str) -> Result<(), Invalid> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-');
    let sound =
        (1..=MAX_LENGTH).contains(&code.len()) && code.bytes().all(allowed) && !code.starts_with(['.', '-']);
    let rule = "1 to 128 ASCII letters, digits, `_`, `.` or `-`, the first not `.` or `-`";
    if sound { Ok(()) } else { Err(Invalid::Code { what, code: code.to_owned(), rule }) }
}

/// Checks a field's code, or its name in a model: what databases and data frames take as a column name unquoted.
pub fn check_field_code(what: &'static str, code: &str) -> Result<(), Invalid> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let sound = (1..=MAX_LENGTH).contains(&code.len()) && code.bytes().all(allowed);
    let rule = "1 to 128 ASCII letters, digits or `_`";
    if sound { Ok(()) } else { Err(Invalid::Code { what, code: code.to_owned(), rule }) }
}

/// Checks a user name: anything that shows as one word in a log.
pub fn check_username(username: &str) -> Result<(), Invalid> {
    let sound = (1..=64).contains(&username.chars().count())
        && !username.contains(|character: char| character.is_whitespace() || character.is_control());
    if sound { Ok(()) } else { Err(Invalid::Username(username.to_owned())) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_never_leave_their_folder() {
        for code in ["WLD001", "valve1", "a.b-c_d", "_x", "7"] {
            check_code("device", code).unwrap();
        }
        for code in ["", ".", "..", ".hidden", "-rf", "a/b", "a\\b", "a b", "a\0", "设备", &"x".repeat(129)]
        {
            check_code("device", code).unwrap_err();
        }
    }

    #[test]
    fn field_codes_are_plain_words() {
        for code in ["current", "_", "2nd_stage", "X"] {
            check_field_code("field", code).unwrap();
        }
        for code in ["", "a.b", "a-b", "a b", "`", "é"] {
            check_field_code("field", code).unwrap_err();
        }
    }
}
