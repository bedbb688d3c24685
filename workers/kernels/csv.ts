export { clear } from './csv/clear';
export { parse_rows } from './csv/parse';
export { copy_text } from './csv/pass';
export { count_blank_lines, find_row_end, survey } from './csv/survey';
export { tables as tables_address } from './csv/tables';
export { class_validity, row_validity } from './csv/validity';
