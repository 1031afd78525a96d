//! What a plugin makes of rows.

cases! {
    apply_traps_at_once: Refused Transform "apply traps at once" => "plugin `hostile` is faulty: method `hostile`: it trapped: wasm trap: wasm `unreachable` instruction executed";
    apply_loops_at_once: Refused Transform "apply loops at once" => "method `hostile` of plugin `hostile` was stopped after 0.2 s";
    apply_loops: Faulty Transform "apply loops" => "method `hostile` of plugin `hostile` was stopped after 0.2 s";
    apply_eats_memory: Faulty Transform "apply eats memory" => "plugin `hostile` is faulty: method `hostile`: it wanted more than 16 MiB of memory";
    apply_recurses: Faulty Transform "apply recurses" => "plugin `hostile` is faulty: method `hostile`: it trapped: wasm trap: out of bounds memory access";
    apply_traps: Faulty Transform "apply traps" => "plugin `hostile` is faulty: method `hostile`: it trapped: wasm trap: wasm `unreachable` instruction executed";
    apply_forgets_a_value: Faulty Transform "apply forgets a value" => "plugin `hostile` is faulty: method `hostile`: its answer breaks the contract: 3 values of `a` for 4 rows";
    apply_invents_a_value: Faulty Transform "apply invents a value" => "plugin `hostile` is faulty: method `hostile`: its answer breaks the contract: 5 values of `a` for 4 rows";
    apply_invents_a_column: Faulty Transform "apply invents a column" => "plugin `hostile` is faulty: method `hostile`: its answer breaks the contract: 2 columns for 1";
    apply_forgets_a_column: Faulty Transform "apply forgets a column" => "plugin `hostile` is faulty: method `hostile`: its answer breaks the contract: 0 columns for 1";
    apply_renames_a_column: Faulty Transform "apply renames a column" => "plugin `hostile` is faulty: method `hostile`: its answer breaks the contract: column `a!` where `a` was due";
    apply_renames_a_column_at_length: Faulty Transform "apply renames a column at length" => "plugin `hostile` is faulty: method `hostile`: its answer breaks the contract: column `no! no! no! no! no! no! no! no! no! no! …` where `a` was due";
    apply_names_no_text: Faulty Transform "apply names no text" => "plugin `hostile` is faulty: method `hostile`: its answer breaks the contract: invalid utf-8 sequence of 1 bytes from index 1";
    apply_hands_back_four_gibibytes: Faulty Transform "apply hands back four gibibytes" => "plugin `hostile` is faulty: method `hostile`: its answer breaks the contract: list pointer/length out of bounds of memory";
    apply_hands_back_too_much: Faulty Transform "apply hands back too much" => "plugin `hostile` is faulty: method `hostile`: its answer breaks the contract: it has more than 4 MiB";
    apply_fails_without_text: Faulty Transform "apply fails without text" => "plugin `hostile` is faulty: method `hostile`: its answer breaks the contract: invalid utf-8 sequence of 1 bytes from index 1";
    apply_removes_rows: Faulty Transform "apply removes rows" => "plugin `hostile` is faulty: method `hostile`: its answer breaks the contract: rows removed by a method that says it removes none";
    apply_keeps_rows_out_of_order: Faulty Transform "apply keeps rows out of order" => "plugin `hostile` is faulty: method `hostile`: its answer breaks the contract: kept rows that are not ascending indices below 4";
    apply_keeps_a_row_twice: Faulty Transform "apply keeps a row twice" => "plugin `hostile` is faulty: method `hostile`: its answer breaks the contract: kept rows that are not ascending indices below 4";
    apply_keeps_rows_that_are_not_there: Faulty Transform "apply keeps rows that are not there" => "plugin `hostile` is faulty: method `hostile`: its answer breaks the contract: kept rows that are not ascending indices below 4";
    apply_keeps_other_rows_than_it_says: Faulty Transform "apply keeps other rows than it says" => "plugin `hostile` is faulty: method `hostile`: its answer breaks the contract: 4 values of `a` for 3 rows";
}
