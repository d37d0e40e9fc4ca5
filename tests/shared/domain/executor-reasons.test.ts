import i18next from 'i18next';
import { describe, expect, it } from 'vitest';
import { startLanguage } from '../../../renderer/app/language/index.ts';
import { failureText } from '../../../renderer/app/notices.tsx';
import { executorReport, unknownExecutor } from '../../../shared/contract/executor.ts';
import type { StudioError } from '../../../shared/domain/errors.ts';
import {
  executorReason,
  executorReasonCodes,
  reasonIn,
  reasonQuote,
  reasonSentence,
  reasonText,
  unavailableExecutor,
} from '../../../shared/domain/executor-reasons.ts';

const params = {
  ...{ system: 'S1', library: 'L1', folders: 'F1', folder: 'F2', packages: 'P1', found: '1.2' },
  ...{ needed: '1.3', has: 'H1', name: 'N1', difference: 0.5, allowed: 0.001, operator: 'O1', how: 'W1' },
};
const all = (language: 'en' | 'pt-BR') =>
  executorReasonCodes.map(
    (why) => [why, reasonSentence(executorReason(why, params, 'Q1'), language)] as const,
  );

describe('why an executor is not used', () => {
  it('is a whole sentence with the same values in both languages', () => {
    const portuguese = new Map(all('pt-BR'));
    const valuesIn = (text: string) => text.match(/\b[A-Z]\d\b|\d\.\d|\bTensorFlow\b/g)?.sort();
    for (const [why, sentence] of all('en')) {
      const other = portuguese.get(why)!;
      expect(sentence).toMatch(/^[A-Z“].*[.”]$/s);
      expect(other).toMatch(/^[A-Z“].*[.”]$/s);
      expect(sentence + other).not.toMatch(/[{}?]/);
      expect(other).not.toBe(sentence);
      if (why !== 'wrongGradients') expect(valuesIn(other)).toEqual(valuesIn(sentence));
    }
  });

  it('writes shares as each language does', () => {
    const reason = executorReason('wrongGradients', { difference: 0.0144, allowed: 0.001 });
    expect(reasonSentence(reason, 'en')).toContain('by 1.4\u00a0%; 0.1\u00a0% is');
    expect(reasonSentence(reason, 'pt-BR')).toContain('em 1,4\u00a0%; admite-se 0,1\u00a0%');
  });

  it('quotes a library after our own sentence, in its own words', () => {
    const reason = executorReason(
      'notLoaded',
      { library: 'OpenVINO', folder: '/opt' },
      ' libtbb.so: no such file\n',
    );
    expect(reasonQuote(reason, 'pt-BR')).toBe('Mensagem original: “libtbb.so: no such file”');
    expect(reasonText(reason, 'en')).toBe(
      'OpenVINO in /opt could not be loaded. Its own message: “libtbb.so: no such file”',
    );
    expect(reasonText(executorReason('noDriver'), 'pt-BR')).toBe(
      'Nenhum driver de placa NVIDIA está em funcionamento neste computador.',
    );
  });

  it('is read from records that kept English words, and from those of later versions', () => {
    const base = { ...unknownExecutor({ id: 'openvino', title: 'OpenVINO' }), code: 'noDevice' };
    const old = executorReport.parse({ ...base, reason: 'OpenVINO in /opt sees no such device.' });
    expect(reasonText(old.reason!, 'pt-BR')).toBe(
      'Uma versão anterior anotou, em inglês: “OpenVINO in /opt sees no such device.”',
    );
    const later = executorReport.parse({ ...base, reason: { why: 'tooHot', params: {}, said: '90 °C' } });
    expect(reasonText(later.reason!, 'en')).toBe('It failed when it was tried. Its own message: “90 °C”');
    expect(executorReport.parse({ ...base, reason: null }).reason).toBeNull();
    expect(executorReport.parse(JSON.parse(JSON.stringify(old)))).toEqual(old);
  });

  it('travels with a refusal and is told by the page in its language, old refusals included', async () => {
    await startLanguage('pt-BR');
    const reason = executorReason('noDeviceIn', { library: 'OpenVINO', folder: '/opt' }, 'no GPU');
    const {
      code,
      message,
      params: carried,
    } = unavailableExecutor('OpenVINO (Intel GPU)', reason, 'Choose another.');
    expect(message).toBe(
      'OpenVINO (Intel GPU) is to compute this and cannot be used here. OpenVINO in /opt finds no device here that it could use. Its own message: “no GPU” Choose another.',
    );
    expect(reasonIn(carried)).toMatchObject(reason);
    const told = (values: StudioError['params']) =>
      failureText({ code, message, params: values, causeId: null });
    expect(told(carried)).toContain(
      '“OpenVINO (Intel GPU)” foi escolhido para calcular e não pode ser usado neste computador. OpenVINO, em /opt, não encontra aqui nenhum dispositivo que possa usar. Mensagem original: “no GPU” Escolha outro',
    );
    expect(told({ executor: 'OpenVINO', reason: 'Nowhere.' })).toContain(
      'em inglês: “Nowhere.” Escolha outro',
    );
    await i18next.changeLanguage('en');
    expect(told(carried)).toContain(
      'finds no device here that it could use. Its own message: “no GPU” Choose',
    );
  });
});
