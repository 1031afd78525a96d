#include "method.h"

size_t plan(double pause_s, const int64_t *timestamps, size_t rows, bounds *windows) {
  size_t count = 0;
  uint32_t start = 0;
  for (size_t row = 1; row <= rows; row++) {
    bool ends = row == rows;
    if (!ends) {
      uint64_t pause = (uint64_t)timestamps[row] - (uint64_t)timestamps[row - 1];
      ends = (double)pause / 1e9 > pause_s;
    }
    if (ends) {
      windows[count++] = (bounds){start, (uint32_t)row};
      start = (uint32_t)row;
    }
  }
  return count;
}
