import { Stack, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';

/** An empty place that teaches the next step: one picture, a sentence, one button. */
export function TeachingEmpty({
  picture,
  title,
  text,
  children,
}: {
  readonly picture: ReactNode;
  readonly title: string;
  readonly text: string;
  readonly children?: ReactNode;
}) {
  return (
    <Stack align="center" justify="center" h="100%" gap="sm" p="lg" ta="center">
      {picture}
      <Title order={2} mt="sm">
        {title}
      </Title>
      <Text c="dimmed" maw="32rem">
        {text}
      </Text>
      {children}
    </Stack>
  );
}
