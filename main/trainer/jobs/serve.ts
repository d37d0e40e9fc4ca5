import { readFile } from 'node:fs/promises';
import {
  type TrainerCommand,
  type TrainerEvent,
  type TrainerManifest,
  trainerCommand,
  trainerManifest,
} from '../../../shared/contract/trainer.ts';
import { assertNever, StudioError } from '../../../shared/domain/errors.ts';
import type { Clock } from '../../lib/clock.ts';
import type { PortLike } from '../../lib/ports.ts';
import { runAdoptJob } from './adopt.ts';
import { createControl, JobCancelled } from './control.ts';
import { asStudioError } from './errors.ts';
import { runExportJob } from './export.ts';
import { runInspectJob } from './inspect.ts';
import type { JobContext, JobOptions } from './job.ts';
import { runPredictJob } from './predict.ts';
import { runPreviewJob } from './preview.ts';
import { runProbeJob } from './probe.ts';
import { createReporter } from './reporter.ts';
import { runTrainJob } from './train.ts';

/** After this long a cancelled job is abandoned: its last checkpoint is whole, since files replace each other at once. */
const CANCEL_LIMIT_MS = 800;

/** Runs the one job of this process for whoever is at the other end of `port`; resolves when the last word was sent. */
export function serveTrainer(port: PortLike, clock: Clock): Promise<void> {
  const send = (event: TrainerEvent) => port.postMessage(event);
  const control = createControl();
  const reporter = createReporter(send, clock);
  const context: JobContext = { control, reporter, clock };
  return new Promise((resolve) => {
    let finished = false;
    let started = false;
    const finish = (event: TrainerEvent) => {
      if (finished) return;
      finished = true;
      reporter.send(event);
      resolve();
    };
    const cancel = () => {
      control.cancel();
      if (!started) finish({ type: 'cancelled' });
      setTimeout(() => finish({ type: 'cancelled' }), CANCEL_LIMIT_MS).unref();
    };
    const handle = (command: TrainerCommand) => {
      if (command.type === 'start') {
        if (started) return;
        started = true;
        void runJob(command, context).then(finish);
      } else if (command.type === 'cancel') cancel();
      else {
        control[command.type]();
        reporter.progress({ paused: control.paused });
        reporter.flush();
      }
    };
    port.onMessage((message) => {
      const command = trainerCommand.safeParse(message);
      if (command.success) handle(command.data);
      else send(unknownCommand(command.error.message));
    });
    // Nobody is left to hear the result: stop as if cancelled, keeping the checkpoint.
    port.onClose(cancel);
    send({ type: 'ready' });
  });
}

function unknownCommand(reason: string): TrainerEvent {
  return { type: 'log', level: 'warning', code: 'UNKNOWN_COMMAND', message: reason, params: {} };
}

async function runJob(
  command: Extract<TrainerCommand, { type: 'start' }>,
  context: JobContext,
): Promise<TrainerEvent> {
  const began = context.clock.now();
  try {
    const manifest = await readManifest(command.manifest);
    const { resume, smaller = 0, executor = null } = command;
    const record = await dispatch(manifest, context, { resume, smaller, executor });
    return { type: 'done', seconds: (context.clock.now() - began) / 1000, record: { ...record } };
  } catch (error) {
    if (error instanceof JobCancelled) return { type: 'cancelled' };
    const { code, message, params } = asStudioError(error);
    return { type: 'failed', code, message, params: { ...params } };
  }
}

/** One runner per kind of job; a new kind fails to compile here until it has one. */
function dispatch(
  manifest: TrainerManifest,
  context: JobContext,
  options: JobOptions,
): Promise<Readonly<Record<string, unknown>>> {
  switch (manifest.job) {
    case 'train':
      return runTrainJob(manifest, context, options);
    case 'predict':
      return runPredictJob(manifest, context, options);
    case 'export':
      return runExportJob(manifest, context, options);
    case 'preview':
      return runPreviewJob(manifest, context, options);
    case 'adopt':
      return runAdoptJob(manifest, context, options);
    case 'inspect':
      return runInspectJob(manifest, context, options);
    case 'probe':
      return runProbeJob(manifest, context, options);
    default:
      return assertNever(manifest, 'Every job of the contract has a runner');
  }
}

async function readManifest(path: string): Promise<TrainerManifest> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new StudioError(
      'FILE_MISSING',
      `The manifest ${path} could not be read.`,
      { file: path },
      { cause },
    );
  }
  try {
    return trainerManifest.parse(JSON.parse(text));
  } catch (cause) {
    throw new StudioError(
      'BAD_REQUEST',
      `The manifest ${path} is not one this program version can run: ${cause instanceof Error ? cause.message : cause}`,
      { file: path },
      { cause },
    );
  }
}
