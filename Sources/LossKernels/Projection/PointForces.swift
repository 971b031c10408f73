/// Forces between points of a plane or of space whose kernel is Student's, q = 1 / (1 + ‖a − b‖²): what
/// the gradient of t-SNE is made of.
///
/// Coordinates and forces lie by axis: all of the first, then all of the second, each `stride` numbers, a
/// multiple of 16. What fills up the axes beyond the points has to be at `filling`.
public struct PointForces {
  /// A coordinate so far away that its kernel is nothing.
  public static let filling: Float = 1e15

  let coordinates: UnsafePointer<Float>
  let forces: UnsafeMutablePointer<Float>
  let stride, dimensions: Int

  /// - Parameters:
  ///   - coordinates: [dimensions, stride].
  ///   - forces: [dimensions, stride], to be written.
  ///   - dimensions: 2 or 3.
  public init(
    coordinates: UnsafePointer<Float>, forces: UnsafeMutablePointer<Float>, stride: Int,
    dimensions: Int
  ) {
    precondition(stride % 16 == 0 && (2...3).contains(dimensions))
    self.coordinates = coordinates
    self.forces = forces
    self.stride = stride
    self.dimensions = dimensions
  }

  /// Writes Σ q² · (a − b) over all points b for each point a of `rows`.
  ///
  /// - Returns: Σ q over all pairs of `rows` with another point.
  public func repel(_ rows: Range<Int>) -> Double {
    dimensions == 3 ? repel(rows, isSpatial: true) : repel(rows, isSpatial: false)
  }

  @inline(__always)
  private func repel(_ rows: Range<Int>, isSpatial: Bool) -> Double {
    let (x, y) = (coordinates, coordinates + stride)
    let z = isSpatial ? coordinates + 2 * stride : coordinates
    var total = 0.0
    for row in rows {
      let (px, py, pz) = (
        Lanes(repeating: x[row]), Lanes(repeating: y[row]), Lanes(repeating: z[row])
      )
      var (sum, fx, fy, fz) = (Lanes.zero, Lanes.zero, Lanes.zero, Lanes.zero)
      var block = 0
      while block < stride {
        let (dx, dy) = (px - load(x + block), py - load(y + block))
        var square = Lanes(repeating: 1).plusProduct(dx, dx).plusProduct(dy, dy)
        var dz = Lanes.zero
        if isSpatial {
          dz = pz - load(z + block)
          square = square.plusProduct(dz, dz)
        }
        let q = Lanes(repeating: 1) / square
        let q2 = q * q
        sum += q
        fx = fx.plusProduct(q2, dx)
        fy = fy.plusProduct(q2, dy)
        if isSpatial { fz = fz.plusProduct(q2, dz) }
        block += 16
      }
      forces[row] = fx.laneSum()
      forces[stride + row] = fy.laneSum()
      if isSpatial { forces[2 * stride + row] = fz.laneSum() }
      // Without the point itself.
      total += Double(sum.laneSum()) - 1
    }
    return total
  }

  /// Writes Σ p · q · (a − b) over the partners b of each point a of `rows`.
  ///
  /// - Parameters:
  ///   - starts: Where the partners of each point start, multiples of 16; one more for the end.
  ///   - partners: Indices of points; filled up with any.
  ///   - weights: p; 0 for filling.
  public func attract(
    _ rows: Range<Int>, starts: UnsafePointer<Int>, partners: UnsafePointer<Int32>,
    weights: UnsafePointer<Float>
  ) {
    if dimensions == 3 {
      attract(rows, starts, partners, weights, isSpatial: true)
    } else {
      attract(rows, starts, partners, weights, isSpatial: false)
    }
  }

  @inline(__always)
  private func attract(
    _ rows: Range<Int>, _ starts: UnsafePointer<Int>, _ partners: UnsafePointer<Int32>,
    _ weights: UnsafePointer<Float>, isSpatial: Bool
  ) {
    let (x, y) = (coordinates, coordinates + stride)
    let z = isSpatial ? coordinates + 2 * stride : coordinates
    for row in rows {
      let (px, py, pz) = (
        Lanes(repeating: x[row]), Lanes(repeating: y[row]), Lanes(repeating: z[row])
      )
      var (fx, fy, fz) = (Lanes.zero, Lanes.zero, Lanes.zero)
      var block = starts[row]
      while block < starts[row + 1] {
        let (dx, dy) = (px - gather(x, partners + block), py - gather(y, partners + block))
        var square = Lanes(repeating: 1).plusProduct(dx, dx).plusProduct(dy, dy)
        var dz = Lanes.zero
        if isSpatial {
          dz = pz - gather(z, partners + block)
          square = square.plusProduct(dz, dz)
        }
        let pull = load(weights + block) / square
        fx = fx.plusProduct(pull, dx)
        fy = fy.plusProduct(pull, dy)
        if isSpatial { fz = fz.plusProduct(pull, dz) }
        block += 16
      }
      forces[row] = fx.laneSum()
      forces[stride + row] = fy.laneSum()
      if isSpatial { forces[2 * stride + row] = fz.laneSum() }
    }
  }

  @inline(__always)
  private func gather(_ values: UnsafePointer<Float>, _ indices: UnsafePointer<Int32>) -> Lanes {
    Lanes(
      values[Int(indices[0])], values[Int(indices[1])], values[Int(indices[2])],
      values[Int(indices[3])], values[Int(indices[4])], values[Int(indices[5])],
      values[Int(indices[6])], values[Int(indices[7])], values[Int(indices[8])],
      values[Int(indices[9])], values[Int(indices[10])], values[Int(indices[11])],
      values[Int(indices[12])], values[Int(indices[13])], values[Int(indices[14])],
      values[Int(indices[15])])
  }
}
