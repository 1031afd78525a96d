// The method: what it is called, its parameter, and what it computes.

#ifndef METHOD_H
#define METHOD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PLUGIN_NAME "{{name}}"
#define PLUGIN_VERSION "0.1.0"
#define METHOD_NAME "{{method}}"
#define METHOD_SUMMARY "The fraction of a window's present cells that lie above a level."
// What it is for; whether it sees each column alone or the whole frame; whether a row's result depends on that row and
// earlier ones alone.
#define METHOD_KIND FETTLE_STEP_TYPES_KIND_FEATURE
#define METHOD_SCOPE FETTLE_STEP_TYPES_SCOPE_COLUMN
#define METHOD_CAUSAL true

#define PARAM_NAME "level"
#define PARAM_DESCRIPTION "The level, in the signal's unit."
#define PARAM_DEFAULT 0
#define PARAM_DEFAULT_TEXT "0"
#define PARAM_MINIMUM 0.0
// Clients read this schema, and the host checks parameters against it.
#define PARAMS_SCHEMA \
  "{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{\"" PARAM_NAME "\":" \
  "{\"description\":\"" PARAM_DESCRIPTION "\",\"type\":\"number\",\"minimum\":0,\"default\":" PARAM_DEFAULT_TEXT "}}}"

// The feature of a window of `rows` cells; NaN where there is none.
double feature(double parameter, const double *cells, size_t rows);

#endif
