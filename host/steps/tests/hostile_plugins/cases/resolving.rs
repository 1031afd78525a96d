//! What a plugin makes of parameters.

cases! {
    resolve_loops_at_once: Refused Transform "resolve loops at once" => "method `hostile` of plugin `hostile` was stopped after 0.2 s";
    resolve_loops: Faulty Transform "resolve loops" => "method `hostile` of plugin `hostile` was stopped after 0.2 s";
    resolve_eats_memory: Faulty Transform "resolve eats memory" => "plugin `hostile` is faulty: method `hostile`: it wanted more than 16 MiB of memory";
    resolve_recurses: Faulty Transform "resolve recurses" => "plugin `hostile` is faulty: method `hostile`: it trapped: wasm trap: out of bounds memory access";
    resolve_traps: Faulty Transform "resolve traps" => "plugin `hostile` is faulty: method `hostile`: it trapped: wasm trap: wasm `unreachable` instruction executed";
    resolve_to_a_list: Faulty Transform "resolve to a list" => "plugin `hostile` is faulty: method `hostile`: its answer breaks the contract: the resolved parameters are not a JSON object";
    resolve_to_no_json: Faulty Transform "resolve to no JSON" => "plugin `hostile` is faulty: method `hostile`: its answer breaks the contract: the resolved parameters are not a JSON object";
    resolve_to_no_text: Faulty Transform "resolve to no text" => "plugin `hostile` is faulty: method `hostile`: its answer breaks the contract: invalid utf-8 sequence of 1 bytes from index 1";
    resolve_to_a_megabyte: Faulty Transform "resolve to a megabyte" => "plugin `hostile` is faulty: method `hostile`: its answer breaks the contract: resolved parameters of 1048591 bytes; at most 262144 are allowed";
    resolve_to_columns_of_fewer_rows: Faulty Transform "resolve to columns of fewer rows" => "plugin `hostile` is faulty: method `hostile`: its answer breaks the contract: a method that removes rows must have scope frame";
    resolve_to_ten_thousand_errors: Faulty Transform "resolve to ten thousand errors" => "invalid parameters of `hostile`";
    of_windows_resolve_loops: Faulty Window "resolve loops" => "method `hostile` of plugin `hostile` was stopped after 0.2 s";
    of_features_resolve_loops: Faulty Features "resolve loops" => "method `hostile` of plugin `hostile` was stopped after 0.2 s";
}
