// The method against its definition: node --test

import assert from 'node:assert/strict';
import test from 'node:test';

import { checked, rank } from '../src/method.js';

const N = NaN;

test('the share of what is less, and half of what is equal', () => {
  assert.equal(rank([1, 2, 3, 4], 0, 4, 1), 3.5 / 4);
  assert.equal(rank([4, 3, 2, 1], 0, 4, 1), 0.5 / 4);
  assert.equal(rank([7, 7, 7], 0, 3, 1), 0.5);
  assert.equal(rank([0, -0], 0, 2, 1), 0.5);
});

test('only the rows of the window count', () => {
  assert.equal(rank([9, 1, 2, 0], 1, 3, 1), 1.5 / 2);
});

test('missing cells are passed over, also at the end', () => {
  assert.equal(rank([1, N, 3, N], 0, 4, 1), 1.5 / 2);
});

test('too few cells have no rank', () => {
  assert.ok(Number.isNaN(rank([1, N], 0, 2, 2)));
  assert.ok(Number.isNaN(rank([N, N], 0, 2, 1)));
  assert.equal(rank([1, N], 0, 2, 1), 0.5);
});

test('agrees with the middle of the places that the value takes among the sorted ones', () => {
  let seed = 1;
  const random = (most) => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed % most;
  };
  for (let round = 0; round < 500; round++) {
    const values = Array.from({ length: 1 + random(30) }, () => (random(4) === 0 ? N : random(9)));
    const present = values.filter((value) => !Number.isNaN(value));
    const found = rank(values, 0, values.length, 1);
    if (present.length === 0) {
      assert.ok(Number.isNaN(found));
      continue;
    }
    const last = present.at(-1);
    present.sort((left, right) => left - right);
    const middle = (present.indexOf(last) + present.lastIndexOf(last) + 1) / 2;
    assert.equal(found, middle / present.length);
  }
});

test('parameters that make no sense are told', () => {
  assert.deepEqual(checked({}), []);
  assert.deepEqual(checked({ min_count: 3 }), []);
  for (const [params, path] of [
    [{ min_count: 0 }, '/min_count'],
    [{ min_count: 1.5 }, '/min_count'],
    [{ min_count: 'two' }, '/min_count'],
    [{ count: 2 }, '/count'],
  ]) {
    assert.deepEqual(checked(params).map((error) => error.path), [path]);
  }
});
