import type { Command } from 'commander';
import { reasonText } from '../../../shared/domain/executor-reasons.ts';
import { computingText, measureComputing } from '../computing.ts';
import type { RunCommand } from '../program.ts';

/** `enxerto probe`: tries what can compute on this machine. */
export function addProbe(program: Command, run: RunCommand): void {
  program
    .command('probe')
    .summary('try what can train networks on this machine: is it right, how fast is it')
    .description(
      'Loads every executor in a process of its own, compares its gradients with the reference, and times it. The result is kept and used by every training.',
    )
    .addHelpText(
      'after',
      `
Examples:
  $ enxerto probe
  $ enxerto probe --json
Choose one for a single command with ENXERTO_EXECUTOR, or with: enxerto train PROJECT --executor NAME
`,
    )
    .action(() =>
      run(async (studio) => {
        const state = await measureComputing(studio);
        studio.output.say(computingText(state));
        for (const each of state.executors ?? [])
          if (each.reason !== null && each.code !== 'otherSystem')
            studio.output.say(`  ${each.id}: ${reasonText(each.reason, 'en')}`);
        studio.output.event('result', state);
      }),
    );
}
