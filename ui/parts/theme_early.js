// Light or dark: as the planner chose in this browser, else as the system is. A plain script, for it runs before anything is drawn.
(() => {
  if (window.zpTheme) return;
  const KEY = 'zp-theme';
  const QUESTION = '(prefers-color-scheme: dark)';
  const ask = window.matchMedia.bind(window);
  const system = ask(QUESTION);
  const late = document.readyState !== 'loading';
  const kept = () => {
    try { return ['light', 'dark'].find((one) => one === window.localStorage.getItem(KEY)) || 'auto'; } catch { return 'auto'; }
  };
  let choice = kept();
  let onPaper = false;
  const dark = () => !onPaper && (choice === 'auto' ? system.matches : choice === 'dark');

  // Streamlit follows the system and offers no other way to change its colours than a menu or a reload, which would end
  // the session: so it is told of a system that is as the planner chose.
  const told = new EventTarget();
  Object.defineProperties(told, { media: { value: QUESTION }, matches: { get: dark } });
  told.addListener = (heard) => told.addEventListener('change', heard);
  told.removeListener = (heard) => told.removeEventListener('change', heard);
  window.matchMedia = (question) => (question === QUESTION ? told : ask(question));

  let shown;
  const tell = () => {
    if (shown === dark()) return;
    shown = dark();
    document.documentElement.dataset.zpTheme = shown ? 'dark' : 'light';
    told.dispatchEvent(new Event('change'));
    // It asked the browser before this script came, and asks again only after a print.
    if (late && !onPaper) window.dispatchEvent(new Event('afterprint'));
    document.dispatchEvent(new Event('zp-theme'));
  };
  window.zpTheme = {
    get choice() { return choice; },
    choose(one) {
      choice = one;
      try { window.localStorage.setItem(KEY, one); } catch { /* it holds until the page is left */ }
      tell();
    },
  };
  system.addEventListener('change', tell);
  window.addEventListener('storage', (event) => { if (event.key === KEY) { choice = kept(); tell(); } });
  // Paper is white.
  window.addEventListener('beforeprint', () => { onPaper = true; tell(); });
  window.addEventListener('afterprint', () => { if (onPaper) { onPaper = false; tell(); } });
  tell();
})();
