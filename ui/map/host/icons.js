// The signs of the tools: lines in a box of 24 x 24, in the colour of the writing.

import { svg } from './dom.js';

const OUTLINES = {
  find: 'M10.5 4a6.5 6.5 0 1 0 0 13a6.5 6.5 0 0 0 0-13M15.4 15.4L20.5 20.5',
  cross: 'M6 6L18 18M18 6L6 18',
  zoomin: 'M12 5V19M5 12H19',
  zoomout: 'M5 12H19',
  home: 'M3.5 11.5L12 4.5L20.5 11.5M6 10V19.5H18V10M10 19.5V14H14V19.5',
  places: 'M12 21C8.5 17 6 13.6 6 10.2a6 6 0 0 1 12 0C18 13.6 15.5 17 12 21M12 8a2.2 2.2 0 1 0 0 4.4a2.2 2.2 0 0 0 0-4.4',
  full: 'M4 9V4H9M15 4H20V9M20 15V20H15M9 20H4V15',
  measure: 'M3.5 15.5L15.5 3.5L20.5 8.5L8.5 20.5ZM7 12L9 14M10 9L13 12M13 6L15 8',
  picture: 'M4 5H20V19H4ZM4 16L9 11L13 15L16 12.5L20 16.5M15.5 8.2a.9 .9 0 1 0 0 1.8a.9 .9 0 0 0 0-1.8',
  print: 'M7 8.5V4H17V8.5M7 17H4V8.5H20V17H17M7 14H17V20H7Z',
  link: 'M10 14a4 4 0 0 0 5.7 0l3.1-3.1a4 4 0 0 0-5.7-5.7L12 6.3M14 10a4 4 0 0 0-5.7 0l-3.1 3.1a4 4 0 0 0 5.7 5.7L12 17.7',
  help: 'M12 3.5a8.5 8.5 0 1 0 0 17a8.5 8.5 0 0 0 0-17M9.6 9.6a2.5 2.5 0 1 1 3.6 2.2C12.4 12.3 12 12.8 12 13.8M12 16.6V16.8',
  more: 'M6 12H6.1M12 12H12.1M18 12H18.1',
  up: 'M6 14.5L12 8.5L18 14.5',
  down: 'M6 9.5L12 15.5L18 9.5',
};

export function icon(name, size = 18) {
  const node = svg('svg', { width: size, height: size, viewBox: '0 0 24 24', class: 'zp-icon', 'aria-hidden': 'true', fill: 'none', stroke: 'currentColor',
    'stroke-width': 1.9, 'stroke-linecap': 'round', 'stroke-linejoin': 'round' });
  node.appendChild(svg('path', { d: OUTLINES[name] }));
  return node;
}
