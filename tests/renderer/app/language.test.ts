import { describe, expect, it } from 'vitest';
import { tensorFlowWheel } from '../../../main/shell/setup/tensorflow-facts.ts';
import { en } from '../../../renderer/app/language/en/index.ts';
import { formatsOf } from '../../../renderer/app/language/format.ts';
import { ptBr } from '../../../renderer/app/language/pt-br/index.ts';
import { errorCodes } from '../../../shared/domain/errors.ts';

type Tree = { readonly [key: string]: string | Tree };
const flat = (tree: Tree, path = ''): readonly (readonly [string, string])[] =>
  Object.entries(tree).flatMap(([key, value]) =>
    typeof value === 'string' ? [[path + key, value] as const] : flat(value, `${path}${key}.`),
  );
const english = new Map(flat(en));
const portuguese = new Map(flat(ptBr));
const slots = (text: string) => [...text.matchAll(/\{\{\s*(\w+)/g)].map(([, name]) => name).sort();

describe('the languages', () => {
  it('have the same keys', () => {
    expect([...portuguese.keys()].sort()).toEqual([...english.keys()].sort());
  });

  it('say the same values in both', () => {
    const unlike = [...english].filter(
      ([key, text]) => String(slots(text)) !== String(slots(portuguese.get(key) ?? '')),
    );
    expect(unlike).toEqual([]);
  });

  it('name the TensorFlow that the addon is compiled against', () => {
    const { version } = tensorFlowWheel('linux-x64', false)!;
    for (const texts of [english, portuguese])
      expect(texts.get('computing.howTensorflow')).toContain(`tensorflow==${version})`);
  });

  it('have both numbers of every counted text', () => {
    const counted = [...english.keys()].filter((key) => key.endsWith('_one'));
    expect(counted.length).toBeGreaterThan(10);
    for (const key of counted) expect(english.has(key.replace(/_one$/, '_other'))).toBe(true);
  });

  it('never say please, oops or successfully, and never shout', () => {
    const forbidden = /\bplease\b|\boops\b|successfully|por favor|com sucesso|!/i;
    const guilty = [...english, ...portuguese].filter(([, text]) => forbidden.test(text));
    expect(guilty).toEqual([]);
  });

  it('say what to do wherever a network or a reference is refused', () => {
    // What is missing or cannot be done goes before what to do, which begins after a full stop, a colon or a question.
    const without = [...english, ...portuguese].filter(
      ([key, text]) => key.startsWith('refusals.') && !/[.:?] \S/.test(text),
    );
    expect(without).toEqual([]);
  });

  it('have a sentence for every failure', () => {
    const without = errorCodes.filter((code) => !/[.}]\)?$/.test(english.get(`failures.${code}`) ?? ''));
    expect(without).toEqual([]);
  });
});

describe('numbers and times', () => {
  const pt = formatsOf('pt-BR');
  const us = formatsOf('en');

  it('follow the language', () => {
    expect(us.number(1234.5, 1)).toBe('1,234.5');
    expect(pt.number(1234.5, 1)).toBe('1.234,5');
    expect(pt.percent(0.815, 1)).toBe('81,5\u00a0%');
    expect(us.percent(0.74, 1)).toBe('74.0\u00a0%');
    expect(us.percent(0.3)).toBe('30\u00a0%');
    expect(us.bytes(33_500_000)).toBe('34 MB');
    expect(us.bytes(1500)).toBe('1.5 kB');
    expect([us.bytes(0), us.bytes(1), pt.bytes(0), pt.bytes(999)]).toEqual([
      '0 bytes',
      '1 byte',
      '0 bytes',
      '999 bytes',
    ]);
    expect([us.measured(1.43e-6), pt.measured(0.264), pt.measured(0)]).toEqual(['0.0000014', '0,26', '0']);
    expect([us.decimalSign, pt.decimalSign]).toEqual(['.', ',']);
  });

  it('say a time as exactly as an estimate deserves', () => {
    expect(us.duration(0.2)).toBe('1 sec');
    expect([us.duration(59.4), us.duration(59.6)]).toEqual(['59 sec', '1 min']);
    expect(us.duration(45)).toBe('45 sec');
    expect(us.duration(125)).toBe('2 min');
    expect(us.duration(4200)).toBe('1 hr 10 min');
    expect(pt.duration(4200)).toBe('1 h 10 min');
  });

  it('say how long ago', () => {
    const now = Date.UTC(2026, 10, 22);
    expect(us.ago(now - 3 * 86_400_000, now)).toBe('3 days ago');
    expect(pt.ago(now - 86_400_000, now)).toBe('ontem');
    expect(us.ago(now + 5000, now)).toBe('this minute');
  });
});
