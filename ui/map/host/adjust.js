// What opens in a row of the legend: how strong its layer is drawn, and where it lies among the others of its kind.

import { element } from './dom.js';
import { icon } from './icons.js';
import { filled } from './search.js';
import { FAINTEST } from './stack.js';

export class Adjust {
  // acts: strength(spec); fade(spec, strength) while the hand moves, kept() when it rests; step(spec, by), 1 up and -1 down;
  // reset(spec); beside(spec), the specs above and below; touched(spec), whether any of it was set.
  constructor(acts) {
    this.acts = acts;
    this.button = this.press('zp-row-more', () => this.toggle());
    this.button.appendChild(icon('more', 18));
    this.button.setAttribute('aria-expanded', 'false');
    this.node = element('div', 'zp-adjust');
    this.node.hidden = true;
    this.node.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape') return;
      event.stopPropagation();
      this.toggle();
    });
    this.furnish();
  }

  press(className, act) {
    const button = element('button', className);
    button.type = 'button';
    button.addEventListener('click', act);
    return button;
  }

  furnish() {
    const { acts } = this;
    const line = element('label', 'zp-adjust-line');
    this.name = element('span');
    this.range = element('input');
    Object.assign(this.range, { type: 'range', min: 100 * FAINTEST, max: 100, step: 5 });
    this.range.addEventListener('input', () => acts.fade(this.spec, this.range.value / 100));
    this.range.addEventListener('change', () => acts.kept());
    this.percent = element('output');
    line.append(this.name, this.range, this.percent);
    const row = element('div', 'zp-adjust-acts');
    const signed = (sign, act) => {
      const button = this.press('zp-adjust-act', () => { if (button.getAttribute('aria-disabled') !== 'true') act(); });
      button.append(icon(sign, 14), element('span'));
      return button;
    };
    this.up = signed('up', () => acts.step(this.spec, 1));
    this.down = signed('down', () => acts.step(this.spec, -1));
    this.back = this.press('zp-adjust-act', () => { if (this.acts.touched(this.spec)) acts.reset(this.spec); });
    row.append(this.up, this.down, this.back);
    this.where = element('p', 'zp-adjust-where');
    this.where.setAttribute('role', 'status');
    this.node.append(line, row, this.where);
  }

  toggle() {
    this.node.hidden = !this.node.hidden;
    this.button.setAttribute('aria-expanded', String(!this.node.hidden));
    (this.node.hidden ? this.button : this.range).focus({ preventScroll: true });
    this.node.scrollIntoView?.({ block: 'nearest' }); // a row at the lower edge would open out of sight
  }

  draw(spec, words) {
    this.spec = spec;
    const { acts } = this;
    const named = (word) => filled(word, { name: spec.title });
    const percent = Math.round(100 * acts.strength(spec));
    const { above, below } = acts.beside(spec);
    const touched = acts.touched(spec);
    this.button.title = named(touched ? words.layer_adjusted : words.layer_adjust);
    this.button.setAttribute('aria-label', this.button.title);
    this.button.classList.toggle('zp-adjusted', touched);
    this.name.textContent = words.layer_opacity;
    this.range.setAttribute('aria-label', named(words.layer_opacity_of));
    this.range.setAttribute('aria-valuetext', `${percent}%`);
    if (Number(this.range.value) !== percent) this.range.value = percent;
    this.percent.textContent = `${percent}%`;
    const say = (button, word, on) => {
      (button.querySelector('span') ?? button).textContent = word;
      button.setAttribute('aria-disabled', String(!on)); // one that is disabled would lose the focus at the last step
    };
    say(this.up, words.layer_up, above);
    say(this.down, words.layer_down, below);
    say(this.back, words.layer_reset, touched);
    const where = [
      above ? filled(words.layer_above, { name: above.title }) : words.layer_top,
      below ? filled(words.layer_below, { name: below.title }) : words.layer_bottom,
    ].join('\n');
    if (this.where.textContent !== where) this.where.textContent = where;
  }
}
