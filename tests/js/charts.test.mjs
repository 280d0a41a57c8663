// What is set into the page as a picture is a chart and nothing else.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { harmless } from '../../ui/map/host/charts.js';

const node = (nodeName, attributes = {}, children = []) => (
  { nodeName, attributes: Object.keys(attributes).map((name) => ({ name })), children });

test('shapes with their places and titles are a chart', () => {
  assert.ok(harmless(node('svg', { viewBox: 1, role: 1 }, [node('title'), node('circle', { cx: 1, 'data-pick': 1 }, [node('title')])])));
});

test('a script, foreign HTML, a link, a handler or a broken picture is none', () => {
  for (const bad of [node('script'), node('foreignObject'), node('image'), node('parsererror'), node('circle', { onclick: 1 }),
    node('rect', { 'xlink:href': 1 }), node('text', { style: 1 })]) assert.equal(harmless(node('svg', {}, [bad])), false);
  assert.equal(harmless(node('html')), false);
});

test('what is harmless is asked of every node, however deep', () => {
  const deep = (inner) => node('svg', {}, [node('text', {}, [node('title', {}, [inner])])]);
  assert.ok(harmless(deep(node('line', { x1: 1 }))));
  assert.equal(harmless(deep(node('line', { onload: 1 }))), false);
});
