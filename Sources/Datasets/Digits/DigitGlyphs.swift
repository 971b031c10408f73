/// A way of writing a digit: its strokes, in the order of the pen.
///
/// A stroke is a list of points that a smooth curve passes through; a point given twice in a row is
/// a corner. Coordinates are in hundredths of the digit's height: x grows to the right, y down.
struct DigitGlyph: Sendable {
  let strokes: [[SIMD2<Float>]]

  init(_ strokes: [Float]...) {
    self.strokes = strokes.map { flat in
      stride(from: 0, to: flat.count, by: 2).map { SIMD2(flat[$0], flat[$0 + 1]) / 100 }
    }
  }

  /// The ways of writing each digit: `variants[digit]`.
  static let variants: [[DigitGlyph]] = [
    zero, one, two, three, four, five, six, seven, eight, nine,
  ]

  private static let zero = [
    DigitGlyph([35, 2, 12, 14, 4, 50, 14, 88, 36, 98, 60, 86, 68, 50, 58, 14, 33, 2]),
    DigitGlyph([54, 10, 30, 2, 8, 25, 4, 60, 20, 95, 45, 95, 66, 65, 62, 25, 46, 6, 28, 6]),
    DigitGlyph([46, 2, 20, 26, 6, 68, 22, 98, 46, 80, 60, 36, 46, 2]),
  ]

  private static let one = [
    DigitGlyph([35, 0, 35, 50, 35, 100]),
    DigitGlyph([16, 22, 38, 0, 38, 0, 37, 50, 36, 100]),
    DigitGlyph([16, 22, 36, 2, 36, 2, 36, 50, 36, 98], [14, 98, 36, 97, 60, 98]),
  ]

  private static let two = [
    DigitGlyph([6, 24, 22, 4, 50, 6, 58, 28, 40, 60, 6, 96, 6, 96, 66, 95]),
    DigitGlyph([8, 24, 28, 3, 54, 14, 54, 42, 30, 80, 12, 95, 5, 84, 20, 80, 44, 93, 70, 92]),
    DigitGlyph([10, 18, 34, 2, 58, 20, 44, 54, 4, 97, 4, 97, 34, 90, 66, 98]),
  ]

  private static let three = [
    DigitGlyph([8, 14, 32, 1, 56, 16, 50, 38, 24, 48, 24, 48, 56, 58, 62, 80, 38, 99, 4, 88]),
    DigitGlyph([6, 4, 58, 4, 58, 4, 28, 40, 28, 40, 58, 52, 62, 78, 38, 98, 6, 90]),
    DigitGlyph([8, 12, 36, 2, 56, 18, 44, 40, 22, 48, 38, 48, 60, 66, 52, 92, 26, 99, 4, 84]),
  ]

  private static let four = [
    DigitGlyph([12, 4, 5, 55, 5, 55, 68, 52], [50, 20, 46, 99]),
    DigitGlyph([46, 2, 2, 66, 2, 66, 70, 64], [47, 2, 46, 50, 45, 98]),
    DigitGlyph([10, 4, 6, 36, 22, 54, 50, 46], [56, 2, 52, 50, 46, 98]),
  ]

  private static let five = [
    DigitGlyph([56, 3, 14, 4, 14, 4, 10, 44, 10, 44, 36, 36, 60, 58, 54, 86, 28, 99, 4, 88]),
    DigitGlyph([14, 5, 11, 44, 34, 38, 58, 58, 52, 88, 26, 98, 4, 90], [14, 5, 40, 5, 64, 2]),
    DigitGlyph([60, 4, 24, 6, 13, 30, 34, 44, 57, 64, 46, 92, 6, 94]),
  ]

  private static let six = [
    DigitGlyph([48, 2, 20, 26, 6, 64, 18, 94, 44, 96, 58, 74, 42, 54, 12, 66]),
    DigitGlyph([40, 0, 14, 40, 6, 76, 28, 99, 54, 84, 48, 60, 26, 58, 8, 76]),
    DigitGlyph([58, 8, 34, 6, 10, 40, 8, 80, 32, 98, 58, 80, 50, 56, 26, 54, 9, 72]),
  ]

  private static let seven = [
    DigitGlyph([4, 8, 62, 6, 62, 6, 40, 50, 26, 99]),
    DigitGlyph([4, 8, 62, 6, 62, 6, 40, 50, 26, 99], [18, 52, 58, 47]),
    DigitGlyph([6, 22, 8, 6, 8, 6, 60, 8, 60, 8, 37, 46, 32, 98]),
  ]

  private static let eight = [
    DigitGlyph([
      54, 12, 30, 2, 10, 20, 30, 44, 56, 70, 40, 97, 12, 90, 12, 66, 38, 44, 56, 22, 50, 8,
    ]),
    DigitGlyph(
      [34, 2, 12, 14, 18, 40, 36, 46, 56, 32, 54, 10, 32, 2],
      [36, 46, 8, 66, 12, 92, 36, 98, 60, 86, 58, 60, 36, 46]),
    DigitGlyph([48, 6, 18, 6, 16, 34, 50, 62, 54, 90, 24, 98, 10, 78, 36, 48, 58, 26, 46, 5]),
  ]

  private static let nine = [
    DigitGlyph([56, 14, 30, 2, 6, 24, 18, 48, 44, 42, 58, 12, 58, 12, 54, 60, 50, 98]),
    DigitGlyph([58, 22, 34, 2, 8, 20, 14, 46, 40, 46, 58, 20, 60, 52, 48, 88, 14, 98]),
    DigitGlyph([54, 10, 24, 6, 6, 30, 24, 50, 50, 36, 57, 8, 57, 8, 48, 50, 28, 98]),
  ]
}
