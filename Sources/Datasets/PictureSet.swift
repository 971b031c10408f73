import Formats

/// Labelled pictures, all of one size.
///
/// `pixels` holds unsigned bytes, 0 (black) to 255 (white), row-major with channels first:
/// `count × channels × height × width`. Picture `i` has the class `labels[i]`.
public struct PictureSet: Sendable {
  public let channels, height, width: Int
  public let pixels: [UInt8]
  public let labels: [Int32]

  /// The number of pictures.
  public var count: Int { labels.count }

  /// The number of bytes of one picture: `channels × height × width`.
  public var pictureByteCount: Int { channels * height * width }

  /// Puts pixels and labels together.
  ///
  /// - Throws: `DatasetError` if a dimension is not positive, or if `pixels` does not hold exactly
  ///   one picture for each label.
  public init(
    pixels: [UInt8], labels: [Int32], channels: Int, height: Int, width: Int
  ) throws(DatasetError) {
    guard channels > 0, height > 0, width > 0 else {
      throw DatasetError(
        "pictures of \(channels) × \(height) × \(width) (channels × height × width) have no pixels",
        remedy: "Give dimensions of 1 or more.")
    }
    guard let expected = byteCount(of: [labels.count, channels, height, width]),
      expected == pixels.count
    else {
      throw DatasetError(
        "\(labels.count) labels need \(labels.count) pictures of \(channels) × \(height) × "
          + "\(width) pixels, but there are \(pixels.count) bytes of pixels",
        remedy: "Give every picture one label.")
    }
    (self.channels, self.height, self.width) = (channels, height, width)
    (self.pixels, self.labels) = (pixels, labels)
  }

  /// The first `n` pictures, or all of them if there are no more than `n`.
  ///
  /// - Precondition: `n` is not negative.
  public func prefix(_ n: Int) -> PictureSet {
    n >= count ? self : PictureSet(prefixOf: self, count: n)
  }

  /// The pictures at some places, in that order.
  ///
  /// - Precondition: Every index is in `0..<count`.
  public func select(_ indices: some Collection<Int>) -> PictureSet {
    PictureSet(of: self, at: indices)
  }

  /// One picture, nil unless it is grey or coloured.
  public func picture(_ index: Int) -> Picture? {
    guard channels == 1 || channels == 3 else { return nil }
    let size = height * width
    let planes = pixels[index * pictureByteCount..<(index + 1) * pictureByteCount]
    let start = planes.startIndex
    return Picture(
      width: width, height: height, channels: channels,
      pixels: channels == 1
        ? Array(planes)
        : (0..<size).flatMap { pixel in (0..<3).map { planes[start + $0 * size + pixel] } })
  }

  /// Every picture with left and right exchanged.
  public func mirrored() -> PictureSet { PictureSet(mirroring: self) }

  private init(mirroring whole: PictureSet) {
    (channels, height, width) = (whole.channels, whole.height, whole.width)
    labels = whole.labels
    pixels = [UInt8](unsafeUninitializedCapacity: whole.pixels.count) { out, initializedCount in
      whole.pixels.withUnsafeBufferPointer { pixels in
        for row in stride(from: 0, to: pixels.count, by: whole.width) {
          for x in 0..<whole.width { out[row + x] = pixels[row + whole.width - 1 - x] }
        }
      }
      initializedCount = whole.pixels.count
    }
  }

  private init(of whole: PictureSet, at indices: some Collection<Int>) {
    (channels, height, width) = (whole.channels, whole.height, whole.width)
    labels = indices.map { whole.labels[$0] }
    let size = whole.pictureByteCount
    var selected: [UInt8] = []
    selected.reserveCapacity(indices.count * size)
    for index in indices { selected += whole.pixels[index * size..<(index + 1) * size] }
    pixels = selected
  }

  private init(prefixOf whole: PictureSet, count: Int) {
    (channels, height, width) = (whole.channels, whole.height, whole.width)
    pixels = Array(whole.pixels.prefix(count * whole.pictureByteCount))
    labels = Array(whole.labels.prefix(count))
  }
}

/// The product of the dimensions, or nil where it does not fit an `Int`.
private func byteCount(of shape: [Int]) -> Int? {
  var product = 1
  for dimension in shape {
    let (next, overflow) = product.multipliedReportingOverflow(by: dimension)
    if overflow { return nil }
    product = next
  }
  return product
}
