import type { Note } from '../../../../../shared/contract/advice.ts';
import type { Evaluation, Recipe, Strategy, TrainingPhase } from '../../../../../shared/contract/recipe.ts';
import type { ReportLanguage } from '../format.ts';
import type { AugmentationWords } from './augmentation.ts';
import { en } from './en.ts';
import { ptBr } from './pt-br.ts';

/** Values of a note, already written in the language. */
export type NoteValues = Readonly<Record<string, string>>;

/** Numbers of a comparison, already written in the language. */
export type ComparisonValues = {
  readonly first: string;
  readonly second: string;
  readonly points: string;
  readonly low: string;
  readonly high: string;
  /** "= 0.012" or "< 0.001". */
  readonly p: string;
  readonly test: string;
  readonly comparisons: number;
  readonly images: string;
  readonly differing: string;
};

/** Every word of a report in one language. */
export type Messages = {
  readonly title: (run: string) => string;
  readonly headline: (right: string, giveOrTake: string | null) => string;
  readonly headlineSets: (right: string, giveOrTake: string | null) => string;
  readonly notJudged: string;
  readonly tested: (images: number, shown: string) => string;
  readonly beforeYouBelieve: string;
  readonly weakest: (found: string, of: string, share: string, range: string) => string;
  readonly weakestLabel: string;
  readonly interval95: string;
  readonly terms: Readonly<
    Record<
      'accuracy' | 'balancedAccuracy' | 'macroF1' | 'subsetAccuracy' | 'precision' | 'recall' | 'f1',
      string
    >
  >;
  readonly plainTerms: Readonly<
    Record<'accuracy' | 'balancedAccuracy' | 'macroF1' | 'subsetAccuracy', string>
  >;
  /** Headings of the columns in the table of classes. */
  readonly classColumns: Readonly<Record<'precision' | 'recall' | 'f1', string>>;
  readonly explain: Readonly<Record<'precision' | 'recall' | 'f1', string>>;
  readonly headings: Readonly<
    Record<
      | 'rivals'
      | 'classes'
      | 'confusion'
      | 'mistakes'
      | 'doubts'
      | 'certainty'
      | 'curves'
      | 'recipe'
      | 'split'
      | 'export'
      | 'record',
      string
    >
  >;
  readonly columns: Readonly<
    Record<
      | 'strategy'
      | 'right'
      | 'balanced'
      | 'time'
      | 'class'
      | 'images'
      | 'fold'
      | 'phase'
      | 'learns'
      | 'epochs'
      | 'rate'
      | 'backboneRate'
      | 'blockDecay'
      | 'weightDecay'
      | 'schedule'
      | 'warmUp'
      | 'epoch'
      | 'trainLoss'
      | 'heldOutLoss'
      | 'trainRight'
      | 'heldOutRight',
      string
    >
  >;
  readonly strategies: Readonly<Record<Strategy, { readonly plain: string; readonly term: string }>>;
  readonly commonest: { readonly plain: string; readonly term: string };
  /** Under the table of strategies: what the dashed line in the pictures is. */
  readonly guessCaption: string;
  readonly foldsVary: (mean: string, deviation: string) => string;
  readonly thisRun: string;
  readonly better: (values: ComparisonValues) => string;
  readonly worse: (values: ComparisonValues) => string;
  readonly noEvidence: (values: ComparisonValues) => string;
  readonly tellable: (values: ComparisonValues, points: string) => string;
  readonly tooFewDiffer: (values: ComparisonValues) => string;
  readonly groupsTell: string;
  readonly tests: Readonly<Record<'mcnemar' | 'groupSwap', string>>;
  readonly whatCanBeTold: (images: string, standardError: string) => string;
  readonly noRivals: string;
  readonly confusionCaption: string;
  readonly labelledAs: string;
  readonly answeredAs: string;
  readonly noConfusion: string;
  readonly pair: (count: number, images: string, share: string) => string;
  readonly doubtsLead: (count: number, labels: string, listed: number) => string;
  readonly doubtColumns: Readonly<Record<'file' | 'sureOfLabel', string>>;
  readonly noDoubts: string;
  readonly doubtsFew: (enough: string) => string;
  readonly certaintyLead: string;
  readonly certaintyFew: (count: number, images: string) => string;
  readonly certaintyColumns: Readonly<Record<'said' | 'sure' | 'right', string>>;
  readonly certaintyRows: Readonly<Record<'expectedError' | 'brier' | 'logLoss' | 'topTwo', string>>;
  readonly pointsUnit: string;
  readonly noMistakes: string;
  readonly mistake: (sure: string) => string;
  readonly noPicture: string;
  readonly nothingElse: string;
  readonly curveLoss: string;
  readonly curveRight: string;
  readonly training: string;
  readonly heldOut: string;
  readonly curvesCaption: (models: number) => string;
  readonly curveSummary: (what: string, first: string, last: string, heldOut: string | null) => string;
  readonly noCurves: string;
  readonly numbers: string;
  /** By name of a recipe's phase. */
  readonly phases: Readonly<Record<string, string>>;
  readonly schedules: Readonly<Record<TrainingPhase['schedule'], string>>;
  readonly onlyHead: string;
  readonly recipeRows: Readonly<
    Record<
      | 'strategy'
      | 'backbone'
      | 'input'
      | 'features'
      | 'head'
      | 'batch'
      | 'optimiser'
      | 'loss'
      | 'average'
      | 'l2sp'
      | 'smoothing'
      | 'weights'
      | 'clip'
      | 'augmentation'
      | 'stopping'
      | 'batchNorm'
      | 'seed',
      string
    >
  >;
  /** `gathered`: batches that made a step; null: one. */
  readonly batch: (images: string, gathered: string | null) => string;
  readonly optimiser: Readonly<Record<Recipe['optimiser']['kind'], string>>;
  readonly momentum: (momentum: string, nesterov: boolean) => string;
  readonly decayed: Readonly<Record<Recipe['decayed'], string>>;
  readonly loss: (gamma: string | null) => string;
  readonly ema: (decay: string, warmUp: 'none' | 'ramp' | 'biasCorrection') => string;
  readonly swa: (start: string, rate: string | null) => string;
  readonly l2sp: (alpha: string, beta: string) => string;
  readonly drop: (schedule: string, factor: string, epochs: string) => string;
  readonly noBackbone: string;
  readonly input: (shape: 'aspect' | 'square', size: string | null) => string;
  readonly features: Readonly<Record<'last' | 'multiLevel', string>>;
  readonly head: (hidden: string | null, dropout: string) => string;
  readonly weights: Readonly<Record<'none' | 'balanced', string>>;
  readonly none: string;
  readonly flips: (horizontal: boolean, vertical: boolean) => string;
  readonly views: (count: number) => string;
  readonly augmentation: AugmentationWords;
  readonly stopping: (patience: string | null, share: string) => string;
  readonly batchNorm: Readonly<Record<'folded' | 'inference' | 'group', string>> & {
    readonly batch: (momentum: string) => string;
  };
  readonly evaluation: Readonly<{ [Kind in Evaluation['kind']]: (value: string, seed: string) => string }>;
  readonly groups: (groups: string) => string;
  readonly noGroups: string;
  readonly notes: Readonly<Record<Note['code'], (values: NoteValues) => string>>;
  readonly parts: Readonly<Record<string, string>>;
  readonly exportPassed: (images: string) => string;
  readonly exportFailed: (images: string) => string;
  readonly exportRows: Readonly<
    Record<
      'maxDifference' | 'meanDifference' | 'agreement' | 'tolerance' | 'file' | 'size' | 'sha256' | 'runtime',
      string
    >
  >;
  readonly noExport: string;
  readonly recordRows: Readonly<
    Record<'run' | 'started' | 'seconds' | 'images' | 'dataHash' | 'computing' | 'notUsed', string>
  >;
  /** How fast what computed had been measured to be. */
  readonly measuredRate: (imagesPerSecond: string) => string;
  readonly notMeasured: string;
  readonly recordMore: string;
  readonly written: (date: string, program: string) => string;
  readonly method: string;
};

/** The words of each language. */
export const messages: Readonly<Record<ReportLanguage, Messages>> = { en, 'pt-BR': ptBr };
