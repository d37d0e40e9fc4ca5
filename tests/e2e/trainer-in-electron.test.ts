import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from '../../main/shell/setup/paths.ts';
import { takeClient } from './client.ts';
import { launchStudio, needWindow } from './launch.ts';
import { openSample } from './window.ts';

describe('a trainer as a utility process of Electron', () => {
  it('is started, answers and is seen to end', async (context) => {
    needWindow(context);
    const studio = await launchStudio({ args: ['--trainer-in-electron'] });
    try {
      const { page } = studio;
      await openSample(page);
      await page.keyboard.press('Alt+3');
      // Blocks, sizes and speed of the networks come from a trainer that reads no image.
      await page.getByRole('switch', { name: /“stage6”/ }).waitFor({ timeout: 120_000 });
      await page.getByText(/^About .* in all/).waitFor({ timeout: 60_000 });
      const utilities = () =>
        studio.app.evaluate(({ app }) =>
          app
            .getAppMetrics()
            .flatMap(({ type, serviceName }) => (type === 'Utility' ? [serviceName ?? ''] : [])),
        );
      await expect.poll(utilities).not.toContain('node.mojom.NodeService');
    } finally {
      await studio.close();
    }
  });

  it('runs on OpenVINO, beside Electron’s own allocator', async (context) => {
    needWindow(context);
    if (!existsSync(join(root, '.enxerto/runtimes/openvino')))
      context.skip('skipped: OpenVINO is not set up (npm run setup:openvino)');
    const studio = await launchStudio({ args: ['--trainer-in-electron'] });
    try {
      const client = await takeClient(studio.page);
      for await (const event of await client.computing.measure()) {
        if (event.type !== 'done') continue;
        const found = event.result.executors?.find((each) => each.id === 'openvino');
        if (found?.code === 'timedOut') context.skip('skipped: this machine is too busy to tell');
        expect(found).toMatchObject({ usable: true, code: null, reason: null });
      }
    } finally {
      await studio.close();
    }
  }, 180_000);
});
