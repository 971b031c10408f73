import Foundation
import Losses
import Testing
import Torch

@Suite("Nearest neighbours")
struct NearestNeighborsTests {
  /// Keys of all pairs in float64: the smaller, the nearer.
  private func keys(
    _ a: [[Double]], _ b: [[Double]], _ measure: NearestNeighbors.Measure
  ) -> [[Double]] {
    func dot(_ x: [Double], _ y: [Double]) -> Double { zip(x, y).reduce(0) { $0 + $1.0 * $1.1 } }
    return a.map { x in
      b.map { y in
        switch measure {
        case .innerProduct: -dot(x, y)
        case .cosine: 1 - dot(x, y) / ((dot(x, x) + 1e-12) * (dot(y, y) + 1e-12)).squareRoot()
        case .squaredEuclidean, .euclidean:
          zip(x, y).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
        }
      }
    }
  }

  private func numbers(_ tensor: Tensor) throws -> [[Double]] {
    let (n, d) = (tensor.shape[0], tensor.shape[1])
    let elements = try tensor.elements(Float.self).map(Double.init)
    return (0..<n).map { Array(elements[$0 * d..<($0 + 1) * d]) }
  }

  private func check(
    _ found: NearestNeighbors.Found, _ keys: [[Double]], _ measure: NearestNeighbors.Measure,
    count: Int, excludingItself: Bool, exactTies: Bool = true
  ) throws {
    let indices = try found.indices.elements(Int64.self)
    let distances = try found.distances.elements(Float.self)
    for (query, row) in keys.enumerated() {
      let order = row.indices.filter { !excludingItself || $0 != query }
        .sorted { (row[$0], $0) < (row[$1], $1) }
      for place in 0..<count {
        let (index, distance) = (
          Int(indices[query * count + place]), Double(distances[query * count + place])
        )
        guard place < order.count else {
          #expect(index == -1 && distance.isInfinite)
          continue
        }
        let best = row[order[place]]
        if exactTies {
          #expect(index == order[place])
        } else {
          #expect(abs(row[index] - best) <= 1e-14 * max(1, abs(best)))
        }
        let expected =
          switch measure {
          case .euclidean: best.squareRoot()
          case .innerProduct: -best
          default: best
          }
        #expect(abs(distance - expected) <= 1e-6 * max(abs(expected), 1e-7))
      }
    }
  }

  @Test("are those that sorting all distances gives", arguments: NearestNeighbors.Measure.allCases)
  func exact(measure: NearestNeighbors.Measure) throws {
    let generator = try RandomGenerator(seed: 1)
    for (n, d, count) in [(1, 3, 2), (2, 1, 1), (100, 5, 10), (333, 17, 3), (50, 8, 60)] {
      let set = try Tensor.randomNormal([n, d], using: generator)
      let queries = try Tensor.randomNormal([37, d], using: generator)
      let search = try NearestNeighbors(count: count, measure: measure)
      let (x, q) = try (numbers(set), numbers(queries))
      for excludingItself in [true, false] {
        // Of one number, cosines are all ±1.
        try check(
          search(set, excludingItself: excludingItself), keys(x, x, measure), measure,
          count: count, excludingItself: excludingItself, exactTies: d > 1)
      }
      try check(
        search(queries, among: set), keys(q, x, measure), measure, count: count,
        excludingItself: false, exactTies: d > 1)
    }
  }

  @Test("are the first of those that are equally near")
  func ties() throws {
    let generator = try RandomGenerator(seed: 2)
    let whole = try (Tensor.randomNormal([400, 2], using: generator) * 2).roundedDown()
    let x = try numbers(whole)
    for count in [1, 7] {
      try check(
        NearestNeighbors(count: count)(whole), keys(x, x, .squaredEuclidean), .squaredEuclidean,
        count: count, excludingItself: true)
    }
    // More equals than any list holds.
    let equal = try Tensor.ones([300, 4])
    let found = try NearestNeighbors(count: 2)(equal)
    #expect(try Array(found.indices.elements(Int64.self).prefix(6)) == [1, 2, 0, 2, 0, 1])
    #expect(try found.distances.elements(Float.self).allSatisfy { $0 == 0 })
  }

  @Test("are not swapped where products in float32 would swap them")
  func near() throws {
    // Far from the origin: of 1e6 as a square, float32 keeps 0.06.
    let generator = try RandomGenerator(seed: 3)
    let set = try Tensor.randomNormal([500, 8], using: generator) * 0.1 + 350
    let x = try numbers(set)
    try check(
      NearestNeighbors(count: 5)(set), keys(x, x, .squaredEuclidean), .squaredEuclidean, count: 5,
      excludingItself: true)
    let huge = try Tensor.randomNormal([40, 3], using: generator) * 1e19
    let y = try numbers(huge)
    try check(
      NearestNeighbors(count: 2, measure: .euclidean)(huge), keys(y, y, .euclidean), .euclidean,
      count: 2, excludingItself: true)
  }

  @Test("are found across blocks, on any number of threads")
  func blocks() throws {
    let set = try Tensor.randomNormal([5000, 3], using: RandomGenerator(seed: 4))
    let threads = Runtime.threadCount
    defer { try? Runtime.setThreadCount(threads) }
    let search = try NearestNeighbors(count: 4)
    try Runtime.setThreadCount(1)
    let one = try search(set)
    try Runtime.setThreadCount(3)
    let three = try search(set)
    let among = try search(set, among: set)
    #expect(try one.indices.elements(Int64.self) == three.indices.elements(Int64.self))
    #expect(try one.distances.elements(Float.self) == three.distances.elements(Float.self))
    let (own, all) = try (one.indices.elements(Int64.self), among.indices.elements(Int64.self))
    for query in 0..<5000 {
      #expect(all[query * 4] == Int64(query))
      #expect(own[query * 4] == all[query * 4 + 1])
    }
  }

  @Test("refuse what has no distances")
  func refusals() throws {
    let search = try NearestNeighbors(count: 1)
    let good = try Tensor([1, 2, 3, 4] as [Float], shape: [2, 2])
    for bad in try [
      Tensor([1, .nan, 3, 4] as [Float], shape: [2, 2]), Tensor([1, 2, 3, 4.0], shape: [2, 2]),
      Tensor([1, 2] as [Float]), Tensor([] as [Float], shape: [0, 2]),
      Tensor([1, 2, 3] as [Float], shape: [1, 3]),
    ] {
      #expect(throws: LossError.self) { try search(good, among: bad) }
    }
    for count in [0, -1, 1 << 40] {
      #expect(throws: LossError.self) { try NearestNeighbors(count: count) }
    }
  }
}
