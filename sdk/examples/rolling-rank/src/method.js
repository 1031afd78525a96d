// The method: where the last value of a window stands among all of them. It knows nothing of the contract, so that node
// can run and test it.

/**
 * The rank of the last present cell among the present cells of rows [start, end): the share of those that are less, plus
 * half the share of those that are equal, itself among them. So it lies between 0 and 1, and is 0.5 where all are equal.
 * NaN where fewer than `minCount` cells are present.
 */
export function rank(values, start, end, minCount) {
  let last = NaN;
  for (let row = end - 1; row >= start && Number.isNaN(last); row--) {
    last = values[row];
  }
  let less = 0;
  let equal = 0;
  let greater = 0;
  for (let row = start; row < end; row++) {
    // A missing cell is NaN, and every comparison with it is false.
    const value = values[row];
    if (value < last) {
      less++;
    } else if (value === last) {
      equal++;
    } else if (value > last) {
      greater++;
    }
  }
  const count = less + equal + greater;
  return count < minCount ? NaN : (less + equal / 2) / count;
}

/** What is wrong with parameters: the host checks the schema, this is for who has not. */
export function checked(params) {
  const errors = Object.keys(params)
    .filter((name) => name !== 'min_count')
    .map((name) => ({ path: `/${name}`, message: 'there is no such parameter' }));
  const { min_count: minCount = 1 } = params;
  if (!Number.isInteger(minCount) || minCount < 1) {
    errors.push({ path: '/min_count', message: 'is no whole number of at least 1' });
  }
  return errors;
}
