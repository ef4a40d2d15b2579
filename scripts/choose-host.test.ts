import { describe, expect, test } from 'vitest';
import { chooseHost, withoutElectron, type Circumstances } from './choose-host.ts';

const chrome = { name: 'Google Chrome', path: '/usr/bin/google-chrome' };
const usual: Circumstances = {
  isBrowserForced: false, isOpening: true, hasDisplay: true, isRoot: false,
  findElectron: async () => ({ path: '/electron' }),
  findBrowser: () => chrome,
};
const neverAsked = () => { throw new Error('must not be asked'); };

describe('where the app opens, and why', () => {
  test.each<[string, Partial<Circumstances>, string, RegExp]>([
    ['Electron where it is installed', {}, 'electron', /own window \(Electron\)/],
    ['a browser where Electron is not to be had', { findElectron: async () => ({ reason: 'Electron’s program is not installed and github.com does not answer' }) }, 'app-window', /window of Google Chrome \(\/usr\/bin\/google-chrome\): Electron’s program is not installed and github.com does not answer\./],
    ['a browser where it was asked for, without looking for Electron', { isBrowserForced: true, findElectron: neverAsked }, 'app-window', /the browser was asked for/],
    ['a link where there is neither', { findElectron: async () => ({ reason: 'no Electron' }), findBrowser: () => null }, 'link', /no Electron, and no Chrome, Edge or Chromium was found/],
    ['a link where nothing is to be opened', { isOpening: false, findElectron: neverAsked, findBrowser: neverAsked }, 'link', /as asked/],
    ['a link without a screen', { hasDisplay: false, findElectron: neverAsked, findBrowser: neverAsked }, 'link', /no screen/],
    ['a link for root', { isRoot: true, findElectron: neverAsked, findBrowser: neverAsked }, 'link', /root user/],
  ])('%s', async (_, given, kind, sentence) => {
    const chosen = await chooseHost({ ...usual, ...given });
    expect(chosen.kind).toBe(kind);
    expect(chosen.sentence).toMatch(sentence);
  });

  test('an Electron that crashes gives way to the browser, with its reason', () => {
    expect(withoutElectron(chrome, 'Electron did not start on this machine (SIGTRAP)')).toMatchObject({ kind: 'app-window', sentence: expect.stringContaining('SIGTRAP') });
  });
});
