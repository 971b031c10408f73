/// What moves on the page: classes are brought out, points turn, grow and say what they are.
///
/// Without the script the page is complete.
enum PageScript {
  static let source = """
    (() => {
    'use strict';
    \(legend)
    \(card)
    \(CloudScript.source)
    \(CloudControls.source)
    \(start)
    })();
    """

  /// Classes that are brought out: those that were clicked, looked for or are pointed at.
  private static let legend = #"""
    const buttons = [...document.querySelectorAll('.legend button')];
    const pinned = new Set();
    let found = null, hovered = null;
    const clouds = [];

    /** The labels that are brought out, or null where all are shown alike. */
    const selection = () => {
      if (hovered !== null) return new Set([hovered]);
      if (!pinned.size && !found) return null;
      return new Set([...pinned, ...(found ?? [])]);
    };
    const show = () => {
      const chosen = selection();
      for (const part of document.querySelectorAll('.features .figures')) {
        part.classList.toggle('fading', chosen !== null);
        for (const mark of part.querySelectorAll('[data-class]'))
          mark.classList.toggle('on', chosen !== null && chosen.has(Number(mark.dataset.class)));
      }
      for (const cloud of clouds) cloud.later();
    };
    const hover = (label) => {
      if (hovered === label) return;
      hovered = label;
      show();
    };
    for (const button of buttons) {
      const label = Number(button.dataset.class);
      button.addEventListener('pointerenter', (e) => {
        if (e.pointerType === 'mouse') hover(label);
      });
      button.addEventListener('pointerleave', () => hover(null));
      button.addEventListener('focus', () => {
        if (button.matches(':focus-visible')) hover(label);
      });
      button.addEventListener('blur', () => hover(null));
      button.addEventListener('click', () => {
        if (!pinned.delete(label)) pinned.add(label);
        button.setAttribute('aria-pressed', String(pinned.has(label)));
        hovered = null;
        show();
      });
    }
    const search = document.querySelector('.legend-search');
    search?.addEventListener('input', () => {
      const text = search.value.trim().toLowerCase();
      const matches = buttons.filter((b) => b.textContent.toLowerCase().includes(text));
      for (const button of buttons) button.hidden = text !== '' && !matches.includes(button);
      found = text === '' ? null : new Set(matches.map((b) => Number(b.dataset.class)));
      show();
    });

    let colors = [];
    const readColors = () => {
      const probe = document.createElement('i');
      document.body.append(probe);
      colors = Array.from({length: 10}, (_, k) => {
        probe.className = `k${k}`;
        return getComputedStyle(probe).color;
      });
      probe.remove();
    };
    """#

  /// The picture and the name of a point, beside it.
  private static let card = #"""
    const names = JSON.parse(document.getElementById('class-names')?.textContent ?? '[]');
    const sprites = [...document.querySelectorAll('script[data-sprite]')].map((script) => {
      const image = new Image();
      image.src = 'data:image/png;base64,' + script.textContent;
      return image;
    });
    const card = {
      element: null,
      make() {
        this.element = document.createElement('div');
        this.element.className = 'card';
        this.element.setAttribute('role', 'status');
        this.element.hidden = true;
        this.picture = document.createElement('canvas');
        this.title = document.createElement('b');
        this.number = document.createElement('span');
        this.element.append(this.picture, this.title, this.number);
        document.body.append(this.element);
      },
      show(label, row, tile, x, y) {
        if (!this.element) this.make();
        this.title.textContent = names[label] || `class ${label}`;
        this.number.textContent = `example ${row.toLocaleString('en')}`;
        this.picture.hidden = !this.paint(row, tile);
        this.element.hidden = false;
        const box = this.element.getBoundingClientRect();
        const left = x + 14 + box.width > innerWidth - 8 ? x - 14 - box.width : x + 14;
        this.element.style.left = `${clamp(left, 8, innerWidth - 8 - box.width)}px`;
        this.element.style.top = `${clamp(y - box.height / 2, 8, innerHeight - 8 - box.height)}px`;
        // Of many classes a colour alone does not say which are the others of this one.
        if (buttons.length > 10) hover(label);
      },
      hide() {
        if (this.element) this.element.hidden = true;
        if (buttons.length > 10) hover(null);
      },
      paint(row, [sprite, width, height, columns]) {
        const image = sprites[sprite];
        if (!image || !image.complete || !image.naturalWidth) return false;
        const top = Math.floor(row / columns) * height;
        if (top + height > image.naturalHeight) return false;
        [this.picture.width, this.picture.height] = [width, height];
        this.picture.style.aspectRatio = `${width} / ${height}`;
        this.picture.getContext('2d').drawImage(
          image, row % columns * width, top, width, height, 0, 0, width, height);
        return true;
      },
    };
    """#

  private static let start = #"""
    readColors();
    for (const svg of document.querySelectorAll('svg[data-cloud]')) clouds.push(new LiveCloud(svg));
    for (const cloud of clouds) cloud.draw();
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
      readColors();
      show();
    });
    addEventListener('scroll', () => { for (const cloud of clouds) cloud.pick(-1); }, {passive: true});
    document.documentElement.dataset.script = 'ran';
    """#
}
