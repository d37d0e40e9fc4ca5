import { describe, expect, it } from 'vitest';
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
});
