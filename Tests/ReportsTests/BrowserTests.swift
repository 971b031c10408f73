import Foundation
import Reports
import Testing

/// The page in a real browser: it loads without an error, fits, and its script works.
@Suite(
  .serialized,
  .enabled(
    if: Browser.installed != nil,
    "No chromium, chromium-browser or google-chrome on PATH: the report was not opened."))
struct BrowserTests {
  static let reports: [(name: String, page: String)] = [
    ("five scatters", SampleRuns.fiveLosses.html()),
    (
      "two spheres",
      Report(
        title: "Spheres",
        runs: [
          SampleRuns.spatial("Softmax", dimension: 3, noise: 0.4),
          SampleRuns.spatial("ArcFace", dimension: 3, noise: 0.1),
        ],
        classNames: ["a class with a rather long name", "automobile"], facts: SampleRuns.facts
      ).html()
    ),
    (
      "angles and nothing",
      Report(
        title: "Unbreakable" + String(repeating: "x", count: 200),
        runs: [
          SampleRuns.spatial("Softmax", dimension: 128, noise: 1, classes: 100),
          SampleRuns.run("No features"),
        ],
        classNames: [],
        facts: [.init(name: "Command", value: String(repeating: "y", count: 500))]
      ).html()
    ),
  ]
  static let screens = [(width: 1280, height: 900), (width: 390, height: 844)]

  private func browser() throws -> Browser { try #require(Browser.installed) }

  @Test(arguments: reports.indices, screens.indices)
  func `The page loads without a word on the console and never scrolls sideways`(
    _ report: Int, _ screen: Int
  ) throws {
    let (name, page) = Self.reports[report]
    let size = Self.screens[screen]
    let visit = try browser().visit(
      page, width: size.width, height: size.height,
      probe: """
        [document.documentElement.dataset.script, innerWidth,
         document.documentElement.scrollWidth <= document.documentElement.clientWidth].join()
        """)
    #expect(visit.console == [], "\(name)")
    #expect(visit.answer == "ran,\(size.width),true", "\(name)")
  }

  @Test func `A class in the legend brings out its marks and fades the others`() throws {
    let visit = try browser().visit(
      Self.reports[0].page, width: 1280, height: 900,
      probe: """
        (() => {
          const button = document.querySelector('.legend button[data-class="3"]');
          button.click();
          const on = [...document.querySelectorAll('.figures .on')];
          const all = document.querySelectorAll('.figures [data-class="3"]').length;
          const first = [document.querySelectorAll('.fading').length, on.length === all && all > 0,
            on.every((mark) => mark.dataset.class === '3'), button.ariaPressed];
          button.click();
          return [...first, document.querySelectorAll('.fading').length, button.ariaPressed].join();
        })()
        """)
    #expect(visit.console == [])
    #expect(visit.answer == "1,true,true,true,0,false")
  }

  @Test func `An error that a page makes is found`() throws {
    let page = Self.reports[2].page
    let planted = [
      "<script>console.error('planted');</script></body>",
      "<script>notThere();</script></body>",
    ]
    for script in planted {
      let visit = try browser().visit(
        page.replacing("</body>", with: script), width: 390, height: 844, probe: "1")
      #expect(visit.console.count == 1, "\(script)")
    }
  }

  @Test func `A page that is too wide is found`() throws {
    let visit = try browser().visit(
      Self.reports[2].page.replacing("<main>", with: "<div style=\"width:900px\">x</div><main>"),
      width: 390, height: 844,
      probe: "document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    #expect(visit.answer == "false")
  }
}
