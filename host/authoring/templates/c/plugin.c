// Exports the method by the contract. What comes in is owned by this side, and is freed or handed back.

#include "method.h"
#include "params.h"
#include "{{world}}.h"

typedef {{world}}_string_t string;
typedef fettle_step_types_step_error_t step_error;

static void string_of(string *string, const char *text) {
  {{world}}_string_dup(string, text);
}

static void string_free(string *string) {
  {{world}}_string_free(string);
}

static double parameter_of(const string *params) {
  return params_number(params->ptr, params->len, PARAM_NAME, PARAM_DEFAULT);
}

void exports_fettle_step_{{interface}}_describe(fettle_step_types_plugin_info_t *info) {
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
void exports_fettle_step_{{interface}}_examples(exports_fettle_step_{{interface}}_list_example_t *examples) {
  examples->ptr = NULL;
  examples->len = 0;
}

// What the method is with these parameters. The host has held them against the schema; this is for who has not.
bool exports_fettle_step_{{interface}}_resolve(
    string *method, string *params, fettle_step_types_traits_t *traits, step_error *error) {
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
  traits->scope = METHOD_SCOPE;
  traits->fitted = false;
  traits->causal = METHOD_CAUSAL;
  traits->removes_rows = false;
  return true;
}
