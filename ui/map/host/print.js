// The map on paper. The window is wider than a sheet: the map is made smaller as a picture, so that paper shows the
// ground that the screen showed, and its legend goes below it, where it hides nothing.

// The room between the margins of an upright A4 page (186 mm) in px of 1/96 inch.
export const PAPER = 703;

export function onPaper(box, legend) {
  let home;
  const before = () => {
    if (home) return;
    const { width, height } = box.getBoundingClientRect();
    home = legend.parentNode;
    // Fixed to what they are: the map would ask itself anew for the size of the paper, and move.
    box.style.width = `${width}px`;
    box.style.height = `${height}px`;
    box.style.zoom = Math.min(1, PAPER / width);
    box.classList.add('zp-paper');
    legend.classList.add('zp-below');
    box.after(legend);
  };
  const after = () => {
    if (!home) return;
    home.append(legend);
    legend.classList.remove('zp-below');
    box.classList.remove('zp-paper');
    for (const name of ['width', 'height', 'zoom']) box.style[name] = '';
    home = undefined;
  };
  window.addEventListener('beforeprint', before);
  window.addEventListener('afterprint', after);
}
