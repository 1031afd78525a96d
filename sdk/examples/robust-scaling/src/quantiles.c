#include "quantiles.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// The most values that are kept. At eight bytes each, and 16 for each count, a summary stays below the 1 MiB that the
// contract allows.
#define KEPT 100000
// A neighbour below and one above for each quantile; each lies in one range at most.
#define RANKS (2 * QUANTILES)
// The bits of a key below those that the first round counts by, and how many fewer they are in each further one.
#define FIRST_SHIFT 49
#define ROUND_BITS 13
// Counts that a range has at most.
#define BINS (1u << (64 - FIRST_SHIFT))

// Keys from `first` to `last`, both included.
typedef struct {
  uint64_t first, last;
  // How many cells lie below it and in it; not known in the first round.
  uint64_t below, inside;
} range;

// What a round looks at; its bytes are those of the round.
typedef struct {
  // How many cells are present; not known in the first round.
  uint64_t total;
  // Ascending.
  range ranges[RANKS];
  uint32_t count;
  uint32_t shift;
  // Whether values are kept and not counted; in the first round each part sees for itself. No bool, so that there is no
  // padding between the fields.
  uint32_t keeps;
  uint32_t first;
} look;

// Stands before the values or the counts of a summary.
typedef enum { VALUES, COUNTS } form;

typedef struct {
  uint64_t bin, count;
} counted;

static look look_of(blob round) {
  look look = {.count = 1, .shift = FIRST_SHIFT, .first = true};
  look.ranges[0].last = UINT64_MAX;
  if (round.length == sizeof look) {
    memcpy(&look, round.bytes, sizeof look);
  }
  return look;
}

static uint64_t key_of(double value) {
  // Adding zero makes -0 into 0: which of them comes first would be a matter of order.
  value += 0.0;
  uint64_t bits;
  memcpy(&bits, &value, sizeof bits);
  return bits >> 63 ? ~bits : bits | UINT64_C(1) << 63;
}

