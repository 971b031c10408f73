/// The part of the page's script that draws points, turns and enlarges them.
///
/// The still drawing stays for everything but its points, which a canvas beneath it shows. What is
/// seen is a window on the drawing (`view`: left, top, magnification), so that both stay together.
enum CloudScript {
  static let source = #"""
    const decode = (text, Numbers) =>
      new Numbers(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer);
    const clamp = (v, low, high) => Math.min(Math.max(v, low), high);
    const round = (v) => Math.round(v * 10) / 10;
    const spaced = (text) => (text ? text.split(' ').map(Number) : []);

    class Cloud {
      constructor(svg) {
        this.svg = svg;
        [this.cx, this.cy, this.r, this.bx, this.by, this.br] = spaced(svg.dataset.cloud);
        this.turns = this.br > 0;
        this.points = decode(svg.dataset.points, Int16Array);
        this.rows = decode(svg.dataset.rows, Int32Array);
        this.count = this.rows.length;
        this.seen = new Float32Array(2 * this.count);
        this.near = new Uint8Array(this.count);
        this.classes = [];
        this.labels = new Int32Array(this.count);
        let start = 0;
        for (const part of svg.dataset.classes.split(' ').filter(Boolean)) {
          const [label, count] = part.split(':').map(Number);
          this.classes.push({label, start, end: start + count});
          this.labels.fill(label, start, start += count);
        }
        this.tile = spaced(svg.dataset.tile);
        for (const layer of svg.querySelectorAll('[data-part=dots]')) layer.remove();
        this.still = ['grid', 'rays', 'tips', 'centers', 'names'].flatMap((name) =>
          [...(svg.querySelector(`[data-part=${name}]`)?.children ?? [])].map((element) =>
            ({element, name, v: spaced(element.dataset.v)})));
        [, , this.width, this.height] = spaced(svg.getAttribute('viewBox'));
        this.view = [0, 0, 1];
        this.m = [1, 0, 0, 0, 1, 0, 0, 0, 1];
        this.canvas = document.createElement('canvas');
        this.canvas.setAttribute('aria-hidden', 'true');
        svg.before(this.canvas);
        this.place();
        this.listen();
        new ResizeObserver(() => this.later()).observe(svg);
      }

      turned(v, i) {
        const m = this.m;
        return [0, 3, 6].map((k) => m[k] * v[i] + m[k + 1] * v[i + 1] + m[k + 2] * v[i + 2]);
      }

      /** Where each point stands in the drawing. */
      place() {
        const {points, seen, near, m, count} = this, s = this.r / 32767;
        for (let i = 0; i < count; i++) {
          const x = points[3 * i], y = points[3 * i + 1], z = points[3 * i + 2];
          seen[2 * i] = this.cx + s * (m[0] * x + m[1] * y + m[2] * z);
          seen[2 * i + 1] = this.cy - s * (m[3] * x + m[4] * y + m[5] * z);
          near[i] = m[6] * x + m[7] * y + m[8] * z >= 0 ? 1 : 0;
        }
      }

      later() {
        if (this.waiting) return;
        this.waiting = true;
        requestAnimationFrame(() => { this.waiting = false; this.draw(); });
      }

      draw() {
        const scale = Math.min(devicePixelRatio || 1, 2);
        const wide = Math.round(this.svg.clientWidth * scale);
        const high = Math.round(wide * this.height / this.width);
        if (!wide) return;
        const {canvas, view: [left, top, zoom]} = this;
        if (canvas.width !== wide || canvas.height !== high) [canvas.width, canvas.height] = [wide, high];
        const paper = canvas.getContext('2d');
        paper.setTransform(1, 0, 0, 1, 0, 0);
        paper.clearRect(0, 0, wide, high);
        const unit = wide / this.width * zoom;
        paper.setTransform(unit, 0, 0, unit, -left * unit, -top * unit);
        paper.lineCap = 'round';
        // Points grow more slowly than the distances between them.
        const size = 1.25 / Math.pow(zoom, 0.65);
        const chosen = selection();
        const rounds = this.classes.length > 60 ? 1 : 4;
        const pass = (alpha, isNear, isChosen) => {
          paper.globalAlpha = alpha;
          for (let round = 0; round < rounds; round++)
            for (const part of this.classes)
              if (!chosen || chosen.has(part.label) === isChosen)
                this.stroke(paper, part, round, rounds, size, isNear);
        };
        if (chosen) { pass(0.05, 1, false); pass(0.2, 0, true); pass(0.9, 1, true); }
        else { if (this.turns) pass(0.16, 0, true); pass(0.62, 1, true); }
        if (this.turns) this.drawBehind(paper, chosen, unit);
        this.mark();
      }

