// What the planner's hand did, until Python has taken it: nothing lost, nothing twice, whatever the page is doing meanwhile.

export class Outbox {
  // Operations that Python has not said it took, oldest first.
  constructor(send, now = () => Date.now()) {
    this.send = send;
    this.now = now;
    this.waiting = [];
    this.last = 0;
  }

  put(op) {
    this.last = Math.max(this.last + 1, this.now());
    this.waiting.push({ ...op, n: this.last });
    this.send(this.waiting);
    return this.last;
  }

  taken(done) {
    this.waiting = this.waiting.filter((op) => op.n > done);
    this.last = Math.max(this.last, done); // a clock that was put back does not bring numbers back
  }

  brought(ops) {
    // What waited before the page was loaded anew: a session that has taken nothing takes it first.
    if (!ops.length) return;
    this.waiting = [...ops, ...this.waiting];
    this.last = Math.max(this.last, ...ops.map((op) => op.n));
    this.send(this.waiting);
  }

  moves(id) {
    return this.waiting.some((op) => op.id === id && op.op !== 'select');
  }
}

export function shortcut(event) {
  // undo, redo, or nothing: never while somebody writes in a field.
  const { target, key } = event;
  if (target && (/^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) || target.isContentEditable)) return null;
  if (!(event.ctrlKey || event.metaKey) || event.altKey) return null;
  const letter = key.toLowerCase();
  if (letter === 'y' || (letter === 'z' && event.shiftKey)) return 'redo';
  return letter === 'z' ? 'undo' : null;
}
