#include "method.h"

#include <assert.h>
#include <math.h>

int main(void) {
  double values[] = {0, 2, -2, 6, (double)NAN, 1e308};
  apply(2, NULL, values, 6);
  assert(values[0] == 0 && values[1] == 0.5 && values[2] == -0.5 && values[3] == 0.75);
  assert(isnan(values[4]) && values[5] == 1);
  return 0;
}
