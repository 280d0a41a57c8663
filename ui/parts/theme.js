// The button for light and dark. It works without the server: what is being worked on stays as it is.
const ROUND = ['auto', 'light', 'dark'];
const SIGNS = {
  auto: 'M12 3a9 9 0 1 0 0 18a9 9 0 1 0 0-18zM12 5.2v13.6a6.8 6.8 0 0 1 0-13.6z',
  light: 'M12 7.5a4.5 4.5 0 1 0 0 9a4.5 4.5 0 1 0 0-9zM11 1.5h2v3.6h-2zM11 18.9h2v3.6h-2zM1.5 11h3.6v2H1.5zM18.9 11h3.6v2h-3.6zM4 5.4L5.4 4 8 6.6 6.6 8zM16 17.4l1.4-1.4L20 18.6 18.6 20zM4 18.6L6.6 16 8 17.4 5.4 20zM16 6.6L18.6 4 20 5.4 17.4 8z',
  dark: 'M20.5 14.6A8.8 8.8 0 0 1 9.4 3.5a8.8 8.8 0 1 0 11.1 11.1z',
};

export default function theme({ parentElement, data }) {
  let button = parentElement.querySelector('.zp-theme');
  if (!button) {
    button = document.createElement('button');
    button.type = 'button';
    button.className = 'zp-theme';
    const sign = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
    for (const [name, value] of Object.entries({ viewBox: '0 0 24 24', width: 18, height: 18, 'aria-hidden': 'true' })) sign.setAttribute(name, value);
    sign.appendChild(document.createElementNS('http://www.w3.org/2000/svg', 'path')).setAttribute('fill-rule', 'evenodd');
    button.appendChild(sign);
    button.addEventListener('click', () => {
      window.zpTheme.choose(ROUND[(ROUND.indexOf(window.zpTheme.choice) + 1) % ROUND.length]);
      button.zpShow();
    });
    parentElement.appendChild(button);
  }
  button.zpShow = () => {
    const { choice } = window.zpTheme;
    button.querySelector('path').setAttribute('d', SIGNS[choice]);
    button.title = data.words[choice];
    button.setAttribute('aria-label', data.words[choice]);
  };
  button.zpShow();
}
