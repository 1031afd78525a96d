// Exports the method by the contract. What comes in is owned by this side, and is freed or handed back.

#include "method.h"
#include "params.h"
#include "window_plugin.h"

typedef window_plugin_string_t string;
typedef fettle_step_types_step_error_t step_error;

static void string_of(string *string, const char *text) {
  window_plugin_string_dup(string, text);
}

static void string_free(string *string) {
  window_plugin_string_free(string);
}

static double parameter_of(const string *params) {
  return params_number(params->ptr, params->len, PARAM_NAME, PARAM_DEFAULT);
}

void exports_fettle_step_windowing_describe(fettle_step_types_plugin_info_t *info) {
  fettle_step_types_method_t *method = malloc(sizeof *method);
  method->kind = FETTLE_STEP_TYPES_KIND_WINDOW;
  string_of(&method->name, METHOD_NAME);
  string_of(&method->summary, METHOD_SUMMARY);
  string_of(&method->params_schema, PARAMS_SCHEMA);
  string_of(&info->name, PLUGIN_NAME);
  string_of(&info->version, PLUGIN_VERSION);
  info->methods.ptr = method;
  info->methods.len = 1;
}

// Cases that the host replays before it lets the plugin in: none, the tests will do.
void exports_fettle_step_windowing_examples(exports_fettle_step_windowing_list_example_t *examples) {
  examples->ptr = NULL;
  examples->len = 0;
}

// What the method is with these parameters. The host has held them against the schema; this is for who has not.
bool exports_fettle_step_windowing_resolve(string *method, string *params, fettle_step_types_traits_t *traits,
                                          step_error *error) {
  double parameter = parameter_of(params);
  string_free(method);
  string_free(params);
  if (!(parameter >= PARAM_MINIMUM) || isinf(parameter)) {
    fettle_step_types_param_error_t *wrong = malloc(sizeof *wrong);
    string_of(&wrong->path, "/" PARAM_NAME);
    string_of(&wrong->message, "is no number of at least 0");
    error->tag = FETTLE_STEP_TYPES_STEP_ERROR_INVALID_PARAMS;
    error->val.invalid_params.ptr = wrong;
    error->val.invalid_params.len = 1;
    return false;
  }
  char *json = params_json(PARAM_NAME, parameter);
  string_of(&traits->params, json);
  free(json);
  traits->scope = FETTLE_STEP_TYPES_SCOPE_FRAME;
  traits->fitted = false;
  traits->causal = true;
  traits->removes_rows = false;
  return true;
}

// Windows follow from timestamps alone, so the host hands over no values.
bool exports_fettle_step_windowing_reads_values(string *method, string *params, bool *reads, step_error *error) {
  (void)error;
  string_free(method);
  string_free(params);
  *reads = false;
  return true;
}

bool exports_fettle_step_windowing_plan(string *method, string *params, fettle_step_types_frame_t *data,
                                        exports_fettle_step_windowing_list_window_t *windows, step_error *error) {
  double parameter = parameter_of(params);
  size_t rows = data->timestamps.len;
  _Static_assert(sizeof(bounds) == sizeof(fettle_step_types_window_t), "windows are pairs of rows");
  bounds *found = malloc(rows * sizeof *found);
  size_t count = plan(parameter, data->timestamps.ptr, rows, found);
  fettle_step_types_frame_free(data);
  string_free(method);
  string_free(params);
  if (count == 0) {
    free(found);
    error->tag = FETTLE_STEP_TYPES_STEP_ERROR_INSUFFICIENT_DATA;
    string_of(&error->val.insufficient_data, "there is no row, and a window takes one");
    return false;
  }
  windows->ptr = (void *)found;
  windows->len = count;
  return true;
}
