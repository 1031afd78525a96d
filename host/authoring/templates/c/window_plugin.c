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
