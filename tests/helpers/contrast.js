// Every text that is seen, with its colour over what lies behind it (WCAG 2.2, 1.4.3): how many there are, and those
// below a ratio of 4.5, or of 3 where the text is large.
() => {
  const channel = (value) => { const v = value / 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; };
  const parse = (text) => { const found = text.match(/[0-9.]+/g).map(Number); return found.length < 4 ? [...found, 1] : found; };
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const behind = (one) => {
    for (let element = one; element; element = element.parentElement) {
      const colour = parse(getComputedStyle(element).backgroundColor);
      if (colour[3] === 1) return colour;
    }
    return [255, 255, 255, 1];
  };
  const faint = new Set();
  let seen = 0;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const holder = node.parentElement;
    if (!node.textContent.trim() || !holder.checkVisibility() || ["SCRIPT", "STYLE"].includes(holder.tagName)) continue;
    seen += 1;
    const style = getComputedStyle(holder), size = parseFloat(style.fontSize), bold = Number(style.fontWeight) >= 700;
    const [more, less] = [light(parse(style.color)), light(behind(holder))].sort((x, y) => y - x);
    const ratio = (more + 0.05) / (less + 0.05), least = size >= 24 || (bold && size >= 18.66) ? 3 : 4.5;
    if (ratio < least) faint.add(`${holder.tagName} ${ratio.toFixed(2)} ${node.textContent.trim().slice(0, 20)}`);
  }
  return [seen, [...faint]];
}
