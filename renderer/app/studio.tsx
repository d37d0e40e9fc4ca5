import { Button, MantineProvider } from '@mantine/core';
import { ModalsProvider } from '@mantine/modals';
import { Notifications } from '@mantine/notifications';
import { IconMoodSad } from '@tabler/icons-react';
import { QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { RunId } from '../../shared/domain/ids.ts';
import { FileActions, GalleryPlace, ImageListProvider, useShowOnly } from '../features/gallery/index.ts';
import { ImportDialog, ImportProvider } from '../features/importing/index.ts';
import { LabelingPlace } from '../features/labeling/index.ts';
import { ResultsPlace } from '../features/results/index.ts';
import { PreferenceActions, SettingsDialog } from '../features/settings/index.ts';
import { StartScreen } from '../features/start/index.ts';
import { TrainPlace } from '../features/training/index.ts';
import { UsePlace } from '../features/use/index.ts';
import { ErrorBoundary } from '../ui/error-boundary.tsx';
import { TeachingEmpty } from '../ui/teaching-empty.tsx';
import { useKeyHandler } from './actions/index.ts';
import { Frame } from './frame.tsx';
import { NavigationProvider, useNavigation } from './navigation.tsx';
import { showFailure } from './notices.tsx';
import { Palette } from './palette.tsx';
import { PrimarySlotProvider } from './primary-slot.tsx';
import { SessionProvider, useSession } from './session.tsx';
import { ShortcutSheet } from './shortcut-sheet.tsx';
import { StepsProvider } from './steps.tsx';
import { cssVariables, theme } from './theme.ts';
import { useApplySettings } from './use-settings.ts';

/** One place for what every query shares: the engine is local, so nothing is asked again without a reason. */
function createQueryClient(): QueryClient {
  return new QueryClient({
    queryCache: new QueryCache({
      onError: (error, query) => {
        if (query.meta?.quiet !== true) showFailure(error);
      },
    }),
    defaultOptions: {
      queries: { retry: false, refetchOnWindowFocus: false, networkMode: 'always', staleTime: 30_000 },
      mutations: { retry: false, networkMode: 'always' },
    },
  });
}

function Crashed({ again }: { readonly again: () => void }) {
  const { t } = useTranslation();
  return (
    <TeachingEmpty
      picture={<IconMoodSad size={48} stroke={1.2} aria-hidden />}
      title={t('common.crash.title')}
      text={t('common.crash.text')}
    >
      <Button onClick={again}>{t('common.crash.again')}</Button>
    </TeachingEmpty>
  );
}

interface PlaceProps {
  /** The run whose result was asked for last, from wherever. */
  readonly resultRun: RunId | null;
  readonly onResultRun: (run: RunId) => void;
}

function Place({ resultRun, onResultRun }: PlaceProps) {
  const { place, go } = useNavigation();
  const showOnly = useShowOnly();
  switch (place) {
    case 'images':
      return <GalleryPlace />;
    case 'label':
      return <LabelingPlace />;
    case 'train':
      return (
        <TrainPlace
          onResults={(run) => {
            onResultRun(run);
            go('results');
          }}
        />
      );
    case 'results':
      return (
        <ResultsPlace
          initialRun={resultRun}
          onOpenImages={(ids, first) => {
            showOnly(ids, first);
            go(first === undefined ? 'images' : 'label');
          }}
        />
      );
    case 'use':
      return <UsePlace />;
  }
}

function GuardedPlace() {
  const { place } = useNavigation();
  const [resultRun, setResultRun] = useState<RunId | null>(null);
  return (
    <ErrorBoundary key={place} fallback={(again) => <Crashed again={again} />}>
      <Place resultRun={resultRun} onResultRun={setResultRun} />
    </ErrorBoundary>
  );
}

function OpenProject() {
  return (
    <NavigationProvider>
      <StepsProvider>
        <ImageListProvider>
          <ImportProvider>
            <PrimarySlotProvider>
              <Frame>
                <GuardedPlace />
              </Frame>
              <ImportDialog />
              <FileActions />
            </PrimarySlotProvider>
          </ImportProvider>
        </ImageListProvider>
      </StepsProvider>
    </NavigationProvider>
  );
}

function Content() {
  const { project } = useSession();
  useApplySettings();
  useKeyHandler();
  if (project === undefined) return null;
  // Another project is another world: its list, steps and places start anew.
  return project === null ? <StartScreen /> : <OpenProject key={project.location} />;
}

function Providers({ nonce, children }: { readonly nonce: string; readonly children: ReactNode }) {
  const { t } = useTranslation();
  return (
    <MantineProvider
      theme={theme}
      cssVariablesResolver={cssVariables}
      defaultColorScheme="auto"
      getStyleNonce={() => nonce}
    >
      <ModalsProvider modalProps={{ closeButtonProps: { 'aria-label': t('common.close') } }}>
        {children}
      </ModalsProvider>
    </MantineProvider>
  );
}

const queries = createQueryClient();

/** The whole window. */
export function Studio({ nonce }: { readonly nonce: string }) {
  return (
    <QueryClientProvider client={queries}>
      <Providers nonce={nonce}>
        <Notifications position="bottom-right" limit={4} />
        <ErrorBoundary fallback={(again) => <Crashed again={again} />}>
          <SessionProvider>
            <Content />
            <Palette />
            <ShortcutSheet />
            <SettingsDialog />
            <PreferenceActions />
          </SessionProvider>
        </ErrorBoundary>
      </Providers>
    </QueryClientProvider>
  );
}