static double value_of(uint64_t key) {
  uint64_t bits = key >> 63 ? key & ~(UINT64_C(1) << 63) : ~key;
  double value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

// Whether the cell of this rank, from 0 among all, lies in a range.
static bool holds(const range *range, uint64_t rank) {
  return rank >= range->below && rank - range->below < range->inside;
}

// Which count a present cell belongs to: that of its leading bits in its range. Negative where it lies in no range.
static int64_t bin_of(const look *look, uint64_t key) {
  for (uint32_t at = 0; at < look->count; at++) {
    const range *range = &look->ranges[at];
    if (key >= range->first && key <= range->last) {
      return (int64_t)(at * BINS + ((key - range->first) >> look->shift));
    }
  }
  return -1;
}

static form form_of(blob summary) {
  form form;
  memcpy(&form, summary.bytes, sizeof form);
  return form;
}

static size_t items(blob summary, size_t size) {
  return (summary.length - sizeof(form)) / size;
}

// The item with this index, which need not be aligned.
static void item(blob summary, size_t size, size_t index, void *found) {
  memcpy(found, summary.bytes + sizeof(form) + index * size, size);
}

static blob summary_of(form form, size_t room) {
  blob summary = {malloc(sizeof form + room), sizeof form};
  memcpy(summary.bytes, &form, sizeof form);
  return summary;
}

static void append(blob *summary, const void *bytes, size_t length) {
  memcpy(summary->bytes + summary->length, bytes, length);
  summary->length += length;
}

static blob summary_of_counts(const look *look, uint64_t *counts) {
  size_t used = 0;
  for (size_t bin = 0; bin < look->count * BINS; bin++) {
    used += counts[bin] != 0;
  }
  blob summary = summary_of(COUNTS, used * sizeof(counted));
  for (size_t bin = 0; bin < look->count * BINS; bin++) {
    if (counts[bin] != 0) {
      append(&summary, &(counted){bin, counts[bin]}, sizeof(counted));
    }
  }
  free(counts);
  return summary;
}

static void count(const look *look, double value, uint64_t *counts) {
  int64_t bin = isnan(value) ? -1 : bin_of(look, key_of(value));
  if (bin >= 0) {
    counts[bin]++;
  }
}

blob quantiles_summarize(blob round, const double *values, size_t rows) {
  look look = look_of(round);
  size_t present = 0;
  for (size_t row = 0; row < rows; row++) {
    present += !isnan(values[row]);
  }
  if (look.first ? present > KEPT : !look.keeps) {
    uint64_t *counts = calloc(look.count * BINS, sizeof *counts);
    for (size_t row = 0; row < rows; row++) {
      count(&look, values[row], counts);
    }
    return summary_of_counts(&look, counts);
  }
  blob summary = summary_of(VALUES, (present < KEPT ? present : KEPT) * sizeof(double));
  for (size_t row = 0; row < rows; row++) {
    if (!isnan(values[row]) && bin_of(&look, key_of(values[row])) >= 0) {
      append(&summary, &values[row], sizeof(double));
    }
  }
  return summary;
}

blob quantiles_merge(blob round, const blob *parts, size_t count_of_parts) {
  look look = look_of(round);
  size_t values = 0;
  bool keeps = true;
  for (size_t at = 0; at < count_of_parts; at++) {
    keeps = keeps && form_of(parts[at]) == VALUES;
    values += form_of(parts[at]) == VALUES ? items(parts[at], sizeof(double)) : 0;
  }
  if (keeps && values <= KEPT) {
    blob merged = summary_of(VALUES, values * sizeof(double));
    for (size_t at = 0; at < count_of_parts; at++) {
      append(&merged, parts[at].bytes + sizeof(form), parts[at].length - sizeof(form));
    }
    return merged;
  }
  uint64_t *counts = calloc(look.count * BINS, sizeof *counts);
  for (size_t at = 0; at < count_of_parts; at++) {
    bool of_values = form_of(parts[at]) == VALUES;
    size_t here = items(parts[at], of_values ? sizeof(double) : sizeof(counted));
    for (size_t index = 0; index < here; index++) {
      if (of_values) {
        double value;
        item(parts[at], sizeof value, index, &value);
        count(&look, value, counts);
      } else {
        counted found;
        item(parts[at], sizeof found, index, &found);
        counts[found.bin] += found.count;
      }
    }
  }
  return summary_of_counts(&look, counts);
}

static int ascending(const void *left, const void *right) {
  double a = *(const double *)left, b = *(const double *)right;
  return (a > b) - (a < b);
}

// The values at ranks among all cells, from those that a summary keeps.
static void select_values(const look *look, blob summary, const uint64_t ranks[RANKS], double found[RANKS]) {
  size_t kept = items(summary, sizeof(double));
  double *values = malloc(kept * sizeof *values);
  memcpy(values, summary.bytes + sizeof(form), kept * sizeof *values);
  qsort(values, kept, sizeof *values, ascending);
  for (size_t at = 0; at < RANKS; at++) {
    uint64_t before = 0;
    for (uint32_t range = 0; range < look->count; range++) {
      if (holds(&look->ranges[range], ranks[at])) {
        found[at] = values[before + ranks[at] - look->ranges[range].below] + 0.0;
      }
      before += look->ranges[range].inside;
    }
  }
  free(values);
}

// The counts that hold wanted ranks, as ranges.
static look narrowed(const look *wide, blob summary, const uint64_t ranks[RANKS], uint64_t total) {
  look narrow = {.total = total, .shift = wide->shift > ROUND_BITS ? wide->shift - ROUND_BITS : 0};
  uint64_t inside = 0, seen = 0;
  for (size_t index = 0, last = 0; index < items(summary, sizeof(counted)); index++) {
    counted found;
    item(summary, sizeof found, index, &found);
    if (found.bin / BINS != last) {
      seen = 0;
      last = found.bin / BINS;
    }
    const range *outer = &wide->ranges[last];
    range inner = {.below = outer->below + seen, .inside = found.count};
    inner.first = outer->first + ((uint64_t)(found.bin % BINS) << wide->shift);
    inner.last = inner.first + ((UINT64_C(1) << wide->shift) - 1);
    seen += found.count;
    bool wanted = false;
    for (size_t at = 0; at < RANKS; at++) {
      wanted = wanted || holds(&inner, ranks[at]);
    }
    if (wanted) {
      narrow.ranges[narrow.count++] = inner;
      inside += inner.inside;
    }
  }
  narrow.keeps = inside <= KEPT;
  return narrow;
}

static uint64_t total_of(const look *look, blob summary) {
  if (!look->first) {
    return look->total;
  }
  if (form_of(summary) == VALUES) {
    return items(summary, sizeof(double));
  }
  uint64_t total = 0;
  for (size_t index = 0; index < items(summary, sizeof(counted)); index++) {
    counted found;
    item(summary, sizeof found, index, &found);
    total += found.count;
  }
  return total;
}

quantiles_outcome quantiles_fit(blob round, blob summary, const double probabilities[QUANTILES],
                                quantile found[QUANTILES], blob *next) {
  look look = look_of(round);
  uint64_t total = total_of(&look, summary);
  if (total == 0) {
    return QUANTILES_NONE;
  }
  look.ranges[0].inside = look.first ? total : look.ranges[0].inside;
  uint64_t ranks[RANKS];
  double values[RANKS];
  for (size_t at = 0; at < QUANTILES; at++) {
    double position = probabilities[at] * (double)(total - 1);
    ranks[2 * at] = (uint64_t)position;
    ranks[2 * at + 1] = ranks[2 * at] + (ranks[2 * at] + 1 < total);
    found[at].weight = position - floor(position);
  }
  if (form_of(summary) == VALUES) {
    select_values(&look, summary, ranks, values);
  } else {
    look = narrowed(&look, summary, ranks, total);
    // With no bit left, each range is one value.
    bool whole = look.ranges[0].first == look.ranges[0].last;
    if (!whole) {
      *next = (blob){malloc(sizeof look), sizeof look};
      memcpy(next->bytes, &look, sizeof look);
      return QUANTILES_AGAIN;
    }
    for (size_t at = 0; at < RANKS; at++) {
      for (uint32_t range = 0; range < look.count; range++) {
        if (holds(&look.ranges[range], ranks[at])) {
          values[at] = value_of(look.ranges[range].first);
        }
      }
    }
  }
  for (size_t at = 0; at < QUANTILES; at++) {
    found[at].low = values[2 * at];
    found[at].high = values[2 * at + 1];
  }
  return QUANTILES_FOUND;
}
