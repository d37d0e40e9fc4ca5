import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import * as checker from 'license-checker-rseidelsohn';

/**
 * Writes the notices of everything that ships (`dependencies` and what they need), or with `--check` fails when
 * the committed file is not what it would write. Platform packages of sharp differ from machine to machine, so
 * they stand as one fixed paragraph.
 */
const root = resolve(import.meta.dirname, '../..');
const target = join(root, 'resources/licenses/THIRD-PARTY-NOTICES.txt');
const allowed =
  /^(MIT|ISC|0BSD|BSD-2-Clause|BSD-3-Clause|Apache-2\.0|MPL-2\.0|CC0-1\.0|Unlicense|BlueOak-1\.0\.0|Python-2\.0)$/;

const fixed = `libvips and the image libraries inside the @img/sharp-* packages
Licence: LGPL-3.0-or-later (libvips and parts of it), each library's own terms as listed in the README of @img/sharp-libvips
They are shared libraries in files of their own and may be replaced; their sources are published by the libvips
and sharp-libvips projects.

Electron and Chromium
Their licences stand in LICENSE.electron.txt and LICENSES.chromium.html beside the program.

ONNX Runtime (inside onnxruntime-node)
Copyright (c) Microsoft Corporation. MIT licence.

OpenVINO, oneDNN and oneTBB (in runtimes/openvino, where they were set up when this program was packaged)
Copyright (c) Intel Corporation. Apache-2.0; its licence and the notices of what it contains stand beside it in
runtimes/openvino/licenses.

TensorFlow.js's native addon (in runtimes/tensorflow, where it was set up when this program was packaged)
Compiled from the sources in @tensorflow/tfjs-node-gpu, Apache-2.0, copyright Google LLC; contains parts of the GNU C++
library under GPL-3.0 with the GCC Runtime Library Exception. TensorFlow itself (Apache-2.0) and NVIDIA's CUDA libraries
(NVIDIA's own licence) do not come with this program: \`npm run setup:tensorflow\` fetches them, with their licences.

ONNX Runtime's provider for CUDA (MIT licence, copyright Microsoft Corporation) and NVIDIA's libraries that it needs
(NVIDIA's own licence)
They do not come with this program: \`npm run setup:cuda\` fetches them, with their licences.

EfficientNet-Lite weights (resources/backbones)
Apache-2.0, see resources/backbones for the notices.

Coffee leaf photos (resources/sample)
MIT, see resources/sample/LICENSE.
`;

/** Every alternative of an expression such as `(MIT OR CC0-1.0)` or `MIT AND ISC` must be a known one. */
function isAllowed(licence: string): boolean {
  return licence
    .split(/\s+(?:AND|OR)\s+|[()]/)
    .filter(Boolean)
    .every((part) => allowed.test(part.trim()));
}

async function packages(): Promise<checker.ModuleInfos> {
  return new Promise((done, fail) => {
    checker.init({ start: root, production: true, excludePrivatePackages: true }, (error, found) => {
      if (error) fail(error);
      else done(found);
    });
  });
}

async function licenceText(file: string | undefined): Promise<string> {
  if (!file || /readme/i.test(file)) return '';
  return (await readFile(file, 'utf8')).replaceAll('\r\n', '\n').trim();
}

async function notices(): Promise<string> {
  const found = Object.entries(await packages()).filter(([name]) => !name.startsWith('@img/'));
  const refused: string[] = [];
  const parts: string[] = [];
  for (const [name, info] of found.sort(([a], [b]) => (a < b ? -1 : 1))) {
    const licence = String(info.licenses ?? 'unknown').replace(/\*$/, '');
    if (!isAllowed(licence)) refused.push(`${name}: ${licence}`);
    const text = await licenceText(info.licenseFile);
    parts.push(
      `${name}\nLicence: ${licence}\n${info.publisher ? `Author: ${info.publisher}\n` : ''}${text ? `\n${text}\n` : ''}`,
    );
  }
  if (refused.length > 0) throw new Error(`Licences that may not ship:\n${refused.join('\n')}`);
  const rule = `\n${'-'.repeat(80)}\n\n`;
  return `Enxerto contains the following software and data.\n${rule}${[fixed, ...parts].join(rule)}`;
}

const wanted = await notices();
if (process.argv.includes('--check')) {
  const committed = await readFile(target, 'utf8').catch(() => '');
  if (committed !== wanted) {
    console.error(
      'resources/licenses/THIRD-PARTY-NOTICES.txt is out of date: run `npm run notices` and commit it.',
    );
    process.exitCode = 1;
  }
} else {
  await writeFile(target, wanted);
  console.log(`Wrote ${target}`);
}
