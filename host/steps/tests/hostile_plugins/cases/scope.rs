//! A false claim of scope.

cases! {
    apply_looks_at_other_columns: Refused Transform "apply looks at other columns" => "method `hostile` says `scope: column`, and is not: in one call with other columns, `a` is 4 at 0, not 3";
    apply_remembers_other_columns: Refused Transform "apply remembers other columns" => "method `hostile` says `scope: column`, and is not: beside other columns, `a_beside` is 1 at 0, not -1";
    of_features_compute_looks_at_other_columns: Refused Features "compute looks at other columns" => "method `hostile` says `scope: column`, and is not: in one call with other columns, `a_first` is 2 at 0, not 1";
    of_features_compute_remembers_other_columns: Refused Features "compute remembers other columns" => "method `hostile` says `scope: column`, and is not: beside other columns, `a_beside_first` is -2 at 0, not -3";
}
