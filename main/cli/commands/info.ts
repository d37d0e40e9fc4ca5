import type { Command } from 'commander';
import type { NetworkLayer } from '../../../shared/contract/network.ts';
import type { BackboneInfo } from '../../../shared/contract/recipe.ts';
import { computingText } from '../computing.ts';
import type { RunCommand } from '../program.ts';
import { openProject, type Studio } from '../studio.ts';
import { count, size, stated, table, withInterval } from '../text.ts';

/** `enxerto info`: the program and its networks, or what is in a project. */
export function addInfo(program: Command, run: RunCommand): void {
  program
    .command('info [what]')
    .summary('say what is in a project or a network, or what this program has')
    .description(
      'Says what is in a project (.enxerto) or in a network (.onnx), and of a network whether it can be trained and where it can be cut; without either, what this program and this machine have.',
    )
    .addHelpText(
      'after',
      `
Examples:
  $ enxerto info           the program, this machine, the pretrained networks
  $ enxerto info leaves    images, classes and runs of a project
  $ enxerto info net.onnx  layers, costs and possible cuts of a network, or why it cannot be used
`,
    )
    .option('--weights <file>', 'see whether a .safetensors file holds the weights of the network')
    .action((what: string | undefined, options: { readonly weights?: string }) =>
      run((studio) => {
        if (what === undefined) return programInfo(studio);
        return what.toLowerCase().endsWith('.onnx')
          ? networkInfo(studio, what, options.weights)
          : projectInfo(studio, what);
      }),
    );
}

async function programInfo(studio: Studio): Promise<void> {
  const { client, output } = studio;
  const info = await client.system.info();
  const backbones = await client.training.backbones();
  const computing = await client.computing.state();
  output.say(
    `Enxerto ${info.version} · ${info.platform} · ${info.threads} threads · ${size(info.memoryBytes)}`,
  );
  const rows = backbones.map((each) => [
    each.id,
    `${(each.parameters / 1e6).toFixed(1)} M`,
    size(each.bytes),
    `${each.inputSize}`,
    stated(each.licence).split(' (')[0] ?? '',
  ]);
  output.say(table(['network', 'parameters', 'file', 'pixels', 'licence'], rows));
  for (const each of backbones) output.say(`\n${backboneText(each)}`);
  output.say(`\n${computingText(computing)}`);
  output.event('result', { ...info, backbones, computing });
}

/** Layers deeper than this are left out of the table; `--json` has them all. */
const SHOWN_DEPTH = 3;

async function networkInfo(studio: Studio, file: string, weights?: string): Promise<void> {
  const { client, output, grant } = studio;
  const network = await client.training.describe({
    file: grant('file', file),
    ...(weights === undefined ? {} : { weights: grant('file', weights) }),
  });
  output.say(
    `${network.name} · ${millions(network.parameters)} parameters · ${millions(network.multiplyAdds)} multiply-adds · ` +
      `${network.input.name} [${network.input.dims.join(' × ')}]`,
  );
  if (network.weights !== null) output.say(`All ${network.weights} arrays of ${weights} fit this network.`);
  const rows = network.layers
    .filter((layer) => layer.depth > 0 && layer.depth <= SHOWN_DEPTH)
    .map((layer) => [
      `${'  '.repeat(layer.depth - 1)}${layer.name}`,
      layer.kind,
      millions(layer.parameters),
      millions(layer.multiplyAdds),
      layer.dims.join(' × '),
      layer.receptiveField === null ? 'all' : `${layer.receptiveField} px`,
      cutText(layer.cut),
    ]);
  const heads = ['layer', 'kind', 'parameters', 'multiply-adds', 'output', 'sees', 'can be cut after'];
  output.say(`\n${table(heads, rows)}`);
  const stages = network.stages.map((stage) => [
    stage.name,
    millions(stage.parameters),
    size(stage.cachedBytes),
    size(stage.activationBytes),
  ]);
  if (stages.length > 0) {
    const columns = ['frozen up to', 'parameters trained', 'cached an image', 'memory an image'];
    output.say(`\n${table(columns, stages)}`);
  }
  output.event('result', network);
}

/** Whether a network can be cut there, and at how many values where it is more than one. */
function cutText(cut: NetworkLayer['cut']): string {
  if (cut === null) return 'no';
  return cut.length === 1 ? 'yes' : `at ${cut.length} values`;
}

const millions = (value: number): string =>
  value >= 1e6 ? `${(value / 1e6).toFixed(1)} M` : value.toLocaleString('en');

/** What the card says: preprocessing, origin of the weights, weaknesses, and what was measured with it. */
function backboneText(each: BackboneInfo): string {
  return [
    `${each.id}: trained on ${stated(each.trainedOn)}; licence ${stated(each.licence)}`,
    `  preprocessing: ${each.preprocessing}`,
    `  known bias: ${stated(each.knownBias)}`,
    ...each.measured.map(
      ({ data, protocol, accuracy, balanced }) =>
        `  ${accuracy} % right${balanced === null ? '' : `, ${balanced} % balanced`} on ${data} (${protocol})`,
    ),
  ].join('\n');
}

async function projectInfo(studio: Studio, named: string): Promise<void> {
  const { client, output } = studio;
  const info = await openProject(studio, named);
  const [classes, counts, runs] = [
    await client.classes.list(),
    await client.images.counts(),
    await client.training.runs(),
  ];
  output.say(`${info.name} (${info.task}) · ${info.location}`);
  output.say(
    `${count(counts.total, 'image')}: ${counts.labeled} labeled, ${counts.nothing} with nothing in them, ${counts.unlabeled} not labeled`,
  );
  for (const [word, images] of Object.entries({
    changed: counts.changed,
    missing: counts.missing,
    unreadable: counts.unreadable,
    'exact copies': counts.duplicates,
  })) {
    if (images > 0) output.say(`! ${images} ${word}`);
  }
  const classRows = classes.map((each) => [each.name, String(each.images)]);
  if (classRows.length > 0) output.say(`\n${table(['class', 'images'], classRows)}`);
  const runRows = runs.map((run) => [
    run.name,
    run.strategy,
    run.state,
    run.accuracy === null ? '—' : withInterval(run.accuracy),
  ]);
  if (runRows.length > 0) output.say(`\n${table(['run', 'strategy', 'state', 'accuracy'], runRows)}`);
  const cache = await client.training.cache();
  output.say(`\n${size(cache.bytes)} of image descriptions kept, at most ${size(cache.limit)}`);
  output.event('result', { project: info, classes, counts, runs, cache });
}
