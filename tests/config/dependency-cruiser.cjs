/** Import rules between the processes; `A ← B` of the map in the README, type-only imports included. */
const processes = ['engine', 'trainer', 'shell'];
const between = processes.map((name) => ({
  name: `${name}-meets-others-only-through-the-contract`,
  severity: 'error',
  from: { path: `^main/${name}/` },
  to: { path: `^main/(${processes.filter((other) => other !== name).join('|')}|cli)/` },
}));

module.exports = {
  forbidden: [
    ...between,
    {
      name: 'domain-imports-nothing',
      severity: 'error',
      from: { path: '^shared/domain/' },
      to: { pathNot: '^shared/domain/' },
    },
    {
      name: 'contract-imports-domain-and-schema-libraries-only',
      severity: 'error',
      from: { path: '^shared/contract/' },
      to: { pathNot: '^(shared/|.*node_modules/(zod|@orpc/contract)/)' },
    },
    {
      name: 'renderer-imports-shared-only',
      severity: 'error',
      from: { path: '^renderer/' },
      to: { path: '^(main|preload|tests)/' },
    },
    {
      name: 'preload-imports-shared-only',
      severity: 'error',
      from: { path: '^preload/' },
      to: { path: '^(main|renderer|tests)/' },
    },
    {
      name: 'shared-imports-shared-only',
      severity: 'error',
      from: { path: '^shared/' },
      to: { path: '^(main|renderer|preload|tests)/' },
    },
    {
      name: 'lib-imports-shared-only',
      severity: 'error',
      from: { path: '^main/lib/' },
      to: { path: '^main/(engine|trainer|shell|cli)/' },
    },
    {
      name: 'product-never-imports-tests',
      severity: 'error',
      from: { pathNot: '^tests/' },
      to: { path: '^tests/' },
    },
    {
      name: 'electron-only-in-shell-and-preload',
      severity: 'error',
      from: { path: '^(main|shared|renderer)/', pathNot: '^main/(shell/|index\\.ts$)' },
      to: { path: 'node_modules/electron/|^electron$' },
    },
    {
      name: 'sharp-only-in-pixels',
      severity: 'error',
      from: { path: '^(main|shared|renderer|preload)/', pathNot: '^main/lib/pixels/' },
      to: { path: 'node_modules/sharp/' },
    },
    {
      name: 'sqlite-only-in-engine-db',
      severity: 'error',
      from: { path: '^(main|shared|renderer|preload)/', pathNot: '^main/engine/(db|project)/' },
      to: { path: 'node_modules/better-sqlite3/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'onnxruntime-only-in-executor',
      severity: 'error',
      from: { path: '^(main|shared|renderer|preload)/', pathNot: '^main/trainer/(executors/onnx|export)/' },
      to: { path: 'node_modules/onnxruntime-' },
    },
    {
      name: 'koffi-only-in-native-executors',
      severity: 'error',
      from: {
        path: '^(main|shared|renderer|preload)/',
        pathNot: '^main/trainer/executors/(onnx|openvino|tfjs)/',
      },
      to: { path: 'node_modules/koffi/' },
    },
    {
      name: 'feature-through-its-index',
      severity: 'error',
      from: { path: '^renderer/features/([^/]+)/' },
      to: {
        path: '^renderer/features/',
        pathNot: ['^renderer/features/$1/', '^renderer/features/[^/]+/index\\.tsx?$'],
      },
    },
    {
      name: 'ui-knows-no-feature',
      severity: 'error',
      from: { path: '^renderer/(ui|api)/' },
      to: { path: '^renderer/features/' },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    parser: 'swc',
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      extensions: ['.ts', '.tsx', '.mjs', '.js', '.json'],
      conditionNames: ['import', 'node', 'types', 'default'],
    },
  },
};
