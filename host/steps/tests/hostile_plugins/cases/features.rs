//! What a plugin computes.

cases! {
    of_features_names_loops: Faulty Features "names loops" => "method `hostile` of plugin `hostile` was stopped after 0.2 s";
    of_features_names_eats_memory: Faulty Features "names eats memory" => "plugin `hostile` is faulty: method `hostile`: it wanted more than 16 MiB of memory";
    of_features_names_recurses: Faulty Features "names recurses" => "plugin `hostile` is faulty: method `hostile`: it trapped: wasm trap: out of bounds memory access";
    of_features_names_traps: Faulty Features "names traps" => "plugin `hostile` is faulty: method `hostile`: it trapped: wasm trap: wasm `unreachable` instruction executed";
    of_features_names_one_feature_twice: Faulty Features "names one feature twice" => "plugin `hostile` is faulty: method `hostile`: its answer breaks the contract: 1 features where 2 were named";
    of_features_names_nothing: Faulty Features "names nothing" => "plugin `hostile` is faulty: method `hostile`: its answer breaks the contract: a feature \"\"; a name is one line of at most 1000 bytes";
    of_features_names_a_thousand_and_one: Faulty Features "names a thousand and one" => "plugin `hostile` is faulty: method `hostile`: its answer breaks the contract: 1001 features; at most 1000 are allowed";
    of_features_names_no_text: Faulty Features "names no text" => "plugin `hostile` is faulty: method `hostile`: its answer breaks the contract: invalid utf-8 sequence of 1 bytes from index 1";
    of_features_names_at_length: Faulty Features "names at length" => "plugin `hostile` is faulty: method `hostile`: its answer breaks the contract: a feature \"no! no! no! no! no! no! no! no! no! no! …\"; a name is one line of at most 1000 bytes";
    of_features_compute_loops: Faulty Features "compute loops" => "method `hostile` of plugin `hostile` was stopped after 0.2 s";
    of_features_compute_eats_memory: Faulty Features "compute eats memory" => "plugin `hostile` is faulty: method `hostile`: it wanted more than 16 MiB of memory";
    of_features_compute_recurses: Faulty Features "compute recurses" => "plugin `hostile` is faulty: method `hostile`: it trapped: wasm trap: out of bounds memory access";
    of_features_compute_traps: Faulty Features "compute traps" => "plugin `hostile` is faulty: method `hostile`: it trapped: wasm trap: wasm `unreachable` instruction executed";
    of_features_compute_forgets_a_value: Faulty Features "compute forgets a value" => "plugin `hostile` is faulty: method `hostile`: its answer breaks the contract: 1 values of `a_first` for 2 windows";
    of_features_compute_invents_a_value: Faulty Features "compute invents a value" => "plugin `hostile` is faulty: method `hostile`: its answer breaks the contract: 3 values of `a_first` for 2 windows";
    of_features_compute_forgets_a_feature: Faulty Features "compute forgets a feature" => "plugin `hostile` is faulty: method `hostile`: its answer breaks the contract: 0 features where 1 were named";
    of_features_compute_invents_a_feature: Faulty Features "compute invents a feature" => "plugin `hostile` is faulty: method `hostile`: its answer breaks the contract: 2 features where 1 were named";
    of_features_compute_renames_a_feature: Faulty Features "compute renames a feature" => "plugin `hostile` is faulty: method `hostile`: its answer breaks the contract: a feature \"a_first!\" where \"a_first\" was named";
    of_features_compute_hands_back_four_gibibytes: Faulty Features "compute hands back four gibibytes" => "plugin `hostile` is faulty: method `hostile`: its answer breaks the contract: list pointer/length out of bounds of memory";
}
