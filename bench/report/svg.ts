/** Plots as SVG, in colours that are legible on light and dark pages alike. */

const FONT = 'font-family="system-ui, sans-serif" font-size="13"';
const TEXT = '#24292f';
const GRID = '#d0d7de';
/** Okabe and Ito's colours, told apart by people with any kind of colour vision. */
export const COLOURS = ['#0072b2', '#e69f00', '#009e73', '#cc79a7', '#56b4e9', '#d55e00', '#999999'];

export interface Bar {
  label: string;
  value: number;
  text: string;
  colour: string;
}

/** Groups of horizontal bars, one group a heading. */
export function barChart(
  title: string,
  groups: readonly { heading: string; bars: readonly Bar[] }[],
): string {
  const [labelWidth, plotWidth, lineHeight] = [250, 460, 20];
  const most = Math.max(...groups.flatMap(({ bars }) => bars.map(({ value }) => value)));
  const parts: string[] = [];
  let y = 44;
  for (const { heading, bars } of groups) {
    parts.push(text(10, y + 14, heading, 'font-weight="600"'));
    y += lineHeight;
    for (const { label, value, text: note, colour } of bars) {
      const width = Math.max(1, (value / most) * plotWidth);
      parts.push(
        text(labelWidth - 8, y + 14, label, 'text-anchor="end"'),
        `<rect x="${labelWidth}" y="${y + 3}" width="${width.toFixed(1)}" height="${lineHeight - 6}" fill="${colour}"/>`,
        text(labelWidth + width + 6, y + 14, note),
      );
      y += lineHeight;
    }
    y += 10;
  }
  return picture(title, labelWidth + plotWidth + 130, y + 4, parts);
}

export interface Line {
  label: string;
  colour: string;
  points: readonly (readonly [x: number, y: number])[];
}

export interface Axis {
  title: string;
  ticks: readonly number[];
  /** Each step of the scale multiplies. */
  logarithmic?: boolean;
}

/** Lines with a point for every measurement; the axes go from their first tick to their last. */
export function lineChart(title: string, horizontal: Axis, vertical: Axis, lines: readonly Line[]): string {
  const [left, top, width, height] = [70, 50, 560, 300];
  const x = (value: number): number => left + place(horizontal, value) * width;
  const y = (value: number): number => top + height - place(vertical, value) * height;
  const parts = [
    ...vertical.ticks.flatMap((tick) => [
      `<line x1="${left}" x2="${left + width}" y1="${y(tick).toFixed(1)}" y2="${y(tick).toFixed(1)}" stroke="${GRID}"/>`,
      text(left - 8, y(tick) + 4, short(tick), 'text-anchor="end"'),
    ]),
    ...horizontal.ticks.map((tick) => text(x(tick), top + height + 20, short(tick), 'text-anchor="middle"')),
    text(left + width / 2, top + height + 42, horizontal.title, 'text-anchor="middle"'),
    text(left, top - 10, vertical.title),
  ];
  lines.forEach(({ label, colour, points }, index) => {
    const path = points.map(([a, b]) => `${x(a).toFixed(1)},${y(b).toFixed(1)}`).join(' ');
    parts.push(
      `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="2"/>`,
      ...points.map(
        ([a, b]) => `<circle cx="${x(a).toFixed(1)}" cy="${y(b).toFixed(1)}" r="3.5" fill="${colour}"/>`,
      ),
      `<rect x="${left + width + 20}" y="${top + index * 22}" width="14" height="4" fill="${colour}"/>`,
      text(left + width + 40, top + index * 22 + 7, label),
    );
  });
  return picture(title, left + width + 260, top + height + 60, parts);
}

function place({ ticks, logarithmic = false }: Axis, value: number): number {
  const scale = logarithmic ? Math.log : (number: number): number => number;
  const [first, last] = [scale(ticks[0]), scale(ticks.at(-1)!)];
  return first === last ? 0 : (scale(value) - first) / (last - first);
}

/** Round numbers from 0 until past `most`. */
export function ticksUpTo(most: number): number[] {
  const step = [1, 2, 5, 10]
    .map((unit) => unit * 10 ** Math.floor(Math.log10(most / 4)))
    .find((s) => most / s <= 6)!;
  const count = Math.ceil(most / step);
  return Array.from({ length: count + 1 }, (_, i) => Number((i * step).toPrecision(6)));
}

function short(value: number): string {
  return value.toLocaleString('en', { maximumSignificantDigits: 6 });
}

function text(x: number, y: number, content: string, attributes = ''): string {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" fill="${TEXT}" ${attributes}>${escaped(content)}</text>`;
}

function escaped(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function picture(title: string, width: number, height: number, parts: readonly string[]): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" ${FONT}>
<title>${escaped(title)}</title>
<rect width="100%" height="100%" fill="#ffffff"/>
${[text(10, 24, title, 'font-weight="600" font-size="15"'), ...parts].join('\n')}
</svg>
`;
}
