import Datasets
import Testing

@Suite("The drawn digits")
struct DigitsTests {
  private func digits(seed: UInt64 = 1, train: Int = 1000, test: Int = 200) throws -> Dataset {
    try Digits.load(DatasetOptions(seed: seed, trainCount: train, testCount: test))
  }

  @Test("Unless told otherwise: 10,000 and 2,000 pictures of 28 × 28 in ten classes")
  func defaults() throws {
    let set = try Digits.load()
    #expect((set.train.count, set.test.count) == (10_000, 2_000))
    #expect(
      (set.train.pictures!.channels, set.train.pictures!.height, set.train.pictures!.width) == (
        1, 28, 28
      ))
    #expect(set.classNames == ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"])
  }

  @Test("Every class has the same number of pictures")
  func balance() throws {
    let set = try Digits.load()
    for digit in Int32(0)..<10 {
      #expect(set.train.labels.count { $0 == digit } == 1000)
      #expect(set.test.labels.count { $0 == digit } == 200)
    }
  }

  @Test("The same seed draws the same pictures, on every machine")
  func determinism() throws {
    let set = try digits()
    let again = try digits()
    #expect(set.train.pictures!.pixels == again.train.pictures!.pixels)
    #expect(set.test.pictures!.pixels == again.test.pictures!.pixels)
    // Results that were published with this set hold as long as this digest does.
    #expect(
      SHA256.digest(of: set.train.pictures!.pixels)
        == "b68d04fe9ceaece779da2a09752f997392b6f5c5dc81887c1ee6a786432ad158")
  }

  @Test("A smaller set is the beginning of a larger one, and the parts do not depend on each other")
  func prefix() throws {
    let large = try digits(train: 1000, test: 200)
    let small = try digits(train: 300, test: 700)
    #expect(small.train.pictures!.pixels == large.train.pictures!.prefix(300).pixels)
    #expect(small.train.labels == large.train.pictures!.prefix(300).labels)
    #expect(small.test.pictures!.prefix(200).pixels == large.test.pictures!.pixels)
  }

  @Test("Another seed draws other pictures, and no picture is drawn twice")
  func variety() throws {
    let sets = try [digits(seed: 1), digits(seed: 2)]
    let pictures = sets.flatMap { set in
      [set.train, set.test].flatMap { part in
        (0..<part.count).map { Array(part.pictures!.pixels[$0 * 784..<($0 + 1) * 784]) }
      }
    }
    #expect(Set(pictures).count == pictures.count)
  }

  @Test("Every picture shows ink, bright, in the middle, and not too much of it")
  func ink() throws {
    let set = try #require(try Digits.load().train.pictures)
    for picture in 0..<set.count {
      let pixels = set.pixels[picture * 784..<(picture + 1) * 784]
      var (ink, brightest, low, high) = (0, 0, SIMD2(27, 27), SIMD2(0, 0))
      // Above the background's noise.
      for (index, pixel) in pixels.enumerated() where pixel > 100 {
        ink += 1
        brightest = max(brightest, Int(pixel))
        let place = SIMD2(index % 28, index / 28)
        low = pointwiseMin(low, place)
        high = pointwiseMax(high, place)
      }
      #expect((15...330).contains(ink), "picture \(picture)")
      #expect(brightest >= 150, "picture \(picture)")
      // The box around the ink: most of the picture, but for specks in its middle.
      let size = high &- low &+ 1
      #expect((15...28).contains(max(size.x, size.y)), "picture \(picture)")
      let offset = low &+ high &- 27
      #expect(abs(offset.x) <= 12 && abs(offset.y) <= 12, "picture \(picture)")
    }
  }

  @Test("The amount of ink is like MNIST's, whose mean pixel is 0.131 of white")
  func meanInk() throws {
    let pixels = try digits().train.pictures!.pixels
    let mean = Double(pixels.reduce(0) { $0 + Int($1) }) / Double(pixels.count) / 255
    #expect((0.12...0.15).contains(mean))
  }

  @Test("The nearest of a thousand pictures has the right class, mostly, but not always")
  func hardness() throws {
    let set = try digits()
    var errors = 0
    for test in 0..<set.test.count {
      let picture = Array(set.test.pictures!.pixels[test * 784..<(test + 1) * 784])
      var (nearest, least) = (0, Int32.max)
      set.train.pictures!.pixels.withUnsafeBufferPointer { pixels in
        for train in 0..<set.train.count {
          var distance: Int32 = 0
          for index in 0..<784 {
            let difference = Int32(pixels[train * 784 + index]) - Int32(picture[index])
            distance += difference * difference
          }
          if distance < least { (nearest, least) = (train, distance) }
        }
      }
      errors += set.train.labels[nearest] == set.test.labels[test] ? 0 : 1
    }
    #expect((20...80).contains(errors), "\(errors) of 200")
  }

  @Test(
    "A number of pictures that cannot be drawn is refused", arguments: [-1, 0, 2_000_001, Int.max])
  func counts(count: Int) {
    let text = message { _ = try digits(train: count) }
    #expect(text.contains("\(count) pictures were asked for"))
    #expect(text.contains("2000000"))
  }

  @Test("A single training picture is a single class")
  func singlePicture() {
    #expect(message { _ = try digits(train: 1) }.contains("one class"))
  }
}
