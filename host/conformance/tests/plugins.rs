//! Built-in plugins keep their promises; planted mistakes are found, each by the property that it breaks and with a
//! small input.

#![expect(clippy::unwrap_used, reason = "a test fails where its set-up does")]

use std::sync::{Arc, OnceLock};

use fettle_conformance::{Counterexample, MethodReport, Options, Property, Report, Verdict, check, settings};
use fettle_steps::{Sandbox, Terms};
use serde_json::Value;

fn sandbox() -> Arc<Sandbox> {
    Sandbox::new(settings()).unwrap()
}

fn checked(component: &[u8]) -> Report {
    checked_with(component, Options::default())
}

fn checked_with(component: &[u8], options: Options) -> Report {
    let sandbox = sandbox();
    check(&sandbox, component, &Terms::of(&sandbox), options, |_| {})
}

/// The report on a crate of plugins with mistakes, made once for all tests.
fn flawed(package: &str) -> &'static Report {
    const PACKAGES: [&str; 3] = ["fettle-flawed-transform", "fettle-flawed-window", "fettle-flawed-features"];
    static COMPONENTS: OnceLock<Vec<Vec<u8>>> = OnceLock::new();
    static REPORTS: [OnceLock<Report>; 3] = [const { OnceLock::new() }; 3];
    let components = COMPONENTS.get_or_init(|| {
        let inside = std::env::current_exe().unwrap();
        fettle_componentize::components(&PACKAGES, &inside)
    });
    let at = PACKAGES.iter().position(|other| *other == package).unwrap();
    let report = REPORTS[at].get_or_init(|| checked(&components[at]));
    assert_eq!(report.refused, None);
    report
}

fn method<'a>(report: &'a Report, name: &str) -> &'a MethodReport {
    report.methods.iter().find(|method| method.method == name).unwrap()
}

/// The properties that a method breaks.
fn broken(report: &Report, name: &str) -> Vec<Property> {
    let outcomes = &method(report, name).outcomes;
    outcomes.iter().filter(|outcome| !outcome.verdict.is_fine()).map(|outcome| outcome.property).collect()
}

/// The input on which a method breaks a property.
#[track_caller]
fn counterexample<'a>(report: &'a Report, name: &str, property: Property) -> &'a Counterexample {
    let outcome = method(report, name).outcomes.iter().find(|outcome| outcome.property == property).unwrap();
    match &outcome.verdict {
        Verdict::Broken(found) => found,
        other => panic!("{name}: {property:?} is {other:?}\n{report}"),
    }
}

/// The cells of a counterexample's column.
fn cells(found: &Counterexample, column: usize) -> Vec<Option<f64>> {
    found.columns[column].1.clone()
}

#[test]
fn every_built_in_plugin_keeps_every_promise() {
    for builtin in fettle_builtin::PLUGINS {
        let report = checked(builtin.component);
        assert!(report.passed, "{}\n{report}", builtin.name);
        let tried = report.methods.iter().flat_map(|method| &method.outcomes);
        let held = tried.filter(|outcome| matches!(outcome.verdict, Verdict::Held { cases } if cases > 0));
        assert!(held.count() >= 10 * report.methods.len(), "{report}");
    }
}

#[test]
fn a_method_without_a_mistake_passes_beside_others() {
    for package in ["fettle-flawed-transform", "fettle-flawed-window", "fettle-flawed-features"] {
        let report = flawed(package);
        assert!(!report.passed);
        let sound = report.methods.iter().find(|method| ["sound", "sum"].contains(&&*method.method)).unwrap();
        assert_eq!(broken(report, &sound.method), [], "{report}");
    }
}

#[test]
fn mistakes_in_transforming_are_found_by_what_they_break() {
    let report = flawed("fettle-flawed-transform");
    let columns = counterexample(report, "claims_columns", Property::ColumnsAlone);
    assert_eq!((columns.columns.len(), columns.rows), (2, 1), "{report}");
    assert_eq!(broken(report, "claims_columns"), [Property::ColumnsAlone]);

    let ahead = counterexample(report, "looks_ahead", Property::Causality);
    assert_eq!(
        (ahead.columns.len(), ahead.rows),
        (1, 3),
        "a row, the one before and the one behind: {report}"
    );
    assert_eq!(broken(report, "looks_ahead"), [Property::Causality]);

    let remembered = counterexample(report, "remembers", Property::Repeatable);
    assert!(remembered.rows <= 2, "{report}");
    assert!(broken(report, "remembers").contains(&Property::Repeatable));

    let sorted = counterexample(report, "sorts_unsorted", Property::OrdinaryRows);
    let missing = cells(sorted, 0).iter().filter(|cell| cell.is_none()).count();
    assert_eq!((sorted.rows, missing), (2, 1), "one missing cell beside another: {report}");

    let dropped = counterexample(report, "drops_unannounced", Property::RowsAndColumns);
    assert_eq!((dropped.rows, dropped.columns.len()), (1, 1), "{report}");
    assert!(cells(dropped, 0)[0].unwrap() < 0.0);
}

