import { Text, Tooltip } from '@mantine/core';

/** The field's own word beside the plain one, smaller; two sentences say what it means. */
export function Term({ word, why }: { readonly word: string; readonly why: string }) {
  return (
    <Tooltip label={why} multiline w="20rem">
      <Text
        component="span"
        size="xs"
        c="dimmed"
        tabIndex={0}
        style={{
          textDecoration: 'underline dotted',
          textUnderlineOffset: 3,
          cursor: 'help',
          whiteSpace: 'nowrap',
        }}
      >
        {word}
      </Text>
    </Tooltip>
  );
}
