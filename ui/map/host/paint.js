// What stands on the page, painted onto a canvas as it stands: canvases, pictures, SVG, boxes and text, each where it is.
// Only what the map is made of is known: no floats of pictures in text, no turned boxes.

const NS = 'http://www.w3.org/2000/svg';

function seen(style) {
  return style.display !== 'none' && style.visibility !== 'hidden' && Number(style.opacity) !== 0;
}

function outer(node) {
  // Patterns that a fill names may stand anywhere on the page; a picture of SVG sees itself only.
  const names = new Set();
  for (const part of [node, ...node.querySelectorAll('[fill],[style]')]) {
    const found = /url\(["']?#([^"')]+)/.exec(`${part.getAttribute('fill') ?? ''} ${part.getAttribute('style') ?? ''}`);
    if (found) names.add(found[1]);
  }
  return [...names].map((id) => document.getElementById(id)).filter(Boolean);
}

async function pictured(node, factor) {
  // An SVG of the page as a picture.
  const { width, height } = node.getBoundingClientRect();
  if (!width || !height) return null;
  const copy = node.cloneNode(true);
  const defs = document.createElementNS(NS, 'defs');
  for (const pattern of outer(node)) if (!node.contains(pattern)) defs.appendChild(pattern.cloneNode(true));
  copy.prepend(defs);
  copy.removeAttribute('style');
  copy.setAttribute('xmlns', NS);
  copy.setAttribute('width', width * factor);
  copy.setAttribute('height', height * factor);
  if (!copy.getAttribute('viewBox')) copy.setAttribute('viewBox', `0 0 ${width} ${height}`);
  copy.style.color = window.getComputedStyle(node).color;
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(new window.XMLSerializer().serializeToString(copy))}`;
  try { await image.decode(); } catch (error) { console.warn('svg', error); return null; }
  return image;
}

export async function gathered(roots, factor) {
  // The SVGs below some nodes, each with its picture: painting itself cannot wait.
  const found = new Map();
  for (const root of roots) for (const node of [...(root.matches?.('svg') ? [root] : []), ...root.querySelectorAll('svg')]) found.set(node, pictured(node, factor));
  return new Map(await Promise.all([...found].map(async ([node, image]) => [node, await image])));
}

export function ordered(children) {
  // As the browser paints them: by z-index, as written where that is the same.
  return [...children].map((node, k) => [node, Number(window.getComputedStyle(node).zIndex) || 0, k]).sort((a, b) => a[1] - b[1] || a[2] - b[2]).map(([node]) => node);
}

export function corners(polygon) {
  // The points of a computed clip-path in pixels; null for what is none.
  const found = /^polygon\((.*)\)$/.exec(polygon ?? '');
  return found ? found[1].split(',').map((pair) => pair.trim().split(/\s+/).map(parseFloat)) : null;
}

export function slantOf(transform) {
  // The angle of a computed transform [radians], 0 for one that does not turn.
  const found = /^matrix\(([^)]*)\)$/.exec(transform ?? '');
  const [a, b] = found ? found[1].split(',').map(Number) : [1, 0];
  return Math.atan2(b, a);
}

function foreign(src) {
  return !/^(data|blob):/.test(src) && new URL(src, document.baseURI).origin !== window.location.origin;
}

export class Painter {
  // from: the page's pixel that is the canvas's first; svgs: what gathered() gave.
  constructor(ctx, from, svgs) {
    Object.assign(this, { ctx, from, svgs, left: 0 }); // left: how many pictures of strangers were left out
  }

  node(node, skip = () => false) {
    if (node.nodeType === 3) { this.text(node); return; }
    if (node.nodeType !== 1 || skip(node)) return;
    const style = window.getComputedStyle(node);
    if (style.display === 'none' || Number(style.opacity) === 0) return;
    const { ctx } = this;
    ctx.save();
    ctx.globalAlpha *= Number(style.opacity);
    if (style.mixBlendMode && style.mixBlendMode !== 'normal') ctx.globalCompositeOperation = style.mixBlendMode;
    const rect = node.getBoundingClientRect();
    const [x, y] = [rect.left - this.from.x, rect.top - this.from.y];
    const clip = corners(style.clipPath);
    if (clip) {
      ctx.beginPath();
      clip.forEach(([cx, cy], k) => (k ? ctx.lineTo(x + cx, y + cy) : ctx.moveTo(x + cx, y + cy)));
      ctx.closePath();
      ctx.clip();
    }
    const shown = seen(style) && rect.width && rect.height;
    const tag = node.tagName.toLowerCase();
    if (tag === 'canvas') { if (shown && node.width && node.height) ctx.drawImage(node, x, y, rect.width, rect.height); } else if (tag === 'img') { if (shown) this.picture(node, style, x, y, rect); } else if (tag === 'svg') {
      const image = this.svgs.get(node);
      if (shown && image) ctx.drawImage(image, x, y, rect.width, rect.height);
    } else if (shown && slantOf(style.transform) && !node.children.length) this.slanted(node, style, x + rect.width / 2, y + rect.height / 2);
    else {
      if (shown) this.frame(style, x, y, rect.width, rect.height);
      for (const child of [...node.childNodes].some((c) => c.nodeType === 3 && c.data.trim()) ? node.childNodes : ordered(node.children)) this.node(child, skip);
    }
    ctx.restore();
  }

  slanted(node, style, x, y) {
    // A name along a line: text around its middle.
    const { ctx } = this;
    ctx.save();
    ctx.translate(x, y);
    ctx.rotate(slantOf(style.transform));
    ctx.textAlign = 'center';
    this.lettering(style);
    const line = node.textContent.replace(/\s+/g, ' ').trim();
    const { fontBoundingBoxAscent: up, fontBoundingBoxDescent: below } = ctx.measureText(line);
    this.line(line, 0, (up - below) / 2, style);
    ctx.restore();
  }

  picture(node, style, x, y, rect) {
    if (foreign(node.src)) { this.left += 1; return; }
    if (!node.complete || !node.naturalWidth) return;
    const { ctx } = this;
    ctx.imageSmoothingEnabled = style.imageRendering !== 'pixelated';
    ctx.drawImage(node, x, y, rect.width, rect.height);
    ctx.imageSmoothingEnabled = true;
  }

  frame(style, x, y, width, height) {
    const { ctx } = this;
    const round = style.borderTopLeftRadius.endsWith('%') ? width / 2 : Math.min(parseFloat(style.borderTopLeftRadius) || 0, width / 2, height / 2);
    const line = parseFloat(style.borderTopWidth) || 0;
    const box = (by) => { ctx.beginPath(); ctx.roundRect(x + by, y + by, width - 2 * by, height - 2 * by, Math.max(0, round - by)); };
    if (style.backgroundColor !== 'rgba(0, 0, 0, 0)') { ctx.fillStyle = style.backgroundColor; box(0); ctx.fill(); }
    const even = ['Right', 'Bottom', 'Left'].every((side) => style[`border${side}Width`] === style.borderTopWidth);
    for (const side of even ? [] : ['Top', 'Right', 'Bottom', 'Left']) this.edge(side, style, x, y, width, height);
    if (!even || !line || style.borderTopStyle === 'none') return;
    ctx.lineWidth = line;
    ctx.strokeStyle = style.borderTopColor;
    ctx.setLineDash({ dashed: [3 * line, 2 * line], dotted: [line, line * 1.5] }[style.borderTopStyle] ?? []);
    box(line / 2);
    ctx.stroke();
    ctx.setLineDash([]);
  }

  edge(side, style, x, y, width, height) {
    const line = parseFloat(style[`border${side}Width`]) || 0;
    if (!line || style[`border${side}Style`] === 'none') return;
    this.ctx.fillStyle = style[`border${side}Color`];
    const rect = { Top: [x, y, width, line], Bottom: [x, y + height - line, width, line], Left: [x, y, line, height], Right: [x + width - line, y, line, height] }[side];
    this.ctx.fillRect(...rect);
  }

  text(node) {
    const said = node.data.replace(/\s+/g, ' ');
    const style = window.getComputedStyle(node.parentElement);
    if (!said.trim() || style.visibility === 'hidden') return;
    const { ctx } = this;
    this.lettering(style);
    for (const { line, rect } of this.lines(node)) {
      const { fontBoundingBoxAscent: up, fontBoundingBoxDescent: below } = ctx.measureText(line);
      this.line(line, rect.left - this.from.x, rect.top - this.from.y + (rect.height - up - below) / 2 + up, style);
    }
  }

  lettering(style) {
    const { ctx } = this;
    ctx.font = `${style.fontStyle} ${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
    if ('letterSpacing' in ctx) ctx.letterSpacing = style.letterSpacing === 'normal' ? '0px' : style.letterSpacing;
    ctx.textBaseline = 'alphabetic';
    ctx.lineJoin = 'round';
  }

  line(words, x, y, style) {
    // With its halo, where the page gives it one.
    const { ctx } = this;
    const halo = style.textShadow && style.textShadow !== 'none' ? /rgba?\([^)]*\)/.exec(style.textShadow)?.[0] : null;
    if (halo) { ctx.strokeStyle = halo; ctx.lineWidth = 3.5; ctx.strokeText(words, x, y); }
    ctx.fillStyle = style.color;
    ctx.fillText(words, x, y);
  }

  lines(node) {
    // The pieces of a text that stand on one line each.
    const range = document.createRange();
    range.selectNodeContents(node);
    const rects = range.getClientRects();
    if (rects.length === 1) return [{ line: node.data.replace(/\s+/g, ' ').trim(), rect: rects[0] }];
    const found = [];
    for (let k = 0; k < node.data.length; k += 1) {
      range.setStart(node, k);
      range.setEnd(node, k + 1);
      const rect = range.getClientRects()[0];
      if (!rect) continue;
      const last = found[found.length - 1];
      if (last && Math.abs(last.rect.top - rect.top) < 2) last.line += node.data[k];
      else found.push({ line: node.data[k], rect });
    }
    return found;
  }
}
