// The method: what it is called, its parameter, what it learns of a column and what it makes of it.

#ifndef METHOD_H
#define METHOD_H

#include <stdbool.h>
#include <stddef.h>

#include "quantiles.h"

#define PLUGIN_NAME "robust-scaling"
#define PLUGIN_VERSION "0.1.0"
#define METHOD_NAME "robust"
#define METHOD_SUMMARY "Brings the median to 0 and the distance between two quantiles to 1, whatever lies beyond them."

#define PARAM_NAME "tail"
#define PARAM_DEFAULT 0.25
// Clients read this schema, and the host checks parameters against it.
#define PARAMS_SCHEMA \
  "{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{\"" PARAM_NAME "\":{\"description\":" \
  "\"The share of the cells that lies beyond each of the two quantiles: 0.25 takes the quartiles.\"," \
  "\"type\":\"number\",\"minimum\":0,\"exclusiveMaximum\":0.5,\"default\":0.25}}}"

// What is learnt of a column.
typedef struct {
  // Whether it has a value at all; without one there is nothing else.
  bool known;
  double median, low, high;
} state;

// Whether the method takes this parameter.
bool tail_is_sound(double tail);

// The probabilities of the quantiles that a state is made of.
void probabilities_of(double tail, double probabilities[QUANTILES]);

// The state that follows from them.
state state_of(const quantile quantiles[QUANTILES]);

// Scales a column in place. A missing cell is NaN and stays so; where nothing was learnt, all become missing.
void apply(const state *state, double *values, size_t rows);

#endif
