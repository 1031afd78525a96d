// Numbers in JSON objects whose shape is known: the host has checked parameters against the schema before they come here,
// and a state is what this plugin wrote itself.

#ifndef JSON_H
#define JSON_H

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Most bytes of a number.
#define JSON_DIGITS 64

// The number behind `"name":`, or `otherwise` where there is none; NaN where it is no number.
static double json_number(const uint8_t *json, size_t length, const char *name, double otherwise) {
  size_t wanted = strlen(name);
  for (size_t at = 0; at + wanted + 2 <= length; at++) {
    if (json[at] != '"' || memcmp(json + at + 1, name, wanted) != 0 || json[at + 1 + wanted] != '"') {
      continue;
    }
    size_t value = at + wanted + 2;
    while (value < length && json[value] != 0 && strchr(" \t\r\n:", json[value]) != NULL) {
      value++;
    }
    char digits[JSON_DIGITS];
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

// Writes a number in as few digits as tell it.
static void json_write(char text[JSON_DIGITS], double value) {
  for (int digits = 6; digits <= 17; digits++) {
    snprintf(text, JSON_DIGITS, "%.*g", digits, value);
    if (strtod(text, NULL) == value) {
      return;
    }
  }
}

#endif
