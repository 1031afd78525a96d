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
