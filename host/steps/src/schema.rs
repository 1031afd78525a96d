//! Schemas of parameters. They come from plugins and are checked by the host, so they are held to what takes little time
//! and memory and nobody else's help: none refers to elsewhere or to itself, and with all references followed it stays
//! small. A check then costs at most as much as the schema has places, for each value of the parameters. A plugin has many
//! methods, so that its schemas are counted together too.

use jsonschema::{PatternOptions, Validator};
use serde_json::Value;

use crate::told::beginning;

/// Places of a schema, those behind references counted as often as they are referred to; and of all of a plugin's.
const MOST_PLACES: usize = 10_000;
const MOST_PLACES_OF_ALL: usize = 40_000;

/// Patterns of all schemas of a plugin. Compiled, each can have hundreds of times the bytes of its text.
const MOST_PATTERNS: usize = 64;

/// Bytes of the ways from the root to each place, over all schemas of a plugin: a validator keeps them for its errors.
const WAYS_BYTES: usize = 4 << 20;

/// References that lead to one another.
const MOST_REFERENCES_DEEP: usize = 32;

/// Bytes of a compiled pattern.
const PATTERN_BYTES: usize = 256 << 10;

/// Characters of a reference that are told.
const TOLD: usize = 80;

/// Keywords behind which stand values, not schemas.
const VALUES: [&str; 4] = ["const", "default", "enum", "examples"];

/// What the schemas of a plugin have come to, one after the other.
#[derive(Debug, Default)]
pub(crate) struct Schemas {
    places: usize,
    patterns: usize,
    ways_bytes: usize,
}

impl Schemas {
    /// A validator of the next schema, which stands on its own.
    pub(crate) fn validator(&mut self, schema: &Value) -> Result<Validator, String> {
        Unfolding { root: schema, all: self, places: 0, way: 0, open: Vec::new() }.visit(schema)?;
        jsonschema::draft202012::options()
            // An engine whose time grows with the text alone.
            .with_pattern_options(
                PatternOptions::regex().size_limit(PATTERN_BYTES).dfa_size_limit(PATTERN_BYTES),
            )
            .build(schema)
            .map_err(|error| beginning(&error.to_string(), 500))
    }
}

/// A validator of the one schema that a plugin has.
#[cfg(test)]
pub(crate) fn validator(schema: &Value) -> Result<Validator, String> {
    Schemas::default().validator(schema)
}

/// A walk through a schema that follows each reference.
struct Unfolding<'s> {
    root: &'s Value,
    all: &'s mut Schemas,
    places: usize,
    /// Bytes of the way to where the walk is.
    way: usize,
    /// References that the walk is behind of.
    open: Vec<&'s str>,
}

impl<'s> Unfolding<'s> {
    fn visit(&mut self, place: &'s Value) -> Result<(), String> {
        self.count()?;
        match place {
            Value::Object(members) => members.iter().try_for_each(|(name, member)| {
                self.way += name.len() + 1;
                self.member(place, name, member)?;
                self.way -= name.len() + 1;
                Ok(())
            }),
            Value::Array(items) => items.iter().try_for_each(|item| self.visit(item)),
            _ => Ok(()),
        }
    }

    fn member(&mut self, place: &Value, name: &str, member: &'s Value) -> Result<(), String> {
        match member {
            Value::String(target) if name == "$ref" => self.follow(target),
            Value::String(_) if name == "$dynamicRef" || name == "$recursiveRef" => {
                Err(format!("`{name}` is not allowed"))
            }
            Value::String(_) if name == "$id" && !std::ptr::eq(place, self.root) => {
                Err("`$id` is allowed at its root alone".to_owned())
            }
            _ if VALUES.contains(&name) && !member.is_object() => self.value(member),
            _ => {
                self.all.patterns += match (name, member) {
                    ("pattern", Value::String(_)) => 1,
                    ("patternProperties", Value::Object(patterns)) => patterns.len(),
                    _ => 0,
                };
                if self.all.patterns > MOST_PATTERNS {
                    return Err(format!(
                        "with those of the methods before, there are more than {MOST_PATTERNS} patterns"
                    ));
                }
                self.visit(member)
            }
        }
    }

    /// Counts the places of a value, in which nothing has a meaning.
    fn value(&mut self, place: &Value) -> Result<(), String> {
        self.count()?;
        match place {
            Value::Object(members) => members.values().try_for_each(|member| self.value(member)),
            Value::Array(items) => items.iter().try_for_each(|item| self.value(item)),
            _ => Ok(()),
        }
    }

    fn count(&mut self) -> Result<(), String> {
        self.places += 1;
        self.all.places += 1;
        self.all.ways_bytes += self.way;
        if self.places > MOST_PLACES {
            return Err(format!("with its references followed it has more than {MOST_PLACES} places"));
        }
        if self.all.places > MOST_PLACES_OF_ALL {
            return Err(format!(
                "with those of the methods before, there are more than {MOST_PLACES_OF_ALL} places"
            ));
        }
        if self.all.ways_bytes > WAYS_BYTES {
            return Err("names of many bytes lead to many places".to_owned());
        }
        Ok(())
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

    #[test]
    fn what_many_schemas_take_is_counted_together() {
        let patterns = |from: usize, count: usize| {
            let patterns =
                (from..from + count).map(|n| (format!("^{n}"), json!({"pattern": format!("{n}$")})));
            json!({"patternProperties": patterns.collect::<serde_json::Map<_, _>>()})
        };
        let mut schemas = Schemas::default();
        schemas.validator(&patterns(0, 16)).unwrap();
        schemas.validator(&patterns(16, 16)).unwrap();
        let told = schemas.validator(&json!({"pattern": "x"})).unwrap_err();
        assert_eq!(told, "with those of the methods before, there are more than 64 patterns");

        let wide = json!({"enum": (0..9_000).collect::<Vec<_>>()});
        let mut schemas = Schemas::default();
        (0..4).for_each(|_| drop(schemas.validator(&wide).unwrap()));
        let told = schemas.validator(&wide).unwrap_err();
        assert_eq!(told, "with those of the methods before, there are more than 40000 places");
    }

    #[test]
    fn values_and_long_ways_are_counted() {
        let many = vec![json!({"": 0}); 5_001];
        assert!(refused(&json!({"enum": [many]})).ends_with("more than 10000 places"));
        let long = json!({"properties": {"n".repeat(10_000): {"allOf": vec![json!({}); 1_000]}}});
        assert_eq!(refused(&long), "names of many bytes lead to many places");
    }
}
