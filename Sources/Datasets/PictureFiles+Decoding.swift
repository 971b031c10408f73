import Formats

extension PictureFiles {
  /// Decodes all pictures, on all cores, brought to what the options say.
  ///
  /// - Parameter progress: is called with the number of each picture, in order, before it is read.
  func pictureSet(
    labels: [Int32], options: PictureFolder.Options,
    progress: (_ picture: Int, _ count: Int) -> Void = { _, _ in }
  ) throws -> PictureSet {
    let found = files
    var pixels: [UInt8] = []
    var first: Decoded?
    var position = 0
    while position < files.count {
      // The first one, alone, tells how many there is memory for.
      let step = first.map { max(1, min(512, Self.largestStep / $0.planes.count)) } ?? 1
      let range = position..<min(position + step, files.count)
      for index in range { progress(index, files.count) }
      let decoded = try concurrentMap(range) { try Decoded(found[$0], options) }
      for (index, picture) in zip(range, decoded) {
        if let first {
          try check(picture, files[index].path, isLike: first, files[0].path)
        } else {
          first = picture
          pixels.reserveCapacity(try byteCount(picture, limit: options.limit))
        }
        pixels += picture.planes
      }
      position = range.upperBound
    }
    guard let first else { throw DatasetError("\(root): there are no pictures in it") }
    return try PictureSet(
      pixels: pixels, labels: labels, channels: first.channels, height: first.height,
      width: first.width)
  }

  /// The most bytes of decoded pictures that wait to be put in their place.
  private static let largestStep = 1 << 26

  private struct Decoded {
    let width, height, channels: Int
    /// Channels × height × width.
    let planes: [UInt8]

    init(_ file: File, _ options: PictureFolder.Options) throws {
      var picture = try file.picture()
      if let channels = options.channels {
        picture = channels == 1 ? picture.grey() : picture.color()
      }
      if let size = options.size {
        picture = picture.resized(width: size.width, height: size.height)
      }
      (width, height, channels) = (picture.width, picture.height, picture.channels)
      planes = picture.channelFirst()
    }
  }

  private func byteCount(_ picture: Decoded, limit: Int) throws(DatasetError) -> Int {
    let (size, overflow) = picture.planes.count.multipliedReportingOverflow(by: files.count)
    guard !overflow, size <= limit else {
      throw DatasetError(
        "\(root): \(files.count) pictures of \(picture.width) × \(picture.height) pixels take more "
          + "than the \(limit) bytes that there is memory for",
        remedy: "Give a smaller size to bring all pictures to.")
    }
    return size
  }

  private func check(
    _ picture: Decoded, _ path: String, isLike first: Decoded, _ firstPath: String
  ) throws(DatasetError) {
    guard picture.width == first.width, picture.height == first.height else {
      throw DatasetError(
        "\(root): '\(path)' has \(picture.width) × \(picture.height) pixels, but "
          + "'\(firstPath)' \(first.width) × \(first.height) (width × height)",
        remedy: "Give a size to bring all pictures to, or make them equal.")
    }
    guard picture.channels == first.channels else {
      func kind(_ picture: Decoded) -> String { picture.channels == 1 ? "grey" : "in colours" }
      throw DatasetError(
        "\(root): '\(path)' is \(kind(picture)), but '\(firstPath)' \(kind(first))",
        remedy: "Say what to bring all pictures to, grey or colours.")
    }
  }
}
