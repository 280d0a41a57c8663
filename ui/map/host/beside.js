// What is asked of the server beside the page's socket.

import { address } from './dom.js';

export async function posted(url, told) {
  // The answer; null where another question has come meanwhile, or nothing can be told so soon.
  const answer = await fetch(address(url), {
    method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(told), credentials: 'same-origin', cache: 'no-store' });
  if (answer.status === 204) return null;
  if (!answer.ok) throw new Error(`${answer.status} ${url.split('/')[0]}`);
  return answer.json();
}
