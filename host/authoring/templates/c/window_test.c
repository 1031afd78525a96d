#include "method.h"

#include <assert.h>

int main(void) {
  int64_t timestamps[] = {0, 1000000000, 90000000000, 91000000000};
  bounds windows[4];
  assert(plan(60, timestamps, 4, windows) == 2);
  assert(windows[0].start == 0 && windows[0].end == 2 && windows[1].start == 2 && windows[1].end == 4);
  assert(plan(60, timestamps, 0, windows) == 0);
  return 0;
}
