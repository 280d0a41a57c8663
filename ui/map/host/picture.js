// The map as a picture to paste into a report: title above, legend beside, date and basis below, as it is seen now.

import { element } from './dom.js';
import { gathered, Painter } from './paint.js';
import { filled } from './search.js';

const HEAD_ROOM = 62;
const FOOT_ROOM = 34;
const BESIDE = 264; // width of the legend [px]
const EDGE = 18;
const SHARP = 2;
const MOST_PIXELS = 48e6; // what browsers put on one canvas without fail
const SURE = ['measured', 'sourced', 'derived', 'estimated', 'assumed'];
const FONT = '"Source Han Sans SC", "Noto Sans CJK SC", "Microsoft YaHei", "PingFang SC", sans-serif';
const LEFT_OUT = ['zp-cross', 'zp-hint', 'zp-draw', 'zp-mark-acts', 'zp-mark-close', 'zp-swipe-knob', 'leaflet-tooltip-pane', 'zp-sr'];

export function leastCertain(layers) {
  // The badge of what is least certain among the layers that are shown.
  const found = layers.map((spec) => spec.badge).filter(Boolean);
  return found.sort((a, b) => SURE.indexOf(b.basis) - SURE.indexOf(a.basis))[0] ?? null;
}

export function fileName(title, day) {
  return `${title.replace(/[\\/:*?"<>|·\s]+/g, '_').slice(0, 80)}_${day}.png`;
}

function keyOf(panel, box) {
  // The legend of what is shown, whole, without its switches; laid out where nobody sees it.
  const copy = panel.cloneNode(true);
  copy.className = 'zp-panel zp-picture-key';
  copy.querySelectorAll('.zp-legend > details, .zp-online, .zp-adjust, .zp-row-more, summary').forEach((node) => node.remove());
  copy.querySelectorAll('details').forEach((node) => { node.open = true; });
  for (const row of copy.querySelectorAll('.zp-row')) if (row.querySelector('input')?.checked === false) row.remove();
  copy.querySelectorAll('input').forEach((node) => node.remove());
  for (const part of copy.querySelectorAll('section')) if (!part.querySelector('.zp-row')) part.remove();
  box.appendChild(copy);
  return copy;
}

function lettered(ctx, text, x, y, { size = 13, weight = 400, color, align = 'left', most }) {
  ctx.font = `${weight} ${size}px ${FONT}`;
  if ('letterSpacing' in ctx) ctx.letterSpacing = '0px';
  ctx.textAlign = align;
  ctx.textBaseline = 'alphabetic';
  ctx.fillStyle = color;
  ctx.fillText(text, x, y, most);
  ctx.textAlign = 'left';
}

function north(ctx, x, y, word, color) {
  ctx.fillStyle = color;
  ctx.beginPath();
  ctx.moveTo(x, y);
  ctx.lineTo(x + 7, y + 20);
  ctx.lineTo(x, y + 15);
  ctx.lineTo(x - 7, y + 20);
  ctx.closePath();
  ctx.lineWidth = 3;
  ctx.strokeStyle = 'rgba(255,255,255,.9)';
  ctx.stroke();
  ctx.fill();
  ctx.strokeStyle = 'rgba(255,255,255,.9)';
  ctx.font = `700 12px ${FONT}`;
  ctx.textAlign = 'center';
  ctx.strokeText(word, x, y + 33);
  ctx.fillText(word, x, y + 33);
  ctx.textAlign = 'left';
}

function onWhite(act) {
  // What stands beside the map stands on white paper, also where the screen is dark.
  const page = document.documentElement;
  const theme = page.getAttribute('data-zp-theme');
  page.removeAttribute('data-zp-theme');
  try { act(); } finally { if (theme !== null) page.setAttribute('data-zp-theme', theme); }
}

export async function composed(box, map, legend, told) {
  // {canvas, left}: the picture, and how many pictures of strangers it could not hold.
  const { words, title, line, foot } = told;
  const key = keyOf(legend, box);
  try {
    const view = box.getBoundingClientRect();
    const [width, height] = [Math.round(view.width), Math.round(view.height)];
    const tall = Math.max(height, key.offsetHeight + 44);
    const whole = [width + BESIDE + 3 * EDGE, HEAD_ROOM + tall + FOOT_ROOM];
    const sharp = Math.min(SHARP, Math.sqrt(MOST_PIXELS / (whole[0] * whole[1])));
    const canvas = document.createElement('canvas');
    canvas.width = Math.round(whole[0] * sharp);
    canvas.height = Math.round(whole[1] * sharp);
    const ctx = canvas.getContext('2d');
    ctx.scale(sharp, sharp);
    ctx.fillStyle = '#ffffff';
    ctx.fillRect(0, 0, ...whole);
    lettered(ctx, title, EDGE, 30, { size: 21, weight: 700, color: '#0b4f59', most: whole[0] - 2 * EDGE });
    lettered(ctx, line, EDGE, 51, { size: 13.5, color: '#45555e', most: whole[0] - 2 * EDGE });
    const svgs = await gathered([box, key], sharp);
    ctx.save();
    ctx.translate(EDGE, HEAD_ROOM);
    ctx.beginPath();
    ctx.rect(0, 0, width, height);
    ctx.clip();
    ctx.fillStyle = window.getComputedStyle(box).backgroundColor;
    ctx.fillRect(0, 0, width, height);
    const painter = new Painter(ctx, { x: view.left, y: view.top }, svgs);
    const skip = (node) => LEFT_OUT.some((name) => node.classList?.contains(name));
    painter.node(map.getPane('mapPane'), skip);
    for (const node of box.querySelectorAll('.zp-swipe:not([hidden]), .leaflet-control-scale, .leaflet-control-attribution')) painter.node(node, skip);
    north(ctx, width - 24, 14, words.shot_north, '#1d2b33');
    ctx.restore();
    ctx.strokeStyle = '#d5dada';
    ctx.strokeRect(EDGE + 0.5, HEAD_ROOM + 0.5, width - 1, height - 1);
    ctx.save();
    ctx.translate(width + 2 * EDGE, HEAD_ROOM);
    lettered(ctx, words.shot_legend, 0, 16, { size: 15, weight: 700, color: '#1d2b33' });
    ctx.translate(0, 24);
    onWhite(() => {
      const at = key.getBoundingClientRect();
      new Painter(ctx, { x: at.left, y: at.top }, svgs).node(key.firstElementChild);
    });
    ctx.restore();
    lettered(ctx, foot, EDGE, whole[1] - 13, { size: 12, color: '#45555e', most: whole[0] - 2 * EDGE });
    return { canvas, left: painter.left };
  } finally {
    key.remove();
  }
}

export async function saved(box, map, legend, { words, caption, layers }) {
  // Make the picture and hand it to the browser; what is said of it.
  const day = new Date().toLocaleDateString('sv-SE');
  const least = leastCertain(layers);
  const foot = [`${words.shot_date} ${day}`, least ? filled(words.shot_basis, { basis: least.text }) : '', caption.program].filter(Boolean).join(' · ');
  try {
    const { canvas, left } = await composed(box, map, legend, { words, title: caption.title, line: caption.line, foot });
    const blob = await new Promise((done) => { canvas.toBlob(done, 'image/png'); });
    const link = element('a');
    const name = fileName(`${caption.title}_${caption.line}`, day);
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
    return [filled(words.shot_saved, { name }), left ? words.shot_online : ''].filter(Boolean).join(' ');
  } catch (error) {
    console.warn('picture', error);
    return words.shot_failed;
  }
}
