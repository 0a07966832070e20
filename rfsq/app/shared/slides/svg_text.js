// Text of a drawing, written so that programs for slides place it as browsers do.

const TEXT = /<text\b[^>]*>.*?<\/text>/gs;
const TAG = /<(text|tspan)\b([^>]*)>/g;

/**
 * The same drawing with the lines of each text at places of their own, in its units: LibreOffice ignores a shift in `em`, and
 * writes all lines on the first. Spaces are kept by an attribute beside the style: it knows no `white-space`.
 * @param {string} svg as plotly writes it
 */
export function placedText(svg) {
  return svg.replace(TEXT, (text) => {
    const size = Number(/font-size: ([\d.]+)px/.exec(text)?.[1] ?? 0);
    const hasLines = text.includes('<tspan class="line"');
    const placed = text.replace(TAG, (tag, name, attributes) => {
      const [dy, y] = [/ dy="([-\d.]+)em"/.exec(attributes), / y="([-\d.]+)"/.exec(attributes)];
      if (!dy || !y || !size) return tag;
      const shift = name === "text" && hasLines ? 0 : Number(dy[1]) * size; // that of a line takes the text's place
      const at = Number((Number(y[1]) + shift).toFixed(3));
      return `<${name}${attributes.replace(dy[0], "").replace(y[0], ` y="${at}"`)}>`;
    });
    return placed.replace(/^<text(?! xml:space)/, '<text xml:space="preserve"');
  });
}
