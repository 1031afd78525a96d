#include "method.h"

#include <assert.h>
#include <math.h>

int main(void) {
  double cells[] = {1, 2, 3, 4, (double)NAN};
  assert(feature(2, cells, 5) == 0.5);
  assert(isnan(feature(2, cells + 4, 1)));
  return 0;
}
