import { expect, test } from 'vitest';
import { nextColour, palette } from '../../../main/engine/annotations/palette.ts';
import { command, failureOf, startEngine, startProject } from '../support.ts';

test('classes get a colour of their own and the next digit; ten classes have nine shortcuts', async () => {
  const engine = await startEngine();
  await engine.client.projects.create({ commandId: command(), name: 'P', task: 'singleLabel', folder: null });
  const { classes } = engine.client;
  for (let index = 1; index <= 13; index++)
    await classes.create({ commandId: command(), name: `Class ${index}` });
  const list = await classes.list();
  expect(list.map((row) => row.shortcut)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, null, null, null, null]);
  expect(new Set(list.slice(0, 12).map((row) => row.colour)).size).toBe(12);
  expect(list[12]?.colour).toBe(palette[0]);
});

test('names are unique however they are written', async () => {
  const { engine } = await startProject();
  const { classes } = engine.client;
  await classes.create({ commandId: command(), name: 'Ácaro' });
  const create = (name: string) => failureOf(classes.create({ commandId: command(), name }));
  expect((await create('RUST')).code).toBe('CLASS_EXISTS');
  expect((await create('a\u0301caro'.toUpperCase())).code).toBe('CLASS_EXISTS');
  expect(await create('rust')).toMatchObject({ data: { params: { name: 'Rust' } } });
  expect((await create('   ')).code).toBe('BAD_REQUEST');
});

test('a class keeps its id through new names, colours, orders; a shortcut moves to who asks for it', async () => {
  const { engine, rust, miner } = await startProject();
  const { classes, labels } = engine.client;
  await classes.update({ commandId: command(), id: rust, name: 'Ferrugem', colour: '#112233' });
  await classes.update({ commandId: command(), id: miner, shortcut: 1 });
  await classes.reorder({ commandId: command(), ids: [miner, rust] });
  const shown = async () => (await classes.list()).map(({ id, name, shortcut }) => ({ id, name, shortcut }));
  expect(await shown()).toEqual([
    { id: miner, name: 'Miner', shortcut: 1 },
    { id: rust, name: 'Ferrugem', shortcut: null },
  ]);
  for (let step = 0; step < 3; step++) await labels.undo({ commandId: command() });
  expect(await shown()).toEqual([
    { id: rust, name: 'Rust', shortcut: 1 },
    { id: miner, name: 'Miner', shortcut: 2 },
  ]);
  const same = { commandId: command(), id: rust, name: 'miner' };
  expect((await failureOf(classes.update(same))).code).toBe('CLASS_EXISTS');
});

/** Linear sRGB of `#rrggbb`. */
function linear(colour: string): [number, number, number] {
  const part = (at: number) => {
    const value = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return [part(1), part(3), part(5)];
}
type Matrix = readonly [readonly number[], readonly number[], readonly number[]];
/** Machado, Oliveira and Fernandes 2009, severity 1. */
const deficiencies: Record<string, Matrix> = {
  normal: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};
/** CIE L*a*b* of linear sRGB, D65. */
function lab(rgb: readonly number[]): number[] {
  const [r = 0, g = 0, b = 0] = rgb;
  const f = (t: number) => (t > 0.008856 ? Math.cbrt(t) : 7.787 * t + 16 / 116);
  const x = f((0.4124564 * r + 0.3575761 * g + 0.1804375 * b) / 0.95047);
  const y = f(0.2126729 * r + 0.7151522 * g + 0.072175 * b);
  const z = f((0.0193339 * r + 0.119192 * g + 0.9503041 * b) / 1.08883);
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

test.each(Object.entries(deficiencies))('the palette stays apart: %s', (_name, matrix) => {
  const seen = palette.map((colour) =>
    lab(matrix.map((row) => row.reduce((sum, factor, index) => sum + factor * linear(colour)[index]!, 0))),
  );
  const distances = seen.flatMap((a, i) =>
    seen.slice(i + 1).map((b, j) => ({
      pair: `${palette[i]} ${palette[i + 1 + j]}`,
      distance: Math.hypot(...a.map((value, k) => value - b[k]!)),
    })),
  );
  const nearest = distances.sort((a, b) => a.distance - b.distance)[0]!;
  // Ten is told apart at a glance; 2.3 is just noticeable.
  expect(nearest.distance, nearest.pair).toBeGreaterThan(10);
});

test('a colour that was given up is given again', () => {
  expect(nextColour([])).toBe(palette[0]);
  expect(nextColour(palette.slice(1))).toBe(palette[0]);
});
