// The address of the page: what is chosen and seen, so that whoever opens it sees the same. It is replaced in place:
// the back button still leads away from the page, not through every click on it.

const OURS = ['service', 'year', 'by', 'panel', 'lang', 'place', 'area', 'plan', 'rev', 'more', 'view', 'compare', 'sides', 'years', 'swipe', 'order', 'opacity'];

export function linkTo(search, named, view, swipe = null) {
  // The query of the page's address; what is not ours in it stays.
  const query = new URLSearchParams(search);
  for (const key of OURS) query.delete(key);
  for (const [key, value] of Object.entries(named ?? {})) if (OURS.includes(key)) query.set(key, value);
  if (view) query.set('view', [view.lat.toFixed(6), view.lng.toFixed(6), +view.zoom.toFixed(2)].join(','));
  if (swipe !== null) query.set('swipe', +swipe.toFixed(3));
  const text = query.toString().replaceAll('%2C', ',');
  return text && `?${text}`;
}

export function viewIn(search) {
  // Centre and zoom that an address names; null where it names none that can be shown.
  const parts = (new URLSearchParams(search).get('view') ?? '').split(',');
  const [lat, lng, zoom] = parts.map(Number);
  const whole = parts.length === 3 && parts.every((part) => part.trim() !== '') && [lat, lng, zoom].every(Number.isFinite);
  return whole && Math.abs(lat) <= 85 && Math.abs(lng) <= 180 && zoom >= 0 && zoom <= 22 ? { center: [lat, lng], zoom } : null;
}

export function keepLink(named, view, swipe = null, page = window) {
  const { location, history } = page;
  const query = linkTo(location.search, named, view, swipe);
  if (query !== location.search) history.replaceState(history.state, '', location.pathname + query + location.hash);
}

export async function copyLink(page = window) {
  // True where the browser let us; over plain http most do not, and the address is shown to be copied by hand.
  try {
    await page.navigator.clipboard.writeText(page.location.href);
    return true;
  } catch {
    return false;
  }
}
