import { rotateHues, saturate } from './colour.ts';
import type { Size } from './matrix.ts';
import { sharpen } from './neighbours.ts';
import { createTables, type Tables } from './tables.ts';
import type { MixingStep, PointStep, ToneStep } from './view.ts';

/**
 * Changes pixel values of uint8 planes [3, height, width] in place, step after step, each rounded to bytes as PIL's
 * are. Steps that treat each value by itself are gathered into one look-up table a channel, even those that need
 * statistics, since counts can go through a table too: the picture is gone through once for all of them.
 */
export function applyTone(planes: Uint8Array, size: Size, steps: readonly ToneStep[]): void {
  const area = size.width * size.height;
  const channels = [0, 1, 2].map((plane) => planes.subarray(plane * area, (plane + 1) * area));
  let tables: Tables | null = null;
  for (const step of steps) {
    if (isPoint(step)) {
      tables ??= createTables(channels);
      tables.add(step);
    } else {
      tables?.apply();
      tables = null;
      mix(channels, size, step);
    }
  }
  tables?.apply();
}

function isPoint(step: ToneStep): step is PointStep {
  return step[0] !== 'saturation' && step[0] !== 'sharpness' && step[0] !== 'hue';
}

function mix(channels: readonly Uint8Array[], size: Size, [name, amount]: MixingStep): void {
  if (name === 'saturation') saturate(channels, amount);
  else if (name === 'hue') rotateHues(channels, amount);
  else for (const channel of channels) sharpen(channel, size, amount);
}
