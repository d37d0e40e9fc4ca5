import type { failures as source } from '../en/failures.ts';
import type { Translation } from '../messages.ts';

/** Uma ou duas frases por falha: o que houve, com qual arquivo, o que está seguro, o que fazer. */
export const failures: Translation<typeof source> = {
  title: 'Não deu certo',
  detail: 'Número no registro: {{causeId}}',
  BAD_REQUEST: 'O motor não entendeu o pedido. Nada foi mudado. ({{message}})',
  NOT_FOUND: 'Isto não está mais no projeto. Nada foi mudado; a lista foi atualizada.',
  NO_PROJECT: 'Nenhum projeto está aberto. Abra um na tela inicial.',
  PROJECT_BUSY: 'O projeto já está aberto ({{who}}). Feche-o lá primeiro; aqui nada foi mudado.',
  PROJECT_NEWER:
    'O projeto “{{file}}” foi feito por um Enxerto mais novo. Nada nele foi tocado; atualize o Enxerto para abri-lo.',
  PROJECT_DAMAGED:
    'O banco de dados de “{{file}}” está danificado. Ele ficou como estava; restaure um backup na tela inicial.',
  PROJECT_EXISTS: 'Já existe algo chamado “{{file}}”. Escolha outro nome ou outra pasta.',
  PROJECT_READ_ONLY:
    'Este projeto está em um disco que não aceita gravação. Copie-o para outro disco para mudá-lo.',
  NO_PERMISSION:
    'O sistema não deixa o Enxerto ler ou gravar “{{file}}”. Nada foi mudado; verifique as permissões da pasta.',
  NO_SPACE: 'O disco está cheio. O que já foi salvo está seguro; libere espaço e tente de novo.',
  FOLDER_EMPTY: 'Não há imagens em “{{file}}”. O Enxerto lê JPEG, PNG, WebP, TIFF, BMP, GIF e AVIF.',
  FOLDER_MISSING: 'A pasta “{{file}}” não está mais lá. Nada foi mudado; escolha-a de novo.',
  FILE_MISSING:
    'O arquivo “{{file}}” não está onde estava. Os rótulos dele estão seguros; devolva-o ou encontre a pasta.',
  FILE_UNREADABLE:
    'Não foi possível ler o arquivo “{{file}}”. Ele não foi mudado; troque-o e verifique de novo.',
  IMAGE_TOO_LARGE:
    'A imagem “{{file}}” tem mais de 268 megapixels, demais para abrir com segurança. Faça uma menor.',
  CSV_INVALID:
    'Não foi possível ler a tabela “{{file}}”. Nada foi importado; salve-a de novo como CSV (UTF-8) e escolha-a outra vez.',
  CLASS_EXISTS: 'Já existe uma classe “{{name}}”. Maiúsculas e minúsculas não fazem diferença.',
  TOO_FEW_IMAGES: 'Há poucas imagens rotuladas para isto. Rotule mais algumas e tente de novo.',
  ONE_CLASS: 'Todas as imagens rotuladas são da mesma classe. Rotule antes imagens de uma segunda classe.',
  NOTHING_TO_UNDO: 'Não há nada a desfazer.',
  NOTHING_TO_REDO: 'Não há nada a refazer.',
  RUN_ACTIVE: 'Um treinamento está em andamento. Espere por ele ou cancele-o primeiro.',
  RUN_NOT_ACTIVE: 'Este treinamento não está mais em andamento.',
  RUN_NOT_RESUMABLE: 'Este treinamento não pode continuar de onde parou. Comece-o de novo.',
  BACKBONE_DAMAGED:
    'A rede pré-treinada “{{file}}” está danificada. Instale o Enxerto de novo; seu projeto está seguro.',
  NETWORK_UNSUPPORTED: 'Esta rede usa algo que o Enxerto não sabe treinar. ({{message}})',
  PREPROCESSING: 'O modo de escalar as imagens desta rede não confere. ({{message}})',
  OUT_OF_MEMORY: 'Faltou memória. O projeto está seguro; feche outros programas ou escolha um tamanho menor.',
  OUT_OF_MEMORY_fewest:
    'A memória não bastou nem para o menor número possível de imagens por vez ({{fewest}}). Nada do que já foi aprendido se perdeu: feche outros programas e tente de novo, ou continue o treino; um novo ocupa menos com imagens menores ou com menos blocos que aprendem.',
  OUT_OF_MEMORY_file:
    'Faltou memória para ler “{{file}}”. O arquivo não foi alterado; feche outros programas e tente de novo.',
  TRAINER_CRASHED:
    'O treinamento parou de repente. O projeto está seguro; ele pode continuar do último ponto salvo.',
  TRAINER_CRASHED_memory:
    'O treinamento parou de repente quando quase não restava memória, e é provável que tenha sido por isso. O projeto está seguro: feche outros programas, ou escolha menos imagens por vez ou imagens menores, e continue do último ponto salvo.',
  EXECUTOR_UNAVAILABLE:
    '“{{executor}}” foi escolhido para calcular e não pode ser usado neste computador. {{reason}} Escolha outro em Configurações, na parte Computação; lá também está como fazê-lo funcionar.',
  EXECUTOR_UNAVAILABLE_known:
    'A variável ENXERTO_EXECUTOR diz “{{executor}}”, um nome que o Enxerto não conhece. Dê a ela um destes valores, ou nenhum: {{known}}.',
  DEVICE_LOST:
    'O dispositivo que calculava ({{executor}}) parou de responder; mensagem original: “{{reason}}”. Tudo até o último ponto salvo está seguro; continue dali, no processador se acontecer de novo.',
  DIVERGED:
    'O treinamento saiu do rumo: o erro deixou de ser um número. Nada disso foi guardado; comece de novo com uma taxa de aprendizado menor que {{learningRate}}.',
  PARITY_FAILED: 'O modelo exportado não responde como o treinado, por isso não foi guardado. ({{message}})',
  NOT_AVAILABLE: 'Isto não está disponível aqui. ({{message}})',
  CANCELLED: 'Cancelado. O que já estava feito foi mantido.',
  INTERNAL: 'Aconteceu algo inesperado no Enxerto. O que foi salvo está seguro; tente de novo.',
  fileFallback: 'o arquivo',
  holderFallback: 'em outra janela',
};
