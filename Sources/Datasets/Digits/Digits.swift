import Dispatch

/// The drawn set: handwriting-like digits, made on the spot from a seed.
public enum Digits {
  public static let trainCount = 10_000
  public static let testCount = 2_000
  /// The most pictures of one part: 1.6 GB of pixels.
  public static let largestCount = 2_000_000

  /// Draws the set.
  public static func load(_ options: DatasetOptions = DatasetOptions()) throws -> Dataset {
    try Dataset(
      name: "digits",
      train: draw(.train, count: options.trainCount ?? trainCount, seed: options.seed),
      test: draw(.test, count: options.testCount ?? testCount, seed: options.seed),
      classNames: (0...9).map(String.init))
  }

  private enum Part: UInt64 { case train, test }

  /// Picture `i` depends on the seed, the part and `i` alone.
  private static func draw(_ part: Part, count: Int, seed: UInt64) throws -> PictureSet {
    guard (1...largestCount).contains(count) else {
      throw DatasetError(
        "digits: \(count) pictures were asked for, and 1 to \(largestCount) can be drawn",
        remedy: "Ask for a number in that range.")
    }
    let size = DigitPainter.pixelCount
    let pixels = [UInt8](unsafeUninitializedCapacity: count * size) { buffer, filled in
      // Every chunk writes its own pictures.
      nonisolated(unsafe) let pictures = buffer
      let chunk = 256
      DispatchQueue.concurrentPerform(iterations: (count + chunk - 1) / chunk) { piece in
        var painter = DigitPainter()
        for index in piece * chunk..<min((piece + 1) * chunk, count) {
          var random = SplitMix64(seed, part.rawValue, UInt64(index))
          painter.paint(
            index % 10, random: &random,
            into: UnsafeMutableBufferPointer(rebasing: pictures[index * size..<(index + 1) * size]))
        }
      }
      filled = count * size
    }
    return try PictureSet(
      pixels: pixels, labels: (0..<count).map { Int32($0 % 10) },
      channels: 1, height: DigitPainter.side, width: DigitPainter.side)
  }
}
