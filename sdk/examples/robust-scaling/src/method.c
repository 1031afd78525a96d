#include "method.h"

#include <float.h>
#include <math.h>

bool tail_is_sound(double tail) {
  return tail >= 0 && tail < 0.5;
}

void probabilities_of(double tail, double probabilities[QUANTILES]) {
  probabilities[0] = tail;
  probabilities[1] = 0.5;
  probabilities[2] = 1 - tail;
}

// The value at a place as numpy's method `linear` has it. Half of the step cannot overflow, where the step could.
static double linear(quantile at) {
  double half = at.high / 2 - at.low / 2;
  return at.weight < 0.5 ? at.low + half * at.weight * 2 : at.high - half * (1 - at.weight) * 2;
}

state state_of(const quantile quantiles[QUANTILES]) {
  quantile middle = quantiles[1];
  return (state){
      .known = true,
      .median = middle.weight == 0 ? middle.low : middle.low / 2 + middle.high / 2,
      .low = linear(quantiles[0]),
      .high = linear(quantiles[2]),
  };
}

void apply(const state *state, double *values, size_t rows) {
  // Halving all of them changes no digit, but keeps differences of huge values finite.
  double middle = state->median / 2;
  double scale = state->high / 2 - state->low / 2;
  // A scale that rounding could have made is none, and 1 takes its place: scikit-learn's bound.
  if (scale < 5 * DBL_EPSILON) {
    scale = 0.5;
  }
  for (size_t row = 0; row < rows; row++) {
    values[row] = state->known ? (values[row] / 2 - middle) / scale : (double)NAN;
  }
}
