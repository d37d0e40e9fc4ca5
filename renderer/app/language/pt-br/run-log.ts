import type { runLog as source } from '../en/run-log.ts';
import type { Translation } from '../messages.ts';

/** O que um treino diz de si mesmo enquanto aprende. */
export const runLog: Translation<typeof source> = {
  TRAIN_THAWED: 'A partir da época {{epoch}} o bloco “{{block}}” também aprende.',
  TRAIN_REFROZEN:
    'O bloco “{{block}}” não trouxe melhora: a partir da época {{epoch}} volta a ficar congelado, com os pesos de antes.',
  TRAIN_KEPT:
    'A fase {{phase}} fica: perda de {{before}} antes e {{after}} depois nas imagens que vigiam (p = {{p}}).',
  TRAIN_UNDONE:
    'A fase {{phase}} foi desfeita: perda de {{before}} antes e {{after}} depois nas imagens que vigiam (p = {{p}}).',
  TRAIN_NOT_TRIED: 'A fase {{phase}} não será tentada: a anterior não trouxe melhora.',
  TRAIN_NOT_JUDGED:
    'A fase {{phase}} não será tentada: sobram poucas imagens para vigiar, e nada poderia dizer se ela ajuda.',
  TRAIN_PENALTY:
    'A penalidade da parte nova é {{penalty}}, escolhida em {{folds}} partes das imagens com que ela aprende.',
  TRAIN_SMALLER_BATCH:
    'A memória não basta para {{before}} imagens por vez: o treino segue com {{after}}. Cada passo continua a ter {{step}} imagens, então o que se aprende é o mesmo; demora mais.',
  TRAIN_SMALLER_STATISTICS:
    'A memória não basta para {{before}} imagens por vez: o treino segue com {{after}}. Cada passo continua a ter {{step}} imagens, mas a normalização por lote passa a valer-se de menos imagens por vez do que diz a receita.',
  SMALLER_PASS:
    'A memória não basta para {{before}} imagens por vez: o cálculo segue com {{after}}. Os resultados são os mesmos; demora mais.',
  NEW_PROCESS:
    'A memória acabou. Um processo novo faz o que falta com menos imagens por vez. Os resultados são os mesmos; demora mais.',
  TRAIN_NOISY_STATISTICS:
    'A normalização por lote vale-se de {{batch}} imagens por vez; com menos de {{enough}}, as estatísticas são ruidosas. Lotes maiores, ou outra normalização, podem aprender melhor.',
  TRAIN_OTHER_EXECUTOR:
    'Este treino começou com {{before}} e segue com {{after}}: os pesos serão diferentes, nas últimas casas, dos de um treino sem interrupção.',
  TRAIN_ENDED_BY_SYSTEM:
    'O sistema encerrou o processo de treino ({{how}}), muito provavelmente por falta de memória. O treino segue do último ponto salvo, com menos imagens por vez.',
  TRAIN_NEW_PROCESS:
    'Nem toda a memória que as tentativas sem sucesso ocuparam foi devolvida. O treino segue do último ponto salvo em um processo novo, com menos imagens por vez.',
  TRAIN_WITHOUT_EXECUTOR:
    '{{executor}} parou de calcular. O treino segue do último ponto salvo com o ONNX Runtime, no processador.',
  imageFailed: 'Deixada de fora: {{reason}}',
};
