//! What a plugin shows of itself.

cases! {
    examples_loops: Refused Transform "examples loops" => "method `examples` of plugin `hostile` was stopped after 0.2 s";
    examples_eats_memory: Refused Transform "examples eats memory" => "plugin `hostile` is faulty: method `examples`: it wanted more than 16 MiB of memory";
    examples_recurses: Refused Transform "examples recurses" => "plugin `hostile` is faulty: method `examples`: it trapped: wasm trap: out of bounds memory access";
    examples_traps: Refused Transform "examples traps" => "plugin `hostile` is faulty: method `examples`: it trapped: wasm trap: wasm `unreachable` instruction executed";
    examples_disagree_in_a_value: Refused Transform "examples disagree in a value" => "its example 0 of method `hostile` does not come out: `b` is 33 at 2, not 34";
    examples_disagree_in_a_bit: Refused Transform "examples disagree in a bit" => "its example 0 of method `hostile` does not come out: `b` is 33 at 2, not 33.00000000000001";
    examples_disagree_in_rows: Refused Transform "examples disagree in rows" => "its example 0 of method `hostile` does not come out: 3 rows survive";
    examples_disagree_in_names: Refused Transform "examples disagree in names" => "its example 0 of method `hostile` does not come out: the columns are [\"a\", \"b\"]";
    examples_name_no_method: Refused Transform "examples name no method" => "its example 0 of method `friendly` does not come out: there is no such method";
    examples_have_no_parameters: Refused Transform "examples have no parameters" => "its example 0 of method `hostile` does not come out: its parameters are not JSON: EOF while parsing a list at line 1 column 1";
    examples_go_back_in_time: Refused Transform "examples go back in time" => "its example 0 of method `hostile` does not come out: its input is no frame: timestamps do not ascend at row 2";
    examples_lack_a_value: Refused Transform "examples lack a value" => "its example 0 of method `hostile` does not come out: its input is no frame: column `a` has 2 values for 3 rows";
    examples_never_end: Refused Transform "examples never end" => "it describes itself wrongly: 1001 examples; at most 1000 are allowed";
    examples_are_wide: Refused Transform "examples are wide" => "its example 0 of method `hostile` does not come out: its input has 3 rows of 101 columns; at most 100000 of 100 are allowed";
    examples_have_parameters_at_length: Refused Transform "examples have parameters at length" => "its example 0 of method `hostile` does not come out: its parameters have 131074 bytes; at most 65536 are allowed";
    examples_have_parameters_that_its_schema_does_not_allow: Refused Transform "examples have parameters that its schema does not allow" => "its example 0 of method `hostile` does not come out: its schema does not allow its parameters: 7 is not of type \"boolean\"";
    examples_are_four_gibibytes: Refused Transform "examples are four gibibytes" => "plugin `hostile` is faulty: method `examples`: its answer breaks the contract: list pointer/length out of bounds of memory";
    of_windows_examples_loops: Refused Window "examples loops" => "method `examples` of plugin `hostile` was stopped after 0.2 s";
    of_windows_examples_disagree: Refused Window "examples disagree" => "its example 0 of method `hostile` does not come out: the windows are [Window { start: 0, end: 2 }, Window { start: 2, end: 4 }]";
    of_features_examples_loops: Refused Features "examples loops" => "method `examples` of plugin `hostile` was stopped after 0.2 s";
    of_features_examples_disagree: Refused Features "examples disagree" => "its example 0 of method `hostile` does not come out: `b_first` is 5 at 1, not 6";
    of_features_examples_have_windows_of_rows_that_are_not_there: Refused Features "examples have windows of rows that are not there" => "its example 0 of method `hostile` does not come out: it has a window [1, 4) of 3 rows";
    of_features_examples_have_windows_that_end_before_they_start: Refused Features "examples have windows that end before they start" => "its example 0 of method `hostile` does not come out: it has a window [1, 0) of 3 rows";
}
