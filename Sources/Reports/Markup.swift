import Foundation

/// Text and numbers in the form that HTML and SVG take them.
enum Markup {
  /// `text` with the five characters of XML escaped, and without those that XML forbids.
  static func escape(_ text: String) -> String {
    var result = ""
    result.reserveCapacity(text.utf8.count)
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      case "\t", "\n", "\r": result += " "
      default:
        let isForbidden =
          scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
          || (0xFFFE...0xFFFF).contains(scalar.value)
        if !isForbidden { result.unicodeScalars.append(scalar) }
      }
    }
    return result
  }

  /// A coordinate of a drawing, rounded to a tenth: far below what an eye sees, and short.
  static func coordinate(_ value: Double) -> String {
    guard value.isFinite else { return "0" }
    let tenths = Int((min(max(value, -1e6), 1e6) * 10).rounded())
    let (whole, rest) = abs(tenths).quotientAndRemainder(dividingBy: 10)
    let sign = tenths < 0 ? "-" : ""
    return rest == 0 ? "\(sign)\(whole)" : "\(sign)\(whole).\(rest)"
  }

  /// `x y` for a path.
  static func pair(_ point: Planar) -> String {
    "\(coordinate(point.x)) \(coordinate(point.y))"
  }

  /// A value for reading, with a fixed number of digits after the point.
  static func decimal(_ value: Double, digits: Int) -> String {
    guard value.isFinite else { return value.isNaN ? "not a number" : (value > 0 ? "∞" : "−∞") }
    let places = min(max(digits, 0), 9)
    if abs(value) >= 1e12 { return typographic(String(format: "%.3g", value)) }
    let text = String(format: "%.\(places)f", value)
    // A value that rounds to zero has no sign.
    let isZero = text.allSatisfy { "-0.".contains($0) }
    return typographic(isZero ? text.replacing("-", with: "") : text)
  }

  /// A count with its thousands set apart: `10,000`.
  static func count(_ value: Int) -> String {
    var digits = String(abs(value))
    var groups: [String] = []
    while digits.count > 3 {
      groups.insert(String(digits.suffix(3)), at: 0)
      digits.removeLast(3)
    }
    groups.insert(digits, at: 0)
    return (value < 0 ? "−" : "") + groups.joined(separator: ",")
  }

  /// `1 point`, `2,000 points`.
  static func count(_ value: Int, _ noun: String) -> String {
    "\(count(value)) \(noun)\(value == 1 ? "" : "s")"
  }

  /// `text`, or its beginning and an ellipsis where it is longer than `length` characters.
  static func shorten(_ text: String, to length: Int) -> String {
    text.count <= length ? text : text.prefix(max(length - 1, 1)) + "…"
  }

  private static func typographic(_ text: String) -> String {
    text.replacing("-", with: "−")
  }
}

/// A point in a plane, in whatever units its user says.
struct Planar {
  var x: Double
  var y: Double

  /// The point at `radius` from `self` in the direction of `angle`, with y growing downwards.
  func moved(_ radius: Double, at angle: Double) -> Planar {
    Planar(x: x + radius * cos(angle), y: y - radius * sin(angle))
  }
}
