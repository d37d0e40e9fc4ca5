import type { ComputingState } from '../../shared/contract/computing.ts';
import { type ExecutorReport, releaseOf, type Unavailability } from '../../shared/contract/executor.ts';
import { StudioError } from '../../shared/domain/errors.ts';
import { reasonText } from '../../shared/domain/executor-reasons.ts';
import { cancellable } from './failures.ts';
import type { Studio } from './studio.ts';
import { table } from './text.ts';

const words: Readonly<Record<Unavailability, string>> = {
  otherSystem: 'other systems only',
  notInstalled: 'libraries not installed',
  notLoadable: 'libraries cannot be loaded',
  noDevice: 'no device or driver',
  wrongNumbers: 'results differ from the reference',
  unsupported: 'lacks an operator',
  crashed: 'crashed when tried',
  timedOut: 'no answer in time',
  notMeasured: 'not tried',
};
const hints: Readonly<Record<ExecutorReport['remedy'], string>> = {
  setupOpenvino: ': npm run setup:openvino',
  setupTensorflow: ': npm run setup:tensorflow',
  setupTensorflowCuda: ': npm run setup:tensorflow -- --cuda, with an NVIDIA card',
  setupCuda: ': npm run setup:cuda, with an NVIDIA card',
  graphicsDriver: ': driver of the graphics card',
  none: '',
};

const STOPPED =
  'The measurement of this computer was stopped. What was known before is kept; measure again with: enxerto probe';

/** Measures what computes here, with its progress; Ctrl+C stops it and keeps what was known. */
export async function measureComputing(studio: Studio): Promise<ComputingState> {
  const { client, output, signal } = studio;
  return cancellable(signal, STOPPED, async () => {
    for await (const step of await client.computing.measure(undefined, { signal })) {
      if (step.type === 'done') return step.result;
      const { done, total, title } = step;
      output.progress({ stage: `trying ${title}`, done, total, secondsLeft: null });
    }
    throw new StudioError('CANCELLED', STOPPED);
  });
}

/** What computes, measured first where that was never done on this machine, or not with what is installed now. */
export async function knownComputing(studio: Studio): Promise<ComputingState> {
  const state = await studio.client.computing.state();
  if (state.executors !== null || state.choice === 'onnx') return state;
  studio.output.say('Measuring what this computer trains with (once, some seconds).');
  return measureComputing(studio);
}

/** The executors as a table, the ones in use marked, and why the others are not. */
export function computingText(state: ComputingState): string {
  if (state.executors === null) return 'Computing: not measured yet (enxerto probe)';
  const roles = state.decision?.roles;
  const rate = (value: number | null, scaled: boolean) =>
    value === null ? '—' : `${scaled ? '≈ ' : ''}${value.toFixed(value < 10 ? 1 : 0)}`;
  const rows = state.executors.map((each) => [
    each.id,
    rate(each.trainingRate, each.scaled),
    rate(each.forwardRate, each.scaled),
    [
      roles?.training === each.id ? 'trains' : '',
      roles?.forward === each.id ? 'predicts' : '',
      each.usable
        ? releaseOf(each.version ?? '')
        : `${words[each.code ?? 'notMeasured']}${hints[each.remedy]}`,
    ]
      .filter((part) => part !== '')
      .join(' · '),
  ]);
  return table(['computes with', 'training, images/s', 'forward, images/s', ''], rows);
}

/** One line: what will train, how fast it was measured to be. */
export function computingLine(state: ComputingState): string {
  const { decision, choice } = state;
  if (decision === null) {
    const chosen = state.executors?.find(({ id }) => id === choice);
    const why = chosen?.reason ? ` ${reasonText(chosen.reason, 'en')}` : '';
    return `! ${chosen?.title ?? choice} was chosen for computing and cannot be used here.${why}`;
  }
  const titleOf = (id: string) => decision.used.find((each) => each.id === id);
  const { training, forward } = decision.roles;
  const rate = titleOf(training)?.trainingRate;
  const measured =
    typeof rate === 'number' ? ` (${rate.toFixed(rate < 10 ? 1 : 0)} images/s, whole network)` : '';
  const other = forward === training ? '' : `, frozen part with ${titleOf(forward)?.title ?? forward}`;
  return `Training with ${titleOf(training)?.title ?? training}${measured}${other}, ${state.threads} threads.`;
}
