import { expect, it } from 'vitest';
import { explained } from '../../../main/lib/pixels/failures.ts';
import { readPatiently } from '../../../main/trainer/data/read-patiently.ts';

const path = '/photos/leaf.jpg';
/** What libvips says under a memory limit, as the decoder of images hands it on. */
const lack = () =>
  explained(path, () =>
    Promise.reject(new Error('glib: Error creating thread: Resource temporarily unavailable')),
  );

it('an image for which memory is short is not taken for damaged: it is read again until there is some', async () => {
  let tries = 0;
  const read = async () => (++tries < 3 ? lack() : 'pixels');
  await expect(lack()).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
  expect(await readPatiently(path, read)).toBe('pixels');
  expect(tries).toBe(3);
});

it('where memory stays short that is what is said, with the file', async () => {
  let tries = 0;
  const read = () => {
    tries += 1;
    return lack();
  };
  await expect(readPatiently(path, read)).rejects.toMatchObject({
    code: 'OUT_OF_MEMORY',
    message: expect.stringContaining(path),
    params: { file: 'leaf.jpg' },
  });
  expect(tries).toBeGreaterThan(3);
});

it('a file that is damaged is so at the first try', async () => {
  let tries = 0;
  const read = () => {
    tries += 1;
    return explained(path, () => Promise.reject(new Error('VipsJpeg: Invalid SOS parameters')));
  };
  await expect(readPatiently(path, read)).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
  expect(tries).toBe(1);
});
