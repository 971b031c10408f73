import Foundation

/// Files that NumPy and Pillow wrote, with what they hold: see `Utilities/Reference/arrays.py`.
enum Golden {
  struct Array: Decodable {
    /// NaN and infinities are text.
    enum Number: Decodable {
      case finite(Double)
      case other(String)

      init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let value = try? container.decode(Double.self) {
          self = .finite(value)
        } else {
          self = .other(try container.decode(String.self))
        }
      }

      var value: Double {
        switch self {
        case .finite(let value): value
        case .other(let text): Double(text)!
        }
      }
    }
    var shape: [Int]
    var values: [Number]
  }
  struct File: Decodable {
    var name: String
    var file: Data
    var shape: [Int]?
    var values: [Array.Number]?
  }
  struct Archive: Decodable {
    var name: String
    var file: Data
    var arrays: [String: Array]
  }
  struct Arrays: Decodable {
    var arrays, refused: [File]
    var archives: [Archive]
  }
  struct Picture: Decodable {
    var name: String
    var width, height, channels: Int
    var pixels, grey, file: Data
  }
  struct Pictures: Decodable {
    var pictures: [Picture]
    var inks: Data
  }

  static func read<Content: Decodable>(_ name: String, as: Content.Type) throws -> Content {
    let url = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "Golden/\(name).json")
    return try JSONDecoder().decode(Content.self, from: Data(contentsOf: url))
  }
}

/// Whether the numbers are the same, NaN being NaN.
func areSame(_ a: [Double], _ b: [Double]) -> Bool {
  a.count == b.count
    && zip(a, b).allSatisfy { $0 == $1 && $0.sign == $1.sign || $0.isNaN && $1.isNaN }
}
