import RandomNumbers

/// The pen's way for one picture: a glyph as one hand would write it this once.
///
/// Points are flattened curves in pixels; stroke `s` is `points[starts[s]..<starts[s + 1]]`.
struct DigitPath {
  private(set) var points: [SIMD2<Float>] = []
  private(set) var starts: [Int] = []
  private var controls: [SIMD2<Float>] = []

  /// Pieces of line for each span between two control points.
  private static let piecesPerSpan = 6

  /// Draws a variant of the digit, bends it, and fits it into the picture.
  mutating func trace(_ digit: Int, side: Float, random: inout SplitMix64) {
    let variants = DigitGlyph.variants[digit]
    let haste = random.uniform(DigitStyle.haste)
    flatten(variants[random.index(below: variants.count)], haste: haste, random: &random)
    bend(haste: haste, random: &random)
    fit(side: side, random: &random)
  }

  /// Moves the control points a little each and lays a smooth curve through them.
  private mutating func flatten(
    _ glyph: DigitGlyph, haste: Float, random: inout SplitMix64
  ) {
    points.removeAll(keepingCapacity: true)
    starts.removeAll(keepingCapacity: true)
    for stroke in glyph.strokes {
      starts.append(points.count)
      controls.removeAll(keepingCapacity: true)
      for (index, point) in stroke.enumerated() {
        if index > 0, point == stroke[index - 1] {
          appendCurve()
          let corner = controls[controls.count - 1]
          controls.removeAll(keepingCapacity: true)
          controls.append(corner)
        } else {
          controls.append(point + random.bellPair() * (haste * DigitStyle.jitter))
        }
      }
      appendCurve()
    }
    starts.append(points.count)
  }

  /// A uniform Catmull-Rom curve through `controls`; the neighbours missing at the ends are mirrored.
  private mutating func appendCurve() {
    let last = controls.count - 1
    points.append(controls[0])
    for span in 0..<last {
      let (b, c) = (controls[span], controls[span + 1])
      let a = span > 0 ? controls[span - 1] : 2 * b - c
      let d = span + 1 < last ? controls[span + 2] : 2 * c - b
      let linear = (c - a) / 2
      let quadratic = a - 2.5 * b + 2 * c - d / 2
      let cubic = (d - a) / 2 + 1.5 * (b - c)
      for piece in 1...Self.piecesPerSpan {
        let t = Float(piece) / Float(Self.piecesPerSpan)
        points.append(b + t * (linear + t * (quadratic + t * cubic)))
      }
    }
  }

  /// Displaces all points by a smooth random field, then stretches, slants and turns them.
  private mutating func bend(haste: Float, random: inout SplitMix64) {
    let field = ElasticField(random: &random)
    let stretch = 1 + DigitStyle.stretch * random.bell()
    let slant = DigitStyle.meanSlant + DigitStyle.slant * random.bell()
    let tangent = DigitStyle.turn * random.bell()
    let cosine = 1 / (1 + tangent * tangent).squareRoot()
    for index in points.indices {
      let p = points[index] + haste * field.displacement(at: points[index])
      let x = stretch * p.x - slant * p.y
      points[index] = SIMD2(x + tangent * p.y, p.y - tangent * x) * cosine
    }
  }

  /// Scales the points to a box in the middle of the picture, as MNIST's pictures are.
  private mutating func fit(side: Float, random: inout SplitMix64) {
    var (low, high) = (points[0], points[0])
    for point in points {
      low = pointwiseMin(low, point)
      high = pointwiseMax(high, point)
    }
    let size = high - low
    // A digit wider than high would be squashed by a common scale: it becomes square instead.
    let longest = SIMD2(max(size.x, size.y), size.y)
    let scale = random.uniform(DigitStyle.extent) / longest
    let centre = SIMD2(repeating: side / 2) + random.bellPair() * DigitStyle.shift
    for index in points.indices {
      points[index] = (points[index] - (low + high) / 2) * scale + centre
    }
  }
}
