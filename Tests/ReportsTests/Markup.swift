import Foundation

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// A drawing read back as XML: its elements, attributes and text.
final class ParsedMarkup: NSObject, XMLParserDelegate {
  struct Element {
    let name: String
    let attributes: [String: String]

    var style: Set<Substring> { Set((attributes["class"] ?? "").split(separator: " ")) }
  }

  private(set) var elements: [Element] = []
  private(set) var text = ""
  private(set) var problem: String?

  init(_ source: String) {
    super.init()
    let parser = XMLParser(data: Data(source.utf8))
    parser.delegate = self
    if !parser.parse() {
      problem = "line \(parser.lineNumber): \(String(describing: parser.parserError))"
    }
  }

  func elements(_ style: String) -> [Element] {
    elements.filter { $0.style.contains(Substring(style)) }
  }

  /// The points that paths of dots draw.
  var dotCount: Int {
    elements("dots").reduce(0) { $0 + ($1.attributes["d"] ?? "").count { $0 == "M" } }
  }

  /// The text without spaces: notes are broken into lines anywhere.
  var words: String { text.replacing(" ", with: "") }

  /// The attributes whose numbers are none; free text does not count.
  var brokenNumbers: [String] {
    elements.flatMap { element in
      element.attributes.filter { key, value in
        !["aria-label", "class"].contains(key)
          && (value.lowercased().contains("nan") || value.contains("inf"))
      }.map { "\(element.name) \($0.key)" }
    }
  }

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?,
    qualifiedName: String?, attributes: [String: String]
  ) {
    elements.append(Element(name: name, attributes: attributes))
  }

  func parser(_ parser: XMLParser, foundCharacters string: String) {
    text += string
  }
}
