/**
 * From a bare checkout to a running command: `node main/bootstrap.mjs COMMAND [ARGUMENTS]`. The only plain-JS
 * file: it must run on any Node ≥ 20 before anything is installed. It installs from the lock file what is not
 * there yet, then runs the command's module on the Node version that the lock file names.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const windows = process.platform === 'win32';
const oldest = { install: [20, 0], run: [22, 18] };

/** Module and first arguments of every command. */
const commands = {
  start: ['main/shell/setup/start.ts'],
  demo: ['main/cli/index.ts', 'demo'],
  enxerto: ['main/cli/index.ts'],
  test: ['tests/config/run-tests.ts', 'unit'],
  e2e: ['tests/config/run-tests.ts', 'e2e'],
  // The tests of the window take the pictures on their way.
  shots: ['tests/config/run-tests.ts', 'e2e'],
  bench: ['tests/bench/index.ts'],
  build: ['main/shell/setup/build.ts'],
  package: ['main/shell/setup/package.ts'],
  'setup:openvino': ['main/shell/setup/openvino.ts'],
  'setup:cuda': ['main/shell/setup/cuda.ts'],
  'setup:tensorflow': ['main/shell/setup/tensorflow.ts'],
  lint: ['tests/config/lint.ts'],
  notices: ['tests/config/notices.ts'],
  types: ['node_modules/typescript/bin/tsc', '--noEmit', '-p', 'tsconfig.json'],
};

function stop(message, code = 1) {
  process.stderr.write(`${message}\n`);
  process.exit(code);
}

function atLeast([major, minor]) {
  const [ownMajor = 0, ownMinor = 0] = process.versions.node.split('.').map(Number);
  return ownMajor > major || (ownMajor === major && ownMinor >= minor);
}

function readJson(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return null;
  }
}

/**
 * What npm wrote about the installed tree, held against the lock file. npm writes its record last, so an
 * install that was cut off has none. Packages for other systems are optional and may be absent.
 */
function missingPackages() {
  const wanted = readJson(join(root, 'package-lock.json'))?.packages;
  if (!wanted)
    stop('package-lock.json is missing or damaged: restore it with `git checkout package-lock.json`.');
  const installed = readJson(join(root, 'node_modules', '.package-lock.json'))?.packages ?? {};
  return Object.entries(wanted)
    .filter(([path, entry]) => {
      if (path === '') return false;
      const found = installed[path];
      return found ? found.version !== entry.version : !entry.optional && !entry.peer;
    })
    .map(([path]) => path);
}

function pinnedNode() {
  const path = join(root, 'node_modules', 'node', 'bin', windows ? 'node.exe' : 'node');
  return existsSync(path) ? path : null;
}

function install() {
  process.stderr.write('Installing what package-lock.json names (a minute or two the first time) …\n');
  // npm's own script where npm started us: it needs no shell and no PATH; otherwise the npm on the PATH.
  const script = process.env.npm_execpath;
  const own = script !== undefined && /npm-cli\.c?js$/.test(script);
  const result = spawnSync(
    own ? process.execPath : windows ? 'npm.cmd' : 'npm',
    [...(own ? [script] : []), 'ci'],
    {
      cwd: root,
      // What the command itself prints (JSON lines, say) must be all that standard output holds.
      stdio: ['ignore', process.stderr, 'inherit'],
      shell: windows && !own,
      env: {
        ...process.env,
        NODE_ENV: 'development',
        // The CPU library is inside the package; the script would fetch CUDA's from a site that may be out of reach.
        ONNXRUNTIME_NODE_INSTALL: 'skip',
        // Obtained when the studio is started: the demo and the tests do not need it.
        ELECTRON_SKIP_BINARY_DOWNLOAD: '1',
      },
    },
  );
  if (result.error)
    stop(
      `npm could not be started (${result.error.message}): install Node with npm from https://nodejs.org.`,
    );
  if (result.status !== 0)
    stop(
      '`npm ci` failed, see its words above: check the connection to the package registry and the free disk space, then run this again.',
    );
}

/** Runs the command's module; its exit code and the signal that ended it become our own. */
function run(node, parameters, cwd) {
  const bin = [dirname(node), join(root, 'node_modules', '.bin')];
  const child = spawn(node, parameters, {
    cwd,
    stdio: 'inherit',
    env: {
      ...process.env,
      PATH: [...bin, process.env.PATH ?? ''].join(delimiter),
      // Every process (the engine, each trainer) strips and compiles hundreds of modules: once is enough.
      NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? join(root, '.enxerto', 'compiled'),
    },
  });
  const pass = (signal) => child.kill(signal);
  // A terminal sends Ctrl+C to the whole group: the child has it already, we only wait for its answer.
  const wait = () => {};
  const interrupted = process.stdin.isTTY ? wait : pass;
  process.on('SIGINT', interrupted);
  process.on('SIGTERM', pass);
  process.on('SIGHUP', pass);
  child.on('error', (error) =>
    stop(`Node could not be started (${error.message}): delete node_modules and run this again.`),
  );
  child.on('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)));
}

const [command, ...rest] = process.argv.slice(2);
const known = Object.hasOwn(commands, command ?? '') ? commands[command] : null;
if (!known)
  stop(
    `${command === undefined ? 'Say what to do' : `There is no command \`${command}\``}: ${Object.keys(commands).join(', ')}.`,
    2,
  );
if (!atLeast(oldest.install))
  stop(
    `Enxerto needs Node ${oldest.install.join('.')} or newer and this is ${process.versions.node}: install a current one from https://nodejs.org.`,
  );

if (missingPackages().length > 0) {
  install();
  const missing = missingPackages();
  if (missing.length > 0)
    stop(
      `After \`npm ci\` these are still missing: ${missing.slice(0, 5).join(', ')}. Delete node_modules and run this again.`,
    );
}
const node = pinnedNode() ?? (atLeast(oldest.run) ? process.execPath : null);
if (node === null)
  stop(
    `The Node that package-lock.json names was not installed, and this one (${process.versions.node}) is older than ${oldest.run.join('.')}: install a newer one from https://nodejs.org.`,
  );
const [module, ...first] = known;
if (!existsSync(join(root, module)))
  stop(`${module} is missing from this checkout: restore it with \`git checkout ${module}\`.`);
// A person's relative paths mean the folder they typed the command in; npm changes to the root and tells it apart.
const typedIn = process.env.INIT_CWD ?? process.cwd();
run(
  node,
  [join(root, module), ...first, ...rest],
  command === 'enxerto' || command === 'demo' ? typedIn : root,
);
