/// The two things on the page that move: bringing out a class, and turning a sphere.
///
/// Without the script the page is complete.
enum PageScript {
  static let source = #"""
    (() => {
      'use strict';
      const figures = document.querySelector('.figures');
      const buttons = [...document.querySelectorAll('.legend button')];
      let pinned = null;

      const show = (label) => {
        figures.classList.toggle('fading', label !== null);
        for (const mark of figures.querySelectorAll('[data-class]'))
          mark.classList.toggle('on', mark.dataset.class === label);
      };
      for (const button of buttons) {
        const label = button.dataset.class;
        button.addEventListener('pointerenter', (e) => {
          if (e.pointerType === 'mouse') show(label);
        });
        button.addEventListener('pointerleave', () => show(pinned));
        button.addEventListener('focus', () => {
          if (button.matches(':focus-visible')) show(label);
        });
        button.addEventListener('blur', () => show(pinned));
        button.addEventListener('click', () => {
          pinned = pinned === label ? null : label;
          for (const other of buttons)
            other.setAttribute('aria-pressed', String(other.dataset.class === pinned));
          show(pinned);
        });
      }

      const round = (v) => Math.round(v * 10) / 10;
      const triples = (element) =>
        element.dataset.v ? element.dataset.v.split(' ').map(Number) : [];

      for (const svg of document.querySelectorAll('svg[data-sphere]')) {
        const [cx, cy, r, bx, by, br] = svg.dataset.sphere.split(' ').map(Number);
        const part = (name) => [...(svg.querySelector(`[data-part=${name}]`)?.children ?? [])];
        const front = part('front'), back = part('back'), behind = part('behind');
        const clouds = front.map(triples);
        const still = ['grid', 'rays', 'names'].map((name) =>
          part(name).map((element) => ({element, name, v: triples(element)})));
        let m = [1, 0, 0, 0, 1, 0, 0, 0, 1];
        const seen = (v, i) => [0, 3, 6].map((k) =>
          (m[k] * v[i] + m[k + 1] * v[i + 1] + m[k + 2] * v[i + 2]) / 1000);
        const place = (p, reach = 1) =>
          `${round(cx + p[0] * r * reach)} ${round(cy - p[1] * r * reach)}`;

        const draw = () => {
          clouds.forEach((v, index) => {
            let near = '', far = '', small = '';
            for (let i = 0; i < v.length; i += 3) {
              const p = seen(v, i);
              if (p[2] >= 0) near += `M${place(p)}h0`;
              else {
                far += `M${place(p)}h0`;
                small += `M${round(bx - p[0] * br)} ${round(by - p[1] * br)}h0`;
              }
            }
            front[index].setAttribute('d', near);
            back[index].setAttribute('d', far);
            behind[index].setAttribute('d', small);
          });
          for (const {element, name, v} of still.flat()) {
            if (name === 'grid') {
              let d = '', down = false;
              for (let i = 0; i < v.length; i += 3) {
                const p = seen(v, i);
                if (p[2] >= 0) d += (down ? 'L' : 'M') + place(p);
                down = p[2] >= 0;
              }
              element.setAttribute('d', d);
              continue;
            }
            const p = seen(v, 0);
            element.classList.toggle('faint', p[2] < 0);
            if (name === 'rays') element.setAttribute('d', `M${cx} ${cy}L${place(p)}`);
            else {
              const half = element.getComputedTextLength() / 2;
              const x = cx + p[0] * r * 1.08;
              element.setAttribute('x', round(Math.min(Math.max(x, half), 420 - half)));
              element.setAttribute('y', round(cy - p[1] * r * 1.08 + 4));
            }
          }
        };

        let waiting = false;
        const turn = (dx, dy) => {
          const [a, b] = [Math.cos(dx), Math.sin(dx)], [c, d] = [Math.cos(dy), Math.sin(dy)];
          const step = [a, 0, b, b * d, c, -a * d, -b * c, d, a * c];
          m = m.map((_, k) => [0, 1, 2].reduce(
            (sum, j) => sum + step[k - k % 3 + j] * m[3 * j + k % 3], 0));
          if (waiting) return;
          waiting = true;
          requestAnimationFrame(() => { waiting = false; draw(); });
        };

        svg.classList.add('turnable');
        svg.tabIndex = 0;
        svg.setAttribute('aria-label', `${svg.getAttribute('aria-label')} Arrow keys turn it.`);
        let last = null;
        svg.addEventListener('pointerdown', (e) => {
          last = [e.clientX, e.clientY];
          svg.setPointerCapture(e.pointerId);
        });
        svg.addEventListener('pointermove', (e) => {
          if (!last) return;
          const scale = 420 / svg.clientWidth / r;
          turn((e.clientX - last[0]) * scale, (e.clientY - last[1]) * scale);
          last = [e.clientX, e.clientY];
        });
        for (const end of ['pointerup', 'pointercancel'])
          svg.addEventListener(end, () => { last = null; });
        svg.addEventListener('keydown', (e) => {
          const steps = {
            ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1],
          };
          const way = steps[e.key];
          if (!way) return;
          e.preventDefault();
          turn(way[0] * 0.12, way[1] * 0.12);
        });
      }
      document.documentElement.dataset.script = 'ran';
    })();
    """#
}
