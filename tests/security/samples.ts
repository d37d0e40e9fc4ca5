import { z } from 'zod';

/** A value that a schema takes, and the ways to spoil it, one at a time. */
export interface Sample {
  readonly value: unknown;
  /** Each names what is wrong and gives the whole input with it. */
  readonly spoiled: readonly (readonly [what: string, input: unknown])[];
}

const longText = 'x'.repeat(1_000_001);
const tooMany = 200_001;

interface Definition {
  readonly type: string;
  readonly shape?: Readonly<Record<string, z.ZodType>>;
  readonly element?: z.ZodType;
  readonly items?: readonly z.ZodType[];
  readonly innerType?: z.ZodType;
  readonly in?: z.ZodType;
  readonly options?: readonly z.ZodType[];
  readonly entries?: Readonly<Record<string, string>>;
  readonly values?: readonly unknown[];
}

/** The first of these that the schema takes; what a field is for can be told by its rules. */
function fitting(schema: z.ZodType, candidates: readonly unknown[]): unknown {
  const found = candidates.find((candidate) => schema.safeParse(candidate).success);
  if (found === undefined)
    throw new Error(`No sample fits ${JSON.stringify(z.toJSONSchema(schema, { io: 'input' }))}`);
  return found;
}

const texts = ['a', '#112233', '2026-01-01', 'https://example.org', 'a@b.example'];
const numbers = [1, 0.5, 32, 100, 0, 2];

/** Builds a sample from a schema of the contract. */
export function sampleOf(schema: z.ZodType): Sample {
  const definition = schema._zod.def as unknown as Definition;
  const wrongTypes: Sample['spoiled'] = [
    ['null', null],
    ['a function’s name', { toString: 'x' }],
    ['NaN', Number.NaN],
    ['a list in a list', [[[]]]],
  ];
  switch (definition.type) {
    case 'object':
      return objectSample(definition.shape ?? {});
    case 'array': {
      const { value, spoiled } = sampleOf(definition.element ?? z.never());
      const many = Array(tooMany).fill(value);
      return {
        value: [value],
        spoiled: [
          ['no list', value],
          ['a list too long', many],
          ...spoiled.map(([what, bad]) => [what, [bad]] as const),
        ],
      };
    }
    case 'tuple': {
      const parts = (definition.items ?? []).map(sampleOf);
      const value = parts.map((part) => part.value);
      return {
        value,
        spoiled: [['too short', value.slice(1)], ['too long', [...value, value[0]]], ...wrongTypes],
      };
    }
    case 'optional':
    case 'default':
      return sampleOf(definition.innerType ?? z.never());
    // On the wire, which is JSON, an infinite number is a null.
    case 'nullable': {
      const { value, spoiled } = sampleOf(definition.innerType ?? z.never());
      return { value, spoiled: spoiled.filter(([what]) => what !== 'null' && what !== 'infinite') };
    }
    case 'pipe':
      return sampleOf(definition.in ?? z.never());
    case 'union':
      return unionSample(schema, definition.options ?? []);
    case 'record':
      return {
        value: {
          a:
            fitting(
              schema,
              texts.map((text) => ({ a: text })),
            ) && 'a',
        },
        spoiled: [...wrongTypes.slice(2), ['long key', { [longText]: 'a' }], ['long text', { a: longText }]],
      };
    case 'enum':
      return {
        value: Object.values(definition.entries ?? {})[0],
        spoiled: [['unknown word', 'constructor'], ...wrongTypes],
      };
    case 'literal':
      return { value: definition.values?.[0], spoiled: [['unknown word', 'constructor'], ...wrongTypes] };
    case 'boolean':
      return { value: true, spoiled: [['a word', 'true'], ...wrongTypes] };
    case 'string':
      return {
        value: fitting(schema, texts),
        spoiled: [['long text', longText], ['a number', 7], ...wrongTypes],
      };
    case 'number':
      return {
        value: fitting(schema, numbers),
        spoiled: [['a word', '1'], ['infinite', Number.POSITIVE_INFINITY], ['huge', 1e300], ...wrongTypes],
      };
    default:
      throw new Error(`No sample for a ${definition.type}; add one.`);
  }
}

function objectSample(shape: Readonly<Record<string, z.ZodType>>): Sample {
  const fields = Object.entries(shape).map(([name, field]) => ({ name, field, ...sampleOf(field) }));
  const value = Object.fromEntries(fields.map(({ name, value: good }) => [name, good]));
  const spoiled = fields.flatMap(({ name, field, spoiled: bad }) => [
    ...bad.map(([what, wrong]) => [`${name}: ${what}`, { ...value, [name]: wrong }] as const),
    ...(field.safeParse(undefined).success
      ? []
      : [
          [
            `${name}: missing`,
            Object.fromEntries(Object.entries(value).filter(([other]) => other !== name)),
          ] as const,
        ]),
  ]);
  return { value, spoiled: [['null', null], ['a word', 'x'], ['a list', [value]], ...spoiled] };
}

function unionSample(schema: z.ZodType, options: readonly z.ZodType[]): Sample {
  const samples = options.map(sampleOf);
  const spoiled = samples.flatMap((sample) => sample.spoiled);
  return {
    value: samples[0]?.value,
    // Wrong for one alternative may be right for another.
    spoiled: spoiled.filter(([, bad]) => !schema.safeParse(bad).success),
  };
}
