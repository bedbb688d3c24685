/** What a column's name says of it. Names decide what is asked, never what is taken from among several. */

/**
 * `index`: what tools write by themselves, and nobody calls a class. `identity`: ids, labels, tokens, times: never offered as logits. `other`: measures and
 * features that may be a class, but seldom are. `logits`: says so.
 */
export type NameRole = 'index' | 'identity' | 'other' | 'logits' | 'unknown';

const words = (text: string): ReadonlySet<string> => new Set(text.split(/\s+/).filter((word) => word !== ''));

const IDENTITIES = words(`
  id ids idx index indices uid uuid guid rowid row_id rowno row_no row_number rownum rownames
  label labels target targets y y_true y_pred ground_truth gt class_id category_id
  token tokens input_ids token_ids attention_mask token_type_ids position_ids special_tokens_mask mask masks word_ids
  decoder_input_ids decoder_attention_mask generated_ids output_ids completion_ids prompt_ids
  offset_mapping seq_len n_tokens num_tokens timestamp timestamps datetime created_at updated_at
`);
const IDENTITY_ENDS = /_(id|ids|idx|index|indices|uuid|label|labels|target|targets|mask|tokens|timestamp)$/;

const MEASURES = words(`
  loss losses nll weight weights sample_weight score scores prob probs probability probabilities confidence conf max_prob
  accuracy acc perplexity ppl entropy temperature lr learning_rate reward rewards price cost amount age size
  lat lon lng latitude longitude altitude width height prediction predictions pred preds predicted
  logprob logprobs log_prob log_probs margin mean std min max sum total row_sum duration latency elapsed speed distance
  key row line nr no num number n count counts rank group fold split seed epoch step time ts date year month day hour
  length lengths len shape start end offset offsets gold answer true
`);
const MEASURE_ENDS =
  /_(loss|weight|score|prob|probability|confidence|accuracy|acc|perplexity|ppl|entropy|lr|reward|price|age|lat|lon|latitude|longitude|logprob|mean|std|duration|latency)$/;

/** Lists of numbers that are none of a classifier's. */
const FEATURES = words(`
  embedding embeddings emb embs bbox bboxes box boxes feature features hidden_state hidden_states last_hidden_state
  pooler_output input_values pixel_values input_features vector vectors keypoints points polygon coordinates attention
  attentions image images audio waveform mel spectrogram gradient gradients weight weights loss losses rewards
  token_logprobs token_log_probs logprobs log_probs target_logprobs sampled_logprobs
`);
const FEATURE_ENDS =
  /_(embedding|embeddings|emb|bbox|bboxes|box|boxes|features|hidden_states|vector|logprobs|log_probs|losses|weights)$/;

/** `trainLoss`, `train-loss` and `Train Loss` are one name. */
function plainName(name: string): string {
  return name
    .trim()
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replaceAll(/[\s.\-/:]+/g, '_')
    .toLowerCase();
}

/** A column without a name, or with the one that pandas gives its index. */
export function isIndexName(name: string): boolean {
  return /^\s*$|^Unnamed: \d+(_level_\d+)?$|^__index_level_\d+__$|^\.\.\.\d+$/.test(name);
}

/** Of a column of single numbers. */
export function scalarRole(name: string): NameRole {
  if (isIndexName(name)) return 'index';
  const plain = plainName(name);
  if (/(^|_)logits?(_|\d|$)/.test(plain)) return 'logits';
  if (IDENTITIES.has(plain) || IDENTITY_ENDS.test(plain)) return 'identity';
  return MEASURES.has(plain) || MEASURE_ENDS.test(plain) ? 'other' : 'unknown';
}

/** Of a column of lists. */
export function listRole(name: string): NameRole {
  const plain = plainName(name);
  if (/(^|_)logits?(_|\d|$)/.test(plain)) return 'logits';
  if (IDENTITIES.has(plain) || IDENTITY_ENDS.test(plain)) return 'identity';
  return FEATURES.has(plain) || FEATURE_ENDS.test(plain) ? 'other' : 'unknown';
}

/** Columns whose names are one stem and numbers, or numbers alone. */
export interface NameGroup {
  /** What stands before and after the number. */
  stem: readonly [before: string, after: string];
  /** In the order of the file. */
  columns: readonly number[];
}

/** The groups of two columns and more among `columns`, which are indices into `names`. */
export function nameGroups(names: readonly string[], columns: readonly number[]): NameGroup[] {
  const groups = new Map<
    string,
    { stem: readonly [string, string]; columns: number[]; numbers: Set<string> }
  >();
  for (const column of columns) {
    const match = NUMBERED.exec(names[column]);
    if (!match) continue;
    const [, before, number, after] = match;
    const key = `${before}\u0000${after}`;
    const group = groups.get(key) ?? { stem: [before, after] as const, columns: [], numbers: new Set() };
    group.columns.push(column);
    group.numbers.add(number);
    groups.set(key, group);
  }
  return [...groups.values()].filter(({ columns: found, numbers }) => found.length > 1 && numbers.size > 1);
}

/** The last number in a name. */
const NUMBERED = /^(.*?)(\d+)(\D*)$/s;

/** Whether a name is of the group's pattern. */
export function isOfGroup({ stem: [before, after] }: Pick<NameGroup, 'stem'>, name: string): boolean {
  const match = NUMBERED.exec(name);
  return match !== null && match[1] === before && match[3] === after;
}

/** What the stem says: of `logit_0` as of `logit`. */
export function groupRole({ stem: [before, after] }: NameGroup): NameRole {
  const plain = plainName(`${before}_${after}`).replaceAll(/^_+|_+$/g, '');
  return plain === '' ? 'unknown' : scalarRole(plain);
}
