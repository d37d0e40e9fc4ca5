import { readdir, readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { en } from '../../../renderer/app/language/en/index.ts';
import { ptBr } from '../../../renderer/app/language/pt-br/index.ts';

const folder = new URL('../../../resources/backbones/', import.meta.url);

interface Card {
  readonly name: string;
  readonly licence: { readonly weights: string };
  readonly trained_on: string;
  readonly known_bias: string;
  readonly measured: readonly {
    readonly data: string;
    readonly protocol: string;
    readonly accuracy: number;
  }[];
}

/** Decimal and thousands signs aside, so that a translated number is still the same one. */
const numbersIn = (text: string) =>
  [...text.matchAll(/\d[\d.,]*/g)].map(([digits]) => digits.replaceAll(/\D/g, ''));

describe('what the window says of the bundled networks', async () => {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.json'));
  const cards = await Promise.all(
    names.map(async (name) => JSON.parse(await readFile(new URL(name, folder), 'utf8')) as Card),
  );

  it('is there for each of them and for no other', () => {
    expect(Object.keys(en.rules.bundled.protocols).sort()).toEqual(cards.map(({ name }) => name).sort());
  });

  it.each(cards)('is what the card of $name says', (card) => {
    const { protocols, ...words } = en.rules.bundled;
    const [best] = [...card.measured].sort((one, other) => other.accuracy - one.accuracy);
    expect({ ...words, protocol: new Map(Object.entries(protocols)).get(card.name) }).toEqual({
      trainedOn: card.trained_on,
      licence: card.licence.weights,
      knownBias: card.known_bias,
      data: best?.data,
      protocol: best?.protocol,
    });
  });

  it('has the same numbers in Portuguese', () => {
    const own = ptBr.rules.bundled;
    for (const field of ['licence', 'knownBias', 'data'] as const)
      expect(numbersIn(own[field]), field).toEqual(numbersIn(en.rules.bundled[field]));
    const portuguese = new Map(Object.entries(own.protocols));
    for (const [name, text] of Object.entries(en.rules.bundled.protocols))
      expect(numbersIn(portuguese.get(name) ?? '').sort(), name).toEqual(numbersIn(text).sort());
  });
});
