//! What a plugin says of itself.

cases! {
    describe_loops: Refused Transform "describe loops" => "method `describe` of plugin `(not yet described)` was stopped after 0.2 s";
    describe_eats_memory: Refused Transform "describe eats memory" => "plugin `(not yet described)` is faulty: method `describe`: it wanted more than 16 MiB of memory";
    describe_recurses: Refused Transform "describe recurses" => "plugin `(not yet described)` is faulty: method `describe`: it trapped: wasm trap: out of bounds memory access";
    describe_traps: Refused Transform "describe traps" => "plugin `(not yet described)` is faulty: method `describe`: it trapped: wasm trap: wasm `unreachable` instruction executed";
    describe_no_name: Refused Transform "describe no name" => "it describes itself wrongly: no name, no version or no method";
    describe_a_name_at_length: Refused Transform "describe a name at length" => "it describes itself wrongly: name \"no! no! no! no! no! no! no! no! no! no! …\": it is one line of at most 100 bytes";
    describe_a_name_of_several_lines: Refused Transform "describe a name of several lines" => "it describes itself wrongly: name \"hostile\\nplugin `outlier` is fine\": it is one line of at most 100 bytes";
    describe_a_name_that_is_no_text: Refused Transform "describe a name that is no text" => "plugin `(not yet described)` is faulty: method `describe`: its answer breaks the contract: invalid utf-8 sequence of 1 bytes from index 1";
    describe_a_method_s_name_with_spaces: Refused Transform "describe a method's name with spaces" => "it describes itself wrongly: method name \"no such method\": letters, digits and `_` are allowed, and `none` means no method";
    describe_a_method_s_name_at_length: Refused Transform "describe a method's name at length" => "it describes itself wrongly: the method name of `nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn…` has 1048576 bytes; at most 100 are allowed";
    describe_a_method_named_none: Refused Transform "describe a method named none" => "it describes itself wrongly: method name \"none\": letters, digits and `_` are allowed, and `none` means no method";
    describe_a_summary_at_length: Refused Transform "describe a summary at length" => "it describes itself wrongly: the summary of `hostile` has 1048576 bytes; at most 4096 are allowed";
    describe_a_method_of_another_interface: Refused Transform "describe a method of another interface" => "it describes itself wrongly: `hostile` is of kind window, which the interface it exports is not for";
    describe_two_methods_of_one_name: Refused Transform "describe two methods of one name" => "it describes itself wrongly: two methods are named `hostile`";
    describe_no_method: Refused Transform "describe no method" => "it describes itself wrongly: no name, no version or no method";
    describe_a_thousand_methods: Refused Transform "describe a thousand methods" => "it describes itself wrongly: 1000 methods; at most 256 are allowed";
    describe_a_schema_that_is_no_json: Refused Transform "describe a schema that is no JSON" => "it describes itself wrongly: the parameter schema of `hostile` is not JSON: EOF while parsing an object at line 1 column 1";
    describe_a_schema_that_is_none: Refused Transform "describe a schema that is none" => "it describes itself wrongly: the parameter schema of `hostile` is invalid: \"nonsense\" is not valid under any of the schemas listed in the 'anyOf' keyword";
    describe_a_schema_that_is_no_text: Refused Transform "describe a schema that is no text" => "plugin `(not yet described)` is faulty: method `describe`: its answer breaks the contract: invalid utf-8 sequence of 1 bytes from index 1";
    describe_a_schema_at_length: Refused Transform "describe a schema at length" => "it describes itself wrongly: the parameter schema of `hostile` has 524307 bytes; at most 262144 are allowed";
    describe_a_schema_that_goes_deep: Refused Transform "describe a schema that goes deep" => "it describes itself wrongly: the parameter schema of `hostile` is not JSON: recursion limit exceeded at line 1 column 890";
    describe_a_schema_of_a_file: Refused Transform "describe a schema of a file" => "it describes itself wrongly: the parameter schema of `hostile` is invalid: it refers to `file:///etc/passwd`; references begin with `#/`";
    describe_a_schema_in_a_circle: Refused Transform "describe a schema in a circle" => "it describes itself wrongly: the parameter schema of `hostile` is invalid: `#` refers to itself";
    describe_a_schema_in_a_wide_circle: Refused Transform "describe a schema in a wide circle" => "it describes itself wrongly: the parameter schema of `hostile` is invalid: `#` refers to itself";
    describe_a_schema_that_doubles: Refused Transform "describe a schema that doubles" => "it describes itself wrongly: the parameter schema of `hostile` is invalid: with its references followed it has more than 10000 places";
    describe_a_schema_of_a_pattern_that_explodes: Refused Transform "describe a schema of a pattern that explodes" => "it describes itself wrongly: the parameter schema of `hostile` is invalid: \"^(a{1000}){1000}$\" is not a \"regex\"";
    describe_a_schema_of_thousands_of_patterns: Refused Transform "describe a schema of thousands of patterns" => "it describes itself wrongly: the parameter schema of `hostile` is invalid: with those of the methods before, there are more than 64 patterns";
    describe_schemas_of_many_patterns_together: Refused Transform "describe schemas of many patterns together" => "it describes itself wrongly: the parameter schema of `hostile_3` is invalid: with those of the methods before, there are more than 64 patterns";
    describe_schemas_that_are_long_together: Refused Transform "describe schemas that are long together" => "it describes itself wrongly: the parameter schemas have more than 1048576 bytes together";
    describe_a_schema_of_a_long_name_with_many_places: Refused Transform "describe a schema of a long name with many places" => "it describes itself wrongly: the parameter schema of `hostile` is invalid: names of many bytes lead to many places";
    of_windows_describe_loops: Refused Window "describe loops" => "method `describe` of plugin `(not yet described)` was stopped after 0.2 s";
    of_features_describe_loops: Refused Features "describe loops" => "method `describe` of plugin `(not yet described)` was stopped after 0.2 s";
}
