import Evaluation
import Foundation
import Testing

@Suite("Geometry")
struct GeometryTests {
  func embeddings(_ points: [(angle: Double, norm: Double, label: Int)]) -> Embeddings {
    Embeddings(
      values: points.flatMap {
        [Float($0.norm * cos($0.angle * .pi / 180)), Float($0.norm * sin($0.angle * .pi / 180))]
      }, dimension: 2, labels: points.map(\.label))
  }

  @Test("measures angles whatever the norms are")
  func angles() throws {
    let geometry = try Geometry(
      embeddings([(-3, 1, 0), (3, 50, 0), (88, 2, 1), (92, 0.1, 1), (200, 1, 2)]))
    // Two samples 3° from their centre, two 2°, one 0°.
    #expect(abs(geometry.angleWithinClasses.value - 2) < 1e-4)
    #expect(abs(geometry.smallestAngleBetweenCenters - 90) < 1e-4)
    #expect(geometry.nearestClasses! == (0, 1))
    #expect(abs(geometry.meanNorm - 54.1 / 5) < 1e-4)
  }

  @Test("tells tiny angles from none")
  func tiny() throws {
    let geometry = try Geometry(embeddings([(0, 1, 0), (0.001, 1, 0), (90, 1, 1)]))
    #expect(abs(geometry.angleWithinClasses.value * 3 - 0.001) < 1e-5)
  }

  @Test("leaves out samples without a direction, and counts them")
  func directionless() throws {
    let geometry = try Geometry(
      Embeddings(values: [0, 0, 1, 0, .nan, 1], dimension: 2, labels: [0, 1, 1]))
    #expect(geometry.directionlessCount == 2)
    #expect(geometry.angleWithinClasses.value == 0)
    #expect(geometry.smallestAngleBetweenCenters.isNaN)
  }
}

@Suite("Verification")
struct VerificationTests {
  /// Two classes at right angles, with lengths from 1 to 20: only the direction tells them apart.
  let fans: Embeddings = {
    let points = (0..<200).map { i -> (Float, Float, Int) in
      let norm = Float(1 + i % 20)
      let jitter = Float(i % 7 - 3) * 0.01
      return i % 2 == 0 ? (norm, norm * jitter, 0) : (norm * jitter, norm, 1)
    }
    return Embeddings(
      values: points.flatMap { [$0.0, $0.1] }, dimension: 2, labels: points.map(\.2))
  }()

  @Test("of radial features: the cosine tells them apart, the distance does only after normalising")
  func radial() throws {
    let pairs = try #require(VerificationPairs(labels: fans.labels, count: 2000))
    func accuracy(_ similarity: PairSimilarity, _ embeddings: Embeddings) -> Double {
      pairs.decisions(pairs.scores(embeddings, similarity)).accuracy.value
    }
    #expect(accuracy(.cosine, fans) == 1)
    #expect(accuracy(.euclidean, fans) < 0.9)
    #expect(accuracy(.euclidean, fans.normalized()) == 1)
    #expect(accuracy(.innerProduct, fans.normalized()) == 1)
  }

  @Test("of scores that say nothing is near one half")
  func chance() throws {
    let pairs = try #require(VerificationPairs(labels: fans.labels, count: 6000))
    let scores = pairs.pairs.indices.map { Double($0 / 2 * 7919 % 6007) }
    #expect(abs(pairs.decisions(scores).accuracy.value - 0.5) < 0.03)
    let same = [Double](repeating: 1, count: pairs.pairs.count)
    #expect(pairs.decisions(same).accuracy.value == 0.5)
  }

  @Test("pairs are what they say, half of each, and the same for the same seed")
  func pairs() throws {
    let labels = (0..<100).map { $0 % 7 }
    let pairs = try #require(VerificationPairs(labels: labels, count: 1000, seed: 5)).pairs
    #expect(pairs.count == 1000)
    #expect(pairs.count(where: \.isSame) == 500)
    for pair in pairs {
      #expect(pair.first != pair.second)
      #expect((labels[pair.first] == labels[pair.second]) == pair.isSame)
    }
    let again = try #require(VerificationPairs(labels: labels, count: 1000, seed: 5)).pairs
    #expect(zip(pairs, again).allSatisfy { $0.first == $1.first && $0.second == $1.second })
  }

  @Test("cannot be done without two classes, or two samples of one")
  func impossible() {
    #expect(VerificationPairs(labels: [0, 0, 0]) == nil)
    #expect(VerificationPairs(labels: [0, 1, 2]) == nil)
    #expect(VerificationPairs(labels: []) == nil)
  }
}

@Suite("Intervals")
struct EstimateTests {
  @Test("of a share are exact: never empty at 100 %")
  func exact() {
    // 98 of 100: Clopper and Pearson's interval is 0.9296 to 0.9976.
    let estimate = Estimate.share(98, of: 100)
    #expect(estimate.value == 0.98)
    #expect(abs(estimate.lower! - 0.92962) < 1e-5 && abs(estimate.upper! - 0.99757) < 1e-5)
    // 1 − 0.025^(1/100).
    #expect(abs(Estimate.share(100, of: 100).lower! - 0.96378) < 1e-5)
  }

  @Test("of a mean are Student's")
  func student() {
    // t(2) = 4.3027; the standard error of 1, 2, 3 is 1/√3.
    #expect(abs(Estimate.mean([1, 2, 3]).spread! - 4.3027 / 3.0.squareRoot()) < 1e-4)
    #expect(Estimate.mean([5]).spread == nil)
    // t(20) = 2.0860, t(11) = 2.2010.
    let twentyOne = (0..<21).map(Double.init)
    #expect(abs(Estimate.mean(twentyOne).spread! / (38.5 / 21).squareRoot() - 2.0860) < 1e-3)
  }
}
