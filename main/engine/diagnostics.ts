import { readFile, stat } from 'node:fs/promises';
import { availableParallelism, freemem, platform, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { writeWhole } from '../lib/atomic-write.ts';
import { writeFailure } from '../lib/file-failure.ts';
import type { EngineContext } from './context.ts';
import { databaseName } from './project/folder.ts';
import { tableSizes } from './stores/sizes.ts';

/** Of a log line only these leave the computer: no message of an error, since it may name a file. */
const logLine = z.object({
  time: z.string(),
  level: z.number(),
  process: z.string().optional(),
  msg: z.string().optional(),
  method: z.string().optional(),
  code: z.string().optional(),
  causeId: z.string().optional(),
  err: z.object({ type: z.string().optional(), code: z.string().optional() }).optional(),
});

const linesKept = 2000;

/**
 * Writes what a developer needs to know, as JSON: versions, machine, settings without the person's name, sizes
 * and the log's events. No images, labels, class names, file names or paths. Answers the file's size.
 */
export async function writeDiagnostics(engine: EngineContext, target: string): Promise<{ bytes: number }> {
  const project = engine.current();
  const { author: _author, libraries: _libraries, ...settings } = engine.settings.get();
  const report = {
    program: { version: engine.version, node: process.versions.node, electron: process.versions.electron },
    machine: {
      platform: platform(),
      release: release(),
      architecture: process.arch,
      threads: availableParallelism(),
      memoryBytes: totalmem(),
      freeMemoryBytes: freemem(),
      language: engine.systemLanguage,
    },
    settings,
    project:
      project === null
        ? null
        : {
            task: project.task,
            readOnlyCopy: project.isReadOnlyCopy,
            databaseBytes: await sizeOf(join(project.folder, databaseName)),
            rows: tableSizes(project.db),
          },
    log: await logEvents(engine.userData),
  };
  const text = JSON.stringify(report, null, 2);
  try {
    await writeWhole(target, text);
  } catch (error) {
    throw writeFailure(target, error);
  }
  return { bytes: Buffer.byteLength(text) };
}

async function sizeOf(path: string): Promise<number> {
  return (await stat(path)).size;
}

async function logEvents(userData: string): Promise<z.infer<typeof logLine>[]> {
  const names = ['engine.1.log', 'engine.log'];
  const texts = await Promise.all(
    names.map((name) => readFile(join(userData, 'logs', name), 'utf8').catch(() => '')),
  );
  const events = texts
    .join('')
    .split('\n')
    .flatMap((line) => {
      const parsed = logLine.safeParse(parseJson(line));
      return parsed.success ? [parsed.data] : [];
    });
  return events.slice(-linesKept);
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}