#[test]
fn mistakes_in_fitting_are_found_by_what_they_break() {
    let report = flawed("fettle-flawed-transform");
    for (name, most) in [("adds_in_f64", 6), ("mean_of_means", 3)] {
        let merged = counterexample(report, name, Property::Merging);
        assert!(merged.rows <= most && !merged.cuts.is_empty() && merged.columns.len() == 1, "{report}");
        assert_eq!(broken(report, name), [Property::Merging]);
    }
    let hoarded = counterexample(report, "keeps_all", Property::SummarySize);
    assert!((131_000..=150_000).contains(&hoarded.rows), "eight bytes a row make 1 MiB: {report}");
    assert!(hoarded.timestamps.is_empty(), "so many rows are not shown");
    // The sandbox refuses the same from a million rows on.
    assert!(!broken(report, "keeps_all").contains(&Property::Merging), "{report}");
}

#[test]
fn mistakes_in_parameters_are_found_by_what_they_break() {
    let report = flawed("fettle-flawed-transform");
    let lax = counterexample(report, "takes_anything", Property::ParametersRefused);
    assert!(lax.params.contains_key("no_such_parameter"));
    assert_eq!(broken(report, "takes_anything"), [Property::ParametersRefused]);

    let further = counterexample(report, "resolves_further", Property::Defaults);
    assert!(further.params.is_empty(), "the defaults will do: {report}");
    assert_eq!(broken(report, "resolves_further"), [Property::Defaults]);

    let nth = counterexample(report, "every_nth", Property::OneRow);
    assert_eq!((nth.rows, nth.params.get("n")), (1, Some(&Value::from(0))), "{report}");
    assert!(nth.problem.contains("trapped"), "{}", nth.problem);
}

#[test]
fn mistakes_in_windowing_are_found_by_what_they_break() {
    let report = flawed("fettle-flawed-window");
    let far = counterexample(report, "one_too_far", Property::WindowBounds);
    assert_eq!(far.rows, 10, "the fewest rows that make a window: {report}");
    let same = counterexample(report, "same_start", Property::WindowBounds);
    assert_eq!(same.rows, 11, "a whole window and one row more: {report}");
    let thirds = counterexample(report, "thirds", Property::Causality);
    assert!(thirds.rows <= 6, "{report}");
    assert_eq!(broken(report, "thirds"), [Property::Causality]);
    let on = counterexample(report, "goes_on", Property::Repeatable);
    assert!((10..20).contains(&on.rows), "{report}");
}

#[test]
fn mistakes_in_features_are_found_by_what_they_break() {
    let report = flawed("fettle-flawed-features");
    let running = counterexample(report, "running_sum", Property::OwnWindow);
    assert!(running.rows <= 4 && running.windows.len() == 1 && running.columns.len() == 1, "{report}");
    assert_eq!(broken(report, "running_sum"), [Property::OwnWindow]);
    let starts = counterexample(report, "starts_at", Property::OwnWindow);
    assert_eq!((starts.rows, starts.windows.as_slice()), (2, [(1, 2)].as_slice()), "{report}");
    let against = counterexample(report, "against_first", Property::ColumnsAlone);
    assert_eq!((against.rows, against.columns.len()), (1, 2), "{report}");
    let named = counterexample(report, "names_by_data", Property::Names);
    let missing = cells(named, 0).iter().filter(|cell| cell.is_none()).count();
    assert_eq!((named.rows, missing), (2, 1), "{report}");
}

#[test]
fn a_file_that_is_not_admitted_says_why() {
    let report = checked(b"not WebAssembly at all");
    assert!(!report.passed && report.refused.as_ref().unwrap().contains("not a valid component"));
    assert!(report.to_string().starts_with("NOT ADMITTED: "));
}

#[test]
fn the_same_seed_gives_the_same_report_and_json_says_all_of_it() {
    let component = fettle_builtin::PLUGINS[4].component;
    let report = |seed| {
        let options = Options { seed, cases: 10 };
        serde_json::to_value(checked_with(component, options)).unwrap()
    };
    let first = report(7);
    assert_eq!(first, report(7));
    assert_eq!(first["passed"], true);
    assert_eq!(first["plugin"]["name"], "normalize");
    let outcome = &first["methods"][0]["properties"][0];
    assert_eq!((&outcome["property"], &outcome["result"]), (&"parameters_taken".into(), &"held".into()));
}
