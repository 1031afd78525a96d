// Exports the method by the contract. What comes in is owned by this side, and is freed or handed back.

#include "json.h"
#include "method.h"
#include "transform_plugin.h"

typedef transform_plugin_string_t string;
typedef transform_plugin_list_u8_t bytes;
typedef fettle_step_types_step_error_t step_error;
typedef fettle_step_types_frame_t frame;

// Room for the state of a column.
#define STATE_BYTES 256

static void string_of(string *string, const char *text) {
  transform_plugin_string_dup(string, text);
}

static void free_all(string *method, string *params, bytes *round) {
  transform_plugin_string_free(method);
  transform_plugin_string_free(params);
  transform_plugin_list_u8_free(round);
}

static double tail_of(const string *params) {
  return json_number(params->ptr, params->len, PARAM_NAME, PARAM_DEFAULT);
}

static blob blob_of(const bytes *bytes) {
  return (blob){bytes->ptr, bytes->len};
}

static bytes bytes_of(blob blob) {
  return (bytes){blob.bytes, blob.length};
}

void exports_fettle_step_transform_describe(fettle_step_types_plugin_info_t *info) {
  fettle_step_types_method_t *method = malloc(sizeof *method);
  method->kind = FETTLE_STEP_TYPES_KIND_NORMALIZE;
  string_of(&method->name, METHOD_NAME);
  string_of(&method->summary, METHOD_SUMMARY);
  string_of(&method->params_schema, PARAMS_SCHEMA);
  string_of(&info->name, PLUGIN_NAME);
  string_of(&info->version, PLUGIN_VERSION);
  info->methods.ptr = method;
  info->methods.len = 1;
}

static fettle_step_types_column_t *column_of(const double *values, size_t rows) {
  fettle_step_types_column_t *column = malloc(sizeof *column);
  string_of(&column->name, "a");
  column->values.len = rows;
  column->values.ptr = malloc(rows * sizeof *values);
  memcpy(column->values.ptr, values, rows * sizeof *values);
  return column;
}

// A case that the host replays before it lets the plugin in: one value far from all others moves no other.
void exports_fettle_step_transform_examples(exports_fettle_step_transform_list_example_t *examples) {
  static const double before[] = {1, 2, 3, 4, 1000, (double)NAN};
  static const double after[] = {-1, -0.5, 0, 0.5, 498.5, (double)NAN};
  size_t rows = sizeof before / sizeof *before;
  examples->len = 1;
  examples->ptr = malloc(sizeof *examples->ptr);
  exports_fettle_step_transform_example_t *example = examples->ptr;
  string_of(&example->method, METHOD_NAME);
  string_of(&example->params, "{}");
  example->input.timestamps.len = rows;
  example->input.timestamps.ptr = malloc(rows * sizeof *example->input.timestamps.ptr);
  for (size_t row = 0; row < rows; row++) {
    example->input.timestamps.ptr[row] = (int64_t)row * 1000000000;
  }
  example->input.columns.ptr = column_of(before, rows);
  example->input.columns.len = 1;
  example->output.columns.ptr = column_of(after, rows);
  example->output.columns.len = 1;
  example->output.kept.is_some = false;
}

// What the method is with these parameters. The host has held them against the schema; this is for who has not.
bool exports_fettle_step_transform_resolve(string *method, string *params, fettle_step_types_traits_t *traits,
                                          step_error *error) {
  double tail = tail_of(params);
  transform_plugin_string_free(method);
  transform_plugin_string_free(params);
  if (!tail_is_sound(tail)) {
    fettle_step_types_param_error_t *wrong = malloc(sizeof *wrong);
    string_of(&wrong->path, "/" PARAM_NAME);
    string_of(&wrong->message, "is no number from 0 to below 0.5");
    error->tag = FETTLE_STEP_TYPES_STEP_ERROR_INVALID_PARAMS;
    error->val.invalid_params.ptr = wrong;
    error->val.invalid_params.len = 1;
    return false;
  }
  char number[JSON_DIGITS], json[2 * JSON_DIGITS];
  json_write(number, tail);
  snprintf(json, sizeof json, "{\"" PARAM_NAME "\":%s}", number);
  string_of(&traits->params, json);
  traits->scope = FETTLE_STEP_TYPES_SCOPE_COLUMN;
  traits->fitted = true;
  traits->causal = true;
  traits->removes_rows = false;
  return true;
}

