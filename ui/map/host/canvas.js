// One canvas for the points of several layers: it hears the mouse for all of them, and some may be seen through.

export function sharedCanvas(L, strength) {
  // strength(id): how strong a layer is drawn, 0 to 1; each of its paths says in its options which layer it is of.
  return L.Canvas.extend({
    _draw() {
      // As Leaflet draws, but layer by layer. What is to be seen through is painted apart and laid on as a whole: a sign
      // of several strokes would else be seen through itself.
      const { _ctx: ctx, _container: canvas, _redrawBounds: part } = this;
      if (!canvas.width || !canvas.height) return; // a map that is not seen just now: a browser refuses to lay on a sheet of no size
      ctx.save();
      if (part) {
        const size = part.getSize();
        ctx.beginPath();
        ctx.rect(part.min.x, part.min.y, size.x, size.y);
        ctx.clip();
      }
      this._drawing = true;
      for (const { of, paths } of this._runs(part)) {
        const strong = strength(of);
        if (strong < 1) this._apart(paths, strong);
        else for (const path of paths) path._updatePath();
      }
      this._drawing = false;
      ctx.restore();
    },
    _runs(part) {
      // The paths to draw, those of one layer that follow one another together.
      const runs = [];
      for (let order = this._drawFirst; order; order = order.next) {
        const path = order.layer;
        if (part && !path._pxBounds?.intersects(part)) continue;
        const last = runs[runs.length - 1];
        if (last && last.of === path.options.of) last.paths.push(path);
        else runs.push({ of: path.options.of, paths: [path] });
      }
      return runs;
    },
    _apart(paths, strong) {
      const { _ctx: ctx, _container: canvas } = this;
      this._sheet ??= document.createElement('canvas');
      Object.assign(this._sheet, { width: canvas.width, height: canvas.height }); // clears it as well
      this._ctx = this._sheet.getContext('2d');
      this._ctx.setTransform(ctx.getTransform());
      for (const path of paths) path._updatePath();
      this._ctx = ctx;
      ctx.save();
      ctx.setTransform(1, 0, 0, 1, 0, 0);
      ctx.globalAlpha = strong;
      ctx.drawImage(this._sheet, 0, 0);
      ctx.restore();
    },
  });
}
