import type { computing as english } from '../en/computing.ts';
import type { Translation } from '../messages.ts';

/** What computes: Settings, the status bar, a run. */
export const computing: Translation<typeof english> = {
  title: 'Computação',
  text: 'O que treina e executa as redes neste computador. Cada meio foi experimentado: se abre, se os resultados estão certos e qual é a velocidade.',
  choose: 'O que calcula',
  auto: 'O mais rápido que está certo (recomendado)',
  autoNow: 'Agora: {{training}} para treinar, {{forward}} para descrever e prever imagens.',
  autoFirst: 'Enquanto não se mede: ONNX Runtime, no processador.',
  autoNowOne: 'Agora: {{training}} para tudo.',
  forcedWhy:
    'O que você escolher nunca é trocado por outro: se não puder ser usado, o treinamento avisa e não começa.',
  forOne: 'O que calcula este treinamento',
  asInSettings: 'Como nas Configurações: {{title}}',
  asSet: 'Como nas Configurações',
  forOneWhy:
    'Só para este treinamento; fica no registro dele. Como os outros se saem aqui, e do que precisam, está nas Configurações.',
  forOneOnly: 'Calculado por {{title}}, só neste treinamento.',
  missing:
    '{{title}} foi escolhido e não pode ser usado aqui. Escolha outro, ou veja abaixo do que ele precisa.',
  onProcessor: 'Roda no processador.',
  onDevice: 'Roda em {{device}}.',
  badge: { used: 'em uso', training: 'treina', forward: 'descreve e prevê', ready: 'pronto' },
  rates: '{{training}} imagens/s ao treinar, {{forward}} imagens/s ao prever',
  ratesScaled: '≈ {{training}} imagens/s ao treinar, ≈ {{forward}} imagens/s ao prever (por imagens menores)',
  ratesWhy: 'Com 224 pixels, na rede com que projetos novos começam; ela aprende inteira.',
  others_one: 'Outro meio ({{count, number}}) que não pode ser usado aqui',
  others_other: 'Outros {{count, number}} meios que não podem ser usados aqui',
  code: {
    otherSystem: 'Só existe para outros sistemas.',
    notInstalled: 'As bibliotecas dele não estão instaladas.',
    notLoadable: 'As bibliotecas dele estão aí, mas não puderam ser abertas.',
    noDevice: 'Não há placa de vídeo ou driver que ele possa usar.',
    wrongNumbers: 'Os resultados dele diferem da referência, por isso não é usado.',
    unsupported: 'Ele não faz algo de que o treinamento precisa.',
    crashed: 'Ele parou de repente ao ser experimentado.',
    timedOut: 'Ele não respondeu a tempo ao ser experimentado.',
    notMeasured: 'Ainda não experimentado.',
  },
  remedy: {
    setupOpenvino: 'Instale com npm run setup:openvino, ou escolha abaixo a pasta com as bibliotecas.',
    setupTensorflow: 'Instale com npm run setup:tensorflow, ou escolha abaixo a pasta com as bibliotecas.',
    setupTensorflowCuda:
      'Com uma placa NVIDIA e o driver dela instalados: npm run setup:tensorflow -- --cuda, ou escolha abaixo a pasta com as bibliotecas.',
    setupCuda:
      'Com uma placa NVIDIA e o driver dela instalados: npm run setup:cuda (baixa 1,3 GB), ou escolha abaixo a pasta com as bibliotecas.',
    graphicsDriver: 'Instale o driver mais novo da placa de vídeo e meça de novo.',
    none: '',
  },
  measure: 'Medir de novo',
  stop: 'Parar',
  measuring: 'Experimentando {{title}}',
  measuringStart: 'Medindo',
  measuredAt: 'Medido {{time}}',
  never: 'Ainda não medido',
  progress: 'Andamento da medição',
  threads: 'Threads do processador para treinar',
  threadsWhy: 'Menos threads deixam mais do computador para outros programas. Rotular sempre vem primeiro.',
  threadsAll: 'todas ({{count, number}})',
  libraries: 'Pasta com bibliotecas',
  librariesWhy: 'Só se OpenVINO, TensorFlow ou CUDA ficam fora do Enxerto.',
  librariesNone: 'nenhuma escolhida',
  choseLibraries: 'Escolher…',
  forgetLibraries: 'Esquecer',
  how: 'Como usar uma placa de vídeo, ou o OpenVINO',
  howOpenvino:
    'O OpenVINO treina cerca de duas vezes mais rápido que o meio padrão na maioria dos processadores. O programa instalado já o traz; numa cópia do código, execute npm run setup:openvino uma vez e meça de novo.',
  howNvidia:
    'Para uma placa NVIDIA (GeForce RTX ou GTX 16, ou mais nova), instale o driver dela, versão 580 ou mais nova, execute npm run setup:cuda numa cópia do código e meça de novo. O comando baixa 1,3 GB, ocupa 2,1 GB no disco e diz no fim onde estão as bibliotecas; no programa instalado, escolha acima essa pasta. Uma placa mais antiga é usada pelo TensorFlow: npm run setup:tensorflow -- --cuda.',
  howTensorflow:
    'TensorFlow no Linux: o programa instalado usa as bibliotecas do TensorFlow do seu Python (python3 -m pip install tensorflow==2.21.0), ou as da pasta escolhida acima; depois, meça de novo. Numa cópia do código, npm run setup:tensorflow as traz.',
  howIntel: 'Vídeo Intel é usado pelo OpenVINO; precisa do driver de vídeo do sistema.',
  howOffline: 'Os comandos de instalação baixam uma única vez. Depois disso nada precisa da rede.',
  status: {
    measuring: 'Medindo este computador…',
    missing: 'O meio de cálculo escolhido não pode ser usado',
    unmeasured: '{{title}}, ainda não medido',
    measured: '{{title}}: {{rate}} imagens/s',
    why: 'Medido aqui ao treinar uma rede inteira com 224 pixels. Veja Configurações, Computação.',
  },
};
