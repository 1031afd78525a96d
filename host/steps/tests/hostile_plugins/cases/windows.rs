//! Where a plugin cuts.

cases! {
    of_windows_reads_values_loops: Faulty Window "reads-values loops" => "method `hostile` of plugin `hostile` was stopped after 0.2 s";
    of_windows_reads_values_traps: Faulty Window "reads-values traps" => "plugin `hostile` is faulty: method `hostile`: it trapped: wasm trap: wasm `unreachable` instruction executed";
    of_windows_plan_loops: Faulty Window "plan loops" => "method `hostile` of plugin `hostile` was stopped after 0.2 s";
    of_windows_plan_eats_memory: Faulty Window "plan eats memory" => "plugin `hostile` is faulty: method `hostile`: it wanted more than 16 MiB of memory";
    of_windows_plan_recurses: Faulty Window "plan recurses" => "plugin `hostile` is faulty: method `hostile`: it trapped: wasm trap: out of bounds memory access";
    of_windows_plan_traps: Faulty Window "plan traps" => "plugin `hostile` is faulty: method `hostile`: it trapped: wasm trap: wasm `unreachable` instruction executed";
    of_windows_plan_a_window_beyond_the_rows: Faulty Window "plan a window beyond the rows" => "plugin `hostile` is faulty: method `hostile`: its answer breaks the contract: window [3, 5) of 4 rows, or out of order";
    of_windows_plan_a_window_without_rows: Faulty Window "plan a window without rows" => "plugin `hostile` is faulty: method `hostile`: its answer breaks the contract: window [3, 3) of 4 rows, or out of order";
    of_windows_plan_a_window_that_ends_before_it_starts: Faulty Window "plan a window that ends before it starts" => "plugin `hostile` is faulty: method `hostile`: its answer breaks the contract: window [3, 0) of 4 rows, or out of order";
    of_windows_plan_a_window_twice: Faulty Window "plan a window twice" => "plugin `hostile` is faulty: method `hostile`: its answer breaks the contract: window [2, 4) of 4 rows, or out of order";
    of_windows_plan_windows_in_reverse: Faulty Window "plan windows in reverse" => "plugin `hostile` is faulty: method `hostile`: its answer breaks the contract: window [0, 2) of 4 rows, or out of order";
    of_windows_plan_windows_without_end: Faulty Window "plan windows without end" => "plugin `hostile` is faulty: method `hostile`: its answer breaks the contract: window [3, 4294967295) of 4 rows, or out of order";
    of_windows_plan_four_gibibytes: Faulty Window "plan four gibibytes" => "plugin `hostile` is faulty: method `hostile`: its answer breaks the contract: list pointer/length out of bounds of memory";
}
