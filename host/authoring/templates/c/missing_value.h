// The method: what it is called, its parameter, and what it computes.

#ifndef METHOD_H
#define METHOD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PLUGIN_NAME "{{name}}"
#define PLUGIN_VERSION "0.1.0"
#define METHOD_NAME "{{method}}"
#define METHOD_SUMMARY "Fills missing cells with the value before, as long as it is not too old."
// What it is for; whether it sees each column alone or the whole frame; whether a row's result depends on that row and
// earlier ones alone.
#define METHOD_KIND FETTLE_STEP_TYPES_KIND_MISSING_VALUE
#define METHOD_SCOPE FETTLE_STEP_TYPES_SCOPE_COLUMN
#define METHOD_CAUSAL true

#define PARAM_NAME "seconds"
#define PARAM_DESCRIPTION "How many seconds a value holds good."
#define PARAM_DEFAULT 60
#define PARAM_DEFAULT_TEXT "60"
#define PARAM_MINIMUM 0.0
// Clients read this schema, and the host checks parameters against it.
#define PARAMS_SCHEMA \
  "{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{\"" PARAM_NAME "\":" \
  "{\"description\":\"" PARAM_DESCRIPTION "\",\"type\":\"number\",\"minimum\":0,\"default\":" PARAM_DEFAULT_TEXT "}}}"

// Changes a column of `rows` cells in place. Timestamps are UTC nanoseconds, ascending; a missing cell is NaN.
void apply(double parameter, const int64_t *timestamps, double *values, size_t rows);

#endif
