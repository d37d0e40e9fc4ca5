import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rename } from 'node:fs/promises';
import { join, resolve } from 'node:path';

const folder = resolve(import.meta.dirname, '../../../.build/bench');

/** A timm network with ten classes exported at a size, kept for the next time; null without a Python that can. */
export async function exportedNetwork(name: string, size: number): Promise<string | null> {
  const file = join(folder, `${name}-${size}.onnx`);
  if (existsSync(file)) return file;
  const { PEER_PYTHON } = process.env;
  if (!PEER_PYTHON) return null;
  await mkdir(folder, { recursive: true });
  const draft = `${file}.draft`;
  const script = `
import sys, timm, torch
name, size, path = sys.argv[1], int(sys.argv[2]), sys.argv[3]
network = timm.create_model(name, num_classes=10).eval()
torch.onnx.export(network, (torch.randn(1, 3, size, size),), path, dynamo=False, opset_version=17, input_names=["images"],
                  output_names=["logits"], dynamic_axes={"images": {0: "N"}, "logits": {0: "N"}})
`;
  const { status, stderr } = spawnSync(PEER_PYTHON, ['-c', script, name, `${size}`, draft], {
    encoding: 'utf8',
  });
  if (status !== 0) {
    process.stderr.write(`${name} could not be exported: ${stderr.trim().split('\n').at(-1)}\n`);
    return null;
  }
  await rename(draft, file);
  return file;
}
