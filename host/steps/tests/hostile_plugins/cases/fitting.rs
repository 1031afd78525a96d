//! What a plugin learns.

cases! {
    summarize_traps_at_once: Refused Transform "summarize traps at once" => "plugin `hostile` is faulty: method `hostile`: it trapped: wasm trap: wasm `unreachable` instruction executed";
    fit_traps_at_once: Refused Transform "fit traps at once" => "plugin `hostile` is faulty: method `hostile`: it trapped: wasm trap: wasm `unreachable` instruction executed";
    summarize_loops: Faulty Transform "summarize loops" => "method `hostile` of plugin `hostile` was stopped after 0.2 s";
    summarize_eats_memory: Faulty Transform "summarize eats memory" => "plugin `hostile` is faulty: method `hostile`: it wanted more than 16 MiB of memory";
    summarize_recurses: Faulty Transform "summarize recurses" => "plugin `hostile` is faulty: method `hostile`: it trapped: wasm trap: out of bounds memory access";
    summarize_traps: Faulty Transform "summarize traps" => "plugin `hostile` is faulty: method `hostile`: it trapped: wasm trap: wasm `unreachable` instruction executed";
    merge_loops: Faulty Transform "merge loops" => "method `hostile` of plugin `hostile` was stopped after 0.2 s";
    merge_eats_memory: Faulty Transform "merge eats memory" => "plugin `hostile` is faulty: method `hostile`: it wanted more than 16 MiB of memory";
    merge_recurses: Faulty Transform "merge recurses" => "plugin `hostile` is faulty: method `hostile`: it trapped: wasm trap: out of bounds memory access";
    merge_traps: Faulty Transform "merge traps" => "plugin `hostile` is faulty: method `hostile`: it trapped: wasm trap: wasm `unreachable` instruction executed";
    fit_loops: Faulty Transform "fit loops" => "method `hostile` of plugin `hostile` was stopped after 0.2 s";
    fit_eats_memory: Faulty Transform "fit eats memory" => "plugin `hostile` is faulty: method `hostile`: it wanted more than 16 MiB of memory";
    fit_recurses: Faulty Transform "fit recurses" => "plugin `hostile` is faulty: method `hostile`: it trapped: wasm trap: out of bounds memory access";
    fit_traps: Faulty Transform "fit traps" => "plugin `hostile` is faulty: method `hostile`: it trapped: wasm trap: wasm `unreachable` instruction executed";
    summarize_a_megabyte_and_more: Faulty Transform "summarize a megabyte and more" => "plugin `hostile` is faulty: method `hostile`: its answer breaks the contract: a summary of 1048577 bytes; at most 1048576 are allowed";
    summarize_four_gibibytes: Faulty Transform "summarize four gibibytes" => "plugin `hostile` is faulty: method `hostile`: its answer breaks the contract: list pointer/length out of bounds of memory";
    merge_grows: Faulty Transform "merge grows" => "plugin `hostile` is faulty: method `hostile`: its answer breaks the contract: a merged summary of 2097152 bytes; at most 1048576 are allowed";
    fit_never_ends: Faulty Transform "fit never ends" => "plugin `hostile` is faulty: method `hostile`: its answer breaks the contract: no state after 16 rounds";
    fit_goes_on_with_nothing: Faulty Transform "fit goes on with nothing" => "plugin `hostile` is faulty: method `hostile`: its answer breaks the contract: a further round with nothing to know for it";
    fit_goes_on_with_a_megabyte_and_more: Faulty Transform "fit goes on with a megabyte and more" => "plugin `hostile` is faulty: method `hostile`: its answer breaks the contract: a message to the next round of 1048577 bytes; at most 1048576 are allowed";
    fit_to_no_json: Faulty Transform "fit to no JSON" => "plugin `hostile` is faulty: method `hostile`: its answer breaks the contract: its state is not JSON: trailing characters at line 1 column 12";
    fit_to_no_text: Faulty Transform "fit to no text" => "plugin `hostile` is faulty: method `hostile`: its answer breaks the contract: invalid utf-8 sequence of 1 bytes from index 1";
    fit_to_a_megabyte_and_more: Faulty Transform "fit to a megabyte and more" => "plugin `hostile` is faulty: method `hostile`: its answer breaks the contract: a state of 1048579 bytes; at most 1048576 are allowed";
    fit_to_what_goes_deep: Faulty Transform "fit to what goes deep" => "plugin `hostile` is faulty: method `hostile`: its answer breaks the contract: its state is not JSON: recursion limit exceeded at line 1 column 128";
}
