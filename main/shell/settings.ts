import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

/** Where the window stood; everything else that a person chooses is the engine's to keep. */
const bounds = z.object({
  x: z.int().optional(),
  y: z.int().optional(),
  width: z.int().min(1024).max(20_000),
  height: z.int().min(640).max(20_000),
});

/** Position and size of the window, in device-independent pixels; without `x` and `y` it is centred. */
export interface Bounds {
  readonly x?: number;
  readonly y?: number;
  readonly width: number;
  readonly height: number;
}

const file = (userData: string) => join(userData, 'window.json');
const standard: Bounds = { width: 1280, height: 800 };

/** A screen's usable area. */
export interface Area {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** The part of the title bar that must be reachable for the window to be usable, in pixels. */
const reachable = 120;

/** Keeps a window that was left on a screen which is no longer there from opening out of sight. */
export function visibleBounds(wanted: Bounds, screens: readonly Area[]): Bounds {
  const { x, y } = wanted;
  const isSeen =
    x !== undefined &&
    y !== undefined &&
    screens.some(
      (screen) =>
        x + wanted.width > screen.x + reachable &&
        x < screen.x + screen.width - reachable &&
        y >= screen.y &&
        y < screen.y + screen.height - reachable,
    );
  return isSeen ? wanted : { width: wanted.width, height: wanted.height };
}

/** Where the window stood last time; the standard size when nothing usable was kept. */
export function readBounds(userData: string): Bounds {
  try {
    const found = bounds.parse(JSON.parse(readFileSync(file(userData), 'utf8')));
    const { x, y, width, height } = found;
    return x === undefined || y === undefined ? { width, height } : { x, y, width, height };
  } catch {
    // The place of a window is not worth a question: a missing or damaged file means the standard one.
    return standard;
  }
}

/** Keeps the window's place for the next start. */
export function writeBounds(userData: string, place: Bounds): void {
  mkdirSync(userData, { recursive: true });
  // Synchronous, because the window is closing; renamed, so that a crash leaves the old file.
  const fresh = `${file(userData)}.new`;
  writeFileSync(fresh, `${JSON.stringify(place)}\n`);
  renameSync(fresh, file(userData));
}
