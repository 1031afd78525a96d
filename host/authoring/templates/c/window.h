// The method: what it is called, its parameter, and what it computes.

#ifndef METHOD_H
#define METHOD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PLUGIN_NAME "{{name}}"
#define PLUGIN_VERSION "0.1.0"
#define METHOD_NAME "{{method}}"
#define METHOD_SUMMARY "A window for each stretch of rows without a pause."
// What it is for; whether it sees each column alone or the whole frame; whether a row's result depends on that row and
// earlier ones alone.
#define METHOD_KIND FETTLE_STEP_TYPES_KIND_WINDOW
#define METHOD_SCOPE FETTLE_STEP_TYPES_SCOPE_FRAME
#define METHOD_CAUSAL true

#define PARAM_NAME "pause_s"
#define PARAM_DESCRIPTION "More seconds than this between two rows end a window."
#define PARAM_DEFAULT 60
#define PARAM_DEFAULT_TEXT "60"
#define PARAM_MINIMUM 0.0
// Clients read this schema, and the host checks parameters against it.
#define PARAMS_SCHEMA \
  "{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{\"" PARAM_NAME "\":" \
  "{\"description\":\"" PARAM_DESCRIPTION "\",\"type\":\"number\",\"minimum\":0,\"default\":" PARAM_DEFAULT_TEXT "}}}"

// Rows from `start` to just before `end`.
typedef struct {
  uint32_t start;
  uint32_t end;
} bounds;

// Writes the windows of `rows` rows to `windows`, which has room for as many; returns how many there are.
size_t plan(double parameter, const int64_t *timestamps, size_t rows, bounds *windows);

#endif
