import { StudioError } from '../../../shared/domain/errors.ts';
import type { Executor, Program } from './types.ts';

/**
 * What the runtimes say when an allocation fails, that of a thread's stack included (`Resource temporarily unavailable`);
 * none of them has a code of its own for it.
 */
const memoryWords =
  /bad[_ ]alloc|(failed|unable) to allocate|(cannot|can't|could not|couldn't) alloc(ate)?\b|Exceeded max size of memory|allocation (failed|failure)|out of (device |gpu )?memory|OUT_OF_(DEVICE_)?MEMORY|Dispatch size exceeds WebGPU limits|OOM when allocating|not enough memory|resource temporarily unavailable|could not create a memory object|CUDA_ERROR_OUT_OF_MEMORY|cudaErrorMemoryAllocation|E_OUTOFMEMORY|CL_MEM_OBJECT_ALLOCATION_FAILURE|CL_OUT_OF_(RESOURCES|HOST_MEMORY)|array buffer allocation|invalid (typed )?array(buffer)? length/i;

/** What they say when the device itself has gone: reset, removed, hung, or its driver restarted. */
const deviceWords =
  /device (was |is |has been )?(lost|removed|hung|reset)|DXGI_ERROR_DEVICE|DEVICE_(LOST|REMOVED|HUNG|RESET)|VK_ERROR_DEVICE_LOST|cudaErrorDevices?Unavailable|CUDA_ERROR_(DEVICE_UNAVAILABLE|ILLEGAL_ADDRESS|LAUNCH_FAILED|ECC_UNCORRECTABLE)|CUDA failure (46|214|700|719)|context (was )?lost/i;

/** Whether something failed for lack of memory, on the processor or on a device. */
export function isOutOfMemory(error: unknown): boolean {
  if (error instanceof StudioError) return error.code === 'OUT_OF_MEMORY';
  return said(error).some((text) => memoryWords.test(text));
}

/** Whether a device stopped answering: reset, removed, hung. */
export function isDeviceLost(error: unknown): boolean {
  return said(error).some((text) => deviceWords.test(text));
}

/** An error's own words and those of what caused it: a wrapped error must not hide why. */
function said(error: unknown): string[] {
  const texts: string[] = [];
  for (let at = error; at !== undefined && at !== null && texts.length < 5; ) {
    texts.push(at instanceof Error ? `${at.name} ${at.message}` : String(at));
    at = at instanceof Error ? at.cause : undefined;
  }
  return texts;
}

/** The same executor, its failures told apart: lack of memory (OUT_OF_MEMORY) and a device that went away (DEVICE_LOST). */
export function watched(executor: Executor, title: string): Executor {
  return {
    name: executor.name,
    ...(executor.lanes && { lanes: executor.lanes }),
    compile: (graph, options) =>
      guarded(title, async () => watchedProgram(await executor.compile(graph, options), title)),
  };
}

function watchedProgram(program: Program, title: string): Program {
  return {
    choices: program.choices,
    run: (feeds, fetches) => guarded(title, () => program.run(feeds, fetches)),
    state: () => guarded(title, () => program.state()),
    setState: (state) => guarded(title, () => program.setState(state)),
    dispose: () => program.dispose(),
  };
}

async function guarded<T>(title: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw toldApart(error, title);
  }
}

function toldApart(error: unknown, title: string): unknown {
  if (error instanceof StudioError) return error;
  const message = error instanceof Error ? error.message : String(error);
  if (isOutOfMemory(error)) {
    return new StudioError(
      'OUT_OF_MEMORY',
      `Not enough memory (${title}'s own message: "${message.trim()}"). Choose a smaller batch or image size, or freeze more blocks.`,
      { executor: title },
      { cause: error },
    );
  }
  if (isDeviceLost(error)) {
    return new StudioError(
      'DEVICE_LOST',
      `The device that was computing (${title}) stopped answering (its own message: "${message.trim()}"). The last checkpoint is safe; go on from there, on the processor if it happens again.`,
      { executor: title, reason: message },
      { cause: error },
    );
  }
  return error;
}
