import Datasets
import Formats
import Foundation

/// A safetensors file of the features of pictures: what `margin embed` writes.
///
/// - `features`: float32 [N, D]; `features-flipped`, of the mirrored pictures, where asked for.
/// - `labels`: int64 [N], −1 for a picture without a class.
/// - Metadata `class-names` and `names`: JSON arrays of text, by label and by row.
struct EmbeddingFile {
  static let featuresKey = "features"
  static let flippedKey = "features-flipped"
  static let labelsKey = "labels"
  static let classNamesKey = "class-names"
  static let namesKey = "names"

  var features: Safetensors.Entry
  var flipped: Safetensors.Entry?
  var labels: [Int32]
  var classNames: [String]
  /// Of the pictures, such as "Name/Name_0001".
  var names: [String]

  /// Writes the file, whole or not at all.
  func write(to path: String) throws {
    var file = Safetensors(entries: [
      Self.featuresKey: features,
      Self.labelsKey: Safetensors.Entry(labels.map { Int64($0) }, shape: [labels.count]),
    ])
    file.entries[Self.flippedKey] = flipped
    file.metadata[Self.classNamesKey] = try Self.json(classNames)
    file.metadata[Self.namesKey] = try Self.json(names)
    try file.write(to: path)
  }

  private static func json(_ texts: [String]) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .withoutEscapingSlashes
    return String(decoding: try encoder.encode(texts), as: UTF8.self)
  }
}

extension PictureSet {
  /// The pixels themselves as features: float32 [N, C·H·W], 0 to 255, or centred.
  ///
  /// - Parameter isCentered: Whether the mean of each picture is taken off it.
  func pixelFeatures(isCentered: Bool) -> Safetensors.Entry {
    let size = pictureByteCount
    let width = MemoryLayout<Float>.size
    // Straight into the bytes of the file: as floats first they would be in memory twice.
    let bytes = [UInt8](unsafeUninitializedCapacity: pixels.count * width) { out, initialized in
      let out = UnsafeMutableRawBufferPointer(out)
      pixels.withUnsafeBufferPointer { pixels in
        for start in stride(from: 0, to: pixels.count, by: size) {
          let picture = pixels[start..<start + size]
          let sum = isCentered ? picture.reduce(0) { $0 + Int($1) } : 0
          let mean = Double(sum) / Double(size)
          for i in picture.indices {
            out.storeBytes(
              of: Float(Double(pixels[i]) - mean), toByteOffset: i * width, as: Float.self)
          }
        }
      }
      initialized = pixels.count * width
    }
    return Safetensors.Entry(elementType: .float32, shape: [count, size], bytes: bytes)
  }
}
