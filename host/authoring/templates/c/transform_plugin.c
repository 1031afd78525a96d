// Exports the method by the contract. What comes in is owned by this side, and is freed or handed back.

#include "method.h"
#include "params.h"
#include "transform_plugin.h"

typedef transform_plugin_string_t string;
typedef fettle_step_types_step_error_t step_error;

static void string_of(string *string, const char *text) {
  transform_plugin_string_dup(string, text);
}

static void string_free(string *string) {
  transform_plugin_string_free(string);
}

static double parameter_of(const string *params) {
  return params_number(params->ptr, params->len, PARAM_NAME, PARAM_DEFAULT);
}

void exports_fettle_step_transform_describe(fettle_step_types_plugin_info_t *info) {
  fettle_step_types_method_t *method = malloc(sizeof *method);
  method->kind = METHOD_KIND;
  string_of(&method->name, METHOD_NAME);
  string_of(&method->summary, METHOD_SUMMARY);
  string_of(&method->params_schema, PARAMS_SCHEMA);
  string_of(&info->name, PLUGIN_NAME);
  string_of(&info->version, PLUGIN_VERSION);
  info->methods.ptr = method;
  info->methods.len = 1;
}

// Cases that the host replays before it lets the plugin in: none, the tests will do.
void exports_fettle_step_transform_examples(exports_fettle_step_transform_list_example_t *examples) {
  examples->ptr = NULL;
  examples->len = 0;
}

// What the method is with these parameters. The host has held them against the schema; this is for who has not.
bool exports_fettle_step_transform_resolve(string *method, string *params, fettle_step_types_traits_t *traits,
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
  traits->causal = METHOD_CAUSAL;
  traits->removes_rows = false;
  return true;
}

// Fitting: this method learns nothing, so the host never asks. The bytes of a summary are up to the plugin.
bool exports_fettle_step_transform_summarize(string *method, string *params, transform_plugin_list_u8_t *round,
                                             fettle_step_types_frame_t *data, transform_plugin_list_u8_t *summary,
                                             step_error *error) {
  (void)error;
  string_free(method);
  string_free(params);
  transform_plugin_list_u8_free(round);
  fettle_step_types_frame_free(data);
  *summary = (transform_plugin_list_u8_t){NULL, 0};
  return true;
}

bool exports_fettle_step_transform_merge(string *method, string *params, transform_plugin_list_u8_t *round,
                                         transform_plugin_list_list_u8_t *summaries,
                                         transform_plugin_list_u8_t *merged, step_error *error) {
  (void)error;
  string_free(method);
  string_free(params);
  transform_plugin_list_u8_free(round);
  transform_plugin_list_list_u8_free(summaries);
  *merged = (transform_plugin_list_u8_t){NULL, 0};
  return true;
}

bool exports_fettle_step_transform_fit(string *method, string *params, transform_plugin_list_u8_t *round,
                                       transform_plugin_list_u8_t *summary,
                                       exports_fettle_step_transform_fitting_t *fitting, step_error *error) {
  (void)error;
  string_free(method);
  string_free(params);
  transform_plugin_list_u8_free(round);
  transform_plugin_list_u8_free(summary);
  fitting->tag = EXPORTS_FETTLE_STEP_TRANSFORM_FITTING_DONE;
  string_of(&fitting->val.done, "{}");
  return true;
}

// The columns that came in are changed in place and handed back.
bool exports_fettle_step_transform_apply(string *method, string *params, string *state,
                                         fettle_step_types_frame_t *data,
                                         exports_fettle_step_transform_changed_t *changed, step_error *error) {
  (void)error;
  double parameter = parameter_of(params);
  for (size_t at = 0; at < data->columns.len; at++) {
    transform_plugin_list_f64_t *values = &data->columns.ptr[at].values;
    apply(parameter, data->timestamps.ptr, values->ptr, values->len);
  }
  changed->columns.ptr = data->columns.ptr;
  changed->columns.len = data->columns.len;
  changed->kept.is_some = false;
  transform_plugin_list_s64_free(&data->timestamps);
  string_free(method);
  string_free(params);
  string_free(state);
  return true;
}
