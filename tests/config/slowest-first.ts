import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that take longest, so that at the end no core waits for one of them. All others go as Vitest has them. */
const slowest = [
  'trainer/loop/step-memory',
  'trainer/executors/openvino',
  'integration/wrong-input-training',
  'trainer/loop/memory',
  'cli/command-line',
  'engine/computing/probe',
  'cli/own-network',
  'integration/trainer-real-photos',
  'integration/trainer-process',
  'trainer/autodiff/cut-sets',
].map((name) => `/tests/${name}.test.ts`);

/** Vitest knows how long files took only where they were run before; a fresh checkout has no such memory. */
export class SlowestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const at = slowest.findIndex((name) => moduleId.endsWith(name));
      return at < 0 ? slowest.length : at;
    };
    return (await super.sort(files)).sort((one, other) => rank(one) - rank(other));
  }
}
