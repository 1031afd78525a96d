//! The texts of a new folder.

use std::fmt;
use std::str::FromStr;

use crate::PluginName;

include!(concat!(env!("OUT_DIR"), "/given.rs"));

/// What a plugin's methods are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Fill or drop missing cells.
    MissingValue,
    /// Bound what is implausible.
    Outlier,
    /// Cut rows into windows.
    Window,
    /// Make features of windows.
    Feature,
    /// Scale.
    Normalize,
}

/// What a plugin is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// Rust, with the SDK.
    Rust,
    /// C, with the bindings that `wit-bindgen` makes of the contract.
    C,
}

impl Kind {
    /// All of them, in the order in which a request goes through them.
    pub const ALL: [Kind; 5] =
        [Kind::MissingValue, Kind::Outlier, Kind::Window, Kind::Feature, Kind::Normalize];

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Kind::MissingValue => "missing-value",
            Kind::Outlier => "outlier",
            Kind::Window => "window",
            Kind::Feature => "feature",
            Kind::Normalize => "normalize",
        }
    }

    fn rust_source(self) -> &'static str {
        match self {
            Kind::MissingValue => include_str!("../templates/rust/missing_value.rs"),
            Kind::Outlier => include_str!("../templates/rust/outlier.rs"),
            Kind::Window => include_str!("../templates/rust/window.rs"),
            Kind::Feature => include_str!("../templates/rust/feature.rs"),
            Kind::Normalize => include_str!("../templates/rust/normalize.rs"),
        }
    }

    /// Header, source and test of the method.
    fn c_sources(self) -> [&'static str; 3] {
        macro_rules! sources {
            ($kind:literal) => {
                [
                    include_str!(concat!("../templates/c/", $kind, ".h")),
                    include_str!(concat!("../templates/c/", $kind, ".c")),
                    include_str!(concat!("../templates/c/", $kind, "_test.c")),
                ]
            };
        }
        match self {
            Kind::MissingValue => sources!("missing_value"),
            Kind::Outlier => sources!("outlier"),
            Kind::Window => sources!("window"),
            Kind::Feature => sources!("feature"),
            Kind::Normalize => sources!("normalize"),
        }
    }

    /// The contract's world for this kind, the interface in it, and how C exports what only that interface has.
    fn world(self) -> [&'static str; 3] {
        match self {
            Kind::MissingValue | Kind::Outlier | Kind::Normalize => {
                ["transform-plugin", "transform", include_str!("../templates/c/transform_plugin.c")]
            }
            Kind::Window => ["window-plugin", "windowing", include_str!("../templates/c/window_plugin.c")],
            Kind::Feature => ["feature-plugin", "features", include_str!("../templates/c/feature_plugin.c")],
        }
    }

    /// The fields of a request that name a method of this kind `method`, as JSON.
    fn request(self, method: &str) -> String {
        match self {
            Kind::MissingValue => format!("\"missing_value_method\": \"{method}\""),
            Kind::Outlier => format!("\"outlier_method\": \"{method}\""),
            Kind::Window => format!("\"window_method\": \"{method}\""),
            Kind::Feature => format!("\"features\": [{{\"method\": \"{method}\"}}]"),
            Kind::Normalize => format!("\"normalize_method\": \"{method}\""),
        }
    }
}

/// Path and bytes of each file of a new folder.
pub(crate) fn files(
    name: &PluginName,
    kind: Kind,
    language: Language,
    program: &str,
) -> Vec<(String, Vec<u8>)> {
    let [world, interface, exports] = kind.world();
    let exports = [include_str!("../templates/c/plugin.c"), exports].join("\n");
    let own = match language {
        Language::Rust => vec![
            ("Cargo.toml", include_str!("../templates/rust/Cargo.toml")),
            (".cargo/config.toml", include_str!("../templates/rust/config.toml")),
            (".gitignore", include_str!("../templates/rust/gitignore")),
            ("Makefile", include_str!("../templates/rust/Makefile")),
            ("README.md", include_str!("../templates/rust/README.md")),
            ("src/lib.rs", kind.rust_source()),
        ],
        Language::C => {
            let [header, source, test] = kind.c_sources();
            vec![
                (".gitignore", include_str!("../templates/c/gitignore")),
                ("Makefile", include_str!("../templates/c/Makefile")),
                ("README.md", include_str!("../templates/c/README.md")),
                ("src/method.h", header),
                ("src/method.c", source),
                ("src/params.h", include_str!("../templates/c/params.h")),
                ("src/plugin.c", &*exports),
                ("test/test.c", test),
            ]
        }
    };
    let method = name.with_underscores();
    let filled = |text: &str| {
        text.replace("{{name}}", &name.to_string())
            .replace("{{method}}", &method)
            .replace("{{kind}}", kind.name())
            .replace("{{world}}", &world.replace('-', "_"))
            .replace("{{interface}}", interface)
            .replace("{{request}}", &kind.request(&method))
            .replace("{{program}}", program)
    };
    let mut files: Vec<(String, Vec<u8>)> =
        own.into_iter().map(|(path, text)| (path.to_owned(), filled(text).into_bytes())).collect();
    let given = GIVEN.iter().filter(|(path, _)| language == Language::Rust || path.starts_with("wit/"));
    files.extend(given.map(|&(path, text)| (path.to_owned(), text.as_bytes().to_vec())));
    let bindings = C_BINDINGS.iter().filter(|(of, ..)| language == Language::C && *of == world);
    files.extend(bindings.map(|&(_, file, bytes)| (format!("bindings/{file}"), bytes.to_vec())));
    files
}

/// A word that names no kind or language.
#[derive(Debug, thiserror::Error)]
#[error("it takes one of: {0}")]
pub struct UnknownWord(String);

impl FromStr for Kind {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        let found = Kind::ALL.into_iter().find(|kind| kind.name() == text);
        found.ok_or_else(|| UnknownWord(Kind::ALL.map(Kind::name).join(", ")))
    }
}

impl FromStr for Language {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        match text {
            "rust" => Ok(Language::Rust),
            "c" => Ok(Language::C),
            _ => Err(UnknownWord("rust, c".to_owned())),
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
