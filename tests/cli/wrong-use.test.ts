import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import onnxProto from 'onnx-proto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { computingLine } from '../../main/cli/computing.ts';
import { cancellable, toFailure } from '../../main/cli/failures.ts';
import { runProgram } from '../../main/cli/program.ts';
import { asStudioError } from '../../main/trainer/jobs/errors.ts';
import type { ComputingState } from '../../shared/contract/computing.ts';
import { unknownExecutor } from '../../shared/contract/executor.ts';
import { StudioError } from '../../shared/domain/errors.ts';
import { executorReason } from '../../shared/domain/executor-reasons.ts';
import { badFiles, writeFiles } from '../fixtures/images/make.ts';
import { enxerto } from '../fixtures/studio/command-line.ts';
import { writePhotos } from '../fixtures/studio/photos.ts';

/** Wrong uses of the command line: each is told by which file it is and by what to do next. */
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'enxerto-use-'));
  await writePhotos(join(folder, 'photos'), 4);
  await writeFiles(join(folder, 'broken'), await badFiles());
  for (const name of ['file', 'notes.onnx']) writeFileSync(join(folder, name), 'hello');
  writeFileSync(join(folder, 'later.onnx'), ofOpset(40));
  expect((await enxerto(folder, 'import', 'p', 'photos', '--labels', 'folders')).code).toBe(0);
});
afterAll(() => rmSync(folder, { recursive: true }));

function ofOpset(version: number): Uint8Array {
  const model = {
    irVersion: 8,
    opsetImport: [{ domain: '', version }],
    graph: { name: 'g', node: [{ opType: 'Relu', input: ['x'], output: ['y'] }] },
  };
  return onnxProto.onnx.ModelProto.encode(model).finish();
}

test.each([
  [
    'a file that is no image',
    'import q file',
    /^FOLDER_EMPTY: \S+file is no image that the studio reads\. Choose/,
  ],
  [
    'a file of text as a network',
    'info notes.onnx',
    /^NETWORK_UNSUPPORTED: notes\.onnx cannot be used\. .* Export/,
  ],
  [
    'a network of a later opset',
    'info later.onnx',
    /^NETWORK_UNSUPPORTED: later\.onnx cannot be used\. .* opset 40; .* Export it again with opset 18/,
  ],
  [
    'a network that is not there',
    'info gone.onnx',
    /^FILE_MISSING: \S+gone\.onnx is not there\. Put the file back/,
  ],
  [
    'a network nobody has',
    'backbone remove nix',
    /^NOT_FOUND: .*"nix"\. See which there are: enxerto backbone list/,
  ],
  [
    'training on a network nobody has',
    'train p --backbone nix',
    /^NOT_FOUND: There is no pretrained network "nix"\. There are: .*efficientnet_lite0.* \(enxerto info/,
  ],
  [
    'pictures into a file',
    'augment p --out file',
    /^BAD_REQUEST: file cannot be written: there is something of that name\. Choose/,
  ],
])('%s', async (_, words, message) => {
  const { code, said } = await enxerto(folder, ...words.split(' '));
  expect([code, said.trim().split('\n').at(-1)]).toEqual([1, expect.stringMatching(message)]);
});

test('labels of one class only: what is missing and the command for it', async () => {
  await enxerto(folder, 'import', 'one', 'photos');
  writeFileSync(join(folder, 'one.csv'), 'file,class\nplain/1.jpg,plain\nplain/2.jpg,plain\n');
  const { said: labeled } = await enxerto(folder, 'label', 'one', '--from', 'one.csv');
  expect(labeled).toContain('2 labeled');
  const { code, said } = await enxerto(folder, 'train', 'one');
  expect(code).toBe(1);
  expect(said).toMatch(
    /^ONE_CLASS: .*\(plain\); label images of a second one: enxerto label PROJECT --from labels\.csv$/m,
  );
});

test('an executor that was chosen and is gone is told with the reason before a training', () => {
  const reason = executorReason(
    'notLoaded',
    { library: 'OpenVINO', folder: '/opt' },
    'libtbb.so: no such file',
  );
  const gone = {
    ...unknownExecutor({ id: 'openvino', title: 'OpenVINO' }),
    code: 'notLoadable' as const,
    reason,
  };
  const state: ComputingState = {
    ...{ executors: [gone], measuredAt: 1, measuring: null, choice: 'openvino', decision: null },
    ...{ threads: 2, machineThreads: 2, libraries: null },
  };
  expect(computingLine(state)).toBe(
    '! OpenVINO was chosen for computing and cannot be used here. OpenVINO in /opt could not be loaded. Its own message: “libtbb.so: no such file”',
  );
});

describe('a command that is ended', () => {
  const ending = new AbortController();
  ending.abort();

  test('says what was ended and what is kept', async () => {
    const failed = await cancellable(
      ending.signal,
      'The export was stopped. a.onnx was not written.',
      async () => {
        throw new Error('aborted');
      },
    ).catch((error: unknown) => error);
    expect(toFailure(failed, true)).toMatchObject({
      code: 'CANCELLED',
      message: 'The export was stopped. a.onnx was not written.',
      exitCode: 130,
    });
  });

  test('before it began does nothing', async () => {
    expect(await runProgram(['import', join(folder, 'late'), join(folder, 'photos')], ending.signal)).toBe(
      130,
    );
    expect(existsSync(join(folder, 'late.enxerto'))).toBe(false);
  });

  test('is told what became of it where it has nothing of its own to say', () => {
    expect(toFailure(new Error('aborted'), true)).toMatchObject({
      code: 'CANCELLED',
      message: 'The command was ended before it was done. What it had saved until then is kept.',
    });
  });

  test('by a failure of its own keeps that failure', async () => {
    const full = new StudioError('NO_SPACE', 'The disk is full.');
    const running = new AbortController();
    const failed = await cancellable(running.signal, 'Stopped.', async () => {
      throw full;
    }).catch((error: unknown) => error);
    expect(failed).toBe(full);
    expect(toFailure(failed, false)).toMatchObject({ code: 'NO_SPACE', exitCode: 1 });
  });
});

test('a trainer that meets a full disk or a file it may not read names it in plain words', () => {
  const failure = (code: string, path: string) =>
    asStudioError(Object.assign(new Error(`${code}: open '${path}'`), { code, path, syscall: 'open' }))
      .message;
  expect(failure('ENOSPC', '/p/cache')).toMatch(
    /^\/p\/cache cannot be written: the disk is full\. Free some space/,
  );
  expect(failure('EACCES', '/p/1.jpg')).toMatch(/^\/p\/1\.jpg may not be read or written\. Give your user/);
  expect(failure('EISDIR', '/p')).toMatch(/^\/p is a folder\. Choose a file/);
});
