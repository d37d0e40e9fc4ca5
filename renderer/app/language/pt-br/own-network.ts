import type { ownNetwork as source } from '../en/own-network.ts';
import type { Translation } from '../messages.ts';

/** Usar uma rede pré-treinada própria, o que se achou nela, e removê-la. */
export const ownNetwork: Translation<typeof source> = {
  use: 'Usar sua própria rede…',
  title: 'Usar sua própria rede',
  what: 'Uma rede pré-treinada em um arquivo .onnx com seus pesos: um classificador, ou seus atributos já resumidos. Ela fica na sua pasta e serve a todos os projetos.',
  file: 'Rede',
  chooseFile: 'Escolher o arquivo .onnx…',
  noFile: 'Nenhum arquivo escolhido',
  weights: 'Outros pesos para ela',
  chooseWeights: 'Escolher o arquivo .safetensors…',
  weightsWhat:
    'Só se os pesos desejados vierem à parte (.safetensors, com os nomes do timm ou do torchvision). Eles precisam servir à rede por inteiro.',
  name: 'Como se chama',
  nameTaken: 'Já existe uma rede com este nome.',
  scaling: 'Como ela espera os pixels',
  scalingNone: 'Ainda não escolhido',
  scalingWhat: 'Quem a fez diz isso. Uma escolha errada custa vários pontos de acerto.',
  scalings: {
    reference: 'Tenho um arquivo de referência: descobrir e provar',
    imagenet: 'ImageNet: média e desvio de cada cor (a maioria das redes do PyTorch)',
    symmetric: 'De −1 a 1',
    lite: 'Cerca de −1 a 1, em passos inteiros (EfficientNet-Lite)',
    unit: 'De 0 a 1',
    bytes: 'De 0 a 255, como são',
    centred: 'De 0 a 255 sem a cor média (redes mais antigas)',
    own: 'Média e desvio próprios',
  },
  reference: 'Referência',
  chooseReference: 'Escolher o arquivo de referência…',
  referenceWhat:
    'Os atributos ou logits que a rede dá para algumas imagens (.safetensors, ou .npz e .npy do NumPy). As imagens podem estar nele, como “images”.',
  images: 'Imagens da referência',
  chooseImages: 'Escolher a pasta…',
  imagesWhat:
    'Só se a referência tiver apenas respostas: imagens PNG do tamanho próprio da rede, na ordem dos nomes.',
  check: 'O que se compara',
  checks: {
    values: 'Todos os números: é a prova',
    top1: 'Só a classe que vem primeiro: servem fotos de qualquer tamanho',
  },
  trainedSize: 'Lado das imagens com que foi treinada, em pixels',
  trainedSizeWhat: 'Só se o arquivo aceita qualquer tamanho. É usado se você não escolher outro.',
  order: 'Ordem das cores',
  orders: {
    found: 'Descoberta na referência',
    rgb: 'Vermelho, verde, azul (usual)',
    bgr: 'Azul, verde, vermelho',
  },
  licence: 'Licença dos pesos',
  trainedOn: 'Com o que foi treinada',
  knownBias: 'O que se sabe de suas fraquezas',
  notStated: 'não informado',
  go: 'Usar esta rede',
  needed:
    'Antes é preciso: o arquivo dela, um nome, como ela espera os pixels e a referência, se for ela a provar.',
  stop: 'Parar',
  stages: {
    preparing: 'Lendo a rede e achando suas partes',
    verifying: 'Conferindo como os pixels são escalados',
    saving: 'Testando quais partes podem ser treinadas',
  },
  refusedTitle: '“{{file}}” não foi aceita',
  refusedNothing: 'Nada dela foi guardado.',
  refusedOperator: 'Operador: {{operator}}',
  refusedNode: 'Lugar na rede: {{node}}',
  refusedFits: '“{{fits}}” com as cores “{{order}}” confere. Escolha essa.',
  found: 'O que se achou em “{{name}}”',
  numbers: '{{parameters}} milhões de números que podem aprender, {{features}} atributos',
  size: 'Imagens de {{height}} × {{width}} pixels',
  anySize: 'Imagens de qualquer tamanho; {{height}} × {{width}} se você não escolher outro',
  proved:
    'A escala está provada: “{{scaling}}” responde como a referência diz (maior diferença {{difference}}).',
  provedTop1_one:
    'Com “{{scaling}}” a classe que vem primeiro é a da referência na sua {{count, number}} imagem: um indício, não uma prova.',
  provedTop1_other:
    'Com “{{scaling}}” a classe que vem primeiro é a da referência em {{agreeing, number}} de {{count, number}} imagens: um indício, não uma prova.',
  believed: 'A escala “{{scaling}}” é só presumida: não havia com o que compará-la.',
  part: 'Parte',
  partNumbers: 'Números',
  canLearn: 'Pode aprender',
  yes: 'sim',
  no: 'não',
  allLearn: 'Toda profundidade pode ser treinada.',
  someLearn: 'De “{{first}}” em diante tudo pode ser treinado; mais fundo, não.',
  noneLearn: 'Só a parte nova pode ser treinada.',
  chosen: 'Ela está escolhida para o próximo treinamento.',
  yours: 'Suas próprias redes',
  removeName: 'Remover “{{name}}”',
  removeTitle: 'Remover “{{name}}”?',
  removeText: 'Ela é removida de todos os projetos. O arquivo de onde veio não é tocado.',
  removeUsed_one:
    '{{count, number}} treinamento deste projeto foi feito com ela: o resultado fica, mas ele não pode mais prever, continuar nem ser exportado.',
  removeUsed_other:
    '{{count, number}} treinamentos deste projeto foram feitos com ela: os resultados ficam, mas eles não podem mais prever, continuar nem ser exportados.',
  removed: '“{{name}}” foi removida.',
};
