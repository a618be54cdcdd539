// Signs GraphiQL's requests with a token that is kept for this tab alone. A header that its editor sets goes before.
(() => {
  'use strict';
  const KEY = 'crmgraph-token';
  const endpoint = new URL(document.getElementById('console').dataset.endpoint, window.location.href).href;
  const form = document.getElementById('sign-in');
  const field = document.getElementById('token');
  const who = document.getElementById('who');
  const token = window.sessionStorage.getItem(KEY);
  const plain = window.fetch.bind(window);

  window.fetch = (resource, options = {}) => {
    const url = new URL(resource instanceof Request ? resource.url : resource, window.location.href);
    const headers = new Headers(options.headers);
    if (!token || url.href.split('?')[0] !== endpoint || headers.has('Authorization')) return plain(resource, options);
    headers.set('Authorization', `Bearer ${token}`);
    return plain(resource, { ...options, headers });
  };

  const use = (chosen) => {
    if (chosen) window.sessionStorage.setItem(KEY, chosen);
    else window.sessionStorage.removeItem(KEY);
    window.location.reload(); // the schema is asked for anew: it may be another one
  };
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    use(field.value.trim().replace(/^Bearer +/i, ''));
  });
  const forget = document.getElementById('sign-out');
  forget.hidden = !token;
  forget.addEventListener('click', () => use(''));
  if (token) field.placeholder = 'a token is in use';

  who.addEventListener('change', () => use(who.value));
  plain(new URL('console/people.json', window.location.href))
    .then((answer) => (answer.ok ? answer.json() : []))
    .then((people) => {
      if (!people.length) return;
      who.append(new Option('Nobody', ''), ...people.map((one) => new Option(`${one.name}, ${one.role}`, one.token)));
      who.value = token ?? '';
      who.hidden = form.querySelector('[for=who]').hidden = false;
    })
    .catch(() => {});
})();
