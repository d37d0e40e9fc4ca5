import type { BlockReport, StepBytes } from '../../../shared/contract/trainer.ts';
import type { Body } from '../loop/body.ts';

/** Of the numbers that cross a cut. */
const FLOAT_BYTES = 4;

type Block = BlockReport['blocks'][number];

/** What the page and the estimates are told of a backbone's blocks, from the image to the head. */
export function blockReports(body: Body, steps: readonly (StepBytes | null)[]): Block[] {
  return body.blocks.map((block, index) => ({
    id: block.name,
    parameters: block.parameterCount,
    multiplyAdds: block.multiplyAdds,
    level: levelOf(index, body.blocks.length),
    stepBytes: steps[index] ?? null,
    cutValues: index === 0 ? null : body.blocks[index - 1]!.cutBytes / FLOAT_BYTES,
  }));
}

/** The first third of a network sees edges and textures, the second patterns and parts, the last whole objects. */
export function levelOf(index: number, count: number): Block['level'] {
  const place = (index + 0.5) / count;
  if (place < 1 / 3) return 'initial';
  return place < 2 / 3 ? 'intermediate' : 'final';
}
