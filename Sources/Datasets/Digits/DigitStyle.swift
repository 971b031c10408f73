/// How much the drawn digits vary.
///
/// Lengths are in digit heights unless said otherwise; a plain number is a standard deviation, a
/// range is uniform. The values were chosen by `Utilities/Reference/digits_hardness.py`, which
/// measures the drawn set against MNIST.
enum DigitStyle {
  /// How hastily a picture is drawn: multiplies `jitter` and `elasticity`.
  static let haste: ClosedRange<Float> = 0.5...1.4
  /// Of each control point, on each axis.
  static let jitter: Float = 0.05
  /// Of each lattice point of the elastic field, on each axis.
  static let elasticity: Float = 0.22

  /// Of the width, relative.
  static let stretch: Float = 0.16
  /// Sideways, per height; hands lean to the right on average.
  static let meanSlant: Float = 0.1
  static let slant: Float = 0.18
  /// Tangent of the angle.
  static let turn: Float = 0.12

  /// The longer side of the box around the pen's way, in pixels.
  static let extent: ClosedRange<Float> = 16...19
  /// Of the middle of that box, in pixels, on each axis.
  static let shift: Float = 0.6

  /// Half the width of the stroke, in pixels.
  static let penRadius: ClosedRange<Float> = 0.7...1.7
  /// How much wider or narrower a stroke ends than it begins, relative to its radius.
  static let penTaper: ClosedRange<Float> = -0.3...0.3
  /// The brightness of the ink, of 255.
  static let ink: ClosedRange<Float> = 200...255
  /// The share of a pixel that goes to each of its two neighbours, on each axis.
  static let blur: ClosedRange<Float> = 0...0.14

  /// The brightest background noise, of 255.
  static let noise: ClosedRange<Float> = 0...24
  /// The largest number of specks.
  static let mostSpecks = 3
  /// The brightness of a speck, of 255.
  static let speck: ClosedRange<Float> = 30...120
}
