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
