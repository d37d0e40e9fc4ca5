import { Loader } from '@mantine/core';
import { useTimeout } from '@mantine/hooks';
import { useState } from 'react';

/** A spinner that waits 300 ms: what comes sooner needs none. */
export function LateLoader({ label }: { readonly label: string }) {
  const [isLate, setLate] = useState(false);
  useTimeout(() => setLate(true), 300, { autoInvoke: true });
  return isLate ? <Loader size="sm" role="status" aria-label={label} /> : null;
}
