// The street network from one compact binary file, drawn per tile: crisp at every zoom, 100 000 lines in milliseconds.

import { element } from './dom.js';
import { paper } from './paper.js';

const WORLD = 40075016.685578488; // circumference of the projected earth, EPSG:3857 [m]
const CELL = WORLD / 16384; // streets are looked up by squares of this size [m]
const GRID = 0.5; // of corners in a file [m]
const HEAD = 24; // two uint32 and two float64 [bytes]
const EARTH = 256; // how wide the whole earth is at zoom 0, whatever the size of a tile [px]

export const TILE = 512; // of streets and ground [px]: each canvas on the screen costs at every change of the map, whether it changes or not

function runs(buffer, from, count) {
  // Whole numbers of four bytes that stand in four runs, all lowest bytes first.
  const bytes = new Uint8Array(buffer, from, 4 * count);
  return Uint32Array.from({ length: count }, (_, i) => bytes[i] | (bytes[i + count] << 8) | (bytes[i + 2 * count] << 16) | (bytes[i + 3 * count] << 24));
}

export function decode(buffer) {
  // The layout is written by ui/map/publish.py. A file of another length is not one of ours: a page that says 404, or half a file.
  if (buffer.byteLength < HEAD) throw new Error(`streets: ${buffer.byteLength} bytes`);
  const [lines, points] = new Uint32Array(buffer, 0, 2);
  const whole = HEAD + 4 * lines + 8 * points + lines;
  if (buffer.byteLength !== whole) throw new Error(`streets: ${buffer.byteLength} bytes, not ${whole}`);
  const starts = new Uint32Array(lines + 1);
  runs(buffer, HEAD, lines).forEach((count, i) => { starts[i + 1] = starts[i] + count; });
  const xy = new Float32Array(2 * points);
  for (const side of [0, 1]) {
    let at = 0; // each corner is a step from the one before; the lowest bit is the sign
    runs(buffer, HEAD + 4 * lines + 4 * side * points, points).forEach((step, k) => { at += (step >>> 1) ^ -(step & 1); xy[2 * k + side] = at * GRID; });
  }
  const streets = {
    origin: new Float64Array(buffer, 8, 2),
    starts,
    xy,
    rank: new Uint8Array(buffer, HEAD + 4 * lines + 8 * points, lines),
    buckets: new Map(), // "a,b" -> numbers of the lines in that square
    extent: [Infinity, -Infinity, Infinity, -Infinity], // of all lines: x0, x1, y0, y1
  };
  for (let i = 0; i < lines; i += 1) sort(streets, i);
  return streets;
}

function* squares(x0, x1, y0, y1) {
  for (let a = Math.floor(x0 / CELL); a <= Math.floor(x1 / CELL); a += 1) {
    for (let b = Math.floor(y0 / CELL); b <= Math.floor(y1 / CELL); b += 1) yield `${a},${b}`;
  }
}

function widen(extent, x0, x1, y0, y1) {
  extent[0] = Math.min(extent[0], x0); extent[1] = Math.max(extent[1], x1);
  extent[2] = Math.min(extent[2], y0); extent[3] = Math.max(extent[3], y1);
}

function sort({ starts, xy, buckets, extent }, i) {
  let [x0, x1, y0, y1] = [Infinity, -Infinity, Infinity, -Infinity];
  for (let k = starts[i]; k < starts[i + 1]; k += 1) {
    x0 = Math.min(x0, xy[2 * k]); x1 = Math.max(x1, xy[2 * k]);
    y0 = Math.min(y0, xy[2 * k + 1]); y1 = Math.max(y1, xy[2 * k + 1]);
  }
  widen(extent, x0, x1, y0, y1);
  for (const key of squares(x0, x1, y0, y1)) {
    if (!buckets.has(key)) buckets.set(key, []);
    buckets.get(key).push(i);
  }
}

export function frame(coords, size, origin) {
  // Where a tile lies: pixels per projected metre, and its left and top edge from the network's origin [m].
  const metre = (EARTH * 2 ** coords.z) / WORLD;
  return {
    metre,
    left: (coords.x * size.x) / metre - WORLD / 2 - origin[0],
    top: WORLD / 2 - (coords.y * size.y) / metre - origin[1],
    span: size.x / metre,
  };
}

export function inFrame(streets, { metre, left, top, span }) {
  // The numbers of the lines that may touch a tile, with a margin for the width of a line.
  const margin = 8 / metre;
  const [x0, x1, y0, y1] = streets.extent;
  const found = new Set();
  // Not beyond the network: a tile of the whole earth has 268 million squares.
  for (const key of squares(Math.max(left - margin, x0), Math.min(left + span + margin, x1), Math.max(top - span - margin, y0), Math.min(top + margin, y1))) {
    for (const i of streets.buckets.get(key) || []) found.add(i);
  }
  return found;
}

