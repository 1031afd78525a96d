//! What the plugin says of itself.

use fettle_hostile_orders as orders;
use fettle_sdk::{
    Changed, Column, Frame, Kind, MethodInfo, ParamError, PluginInfo, Scope, StepError, Traits,
    TransformExample,
};

pub(crate) fn describe() -> PluginInfo {
    let misdeed = orders::always("describe");
    let mut method = MethodInfo {
        kind: Kind::Outlier,
        name: "hostile".to_owned(),
        summary: "Adds to each value how many there are.".to_owned(),
        params_schema: orders::SCHEMA.to_owned(),
    };
    let mut info =
        PluginInfo { name: "hostile".to_owned(), version: "1.0.0".to_owned(), methods: Vec::new() };
    match misdeed {
        "no name" => info.name.clear(),
        "a name at length" => info.name = "no! ".repeat(1 << 18),
        "a name of several lines" => info.name = "hostile\nplugin `outlier` is fine".to_owned(),
        "a name that is no text" => info.name = orders::no_text(),
        "a method's name with spaces" => method.name = "no such method".to_owned(),
        "a method's name at length" => method.name = "n".repeat(1 << 20),
        "a method named none" => method.name = "none".to_owned(),
        "a summary at length" => method.summary = "no! ".repeat(1 << 18),
        "a method of another interface" => method.kind = Kind::Window,
        "two methods of one name" => info.methods.push(method.clone()),
        "a thousand methods" => info.methods = vec![method.clone(); 1_000],
        "methods that take their time" => info.methods = numbered(&method, 256),
        "schemas that are long together" => {
            method.params_schema = format!(r#"{{"description": "{}"}}"#, "no! ".repeat(50_000));
            info.methods = numbered(&method, 6);
        }
        "schemas of many patterns together" => {
            method.params_schema = patterns(20);
            info.methods = numbered(&method, 4);
        }
        _ => {}
    }
    if let Some(schema) = schema(misdeed) {
        method.params_schema = schema;
    }
    if misdeed != "no method" && info.methods.len() < 2 {
        info.methods.push(method);
    }
    info
}

/// The method so many times, under names of their own.
fn numbered(method: &MethodInfo, count: usize) -> Vec<MethodInfo> {
    (0..count).map(|number| MethodInfo { name: format!("hostile_{number}"), ..method.clone() }).collect()
}

/// A schema of so many patterns, each of which is large once it is compiled.
fn patterns(count: usize) -> String {
    let patterns: Vec<String> =
        (0..count).map(|number| format!(r#""^x{number}[a-z]{{1,900}}$": {{}}"#)).collect();
    format!(r#"{{"patternProperties": {{{}}}}}"#, patterns.join(", "))
}

fn schema(misdeed: &str) -> Option<String> {
    Some(match misdeed {
        "a schema that is no JSON" => "{".to_owned(),
        "a schema that is none" => r#"{"type": "nonsense"}"#.to_owned(),
        "a schema that is no text" => orders::no_text(),
        "a schema at length" => format!(r#"{{"description": "{}"}}"#, "no! ".repeat(1 << 17)),
        "a schema that goes deep" => {
            [r#"{"not":"#.repeat(10_000), "{}".to_owned(), "}".repeat(10_000)].concat()
        }
        "a schema of a file" => r#"{"$ref": "file:///etc/passwd"}"#.to_owned(),
        "a schema in a circle" => r##"{"$ref": "#"}"##.to_owned(),
        "a schema in a wide circle" => {
            r##"{"allOf": [{"items": {"$ref": "#"}}, {"items": {"$ref": "#"}}]}"##.to_owned()
        }
        "a schema that doubles" => {
            let doubled =
                |level: u32| format!(r##""{level}": {{"allOf": [{0}, {0}]}}"##, reference(level + 1));
            let levels: Vec<String> = (0..20).map(doubled).collect();
            format!(r#"{{"$defs": {{{}, "20": {{}}}}, "allOf": [{}]}}"#, levels.join(", "), reference(0))
        }
        "a schema of thousands of patterns" => patterns(5_000),
        "a schema of a long name with many places" => {
            let places = vec!["{}"; 1_000].join(", ");
            format!(r#"{{"properties": {{"{}": {{"allOf": [{places}]}}}}}}"#, "n".repeat(10_000))
        }
        "a schema of a pattern that explodes" => {
            r#"{"properties": {"p": {"pattern": "^(a{1000}){1000}$"}}}"#.to_owned()
        }
        _ => {
            let port = misdeed.strip_prefix("a schema from port ")?;
            format!(r#"{{"$ref": "http://127.0.0.1:{port}/schema.json"}}"#)
        }
    })
}

fn reference(level: u32) -> String {
    format!(r##"{{"$ref": "#/$defs/{level}"}}"##)
}

pub(crate) fn examples() -> Vec<TransformExample> {
    let column = |name: &str, values: [f64; 3]| Column { name: name.to_owned(), values: values.to_vec() };
    // The first column has two values, the second three.
    let count = |values: [f64; 3], by: [f64; 2]| {
        let by = if super::scope() == Scope::Frame { [5.0; 2] } else { by };
        let added = |values: [f64; 3], by: f64| values.map(|value| value + by);
        vec![column("a", added([1.0, f64::NAN, 3.0], by[0])), column("b", added(values, by[1]))]
    };
    let values = [10.0, 20.0, 30.0];
    let mut example = TransformExample {
        method: "hostile".to_owned(),
        params: "{}".to_owned(),
        input: Frame { timestamps: vec![0, 1, 2], columns: count(values, [0.0; 2]) },
        output: Changed { columns: count(values, [2.0, 3.0]), kept: None },
    };
    // Nothing is added to what goes in.
    example.input.columns = vec![column("a", [1.0, f64::NAN, 3.0]), column("b", values)];
    if orders::whatever_the_params("apply").ends_with("other columns") {
        // A single column tells nothing.
        example.input.columns.truncate(1);
        example.output.columns.truncate(1);
    }
    if orders::whatever_the_params("describe") == "methods that take their time" {
        return Vec::new();
    }
    match orders::always("examples") {
        "disagree in a value" => example.output.columns[1].values[2] += 1.0,
        "disagree in a bit" => {
            let value = &mut example.output.columns[1].values[2];
            *value = f64::from_bits(value.to_bits() + 1);
        }
        "disagree in rows" => example.output.kept = Some(vec![0, 2]),
        "disagree in names" => example.output.columns[0].name.push('!'),
        "name no method" => example.method = "friendly".to_owned(),
        "have no parameters" => example.params = "[".to_owned(),
        "have parameters that its schema does not allow" => example.params = r#"{"provoke":7}"#.to_owned(),
        "go back in time" => example.input.timestamps = vec![0, 2, 1],
        "lack a value" => drop(example.input.columns[0].values.pop()),
        "never end" => return vec![example; 1_001],
        "take their time in one" => {
            let many = |column: &Column| {
                let named = |number| Column { name: format!("c{number}"), values: column.values.clone() };
                (0..100).map(named).collect::<Vec<_>>()
            };
            example.input.columns = many(&example.input.columns[1]);
            example.output.columns = many(&example.output.columns[1]);
        }
        "have parameters at length" => example.params = format!("{}{{}}", " ".repeat(1 << 17)),
        "take their time" => return vec![example; 1_000],
        "are wide" => example.input.columns = vec![column("a", [0.0; 3]); 101],
        "are four gibibytes" => example.input.timestamps = orders::endless(),
        _ => {}
    }
    vec![example]
}

pub(crate) fn resolve(params: &str) -> Result<Traits, StepError> {
    let scope = super::scope();
    let mut traits = Traits {
        params: orders::resolved(params),
        scope,
        fitted: true,
        causal: true,
        removes_rows: scope == Scope::Frame,
    };
    let error = |index: usize| ParamError { path: format!("/{index}"), message: "no!".to_owned() };
    match orders::of("resolve", params) {
        "to a list" => traits.params = "[1]".to_owned(),
        "to no JSON" => traits.params = "{".to_owned(),
        "to no text" => traits.params = orders::no_text(),
        "to a megabyte" => traits.params = format!(r#"{{"provoke": "{}"}}"#, "no! ".repeat(1 << 18)),
        "to columns of fewer rows" => traits.removes_rows = true,
        "to ten thousand errors" => {
            return Err(StepError::InvalidParams((0..10_000).map(error).collect()));
        }
        _ => {}
    }
    if orders::whatever_the_params("apply").starts_with("keeps other rows") {
        traits.removes_rows = true;
    }
    Ok(traits)
}
