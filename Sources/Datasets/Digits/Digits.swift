import Dispatch
import RandomNumbers

/// The drawn set: digits like handwritten ones, made on the spot from a seed.
///
/// Every picture starts from one of three ways to write its digit, as the strokes of a pen. The
/// pen's way is bent by a smooth random field, stretched, slanted and turned; then it is inked with
/// a pen of random width, blurred, and soiled with noise and specks. As in MNIST, digits are white
/// on black and about 20 pixels high in the middle of 28 × 28. Picture `i` is of class `i % 10`.
///
/// The set is a little harder than MNIST. Test errors in percent, each learnt from the first 10,000
/// training and judged on the first 2,000 test pictures (`Utilities/Reference/digits_hardness.py`):
///
/// | classifier | MNIST | drawn, seed 1 | drawn, seed 2 |
/// |---|---|---|---|
/// | nearest neighbour, L2 | 7.75 | 13.20 | 14.10 |
/// | multinomial logistic regression | 11.20 | 14.00 | 14.55 |
/// | small convolutional network, mean of 5 runs | 2.56 | 2.98 | 3.33 |
public enum Digits {
  public static let trainCount = 10_000
  public static let testCount = 2_000
  /// The most pictures of one part: 1.6 GB of pixels.
  public static let largestCount = 2_000_000

  /// Draws the set: `options.trainCount` and `options.testCount` pictures from `options.seed`.
  ///
  /// The same seed gives the same pictures on every machine, and a smaller set is the beginning of
  /// a larger one. Drawing takes about 10 µs a picture and core.
  ///
  /// - Throws: `DatasetError` if a count is outside 1 to `largestCount`, or if there are too few
  ///   training pictures for two classes.
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
