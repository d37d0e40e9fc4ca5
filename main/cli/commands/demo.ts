import type { Command } from 'commander';
import { runDemo } from '../demo/demo.ts';
import { whole } from '../options.ts';
import type { RunCommand } from '../program.ts';

/** `enxerto demo`: the whole main job on the bundled sample. */
export function addDemo(program: Command, run: RunCommand): void {
  program
    .command('demo')
    .summary('do the whole job on 250 bundled photos of coffee leaves')
    .description(
      'Imports 250 photos of coffee leaves, trains them three ways on the same five folds (feature extraction, fine-tuning, from scratch), compares the results honestly, predicts, exports with proof and writes a report. A few minutes.',
    )
    .option('--seed <n>', 'seed of everything random', whole(0, 0xffffffff), 1)
    .option('--folder <folder>', 'an empty folder for the project and its files (otherwise .enxerto/demo)')
    .addHelpText('after', '\nExamples:\n  $ enxerto demo\n  $ enxerto demo --seed 2 --json\n')
    .action((options: { seed: number; folder?: string }) => run((studio) => runDemo(studio, options)));
}
