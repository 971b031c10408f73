/// The part of the page's script that takes pointers, wheels and keys, and finds the point that is
/// meant.
enum CloudControls {
  static let source = #"""
    class LiveCloud extends Cloud {
      /** The place of the drawing under a pointer. */
      spot(e) {
        const box = this.svg.getBoundingClientRect(), unit = this.width / box.width / this.view[2];
        return [this.view[0] + (e.clientX - box.left) * unit,
          this.view[1] + (e.clientY - box.top) * unit, unit];
      }

      /** The point nearest to the pointer, or -1 where none is near. */
      nearest(e, reach) {
        const [x, y, unit] = this.spot(e), {seen, near, labels} = this, chosen = selection();
        let best = (reach * unit) ** 2, found = -1;
        for (let i = 0; i < this.count; i++) {
          if (!near[i] || (chosen && !chosen.has(labels[i]))) continue;
          const d = (seen[2 * i] - x) ** 2 + (seen[2 * i + 1] - y) ** 2;
          if (d < best) { best = d; found = i; }
        }
        return found;
      }

      pick(index) {
        if (index === this.picked) return;
        this.picked = index;
        this.mark();
        if (index < 0) { card.hide(); return; }
        const box = this.svg.getBoundingClientRect();
        const unit = box.width / this.width * this.view[2];
        card.show(this.labels[index], this.rows[index], this.tile,
          box.left + (this.seen[2 * index] - this.view[0]) * unit,
          box.top + (this.seen[2 * index + 1] - this.view[1]) * unit);
      }

      /** The ring around the point that the card tells of. */
      mark() {
        const shown = this.picked >= 0 && this.near[this.picked];
        if (!this.ring && !shown) return;
        if (!this.ring) {
          this.ring = document.createElementNS(this.svg.namespaceURI, 'circle');
          this.ring.setAttribute('class', 'picked');
          this.svg.append(this.ring);
        }
        this.ring.style.display = shown ? '' : 'none';
        if (!shown) return;
        this.ring.setAttribute('cx', round(this.seen[2 * this.picked]));
        this.ring.setAttribute('cy', round(this.seen[2 * this.picked + 1]));
        this.ring.setAttribute('r', 5 / Math.pow(this.view[2], 0.8));
      }

      listen() {
        const {svg} = this, held = new Map();
        let gap = 0, way = 0;
        svg.classList.add('live', this.turns ? 'turnable' : 'plane');
        svg.tabIndex = 0;
        svg.setAttribute('aria-label', `${svg.getAttribute('aria-label')} `
          + `${this.turns ? 'Arrow keys turn it, plus' : 'Plus'} and minus enlarge, 0 resets.`);
        const apart = () => {
          const [a, b] = [...held.values()];
          return Math.hypot(a[0] - b[0], a[1] - b[1]);
        };
        svg.addEventListener('pointerdown', (e) => {
          held.set(e.pointerId, [e.clientX, e.clientY]);
          if (held.size === 1) way = 0;
          if (held.size === 2) gap = apart();
          try { svg.setPointerCapture(e.pointerId); } catch { /* a pointer that is gone */ }
        });
        svg.addEventListener('pointermove', (e) => {
          const last = held.get(e.pointerId);
          if (!last) {
            if (e.pointerType === 'mouse') this.pick(this.nearest(e, 9));
            return;
          }
          const [dx, dy] = [e.clientX - last[0], e.clientY - last[1]];
          held.set(e.pointerId, [e.clientX, e.clientY]);
          way += Math.abs(dx) + Math.abs(dy);
          if (way > 6) this.pick(-1);
          if (held.size === 1) { this.drag(dx, dy); return; }
          const [a, b] = [...held.values()], now = apart();
          const [x, y] = this.spot({clientX: (a[0] + b[0]) / 2, clientY: (a[1] + b[1]) / 2});
          if (gap > 0) this.zoom(now / gap, x, y);
          gap = now;
        });
        for (const end of ['pointerup', 'pointercancel'])
          svg.addEventListener(end, (e) => {
            if (!held.delete(e.pointerId)) return;
            if (end === 'pointerup' && held.size === 0 && way <= 6)
              this.pick(this.nearest(e, e.pointerType === 'mouse' ? 9 : 18));
          });
        svg.addEventListener('pointerleave', (e) => {
          if (e.pointerType === 'mouse') this.pick(-1);
        });
        svg.addEventListener('blur', () => this.pick(-1));
        // A page scrolls on under a wheel, unless the figure was clicked or the gesture is a pinch.
        svg.addEventListener('wheel', (e) => {
          if (!e.ctrlKey && document.activeElement !== svg) return;
          e.preventDefault();
          const [x, y] = this.spot(e);
          this.pick(-1);
          this.zoom(Math.exp(-clamp(e.deltaY, -60, 60) * (e.ctrlKey ? 0.012 : 0.005)), x, y);
        }, {passive: false});
        svg.addEventListener('keydown', (e) => {
          const steps = {
            ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1],
          };
          const step = steps[e.key];
          if (step && this.turns) this.turn(step[0] * 0.12, step[1] * 0.12);
          else if (step && this.view[2] > 1) this.drag(-step[0] * 30, -step[1] * 30);
          else if (e.key === '+' || e.key === '=') this.zoom(1.4);
          else if (e.key === '-') this.zoom(1 / 1.4);
          else if (e.key === '0') this.reset();
          else return;
          e.preventDefault();
        });
        const tools = document.createElement('div');
        tools.className = 'tools';
        const acts = [['+', 'Enlarge', () => this.zoom(1.6)], ['−', 'Reduce', () => this.zoom(1 / 1.6)],
          ['↺', 'Back to the start', () => this.reset()]];
        for (const [text, title, act] of acts) {
          const button = document.createElement('button');
          Object.assign(button, {type: 'button', textContent: text, title, ariaLabel: title});
          button.addEventListener('click', act);
          tools.append(button);
        }
        svg.after(tools);
      }
    }
    """#
}