      stroke(paper, part, round, rounds, size, isNear) {
        const {seen, near} = this, shape = Math.floor(part.label / 10) % 4;
        paper.beginPath();
        for (let i = part.start + round; i < part.end; i += rounds) {
          if (near[i] !== isNear) continue;
          const x = seen[2 * i], y = seen[2 * i + 1];
          if (shape === 0) {
            paper.moveTo(x + size, y);
            paper.arc(x, y, size, 0, 7);
          } else if (shape === 1) {
            const d = 1.35 * size;
            paper.moveTo(x - d, y - d); paper.lineTo(x + d, y + d);
            paper.moveTo(x - d, y + d); paper.lineTo(x + d, y - d);
          } else {
            const dx = shape === 3 ? 1.9 * size : 0, dy = shape === 2 ? 1.9 * size : 0;
            paper.moveTo(x - dx, y - dy); paper.lineTo(x + dx, y + dy);
          }
        }
        const color = colors[part.label % colors.length];
        if (shape === 0) { paper.fillStyle = color; paper.fill(); return; }
        paper.strokeStyle = color;
        paper.lineWidth = 0.95 * size;
        paper.stroke();
      }

      /** The far side as seen from there, small: left and right change places. */
      drawBehind(paper, chosen, unit) {
        const {seen, near} = this, s = this.br / this.r, d = Math.max(1.2, 0.9 * devicePixelRatio) / unit;
        for (const part of this.classes) {
          paper.globalAlpha = !chosen || chosen.has(part.label) ? 0.6 : 0.04;
          paper.fillStyle = colors[part.label % colors.length];
          for (let i = part.start; i < part.end; i++) {
            if (near[i]) continue;
            paper.fillRect(this.bx - (seen[2 * i] - this.cx) * s - d / 2,
              this.by + (seen[2 * i + 1] - this.cy) * s - d / 2, d, d);
          }
        }
      }

      /** Grid, rays, centres and names of a sphere in its new position. */
      turnStill() {
        const {cx, cy, r} = this;
        const spot = (p, reach = 1) =>
          `${round(cx + p[0] * r * reach)} ${round(cy - p[1] * r * reach)}`;
        const at = (v, i) => this.turned(v, i).map((x) => x / 1000);
        for (const {element, name, v} of this.still) {
          if (name === 'grid') {
            let d = '', down = false;
            for (let i = 0; i < v.length; i += 3) {
              const p = at(v, i);
              if (p[2] >= 0) d += (down ? 'L' : 'M') + spot(p);
              down = p[2] >= 0;
            }
            element.setAttribute('d', d);
            continue;
          }
          const p = at(v, 0);
          element.classList.toggle('faint', p[2] < 0);
          if (name === 'rays') element.setAttribute('d', `M${cx} ${cy}L${spot(p)}`);
          else if (name !== 'names') {
            element.setAttribute('cx', round(cx + p[0] * r));
            element.setAttribute('cy', round(cy - p[1] * r));
          } else {
            const half = element.getComputedTextLength() / 2;
            element.setAttribute('x', round(clamp(cx + p[0] * r * 1.08, half, this.width - half)));
            element.setAttribute('y', round(cy - p[1] * r * 1.08 + 4));
          }
        }
      }

      turn(dx, dy) {
        const [a, b] = [Math.cos(dx), Math.sin(dx)], [c, d] = [Math.cos(dy), Math.sin(dy)];
        const step = [a, 0, b, b * d, c, -a * d, -b * c, d, a * c];
        this.m = this.m.map((_, k) => [0, 1, 2].reduce(
          (sum, j) => sum + step[k - k % 3 + j] * this.m[3 * j + k % 3], 0));
        this.place();
        this.turnStill();
        this.later();
      }

      /** Sets the window, within the drawing. */
      look(left, top, zoom) {
        zoom = clamp(zoom, 1, 24);
        this.view = [clamp(left, 0, this.width * (1 - 1 / zoom)),
          clamp(top, 0, this.height * (1 - 1 / zoom)), zoom];
        const size = `${this.width / zoom} ${this.height / zoom}`;
        this.svg.setAttribute('viewBox', `${this.view[0]} ${this.view[1]} ${size}`);
        this.svg.style.fontSize = zoom > 1 ? `${12 / Math.pow(zoom, 0.8)}px` : '';
        this.svg.classList.toggle('zoomed', zoom > 1);
        this.svg.querySelector('.origin')?.setAttribute('r', 2.2 / Math.pow(zoom, 0.65));
        this.later();
      }

      /** Enlarges by a factor and keeps a place of the drawing where it is. */
      zoom(factor, x = this.cx, y = this.cy) {
        const [left, top, old] = this.view, now = clamp(old * factor, 1, 24);
        this.look(x - (x - left) * old / now, y - (y - top) * old / now, now);
      }

      /** Moves a sphere round, and the window on a plane along. */
      drag(dx, dy) {
        const unit = this.width / this.svg.clientWidth / this.view[2];
        if (this.turns) this.turn(dx * unit / this.r, dy * unit / this.r);
        else this.look(this.view[0] - dx * unit, this.view[1] - dy * unit, this.view[2]);
      }

      reset() {
        this.m = [1, 0, 0, 0, 1, 0, 0, 0, 1];
        this.place();
        this.turnStill();
        this.look(0, 0, 1);
      }
    }
    """#
}
