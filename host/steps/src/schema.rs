//! Schemas of parameters. They come from plugins and are checked by the host, so they are held to what takes little time
//! and nobody else's help: none refers to elsewhere or to itself, and with all references followed it stays small. A
//! check then costs at most as much as the schema has places, for each value of the parameters.

use jsonschema::{PatternOptions, Validator};
use serde_json::Value;

use crate::told::beginning;

/// Places of a schema, those behind references counted as often as they are referred to.
const MOST_PLACES: usize = 10_000;

/// References that lead to one another.
const MOST_REFERENCES_DEEP: usize = 32;

/// Bytes of a compiled pattern.
const PATTERN_BYTES: usize = 1 << 20;

/// Characters of a reference that are told.
const TOLD: usize = 80;

/// Keywords behind which stand values, not schemas.
const VALUES: [&str; 4] = ["const", "default", "enum", "examples"];

/// A validator of a schema that stands on its own.
pub(crate) fn validator(schema: &Value) -> Result<Validator, String> {
    Unfolding { root: schema, places: 0, open: Vec::new() }.visit(schema)?;
    jsonschema::draft202012::options()
        // An engine whose time grows with the text alone.
        .with_pattern_options(PatternOptions::regex().size_limit(PATTERN_BYTES).dfa_size_limit(PATTERN_BYTES))
        .build(schema)
        .map_err(|error| beginning(&error.to_string(), 500))
}

/// A walk through a schema that follows each reference.
struct Unfolding<'s> {
    root: &'s Value,
    places: usize,
    /// References that the walk is behind of.
    open: Vec<&'s str>,
}

impl<'s> Unfolding<'s> {
    fn visit(&mut self, place: &'s Value) -> Result<(), String> {
        self.places += 1;
        if self.places > MOST_PLACES {
            return Err(format!("with its references followed it has more than {MOST_PLACES} places"));
        }
        match place {
            Value::Object(members) => members.iter().try_for_each(|(name, member)| match member {
                Value::String(target) if name == "$ref" => self.follow(target),
                Value::String(_) if name == "$dynamicRef" || name == "$recursiveRef" => {
                    Err(format!("`{name}` is not allowed"))
                }
                Value::String(_) if name == "$id" && !std::ptr::eq(place, self.root) => {
                    Err("`$id` is allowed at its root alone".to_owned())
                }
                _ if VALUES.contains(&name.as_str()) && !member.is_object() => Ok(()),
                _ => self.visit(member),
            }),
            Value::Array(items) => items.iter().try_for_each(|item| self.visit(item)),
            _ => Ok(()),
        }
    }

    fn follow(&mut self, target: &'s str) -> Result<(), String> {
        let told = || beginning(target, TOLD);
        let Some(pointer) = target.strip_prefix('#').filter(|rest| rest.is_empty() || rest.starts_with('/'))
        else {
            return Err(format!("it refers to `{}`; references begin with `#/`", told()));
        };
        if pointer.is_empty() || self.open.contains(&target) {
            return Err(format!("`{}` refers to itself", told()));
        }
        if self.open.len() == MOST_REFERENCES_DEEP {
            return Err(format!("more than {MOST_REFERENCES_DEEP} references lead to one another"));
        }
        let place = self.root.pointer(pointer).ok_or_else(|| format!("`{}` is not there", told()))?;
        self.open.push(target);
        self.visit(place)?;
        self.open.pop();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn refused(schema: &Value) -> String {
        validator(schema).unwrap_err()
    }

    #[test]
    fn references_within_a_schema_are_followed() {
        let schema = json!({
            "properties": {"names": {"items": {"$ref": "#/$defs/Name"}}, "$ref": {"type": "string"}},
            "$defs": {"Name": {"enum": ["mean", "min"]}}
        });
        let validator = validator(&schema).unwrap();
        assert!(validator.is_valid(&json!({"names": ["mean"], "$ref": "x"})));
        assert!(!validator.is_valid(&json!({"names": ["men"]})));
    }

    #[test]
    fn what_leads_elsewhere_or_nowhere_is_refused() {
        for target in ["http://example.org/s.json", "other.json", "#name", "file:///etc/passwd"] {
            assert!(refused(&json!({"items": {"$ref": target}})).contains(target));
        }
        assert_eq!(refused(&json!({"$ref": "#/$defs/None"})), "`#/$defs/None` is not there");
        assert!(refused(&json!({"$dynamicRef": "#x"})).contains("`$dynamicRef`"));
        assert!(refused(&json!({"items": {"$id": "http://example.org/"}})).contains("`$id`"));
    }

    #[test]
    fn circles_are_refused_however_wide() {
        assert_eq!(refused(&json!({"$ref": "#"})), "`#` refers to itself");
        let circle = json!({"$ref": "#/$defs/a", "$defs": {
            "a": {"items": {"$ref": "#/$defs/b"}}, "b": {"not": {"$ref": "#/$defs/a"}}
        }});
        assert!(refused(&circle).contains("refers to itself"), "{}", refused(&circle));
    }

    #[test]
    fn patterns_are_matched_in_time_that_grows_with_the_text() {
        let schema = json!({"pattern": "^(a|a|aa)+$"});
        assert!(!validator(&schema).unwrap().is_valid(&json!("a".repeat(20_000) + "b")));
        assert!(validator(&json!({"pattern": "^(a{1000}){1000}$"})).is_err());
    }
}
