import Foundation

/// The points of a figure as the page's script draws them: up to five times as many as the still
/// figure has, to be turned, enlarged and asked for what they are.
struct PointCloud {
  static let drawnPoints = 10_000
  private static let unit = 32_767.0

  /// Centre and radius of the unit ball in the drawing, and of its view from behind, if any.
  let ball: [Double]
  /// How many points are drawn, as the page says it.
  var note = ""
  /// What ``SpriteStore`` gave for the pictures.
  var pictures = ""
  /// Three numbers per point.
  private var places: [Int16] = []
  private var rows: [Int32] = []
  /// Classes with the number of their points, in the order of the points.
  private var classes: [(label: Int, count: Int)] = []

  init(ball: [Double]) {
    self.ball = ball
  }

  var count: Int { rows.count }

  /// Adds the points of a class; a row without a place is left out.
  mutating func add(_ label: Int, _ rows: [Int], place: (Int) -> Spatial?) {
    let before = count
    for row in rows {
      guard let point = place(row), let index = Int32(exactly: row) else { continue }
      for value in [point.x, point.y, point.z] {
        places.append(Int16((min(max(value, -1), 1) * Self.unit).rounded()))
      }
      self.rows.append(index)
    }
    if count > before { classes.append((label, count - before)) }
  }

  /// Attributes of the drawing. Numbers are little-endian, as all machines that show pages are.
  var attributes: String {
    let ball = ball.map(Markup.coordinate).joined(separator: " ")
    let classes = classes.map { "\($0.label):\($0.count)" }.joined(separator: " ")
    return " data-cloud=\"\(ball)\" data-classes=\"\(classes)\""
      + " data-points=\"\(Self.encode(places.map { UInt16(bitPattern: $0.littleEndian) }))\""
      + " data-rows=\"\(Self.encode(rows.map { UInt32(bitPattern: $0.littleEndian) }))\"" + pictures
  }

  private static func encode<Number>(_ numbers: [Number]) -> String {
    numbers.withUnsafeBytes { Data($0).base64EncodedString() }
  }
}
