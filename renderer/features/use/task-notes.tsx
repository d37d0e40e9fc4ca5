import { Text } from '@mantine/core';
import type { JobNote } from '../../../shared/contract/training.ts';
import { useFormats } from '../../app/language/use-formats.ts';
import { logLineText } from '../training/index.ts';

/** What a task said besides how far it is: memory that was short, and what was done about it. */
export function TaskNotes({ notes }: { readonly notes: readonly JobNote[] }) {
  const formats = useFormats();
  const texts = new Set(notes.map((note) => logLineText(note, formats)));
  return [...texts].map((text) => (
    <Text key={text} size="sm" c="dimmed">
      {text}
    </Text>
  ));
}
