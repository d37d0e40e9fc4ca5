import { basename } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { AdoptionReport } from '../../../shared/contract/trainer.ts';
import { StudioError } from '../../../shared/domain/errors.ts';
import type { BackboneId } from '../../../shared/domain/ids.ts';
import { cancellable } from '../failures.ts';
import { whole } from '../options.ts';
import type { RunCommand } from '../program.ts';
import { followJobEvents } from '../runs.ts';
import type { Studio } from '../studio.ts';
import { size, stated, table } from '../text.ts';

type Options = {
  readonly name?: string;
  readonly weights?: string;
  readonly scaling?: string;
  readonly mean?: Triple;
  readonly std?: Triple;
  readonly order?: 'rgb' | 'bgr';
  readonly size?: number;
  readonly features?: string;
  readonly reference?: string;
  readonly images?: string;
  readonly check?: 'values' | 'top1';
  readonly licence?: string;
  readonly trainedOn?: string;
  readonly knownBias?: string;
};
type Triple = [number, number, number];

function triple(text: string): Triple {
  const values = text.split(',').map(Number);
  if (values.length === 3 && values.every(Number.isFinite)) return values as Triple;
  throw new InvalidArgumentError(
    'It must be three numbers with commas, of values from 0 to 255: 127,127,127',
  );
}

/** `enxerto backbone`: the person's own pretrained networks. */
export function addBackbone(program: Command, run: RunCommand): void {
  const group = program
    .command('backbone')
    .summary('take a pretrained network of your own, list and remove them')
    .description('Networks of your own are kept in your own folder and can be used in every project.');
  group
    .command('import <file>')
    .summary('take an .onnx file as a pretrained network')
    .description(
      'Takes an .onnx file as a pretrained network. It is tried whole: which blocks can be trained, and, with a reference, whether it answers as its authors say. A file that cannot be used is refused with the reason, and nothing of it is kept.',
    )
    .option('--name <id>', 'what it is called (letters, digits, - and _)')
    .option(
      '--weights <file>',
      '.safetensors with the weights to take (names of timm or torchvision), in place of those in the file',
    )
    .option(
      '--reference <file>',
      '.safetensors, .npz or .npy with the features or logits it gives for images',
    )
    .option('--images <folder>', 'those images, where the file has answers only')
    .addOption(
      new Option('--check <how>', 'compare all numbers, or only the class that comes first').choices([
        'values',
        'top1',
      ]),
    )
    .option('--scaling <name>', 'imagenet, symmetric, lite, unit, bytes or centred; tried on the reference')
    .option('--mean <r,g,b>', 'own mean of 0…255 values', triple)
    .option('--std <r,g,b>', 'own deviation of 0…255 values', triple)
    .addOption(new Option('--order <colours>', 'order in which it takes colours').choices(['rgb', 'bgr']))
    .option('--size <pixels>', 'side it was trained at, where its file takes any', whole(16, 2048))
    .option('--features <value>', 'value to use as features')
    .option('--licence <text>', 'licence of its weights')
    .option('--trained-on <text>', 'what it was trained on')
    .option('--known-bias <text>', 'what is known of its weaknesses')
    .addHelpText(
      'after',
      `
Examples:
  $ enxerto backbone import resnet50.onnx --reference resnet50.safetensors
  $ enxerto backbone import mine.onnx --reference answers.npz --images photos
  $ enxerto backbone import mine.onnx --reference classes.npy --images photos --check top1
  $ enxerto backbone import mine.onnx --scaling imagenet --size 256 --licence MIT
  $ enxerto backbone import resnet50.onnx --weights resnet50-plants.safetensors --scaling imagenet
  $ enxerto train leaves --backbone mine
A reference holds "images" (uint8) with "features" or "logits"; or --images names a folder of images of the
network's own size (lossless: PNG), as rows in the order of their names, or of "files" in the .npz. With --check top1
they may be photos of any size, and "classes" (whole numbers) will do instead of logits.
Without a reference the scaling is believed, not proved: a wrong one costs several points.
`,
    )
    .action((file: string, options: Options) => run((studio) => take(studio, file, options)));
  group
    .command('list')
    .summary('list the networks')
    .action(() => run(list));
  group
    .command('remove <name>')
    .summary('remove a network of your own')
    .action((name: string) =>
      run(async ({ client, output }) => {
        await client.training.removeBackbone({ backbone: name as BackboneId });
        output.say(`${name} was removed.`);
        output.event('result', { removed: name });
      }),
    );
}

