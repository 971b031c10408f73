import Foundation
import Reports
import Testing

/// The points of a page under a reader's hands: turned, enlarged, pointed at, looked for.
@Suite(
  .serialized,
  .enabled(
    if: Browser.installed != nil,
    "No chromium, chromium-browser or google-chrome on PATH: the report was not opened."))
struct CloudBrowserTests {
  private static let spheres: String = {
    let pictures = SamplePictures.sprite(count: 2_000, side: 12, columns: 50)
    let runs = ["Softmax", "ArcFace"].map { title -> RunSummary in
      var run = SampleRuns.judged(
        SampleRuns.spatial(title, dimension: 3, noise: 0.2, count: 2_000), distance: 0.6,
        excess: 0.1)
      run.features?.pictures = pictures
      return run
    }
    return Report(
      title: "Spheres", runs: runs, classNames: ["a \"name\" <with> \\ all", "automobile"],
      facts: SampleRuns.facts
    ).html()
  }()
  private static let planes = SampleRuns.fiveLosses.html()
  private static let manyClasses = Report(
    title: "Many",
    runs: [SampleRuns.spatial("ArcFace", dimension: 3, noise: 0.05, classes: 1_000, count: 10_000)],
    classNames: (0..<1_000).map { "name \($0)" }, facts: []
  ).html()

  /// What every probe needs: a page at rest, and hands.
  private static let hands = """
    await new Promise((done) => setTimeout(done, 300));
    const svg = document.querySelector('svg[data-cloud]');
    svg.scrollIntoView();
    const canvas = svg.previousElementSibling;
    const box = svg.getBoundingClientRect();
    const ink = () => {
      // Read from a copy: the page's own canvas is not made for being read.
      const copy = document.createElement('canvas');
      [copy.width, copy.height] = [canvas.width, canvas.height];
      const paper = copy.getContext('2d', {willReadFrequently: true});
      paper.drawImage(canvas, 0, 0);
      const data = paper.getImageData(0, 0, copy.width, copy.height).data;
      let sum = 0, hash = 0;
      for (let i = 3; i < data.length; i += 4)
        if (data[i]) { sum++; hash = (hash * 31 + i + data[i]) % 1000003; }
      return [sum, hash];
    };
    const press = (key) => svg.dispatchEvent(new KeyboardEvent('keydown', {key}));
    const point = (type, x, y, pointerId = 1, pointerType = 'mouse') => svg.dispatchEvent(
      new PointerEvent(type, {clientX: x, clientY: y, pointerId, pointerType}));
    const zoom = () => box.width / Number(svg.getAttribute('viewBox').split(' ')[2])
      / (box.width / 420);
    """

