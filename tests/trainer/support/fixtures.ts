import { floatTensor, tensorInts } from '../../../main/trainer/graph/tensor.ts';
import type { FloatTensor, Tensor } from '../../../main/trainer/graph/types.ts';
import { readSafetensors } from './safetensors.ts';

const all = readSafetensors(new URL('../../fixtures/trainer/gradients.safetensors', import.meta.url));

/** What PyTorch computed for the operator suite, by CASE/what; see make_operator_gradients.py. */
export const operatorFixtures = readSafetensors(
  new URL('../../fixtures/trainer/operator-gradients.safetensors', import.meta.url),
) as ReadonlyMap<string, FloatTensor>;

/** What PyTorch computed, by the names the fixture script gave. */
export const fixture = floats(all, 'make_gradients.py');

const rules = readSafetensors(new URL('../../fixtures/trainer/training-rules.safetensors', import.meta.url));

/** What PyTorch computed for losses, optimisers and schedules. */
export const ruleFixture = floats(rules, 'make_training_rules.py');

/** Looks up what a script of the fixtures wrote as float32. */
export function floats(file: ReadonlyMap<string, Tensor>, script: string): (name: string) => FloatTensor {
  return (name) => {
    const value = file.get(name);
    if (value?.dtype !== 'float32') throw new Error(`The fixture has no "${name}"; run ${script}.`);
    return value;
  };
}

/** Names below a prefix, without it. */
export function fixtureNames(prefix: string): readonly string[] {
  return [...all.keys()].filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length));
}

/** Integer settings of a case. */
export function fixtureInts(name: string): readonly number[] {
  return tensorInts(all.get(name) as Tensor);
}

/** A scalar. */
export const scalar = (value: number): FloatTensor => floatTensor([], [value]);
