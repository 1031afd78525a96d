#include "method.h"

#include <assert.h>
#include <math.h>

int main(void) {
  int64_t timestamps[] = {0, 1000000000, 2000000000, 90000000000};
  double values[] = {(double)NAN, 1, (double)NAN, (double)NAN};
  apply(60, timestamps, values, 4);
  assert(isnan(values[0]) && values[2] == 1 && isnan(values[3]));
  return 0;
}