export const MOST_LINES = 3000; // each is measured at every move of the mouse

export function linesWithin({ origin, starts, xy, buckets, extent }, crs, bounds) {
  // The streets of a part of the map, as lists of places; none where they are too many to measure.
  const [low, high] = [crs.project(bounds.getSouthWest()), crs.project(bounds.getNorthEast())];
  const [ox, oy] = origin;
  const [left, right, bottom, top] = [low.x - ox, high.x - ox, low.y - oy, high.y - oy];
  const found = new Set();
  for (const key of squares(Math.max(left, extent[0]), Math.min(right, extent[1]), Math.max(bottom, extent[2]), Math.min(top, extent[3]))) {
    for (const i of buckets.get(key) || []) {
      const own = [Infinity, -Infinity, Infinity, -Infinity]; // the squares are coarse
      for (let k = starts[i]; k < starts[i + 1]; k += 1) widen(own, xy[2 * k], xy[2 * k], xy[2 * k + 1], xy[2 * k + 1]);
      if (own[0] <= right && own[1] >= left && own[2] <= top && own[3] >= bottom) found.add(i);
    }
  }
  if (found.size > MOST_LINES) return [];
  const place = (k) => crs.unproject({ x: xy[2 * k] + ox, y: xy[2 * k + 1] + oy });
  return [...found].map((i) => Array.from({ length: starts[i + 1] - starts[i] }, (_, k) => place(starts[i] + k)));
}

export function lowestRank(zoom) {
  // Which streets are worth ink at a zoom: main streets only far out, every path close by.
  return zoom >= 14 ? 9 : zoom >= 13 ? 2 : zoom >= 12 ? 1 : 0;
}

const CASED = 14; // from this zoom on a street is two lines with the way between them

export function streetWidth(rank, zoom) {
  // [px]; a main street stays wider than a path at every zoom.
  const grow = Math.max(0, zoom - 11);
  return Math.min([1.1, 0.8, 0.6, 0.4][rank] + [1.25, 0.85, 0.65, 0.3][rank] * grow, [13, 10, 8, 3.2][rank]);
}

export function blankTile(size) {
  // A tile, as fine as the screen needs, a context in pixels of the page to draw it with, and what shows what was drawn.
  const tile = element('canvas', 'leaflet-tile');
  const scale = window.devicePixelRatio > 1 ? 2 : 1;
  Object.assign(tile, { width: size.x * scale, height: size.y * scale });
  const hidden = typeof OffscreenCanvas === 'undefined' ? null : new OffscreenCanvas(tile.width, tile.height);
  const ctx = (hidden || tile).getContext('2d');
  ctx.scale(scale, scale);
  ctx.lineJoin = 'round';
  // What is drawn once is shown as a picture: the browser copies a canvas that might be drawn on at every change of the map.
  // Older browsers (Safari before 16.4, Firefox before 105) draw on the tile itself.
  const show = () => {
    if (hidden) tile.getContext('bitmaprenderer').transferFromImageBitmap(hidden.transferToImageBitmap());
    return tile;
  };
  return { ctx, show };
}

export function emptyTile() {
  // Where nothing is to be drawn.
  return element('div', 'leaflet-tile');
}

export function streetClass(L) {
  return L.GridLayer.extend({
    options: { tileSize: TILE },
    take(streets) {
      this.streets = streets;
      this.redraw();
    },
    within(bounds) {
      // The streets of a part of the map as lists of places, for what is to join them.
      return this.streets ? linesWithin(this.streets, this._map.options.crs, bounds) : [];
    },
    createTile(coords) {
      if (!this.streets) return emptyTile();
      const size = this.getTileSize();
      const { starts, xy, rank: ranks } = this.streets;
      const place = frame(coords, size, this.streets.origin);
      const { metre, left, top } = place;
      const seen = inFrame(this.streets, place);
      if (!seen.size) return emptyTile();
      const { ctx, show } = blankTile(size);
      const limit = lowestRank(coords.z);
      const inks = paper();
      ctx.lineCap = 'round';
      const paint = (extra, colours) => {
        for (let rank = 3; rank >= 0; rank -= 1) {
          if (rank > limit) continue;
          ctx.beginPath();
          for (const i of seen) {
            if (Math.min(3, ranks[i]) !== rank) continue;
            for (let k = starts[i]; k < starts[i + 1]; k += 1) {
              const x = (xy[2 * k] - left) * metre;
              const y = (top - xy[2 * k + 1]) * metre;
              if (k === starts[i]) ctx.moveTo(x, y); else ctx.lineTo(x, y);
            }
          }
          ctx.lineWidth = streetWidth(rank, coords.z) + extra;
          ctx.strokeStyle = colours[rank];
          ctx.stroke();
        }
      };
      if (coords.z >= CASED) paint(1.4, inks.casing);
      paint(0, coords.z >= CASED ? inks.street : inks.thin);
      return show();
    },
  });
}
