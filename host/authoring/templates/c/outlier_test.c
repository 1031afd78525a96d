#include "method.h"

#include <assert.h>
#include <math.h>

int main(void) {
  double spike[] = {1, 2, 50, 3, -30, 4};
  apply(10, NULL, spike, 6);
  assert(isnan(spike[2]) && isnan(spike[4]) && spike[3] == 3);
  double step[] = {0, 0, 100, 100};
  apply(10, NULL, step, 4);
  assert(step[2] == 100);
  return 0;
}
