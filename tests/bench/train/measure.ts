import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { median } from '../row.ts';

/** One measurement of our own: which network, how much of it learns, on what. */
export type StepRequest = {
  /** A network of tests/fixtures/trainer/topologies, read unless `file` names an .onnx. */
  readonly network: string;
  readonly file?: string;
  readonly executor: string;
  readonly mode: 'step' | 'forward';
  /** Batch normalisation folded into the convolutions before anything is trained. */
  readonly folded: boolean;
  /** timm's block from which on the network learns, fed with what enters it; null: all of it, fed with images. */
  readonly fromBlock: number | null;
  readonly size: number;
  readonly batch: number;
  readonly threads: number;
  readonly steps: number;
  /** Further steps after which the memory is looked at again; 0: none. */
  readonly leakSteps: number;
};

/** What came of it. */
export type StepResult = {
  readonly imagesPerSecond: number;
  readonly milliseconds: number;
  readonly peakMegabytes: number;
  /** Memory after `leakSteps` further steps ÷ before. */
  readonly growth: number;
  readonly choices: Readonly<Record<string, string>>;
};

/** What a peer's program prints of itself. */
export type PeerResult = {
  readonly peer: string;
  readonly imagesPerSecond: number;
  readonly peakMegabytes: number;
  readonly seconds: number;
};

/** The usual setting of the rows: MobileNetV2 at 224 pixels, batch 8, two threads. */
export const usual: StepRequest = {
  network: 'mobilenetv2',
  executor: 'onnx',
  mode: 'step',
  folded: false,
  fromBlock: null,
  size: 224,
  batch: 8,
  threads: 2,
  steps: 8,
  leakSteps: 0,
};

/** Where the processes of one call keep what they found to be the fastest: as on a person's machine, it is timed once. */
const known = mkdtempSync(join(tmpdir(), 'enxerto-bench-'));
process.on('exit', () => rmSync(known, { recursive: true, force: true }));

/** Measures in a fresh process; null where the executor is not to be had here. */
export async function measureStep(request: StepRequest): Promise<StepResult | null> {
  const program = join(import.meta.dirname, 'step.ts');
  const output = await outputOf(process.execPath, [
    program,
    JSON.stringify(request),
    join(known, 'fastest.json'),
  ]);
  return output === null ? null : (JSON.parse(output) as StepResult);
}

/** Runs a peer's program; null where there is no Python for it, no such program, or it fails. */
export async function measurePeer(program: string, words: readonly string[]): Promise<PeerResult | null> {
  const { PEER_PYTHON, PEER_PROGRAMS } = process.env;
  if (!PEER_PYTHON || !PEER_PROGRAMS) return null;
  const output = await outputOf(PEER_PYTHON, [join(PEER_PROGRAMS, program), ...words]);
  if (output === null) return null;
  const said = JSON.parse(output) as Readonly<Record<string, unknown>>;
  return {
    peer: String(said.peer),
    imagesPerSecond: Number(said.images_per_s ?? Number.NaN),
    peakMegabytes: Number(said.peak_mb),
    seconds: Number(said.seconds ?? Number.NaN),
  };
}

/** The last line a program prints; null where it fails, its reason on standard error. */
async function outputOf(program: string, words: readonly string[]): Promise<string | null> {
  const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'pipe'] });
  let printed = '';
  let complaint = '';
  child.stdout.on('data', (bytes: Buffer) => {
    printed += bytes.toString();
  });
  child.stderr.on('data', (bytes: Buffer) => {
    complaint = (complaint + bytes.toString()).slice(-2000);
  });
  const code = await new Promise<number | null>((resolve) => {
    child.on('error', () => resolve(null));
    child.on('close', resolve);
  });
  const line = printed.trim().split('\n').at(-1);
  if (code === 0 && line) return line;
  process.stderr.write(`${program} ${words.join(' ')}: ${complaint.trim().split('\n').at(-1) ?? code}\n`);
  return null;
}

/** How many times both sides are measured in turn. */
const PAIRS = 5;

/** Ours and the peer's, measured in turn; the ratio is the median of the pairs', which a drifting machine moves least. */
export type Comparison<Own> = {
  readonly own: Own | null;
  readonly value: number | null;
  readonly peer: PeerResult | null;
  readonly peerValue: number | null;
  /** Ours ÷ the peer's in speed. */
  readonly ratio: number | null;
};

/** Interleaves two measurements; `speed` reads images a second (or 1 ÷ seconds) off each. */
export async function comparePairs<Own>(
  ours: () => Promise<Own | null>,
  theirs: () => Promise<PeerResult | null>,
  speed: { readonly own: (result: Own) => number; readonly peer: (result: PeerResult) => number },
): Promise<Comparison<Own>> {
  const owns: Own[] = [];
  const peers: PeerResult[] = [];
  for (let pair = 0; pair < PAIRS; pair++) {
    const own = await ours();
    if (own === null) break;
    owns.push(own);
    const peer = await theirs();
    if (peer) peers.push(peer);
    // Without a peer there is nothing to pair with: three runs are enough for a figure.
    else if (pair >= 2) break;
  }
  const speeds = owns.map(speed.own);
  const ratios = peers.map((peer, index) => speeds[index]! / speed.peer(peer));
  return {
    own: owns.at(-1) ?? null,
    value: owns.length > 0 ? median(speeds) : null,
    peer: peers.at(-1) ?? null,
    peerValue: peers.length > 0 ? median(peers.map(speed.peer)) : null,
    ratio: ratios.length > 0 ? median(ratios) : null,
  };
}
