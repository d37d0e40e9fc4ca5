import { oc } from '@orpc/contract';
import { z } from 'zod';
import { imageId } from './common.ts';
import { settings } from './project.ts';

/**
 * Between the shell and the engine. Each direction is a contract of its own, spoken over a channel of its own:
 * `host` (engine asks, shell answers) and `control` (shell asks, engine answers). The page's traffic goes over
 * the channel `client`, a trainer's over `trainer:ID`; see `main/lib/ports.ts`.
 */
const filters = z.array(z.object({ name: z.string(), extensions: z.array(z.string()) }));
export const hostContract = {
  pickFolder: oc
    .input(z.strictObject({ title: z.string(), createButton: z.boolean() }))
    .output(z.string().nullable()),
  pickFiles: oc
    .input(z.strictObject({ title: z.string(), filters, multiple: z.boolean() }))
    .output(z.array(z.string())),
  pickSave: oc
    .input(z.strictObject({ title: z.string(), suggestedName: z.string(), filters }))
    .output(z.string().nullable()),
  /** Only paths of files that the engine has just written. */
  reveal: oc.input(z.strictObject({ path: z.string() })).output(z.void()),
  /** Only `.html` and `.csv` that the engine has just written. */
  open: oc.input(z.strictObject({ path: z.string() })).output(z.void()),
  applySettings: oc.input(settings).output(z.void()),
  /** Starts a trainer process; its messages travel over the channel `trainer:ID` until it exits. */
  launchTrainer: oc.input(z.strictObject({ id: z.string() })).output(z.object({ pid: z.int() })),
  killTrainer: oc.input(z.strictObject({ id: z.string() })).output(z.void()),
};

export const controlContract = {
  /** Which cache or source file a `media://` url means; the shell streams it. */
  resolveMedia: oc
    .input(z.strictObject({ kind: z.enum(['thumb', 'image', 'preview']), id: imageId }))
    .output(z.object({ path: z.string(), mime: z.string() })),
  openProject: oc.input(z.strictObject({ path: z.string() })).output(z.void()),
  dropped: oc.input(z.strictObject({ paths: z.array(z.string()) })).output(z.void()),
  trainerExited: oc
    .input(z.strictObject({ id: z.string(), code: z.int().nullable(), signal: z.string().nullable() }))
    .output(z.void()),
  status: oc.output(z.object({ projectOpen: z.boolean(), runActive: z.boolean() })),
  /** Closes the project (with its backup) and ends; the shell waits for the exit. */
  shutdown: oc.output(z.void()),
};

/** First message to an engine or trainer process, before any channel is used. */
export const processStart = z.object({
  version: z.string(),
  /** The person's folder for settings, recent projects, caches of the program and the log. */
  userData: z.string(),
  documents: z.string(),
  resources: z.string(),
  systemLanguage: z.string(),
});
export type ProcessStart = z.infer<typeof processStart>;