async function take(studio: Studio, file: string, options: Options): Promise<void> {
  // One alone says nothing, and both beside the name of a scaling say two things.
  if ((options.mean === undefined) !== (options.std === undefined))
    throw new StudioError('BAD_REQUEST', 'Give --mean and --std together: one of them is missing.');
  if (options.mean !== undefined && options.scaling !== undefined)
    throw new StudioError('BAD_REQUEST', 'Give --scaling, or --mean and --std, not both.');
  const { client, output, grant, signal } = studio;
  const id =
    options.name ??
    basename(file)
      .replace(/\.onnx$/i, '')
      .replaceAll(/[^\w-]/g, '_');
  const request = {
    network: grant('file', file),
    weights: options.weights === undefined ? null : grant('file', options.weights),
    reference: options.reference === undefined ? null : grant('file', options.reference),
    referenceImages: options.images === undefined ? null : grant('folder', options.images),
    check: options.check ?? 'values',
    id,
    name: options.name ?? basename(file),
    scaling: options.scaling ?? null,
    mean: options.mean ?? null,
    std: options.std ?? null,
    order: options.order ?? null,
    size: options.size ?? null,
    features: options.features ?? null,
    licence: options.licence ?? null,
    trainedOn: options.trainedOn ?? null,
    knownBias: options.knownBias ?? null,
  };
  const stopped = `Taking ${file} was stopped. Nothing of it is kept; the same command begins anew.`;
  const report = await cancellable(signal, stopped, async () =>
    followJobEvents(studio, await client.training.adoptBackbone(request, { signal })),
  );
  output.say(found(id, report));
  output.event('result', { backbone: id, report });
}

function found(id: string, report: AdoptionReport): string {
  const { trainable } = report;
  const rows = report.report.blocks.map((block) => [
    block.id,
    block.parameters.toLocaleString('en'),
    `${(block.multiplyAdds / 1e6).toFixed(1)} M`,
  ]);
  const operators = report.operators.map(({ operator, count }) => `${operator} ${count}`).join(', ');
  return [
    `${id}: ${(report.parameters / 1e6).toFixed(2)} million numbers, ${report.nodes} operations (${operators}).`,
    `Images ${report.size.join(' × ')}${report.anySize ? ' or any other size' : ''}, ${report.layout}, ${report.order}, scaling "${report.scaling}"; ${report.featureCount} features.`,
    comparedText(report),
    table(['block', 'parameters', 'multiply-adds'], rows),
    trainable.reason === null
      ? 'Every depth can be trained.'
      : `Trainable ${trainable.first === null ? 'in the new part only' : `from ${trainable.first} on`}; not deeper: ${trainable.reason.message}`,
    `Use it with: enxerto train PROJECT --backbone ${id}`,
  ].join('\n');
}

function comparedText({ check, images, agreeing, difference }: AdoptionReport): string {
  if (check === null) return '! The scaling was not compared with a reference: it is believed.';
  return check === 'top1'
    ? `The class that comes first is the reference's for ${agreeing} of ${images} images.`
    : `Its answers are those of the reference: largest difference ${(difference ?? 0).toPrecision(2)} on ${images} images.`;
}

async function list({ client, output }: Studio): Promise<void> {
  const backbones = await client.training.backbones();
  const rows = backbones.map((each) => [
    each.id,
    each.isOwn ? 'your own' : 'bundled',
    `${(each.parameters / 1e6).toFixed(1)} M`,
    size(each.bytes),
    stated(each.licence).split(' (')[0] ?? '',
  ]);
  output.say(table(['network', 'from', 'parameters', 'file', 'licence'], rows));
  output.event('result', { backbones });
}
