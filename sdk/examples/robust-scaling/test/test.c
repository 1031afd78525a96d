// The quantiles against sorting, whatever the cuts; the scaling against its definition.

#include <assert.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "method.h"

static int ascending(const void *left, const void *right) {
  double a = *(const double *)left, b = *(const double *)right;
  return (a > b) - (a < b);
}

// All rounds over parts of so many rows, of which every seventh has none; counts the rounds.
static quantiles_outcome fit(const double *values, size_t rows, size_t part, const double probabilities[QUANTILES],
                             quantile found[QUANTILES], int *rounds) {
  blob round = {NULL, 0};
  for (*rounds = 1;; ++*rounds) {
    assert(*rounds <= 5);
    blob merged = quantiles_summarize(round, NULL, 0);
    for (size_t at = 0, number = 0; at < rows; number++) {
      size_t here = number % 7 == 6 ? 0 : rows - at < part ? rows - at : part;
      blob both[] = {merged, quantiles_summarize(round, values + at, here)};
      assert(both[1].length <= 1 << 20);
      merged = quantiles_merge(round, both, 2);
      assert(merged.length <= 1 << 20);
      free(both[0].bytes);
      free(both[1].bytes);
      at += here;
    }
    blob next;
    quantiles_outcome outcome = quantiles_fit(round, merged, probabilities, found, &next);
    free(merged.bytes);
    free(round.bytes);
    if (outcome != QUANTILES_AGAIN) {
      return outcome;
    }
    round = next;
  }
}

static void agrees_with_sorting(const double *values, size_t rows, double tail, int most_rounds) {
  double *sorted = malloc(rows * sizeof *sorted);
  size_t present = 0;
  for (size_t row = 0; row < rows; row++) {
    if (!isnan(values[row])) {
      sorted[present++] = values[row];
    }
  }
  qsort(sorted, present, sizeof *sorted, ascending);
  double probabilities[QUANTILES];
  probabilities_of(tail, probabilities);
  for (size_t part = rows + 1; part > 1; part = part / 9 + 1) {
    quantile found[QUANTILES];
    int rounds;
    assert(fit(values, rows, part, probabilities, found, &rounds) == QUANTILES_FOUND);
    assert(rounds <= most_rounds);
    for (size_t at = 0; at < QUANTILES; at++) {
      double position = probabilities[at] * (double)(present - 1);
      size_t low = (size_t)position;
      assert(found[at].low == sorted[low] && found[at].high == sorted[low + (low + 1 < present)]);
      assert(found[at].weight == position - (double)low);
    }
    if (part < 1000) {
      break;
    }
  }
  free(sorted);
}

static uint64_t random_bits(void) {
  static uint64_t state;
  uint64_t mixed = state += UINT64_C(0x9e3779b97f4a7c15);
  mixed = (mixed ^ (mixed >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  mixed = (mixed ^ (mixed >> 27)) * UINT64_C(0x94d049bb133111eb);
  return mixed ^ (mixed >> 31);
}

#define ROWS 400000

static void quantiles_are_exact(void) {
  double *values = malloc(ROWS * sizeof *values);
  static const double few[] = {3, -1, (double)NAN, 7, -0.0, 0, 7};
  agrees_with_sorting(few, 7, 0.25, 1);
  agrees_with_sorting(few, 1, 0, 1);
  // Any finite double, and missing cells.
  for (size_t row = 0; row < ROWS; row++) {
    uint64_t bits = random_bits();
    memcpy(&values[row], &bits, sizeof bits);
    values[row] = isinf(values[row]) ? (double)NAN : values[row];
  }
  agrees_with_sorting(values, ROWS, 0.01, 2);
  // Close to one another, so that leading bits tell nothing.
  for (size_t row = 0; row < ROWS; row++) {
    values[row] = 1e9 + (double)(random_bits() % 65537) * 1e-6;
  }
  agrees_with_sorting(values, ROWS, 0.25, 5);
  // Few values, each of them often; both neighbours of a quantile far apart.
  for (size_t row = 0; row < ROWS; row++) {
    values[row] = row % 4 == 0 ? -1e300 : row % 4 == 1 ? 0 : 5;
  }
  agrees_with_sorting(values, ROWS, 0.25, 5);
  agrees_with_sorting(values, ROWS, 0, 5);
  agrees_with_sorting(values, ROWS, 0.4999999999, 5);
  free(values);
}

static state learnt_of(const double *values, size_t rows) {
  double probabilities[QUANTILES];
  probabilities_of(0.25, probabilities);
  quantile found[QUANTILES];
  int rounds;
  quantiles_outcome outcome = fit(values, rows, 2, probabilities, found, &rounds);
  return outcome == QUANTILES_FOUND ? state_of(found) : (state){.known = false};
}

static void scaling_is_as_defined(void) {
  double values[] = {1, 2, 3, 4, 1000, (double)NAN};
  state state = learnt_of(values, 6);
  assert(state.known && state.median == 3 && state.low == 2 && state.high == 4);
  apply(&state, values, 6);
  assert(values[0] == -1 && values[1] == -0.5 && values[2] == 0 && values[4] == 498.5 && isnan(values[5]));

  double constant[] = {5, 5, 5, 7};
  state = learnt_of(constant, 3);
  apply(&state, constant, 4);
  assert(constant[0] == 0 && constant[3] == 2);

  double huge[] = {-DBL_MAX, -DBL_MAX, DBL_MAX, DBL_MAX};
  state = learnt_of(huge, 4);
  apply(&state, huge, 4);
  assert(state.median == 0 && huge[0] == -0.5 && huge[3] == 0.5);

  double nothing[] = {(double)NAN, (double)NAN};
  state = learnt_of(nothing, 2);
  assert(!state.known);
  double later[] = {4};
  apply(&state, later, 1);
  assert(isnan(later[0]));
}

int main(void) {
  quantiles_are_exact();
  scaling_is_as_defined();
  return 0;
}
