#include "method.h"

#include <math.h>

void apply(double seconds, const int64_t *timestamps, double *values, size_t rows) {
  bool any = false;
  int64_t seen = 0;
  double held = 0;
  for (size_t row = 0; row < rows; row++) {
    if (!isnan(values[row])) {
      any = true;
      seen = timestamps[row];
      held = values[row];
    } else if (any && (double)((uint64_t)timestamps[row] - (uint64_t)seen) / 1e9 <= seconds) {
      values[row] = held;
    }
  }
}
