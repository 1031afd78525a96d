#include "method.h"

#include <math.h>

double feature(double level, const double *cells, size_t rows) {
  size_t present = 0, above = 0;
  for (size_t row = 0; row < rows; row++) {
    // A missing cell is NaN, and every comparison with it is false.
    present += !isnan(cells[row]);
    above += cells[row] > level;
  }
  return present == 0 ? (double)NAN : (double)above / (double)present;
}