// The scope is `column`: what comes in is one column, and so is a summary.
bool exports_fettle_step_transform_summarize(string *method, string *params, bytes *round, frame *data,
                                             bytes *summary, step_error *error) {
  (void)error;
  const transform_plugin_list_f64_t *values = &data->columns.ptr[0].values;
  *summary = bytes_of(quantiles_summarize(blob_of(round), values->ptr, values->len));
  fettle_step_types_frame_free(data);
  free_all(method, params, round);
  return true;
}

bool exports_fettle_step_transform_merge(string *method, string *params, bytes *round,
                                         transform_plugin_list_list_u8_t *summaries, bytes *merged,
                                         step_error *error) {
  (void)error;
  blob *parts = malloc(summaries->len * sizeof *parts);
  for (size_t at = 0; at < summaries->len; at++) {
    parts[at] = blob_of(&summaries->ptr[at]);
  }
  *merged = bytes_of(quantiles_merge(blob_of(round), parts, summaries->len));
  free(parts);
  transform_plugin_list_list_u8_free(summaries);
  free_all(method, params, round);
  return true;
}

static void write_state(string *json, const state *state) {
  char text[STATE_BYTES] = "{\"median\":null,\"low\":null,\"high\":null}";
  if (state->known) {
    char median[JSON_DIGITS], low[JSON_DIGITS], high[JSON_DIGITS];
    json_write(median, state->median);
    json_write(low, state->low);
    json_write(high, state->high);
    snprintf(text, sizeof text, "{\"median\":%s,\"low\":%s,\"high\":%s}", median, low, high);
  }
  string_of(json, text);
}

bool exports_fettle_step_transform_fit(string *method, string *params, bytes *round, bytes *summary,
                                       exports_fettle_step_transform_fitting_t *fitting, step_error *error) {
  (void)error;
  double probabilities[QUANTILES];
  probabilities_of(tail_of(params), probabilities);
  quantile found[QUANTILES];
  blob next;
  quantiles_outcome outcome = quantiles_fit(blob_of(round), blob_of(summary), probabilities, found, &next);
  if (outcome == QUANTILES_AGAIN) {
    fitting->tag = EXPORTS_FETTLE_STEP_TRANSFORM_FITTING_AGAIN;
    fitting->val.again = bytes_of(next);
  } else {
    state learnt = outcome == QUANTILES_FOUND ? state_of(found) : (state){.known = false};
    fitting->tag = EXPORTS_FETTLE_STEP_TRANSFORM_FITTING_DONE;
    write_state(&fitting->val.done, &learnt);
  }
  transform_plugin_list_u8_free(summary);
  free_all(method, params, round);
  return true;
}

static state read_state(const string *json) {
  double median = json_number(json->ptr, json->len, "median", (double)NAN);
  double low = json_number(json->ptr, json->len, "low", (double)NAN);
  double high = json_number(json->ptr, json->len, "high", (double)NAN);
  return (state){.known = !isnan(median), .median = median, .low = low, .high = high};
}

// The columns that came in are changed in place and handed back. The scope is `column`, so there is one; a check calls
// with several, to see that none changes another.
bool exports_fettle_step_transform_apply(string *method, string *params, string *state_json, frame *data,
                                         exports_fettle_step_transform_changed_t *changed, step_error *error) {
  (void)error;
  state learnt = read_state(state_json);
  for (size_t at = 0; at < data->columns.len; at++) {
    transform_plugin_list_f64_t *values = &data->columns.ptr[at].values;
    apply(&learnt, values->ptr, values->len);
  }
  changed->columns.ptr = data->columns.ptr;
  changed->columns.len = data->columns.len;
  changed->kept.is_some = false;
  transform_plugin_list_s64_free(&data->timestamps);
  transform_plugin_string_free(method);
  transform_plugin_string_free(params);
  transform_plugin_string_free(state_json);
  return true;
}
