// Exports the method by the contract. What comes in is owned by this side, and is freed or handed back.

#include "method.h"
#include "params.h"
#include "feature_plugin.h"

typedef feature_plugin_string_t string;
typedef fettle_step_types_step_error_t step_error;

static void string_of(string *string, const char *text) {
  feature_plugin_string_dup(string, text);
}

static void string_free(string *string) {
  feature_plugin_string_free(string);
}

static double parameter_of(const string *params) {
  return params_number(params->ptr, params->len, PARAM_NAME, PARAM_DEFAULT);
}

void exports_fettle_step_features_describe(fettle_step_types_plugin_info_t *info) {
  fettle_step_types_method_t *method = malloc(sizeof *method);
  method->kind = FETTLE_STEP_TYPES_KIND_FEATURE;
  string_of(&method->name, METHOD_NAME);
  string_of(&method->summary, METHOD_SUMMARY);
  string_of(&method->params_schema, PARAMS_SCHEMA);
  string_of(&info->name, PLUGIN_NAME);
  string_of(&info->version, PLUGIN_VERSION);
  info->methods.ptr = method;
  info->methods.len = 1;
}

// Cases that the host replays before it lets the plugin in: none, the tests will do.
void exports_fettle_step_features_examples(exports_fettle_step_features_list_example_t *examples) {
  examples->ptr = NULL;
  examples->len = 0;
}

// What the method is with these parameters. The host has held them against the schema; this is for who has not.
bool exports_fettle_step_features_resolve(string *method, string *params, fettle_step_types_traits_t *traits,
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
  traits->scope = FETTLE_STEP_TYPES_SCOPE_COLUMN;
  traits->fitted = false;
  traits->causal = true;
  traits->removes_rows = false;
  return true;
}

// `{signal}_{method}`.
static void name_of(string *name, const uint8_t *signal, size_t length) {
  const char suffix[] = "_" METHOD_NAME;
  name->len = length + sizeof suffix - 1;
  name->ptr = malloc(name->len);
  memcpy(name->ptr, signal, length);
  memcpy(name->ptr + length, suffix, sizeof suffix - 1);
}

// One feature a signal; its name follows from the parameters and the signal's name alone.
bool exports_fettle_step_features_names(string *method, string *params, feature_plugin_list_string_t *columns,
                                        feature_plugin_list_string_t *names, step_error *error) {
  (void)error;
  names->len = columns->len;
  names->ptr = malloc(columns->len * sizeof *names->ptr);
  for (size_t at = 0; at < columns->len; at++) {
    name_of(&names->ptr[at], columns->ptr[at].ptr, columns->ptr[at].len);
  }
  feature_plugin_list_string_free(columns);
  string_free(method);
  string_free(params);
  return true;
}

bool exports_fettle_step_features_compute(string *method, string *params, fettle_step_types_frame_t *data,
                                          exports_fettle_step_features_list_window_t *windows,
                                          exports_fettle_step_features_list_column_t *features, step_error *error) {
  (void)error;
  double parameter = parameter_of(params);
  features->len = data->columns.len;
  features->ptr = malloc(data->columns.len * sizeof *features->ptr);
  for (size_t at = 0; at < data->columns.len; at++) {
    const fettle_step_types_column_t *column = &data->columns.ptr[at];
    name_of(&features->ptr[at].name, column->name.ptr, column->name.len);
    features->ptr[at].values.len = windows->len;
    features->ptr[at].values.ptr = malloc(windows->len * sizeof(double));
    for (size_t window = 0; window < windows->len; window++) {
      uint32_t start = windows->ptr[window].start, end = windows->ptr[window].end;
      features->ptr[at].values.ptr[window] = feature(parameter, column->values.ptr + start, end - start);
    }
  }
  fettle_step_types_frame_free(data);
  exports_fettle_step_features_list_window_free(windows);
  string_free(method);
  string_free(params);
  return true;
}
