// Exact quantiles of a column that comes in parts, in bounded memory.
//
// Every double has a key of 64 ordered bits. Few values are kept as they are. Of many, a round counts how many keys share
// their leading bits, and the next round looks only into those ranges of keys that hold a wanted rank, until few enough
// values lie in them to be kept. Two rounds are the rule, and five the most. Counts and values of parts just add up, so
// that neither cuts nor order of the parts matter.

#ifndef QUANTILES_H
#define QUANTILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// How many quantiles are asked for together.
#define QUANTILES 3

// What goes from one call to the next. The bytes come from malloc, and may lie at any address.
typedef struct {
  uint8_t *bytes;
  size_t length;
} blob;

// A place between two neighbours among the sorted cells.
typedef struct {
  double low, high;
  // How far the place is from `low` to `high`, at least 0 and below 1.
  double weight;
} quantile;

typedef enum {
  QUANTILES_FOUND,
  // No cell is present.
  QUANTILES_NONE,
  // It takes one more round.
  QUANTILES_AGAIN,
} quantiles_outcome;

// What one part adds to a round, whose bytes are none in the first one. A missing cell is NaN.
blob quantiles_summarize(blob round, const double *values, size_t rows);

// Parts of the same round as one.
blob quantiles_merge(blob round, const blob *parts, size_t count);

// The quantiles at three probabilities from 0 to 1, or what the next round has to know.
quantiles_outcome quantiles_fit(blob round, blob summary, const double probabilities[QUANTILES],
                                quantile found[QUANTILES], blob *next);

#endif
