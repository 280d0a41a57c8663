// The browser's id, by which the server finds the plan that was left here unsaved; kept first-party, nothing else in it.

const SECONDS = 400 * 24 * 3600; // the longest that browsers keep a cookie

export function keepBrowser(id, page = document, place = window.location) {
  // Keep the id for this page and below; each visit renews it.
  if (!/^[0-9a-f]{32}$/.test(id ?? '')) return;
  const folder = place.pathname.replace(/[^/]*$/, '') || '/';
  const secure = place.protocol === 'https:' ? '; Secure' : '';
  page.cookie = `zp_browser=${id}; Path=${folder}; Max-Age=${SECONDS}; SameSite=Lax${secure}`;
}
