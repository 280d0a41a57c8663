// How crowded the marks of a layer stand on the screen, and what they are drawn as for it: signs where there is room, else dots.

const NEIGHBOURS = 48; // the piece of the screen in which marks are neighbours [px]
const CALM = 0.8; // marks grow again where there is clearly room, not at the bound itself: else they would flicker around it

export function crowding(points, scale) {
  // How many others stand in the square of a mark, on the mean of all marks.
  const squares = new Map();
  for (const { x, y } of points) {
    const key = Math.floor(x * scale / NEIGHBOURS) * 1e7 + Math.floor(y * scale / NEIGHBOURS);
    squares.set(key, (squares.get(key) ?? 0) + 1);
  }
  let others = 0;
  for (const n of squares.values()) others += n * (n - 1);
  return points.length ? others / points.length : 0;
}

export function stepOf(steps, crowded, zoom, last) {
  // The first step that has room; the last one takes all. last: the step drawn so far, undefined for the first time.
  const fits = ({ upto = Infinity, from = 0 }, k) => zoom >= from && crowded <= upto * (k < last ? CALM : 1);
  const found = steps.findIndex(fits);
  return found < 0 ? steps.length - 1 : found;
}

export class Crowd {
  constructor() { this.layers = new Map(); }

  take(id, places, steps) {
    this.layers.set(id, { places, steps, points: null, zoom: null, step: this.layers.get(id)?.step });
  }

  step(id, map) {
    // Of the whole layer at a zoom, not of what is in the window: moving the map changes no mark.
    const known = this.layers.get(id);
    const zoom = map.getZoom();
    if (known.zoom !== zoom) {
      known.points ??= known.places.map((at) => map.project(at, 0));
      known.step = stepOf(known.steps, crowding(known.points, 2 ** zoom), zoom, known.step);
      known.zoom = zoom;
    }
    return known.steps[known.step];
  }
}
