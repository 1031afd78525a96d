// Exports the method by the contract: an object for the interface `features`, whose names are those of the contract in
// camel case. An error is thrown, as the variant that it is.

import { checked, rank } from './method.js';

const SCHEMA = {
  type: 'object',
  additionalProperties: false,
  properties: {
    min_count: {
      description: 'A window with fewer present cells has no rank.',
      type: 'integer',
      minimum: 1,
      maximum: 1_000_000,
      default: 2,
    },
  },
};

const nameOf = (column) => `${column}_rolling_rank`;

function resolved(params) {
  const given = JSON.parse(params || '{}');
  const errors = checked(given);
  if (errors.length > 0) {
    throw { tag: 'invalid-params', val: errors };
  }
  return { min_count: SCHEMA.properties.min_count.default, ...given };
}

export const features = {
  describe() {
    return {
      name: 'rolling-rank',
      version: '0.1.0',
      methods: [
        {
          kind: 'feature',
          name: 'rolling_rank',
          summary: 'Where the last value of a window stands among all of them, from 0 to 1.',
          paramsSchema: JSON.stringify(SCHEMA),
        },
      ],
    };
  },

  // Cases that the host replays, bit for bit, before it lets the plugin in.
  examples() {
    const values = Float64Array.of(4, 1, 3, 3, NaN, 2, NaN, NaN);
    return [
      {
        method: 'rolling_rank',
        params: '{}',
        input: {
          timestamps: BigInt64Array.from(values, (_, row) => BigInt(row) * 1_000_000_000n),
          columns: [{ name: 'a', values }],
        },
        windows: [
          { start: 0, end: 4 },
          { start: 1, end: 5 },
          { start: 2, end: 6 },
          { start: 4, end: 8 },
        ],
        output: [{ name: 'a_rolling_rank', values: Float64Array.of(0.5, 2 / 3, 0.5 / 3, NaN) }],
      },
    ];
  },

  resolve(_method, params) {
    return {
      params: JSON.stringify(resolved(params)),
      scope: 'column',
      fitted: false,
      causal: true,
      removesRows: false,
    };
  },

  names(_method, _params, columns) {
    return columns.map(nameOf);
  },

  compute(_method, params, data, windows) {
    const minCount = resolved(params).min_count;
    return data.columns.map(({ name, values }) => ({
      name: nameOf(name),
      values: Float64Array.from(windows, ({ start, end }) => rank(values, start, end, minCount)),
    }));
  },
};
