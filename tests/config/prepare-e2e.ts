import { buildStale } from '../../main/shell/setup/build.ts';
import { obtainElectron } from '../../main/shell/setup/electron.ts';
import { SetupError } from '../../main/shell/setup/paths.ts';

/** Once before the window's tests: the program built, and an Electron to run it; without one they are skipped. */
export async function setup(): Promise<void> {
  const say = (text: string) => process.stderr.write(`${text}\n`);
  await buildStale(say);
  try {
    await obtainElectron(say);
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    say(error.message);
  }
}
