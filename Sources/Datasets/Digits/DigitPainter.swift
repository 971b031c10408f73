import RandomNumbers

/// Paints drawn digits, one after the other, into pictures of 28 × 28 bytes.
struct DigitPainter {
  static let side = 28
  static let pixelCount = side * side

  private var path = DigitPath()
  /// For every pixel the distance of its middle to the edge of the nearest stroke; negative inside.
  private var distance = [Float](repeating: 0, count: pixelCount)
  /// Brightness, 0...255.
  private var canvas = [Float](repeating: 0, count: pixelCount)

  /// Beyond this distance from a stroke's edge a pixel has no ink, in pixels.
  private static let reach: Float = 0.5

  /// Paints one picture of `digit`; the same generator paints the same picture.
  mutating func paint(
    _ digit: Int, random: inout SplitMix64, into picture: UnsafeMutableBufferPointer<UInt8>
  ) {
    path.trace(digit, side: Float(Self.side), random: &random)
    layStrokes(random: &random)
    let ink = random.uniform(DigitStyle.ink)
    for index in 0..<Self.pixelCount {
      canvas[index] = ink * min(max(Self.reach - distance[index], 0), 1)
    }
    blur(by: random.uniform(DigitStyle.blur))
    soil(random: &random)
    for index in 0..<Self.pixelCount {
      picture[index] = UInt8(min(max(canvas[index] + 0.5, 0), 255))
    }
  }

  /// Fills `distance` from the lines of the path.
  private mutating func layStrokes(random: inout SplitMix64) {
    for index in 0..<Self.pixelCount { distance[index] = Self.reach }
    let radius = random.uniform(DigitStyle.penRadius)
    for stroke in 0..<path.starts.count - 1 {
      let (first, end) = (path.starts[stroke], path.starts[stroke + 1])
      let growth = random.uniform(DigitStyle.penTaper) / Float(max(end - first - 1, 1))
      for index in first..<end - 1 {
        let width = 1 + growth * (Float(index - first) - Float(end - first) / 2)
        layLine(from: path.points[index], to: path.points[index + 1], radius: radius * width)
      }
    }
  }

  private mutating func layLine(from a: SIMD2<Float>, to b: SIMD2<Float>, radius: Float) {
    let margin = SIMD2(repeating: radius + Self.reach)
    let edge = SIMD2(repeating: Float(Self.side - 1))
    // The middle of pixel 0 lies at 0.5.
    let low = (pointwiseMin(a, b) - margin - 0.5).rounded(.up)
      .clamped(lowerBound: .zero, upperBound: edge)
    let high = (pointwiseMax(a, b) + margin - 0.5).rounded(.down)
      .clamped(lowerBound: .zero, upperBound: edge)
    let along = b - a
    let inverse = 1 / max((along * along).sum(), 1e-9)
    let columns = Int(low.x)...Int(high.x)
    for row in Int(low.y)...Int(high.y) {
      for column in columns {
        let p = SIMD2(Float(column), Float(row)) + 0.5 - a
        let share = min(max((p * along).sum() * inverse, 0), 1)
        let offset = p - share * along
        let index = row * Self.side + column
        distance[index] = min(distance[index], (offset * offset).sum().squareRoot() - radius)
      }
    }
  }

  /// Gives `share` of every pixel to each of its neighbours, along the rows and then the columns.
  private mutating func blur(by share: Float) {
    for row in 0..<Self.side { blurLine(from: row * Self.side, step: 1, share: share) }
    for column in 0..<Self.side { blurLine(from: column, step: Self.side, share: share) }
  }

  private mutating func blurLine(from first: Int, step: Int, share: Float) {
    var previous: Float = 0
    var index = first
    for position in 0..<Self.side {
      let here = canvas[index]
      let next = position + 1 < Self.side ? canvas[index + step] : 0
      canvas[index] = here + share * (previous + next - 2 * here)
      previous = here
      index += step
    }
  }

  /// Adds a little noise everywhere and a few specks.
  private mutating func soil(random: inout SplitMix64) {
    let amplitude = random.uniform(DigitStyle.noise) / 255
    for first in stride(from: 0, to: Self.pixelCount, by: 8) {
      var word = random.next()
      for index in first..<first + 8 {
        canvas[index] += amplitude * Float(word & 0xFF)
        word >>= 8
      }
    }
    for _ in 0..<random.index(below: DigitStyle.mostSpecks + 1) {
      canvas[random.index(below: Self.pixelCount)] += random.uniform(DigitStyle.speck)
    }
  }
}
