// The parameter of a method, from JSON and to it. The host has checked JSON against the schema before it comes here, so
// that it is an object of numbers.

#ifndef PARAMS_H
#define PARAMS_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Most bytes of a number in JSON.
#define PARAMS_DIGITS 64

// The number behind `"name":`, or `otherwise` where there is none; NaN where it is no number.
static double params_number(const uint8_t *json, size_t length, const char *name, double otherwise) {
  size_t wanted = strlen(name);
  for (size_t at = 0; at + wanted + 2 <= length; at++) {
    if (json[at] != '"' || memcmp(json + at + 1, name, wanted) != 0 || json[at + 1 + wanted] != '"') {
      continue;
    }
    size_t value = at + wanted + 2;
    while (value < length && json[value] != 0 && strchr(" \t\r\n:", json[value]) != NULL) {
      value++;
    }
    char digits[PARAMS_DIGITS];
    size_t count = 0;
    while (value < length && count < sizeof digits - 1 && json[value] != 0 &&
           strchr("+-.0123456789eE", json[value]) != NULL) {
      digits[count++] = (char)json[value++];
    }
    digits[count] = 0;
    return count == 0 ? (double)NAN : strtod(digits, NULL);
  }
  return otherwise;
}

// `{"name":value}` in as few digits as tell the value; to be freed.
static char *params_json(const char *name, double value) {
  size_t room = strlen(name) + PARAMS_DIGITS;
  char *json = malloc(room);
  for (int digits = 6; digits <= 17; digits++) {
    snprintf(json, room, "{\"%s\":%.*g}", name, digits, value);
    if (params_number((const uint8_t *)json, strlen(json), name, 0) == value) {
      break;
    }
  }
  return json;
}

#endif
