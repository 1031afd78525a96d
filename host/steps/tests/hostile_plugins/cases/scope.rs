//! A false claim of scope that shows. What would look at other columns is never given any: see `alone.rs`.

cases! {
    apply_remembers_other_columns: Refused Transform "apply remembers other columns" => "method `hostile` says `scope: column`, and is not: beside other columns, `a_beside` is 1 at 0, not -1";
    of_features_compute_remembers_other_columns: Refused Features "compute remembers other columns" => "method `hostile` says `scope: column`, and is not: beside other columns, `a_beside_first` is -2 at 0, not -3";
}
