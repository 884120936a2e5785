'use strict';

// The pages work without this. With it there is a search, a choice of colours, and buttons that copy.
(() => {
  const root = document.documentElement;
  const dark = window.matchMedia('(prefers-color-scheme: dark)');
  const MOST_FOUND = 60;

  // A browser may keep nothing, and then says so by an exception.
  const memory = {
    get: () => { try { return localStorage.getItem('theme'); } catch { return null; } },
    set: (theme) => { try { localStorage.setItem('theme', theme); } catch { /* it lasts as long as the page */ } },
  };

  const isDark = () => (root.dataset.theme ? root.dataset.theme === 'dark' : dark.matches);

  // Before anything is painted.
  const kept = memory.get();
  if (kept === 'light' || kept === 'dark') {
    root.dataset.theme = kept;
  }

  const element = (id) => document.getElementById(id);
  const say = (text) => { element('status').textContent = text; };

  const offerThemes = () => {
    const button = element('theme');
    const show = () => { button.textContent = isDark() ? 'Light' : 'Dark'; };
    button.hidden = false;
    show();
    dark.addEventListener('change', show);
    button.addEventListener('click', () => {
      root.dataset.theme = isDark() ? 'light' : 'dark';
      memory.set(root.dataset.theme);
      show();
    });
  };

  const offerCopies = () => {
    if (!navigator.clipboard) {
      return;
    }
    for (const button of document.querySelectorAll('button[data-copy]')) {
      const what = button.getAttribute('aria-label').replace(/^Copy /, '');
      const source = element(button.dataset.copy);
      button.hidden = false;
      button.addEventListener('click', async () => {
        try {
          await navigator.clipboard.writeText(source.textContent);
          button.textContent = 'Copied';
          say(`${what} copied`);
        } catch {
          getSelection().selectAllChildren(source);
          say(`The browser does not let this page copy. ${what} is selected.`);
        }
        setTimeout(() => { button.textContent = 'Copy'; }, 2000);
      });
    }
  };

  const termsOf = (text) => text.toLowerCase().split(/\s+/).filter(Boolean);
  const holdsAll = (words, terms) => terms.every((term) => words.includes(term));

  const offerFilter = () => {
    const input = element('filter');
    if (!input) {
      return;
    }
    const rows = [...element('package-table').tBodies[0].rows]
      .map((row) => ({ row, words: row.textContent.toLowerCase() }));
    const filter = () => {
      const terms = termsOf(input.value);
      let shown = 0;
      for (const { row, words } of rows) {
        row.hidden = !holdsAll(words, terms);
        shown += row.hidden ? 0 : 1;
      }
      element('package-table').hidden = shown === 0;
      element('filter-nothing').hidden = shown > 0;
      say(terms.length === 0 ? '' : `${shown} packages`);
    };
    element('filter-box').hidden = false;
    input.addEventListener('input', filter);
    window.addEventListener('pageshow', () => { if (input.value) { filter(); } });
  };

  // Of several packages that fit, those whose names are nearest to what was typed come first.
  const rank = (name, terms) => (terms.includes(name) ? 0 : terms.some((term) => name.startsWith(term)) ? 1 : 2);

  const findPackages = (images, terms) => {
    const found = [];
    for (const image of images) {
      for (const [name, version] of image.packages) {
        const lower = name.toLowerCase();
        if (terms.some((term) => lower.includes(term)) && holdsAll(`${lower} ${image.name}`, terms)) {
          found.push({ name, image, version, rank: rank(lower, terms) });
        }
      }
    }
    return found.sort((one, other) => one.rank - other.rank || (one.name < other.name ? -1 : one.name > other.name ? 1 : 0));
  };

  const packageItem = ({ name, image, version }) => {
    const item = document.createElement('li');
    const link = item.appendChild(document.createElement('a'));
    link.href = `${image.page}#${encodeURIComponent(`package-${name}`)}`;
    link.appendChild(document.createElement('b')).textContent = name;
    link.append(' ');
    link.appendChild(document.createElement('span')).textContent = image.name;
    link.append(' ');
    link.appendChild(document.createElement('code')).textContent = version;
    return item;
  };

  const offerSearch = () => {
    const input = element('search');
    if (!input) {
      return;
    }
    const groups = [...document.querySelectorAll('[data-group]')].map((group) => ({
      group,
      items: [...group.querySelectorAll('[data-words]')]
        .map((item) => ({ item, words: `${item.dataset.words} ${item.textContent}`.toLowerCase() })),
    }));
    // Each image has an index of its own, so that a new build of one changes no other.
    const fetchIndex = async (row) => {
      const answer = await fetch(row.dataset.index);
      if (!answer.ok) {
        throw new Error(`The store answers ${answer.status}.`);
      }
      return answer.json();
    };
    let index = null;
    const load = () => {
      index ??= Promise.all([...document.querySelectorAll('[data-index]')].map(fetchIndex));
      return index;
    };

    const showNames = (terms) => {
      let shown = 0;
      for (const { group, items } of groups) {
        let here = 0;
        for (const { item, words } of items) {
          item.hidden = !holdsAll(words, terms);
          here += item.hidden ? 0 : 1;
        }
        group.hidden = here === 0;
        shown += here;
      }
      return shown;
    };

    const showPackages = (found) => {
      element('found').hidden = found.length === 0;
      element('found-list').replaceChildren(...found.slice(0, MOST_FOUND).map(packageItem));
      element('found-more').hidden = found.length <= MOST_FOUND;
      element('found-more').textContent = `And ${found.length - MOST_FOUND} more.`;
    };

    const search = async () => {
      const text = input.value;
      const terms = termsOf(text);
      const names = showNames(terms);
      let found = [];
      let trouble = '';
      if (terms.length > 0) {
        try {
          found = findPackages(await load(), terms);
        } catch (failure) {
          index = null;
          trouble = ` Packages could not be searched. ${failure.message}`;
        }
        if (input.value !== text) {
          return; // somebody typed on meanwhile
        }
      }
      showPackages(found);
      element('found-nothing').hidden = names + found.length > 0;
      say(terms.length === 0 ? '' : `${names} images and releases, ${found.length} packages.${trouble}`);
    };

    element('search-box').hidden = false;
    input.addEventListener('input', search);
    input.addEventListener('focus', () => load().catch(() => { index = null; }));
    input.addEventListener('keydown', (event) => {
      if (event.key === 'Escape' && input.value) {
        event.preventDefault();
        input.value = '';
        search();
      }
    });
    window.addEventListener('pageshow', () => { if (input.value) { search(); } });
  };

  const offerSlash = () => {
    document.addEventListener('keydown', (event) => {
      const field = element('search') ?? element('filter');
      if (event.key === '/' && field && !event.ctrlKey && !event.metaKey && !event.altKey
          && !(event.target instanceof HTMLInputElement)) {
        event.preventDefault();
        field.focus();
      }
    });
  };

  document.addEventListener('DOMContentLoaded', () => {
    offerThemes();
    offerCopies();
    offerFilter();
    offerSearch();
    offerSlash();
  });
})();
