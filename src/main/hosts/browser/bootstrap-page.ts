/**
 * The only page without a session: it takes the start token out of its own address, redeems it and opens the app.
 */

/** Where the renderer finds the session's secret; the same words stand in the renderer's `connect.ts`. */
export const sessionSecretKey = 'daybook.session-secret';

export const startPagePath = '/start';
export const startScriptPath = '/start.js';
export const sessionPath = '/session';

const quietStyle = '<style>body{font:14px/1.5 system-ui,sans-serif;margin:20vh auto 0;max-width:32rem;padding:0 1rem}</style>';

export const startPage = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Daybook</title>
${quietStyle}
<script src="${startScriptPath}" defer></script>
</head>
<body><main><p id="message" role="status">Opening Daybook…</p><noscript><p>Daybook needs JavaScript.</p></noscript></main></body>
</html>
`;

/** The token leaves the address bar and the history before anything else happens. */
export const startScript = `'use strict';
(async () => {
  const message = document.getElementById('message');
  const token = location.hash.slice(1);
  history.replaceState(null, '', location.pathname);
  const say = (text) => { message.textContent = text; };
  if (token === '') return say('This page opens Daybook only by the link that Daybook printed when it started.');
  try {
    const answer = await fetch('${sessionPath}', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ token }), credentials: 'same-origin', redirect: 'error' });
    if (!answer.ok) return say('This link was used already or is older than a minute. Start Daybook again, or ask it for a new link.');
    const { secret } = await answer.json();
    sessionStorage.setItem('${sessionSecretKey}', secret);
    location.replace('/');
  } catch {
    say('Daybook does not answer. Start it again.');
  }
})();
`;

/** For a place of the app asked for without a session. */
export const noSessionPage = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="color-scheme" content="light dark"><title>Daybook</title>${quietStyle}</head>
<body><main><p>This page has no session with Daybook. Start Daybook again, or ask it for a new link. What was saved stays saved.</p></main></body></html>
`;