  private func answer(
    _ page: String, width: Int = 1280, _ script: String,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> String? {
    let browser = try #require(Browser.installed)
    // Frames are drawn at once, from the first on.
    let prompt = "<head><script>window.requestAnimationFrame = (draw) => draw();</script>"
    let visit = try browser.visit(
      page.replacing("<head>", with: prompt), width: width, height: 844,
      probe: "(async () => {\(Self.hands)\n\(script)})()")
    #expect(visit.console == [], sourceLocation: sourceLocation)
    return visit.answer
  }

  @Test(arguments: [390, 1280])
  func `Points are drawn, turn under the arrow keys with all that is named, and turn back`(
    _ width: Int
  ) throws {
    let script = """
      const heights = () => [...svg.querySelectorAll('.class-name')].map((e) =>
        Number(e.getAttribute('y')));
      const shift = (a, b) => Math.max(...a.map((y, i) => Math.abs(y - b[i])));
      const before = ink(), start = heights();
      press('ArrowRight'); press('ArrowUp');
      const turned = ink(), away = heights();
      press('0');
      const back = ink();
      return [before[0] > 1000, before[1] !== turned[1], shift(start, away) > 5,
        shift(start, heights()) < 0.5, back[1] === before[1],
        svg.querySelectorAll('.dots').length].join();
      """
    #expect(try answer(Self.spheres, width: width, script) == "true,true,true,true,true,0")
  }

  @Test func `A drag turns a sphere`() throws {
    let script = """
      const before = ink();
      point('pointerdown', box.left + 100, box.top + 100);
      point('pointermove', box.left + 160, box.top + 110);
      point('pointerup', box.left + 160, box.top + 110);
      const after = ink();
      point('pointermove', box.left + 5, box.top + 5);
      return [before[1] !== after[1], ink()[1] === after[1]].join();
      """
    #expect(try answer(Self.spheres, script) == "true,true")
  }

  @Test func `Keys, buttons and two fingers enlarge; the wheel does once the figure was clicked`()
    throws
  {
    let script = """
      const wheel = (ctrlKey) => svg.dispatchEvent(new WheelEvent('wheel',
        {deltaY: -60, ctrlKey, clientX: box.left + 50, clientY: box.top + 50, cancelable: true}));
      const steps = [];
      const grows = (act) => { const old = zoom(); act(); steps.push(zoom() > old * 1.05); };
      grows(() => press('+'));
      press('0');
      grows(() => svg.parentElement.querySelector('.tools button').click());
      press('0');
      grows(() => wheel(false));
      svg.focus();
      grows(() => wheel(false));
      svg.blur();
      press('0');
      grows(() => wheel(true));
      press('0');
      grows(() => {
        point('pointerdown', box.left + 100, box.top + 100, 1, 'touch');
        point('pointerdown', box.left + 140, box.top + 100, 2, 'touch');
        point('pointermove', box.left + 200, box.top + 100, 2, 'touch');
        point('pointerup', box.left + 200, box.top + 100, 2, 'touch');
        point('pointerup', box.left + 100, box.top + 100, 1, 'touch');
      });
      press('0');
      return [...steps, zoom() === 1].join();
      """
    for page in [Self.spheres, Self.planes] {
      #expect(try answer(page, script) == "true,true,false,true,true,true,true")
    }
  }

  @Test func `An enlarged plane moves under a drag, and stays within its bounds`() throws {
    let script = """
      press('+'); press('+');
      const left = () => Number(svg.getAttribute('viewBox').split(' ')[0]);
      const start = left();
      point('pointerdown', box.left + 100, box.top + 100);
      point('pointermove', box.left + 60, box.top + 100);
      const moved = left();
      point('pointermove', box.left - 9000, box.top + 100);
      point('pointerup', box.left, box.top + 100);
      return [moved > start, left() + 420 / zoom() <= 420.001].join();
      """
    #expect(try answer(Self.planes, script) == "true,true")
  }

  /// Points at the middle of the name of class 1, which stands in its cloud, until a card shows.
  private static let search = """
    let found = null;
    const scan = (type) => {
      for (let y = 10; y < box.height && !found; y += 3)
        for (let x = 10; x < box.width && !found; x += 3) {
          if (type === 'mouse') point('pointermove', box.left + x, box.top + y);
          else {
            point('pointerdown', box.left + x, box.top + y, 1, type);
            point('pointerup', box.left + x, box.top + y, 1, type);
          }
          const card = document.querySelector('.card');
          if (card && !card.hidden) found = card;
        }
    };
    """

  @Test(arguments: ["mouse", "touch"])
  func `A point shows its picture and its name, and only as long as it is asked`(
    _ pointer: String
  ) throws {
    let script = """
      \(Self.search)
      scan('\(pointer)');
      const [picture, name, number] = found.children;
      const row = Number(number.textContent.replace(/\\D/g, ''));
      const names = ['a "name" <with> \\\\ all', 'automobile'];
      const area = picture.getContext('2d').getImageData(0, 0, 12, 12).data;
      let bars = 0;
      for (let y = 0; y < 12; y++)
        if (area[4 * (12 * y + 5)] > 0 && (y === 0 || area[4 * (12 * (y - 1) + 5)] === 0)) bars++;
      const shown = found.getBoundingClientRect();
      const fits = shown.left >= 0 && shown.right <= innerWidth && shown.width > 40;
      const ring = svg.querySelector('.picked').style.display;
      svg.dispatchEvent(new PointerEvent('pointerleave', {pointerType: 'mouse'}));
      svg.dispatchEvent(new FocusEvent('blur'));
      return [name.textContent === (names[row % 10] ?? `class ${row % 10}`), !picture.hidden,
        picture.width, bars > 0, fits, ring === '', found.hidden].join();
      """
    let width = pointer == "touch" ? 390 : 1280
    #expect(
      try answer(Self.spheres, width: width, script) == "true,true,12,true,true,true,true")
  }

  @Test func `A point of a plane shows its name too, without a picture where there is none`() throws
  {
    let script = """
      \(Self.search)
      scan('mouse');
      return [/^\\d$/.test(found.children[1].textContent), found.children[0].hidden,
        getComputedStyle(found.children[0]).display].join();
      """
    #expect(try answer(Self.planes, script) == "true,true,none")
  }

  @Test func `Classes that are clicked stay, the others fade`() throws {
    let script = """
      const before = ink();
      const buttons = [...document.querySelectorAll('.legend button')];
      buttons[3].click(); buttons[5].click();
      const on = new Set([...document.querySelectorAll('.figures .on')].map((e) => e.dataset.class));
      const faded = ink();
      buttons[3].click(); buttons[5].click();
      return [[...on].sort().join('+'), before[1] !== faded[1], ink()[1] === before[1]].join();
      """
    #expect(try answer(Self.spheres, script) == "3+5,true,true")
  }

  @Test func `Of a thousand classes one is found by its name`() throws {
    let script = """
      const before = ink();
      const field = document.querySelector('.legend-search');
      field.value = 'NAME 77'; field.dispatchEvent(new Event('input'));
      const left = [...document.querySelectorAll('.legend button')].filter((b) => !b.hidden).length;
      const found = ink();
      field.value = ''; field.dispatchEvent(new Event('input'));
      return [left, before[1] !== found[1], ink()[1] === before[1]].join();
      """
    // 77 and 770 to 779.
    #expect(try answer(Self.manyClasses, script) == "11,true,true")
  }

  @Test func `A page of many points has few elements`() throws {
    let script = "return document.querySelectorAll('*').length;"
    let count = Int(try answer(SampleRuns.everything.html(), script) ?? "") ?? .max
    #expect(count < 3_000)
  }
}
