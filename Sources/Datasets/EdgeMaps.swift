import Formats

/// Pictures with maps of their edges, as people see them.
public struct EdgeMaps: Sendable {
  /// In colours; of any sizes.
  public let pictures: [Picture]
  /// Grey, each of its picture's size: 255 × the share of people who drew an edge through the pixel.
  public let maps: [Picture]
  public let names: [String]

  public var count: Int { pictures.count }

  /// - Throws: `DatasetError` where there is none, the counts differ, a picture is not in colours, a
  ///   map not grey, or they differ in size.
  public init(pictures: [Picture], maps: [Picture], names: [String]) throws(DatasetError) {
    guard !pictures.isEmpty, pictures.count == maps.count, pictures.count == names.count else {
      throw DatasetError(
        "\(pictures.count) pictures, \(maps.count) edge maps and \(names.count) names",
        remedy: "Give one map and one name for each picture, and one picture or more.")
    }
    for (index, (picture, map)) in zip(pictures, maps).enumerated() {
      guard picture.channels == 3, map.channels == 1,
        (picture.width, picture.height) == (map.width, map.height)
      else {
        throw DatasetError(
          "the picture '\(names[index])' has \(picture.width) × \(picture.height) pixels of "
            + "\(picture.channels) channels, its edge map \(map.width) × \(map.height) of "
            + "\(map.channels)",
          remedy: "Give colours, and a grey map of the same size.")
      }
    }
    (self.pictures, self.maps, self.names) = (pictures, maps, names)
  }

  /// The pictures at some places with their maps, in that order.
  ///
  /// - Precondition: Every index is in `0..<count`.
  /// - Throws: `DatasetError` where there is no index.
  public func select(_ indices: some Collection<Int>) throws(DatasetError) -> EdgeMaps {
    try EdgeMaps(
      pictures: indices.map { pictures[$0] }, maps: indices.map { maps[$0] },
      names: indices.map { names[$0] })
  }

  /// The share of pixels whose map is at least `threshold`: a few in a hundred, which losses make up
  /// for by the weights of classes.
  public func edgeShare(threshold: UInt8 = 128) -> Double {
    let edges = maps.reduce(0) { $0 + $1.pixels.count { $0 >= threshold } }
    return Double(edges) / Double(maps.reduce(0) { $0 + $1.pixels.count })
  }
}

/// Equal parts of pictures and of their edge maps: what batches are made of.
///
/// The label of both is the number of the picture that a part was cut from.
public struct EdgeTiles: Sendable {
  /// Three channels.
  public let pictures: PictureSet
  /// One channel, 0 to 255.
  public let maps: PictureSet
}

extension EdgeMaps {
  /// The middle of every picture.
  ///
  /// - Throws: `DatasetError` where the size is not positive, or a picture is smaller.
  public func centers(width: Int, height: Int) throws(DatasetError) -> EdgeTiles {
    try tiles(width: width, height: height) { picture in
      [((picture.width - width) / 2, (picture.height - height) / 2)]
    }
  }

  /// Tiles that cover every picture: as few as that takes, at equal distances, the outer ones at its
  /// borders; they overlap where the size does not divide the picture's.
  ///
  /// - Throws: `DatasetError` where the size is not positive, or a picture is smaller.
  public func tiles(width: Int, height: Int) throws(DatasetError) -> EdgeTiles {
    try tiles(width: width, height: height) { picture in
      Self.starts(picture.height, height).flatMap { y in
        Self.starts(picture.width, width).map { x in (x, y) }
      }
    }
  }

  /// Where the tiles of one axis start.
  private static func starts(_ whole: Int, _ tile: Int) -> [Int] {
    let count = (whole + tile - 1) / tile
    return (0..<count).map { count == 1 ? 0 : $0 * (whole - tile) / (count - 1) }
  }

  private func tiles(
    width: Int, height: Int, corners: (Picture) -> [(x: Int, y: Int)]
  ) throws(DatasetError) -> EdgeTiles {
    var pixels: (pictures: [UInt8], maps: [UInt8]) = ([], [])
    var labels: [Int32] = []
    for (index, picture) in pictures.enumerated() {
      guard width > 0, height > 0, width <= picture.width, height <= picture.height else {
        throw DatasetError(
          "tiles of \(width) × \(height) pixels (width × height) cannot be cut from "
            + "'\(names[index])', which has \(picture.width) × \(picture.height)",
          remedy: "Give a size from 1 to that of the smallest picture.")
      }
      for corner in corners(picture) {
        for (whole, isMap) in [(picture, false), (maps[index], true)] {
          let tile = whole.cropped(x: corner.x, y: corner.y, width: width, height: height)
            .channelFirst()
          if isMap { pixels.maps += tile } else { pixels.pictures += tile }
        }
        labels.append(Int32(index))
      }
    }
    return EdgeTiles(
      pictures: try PictureSet(
        pixels: pixels.pictures, labels: labels, channels: 3, height: height, width: width),
      maps: try PictureSet(
        pixels: pixels.maps, labels: labels, channels: 1, height: height, width: width))
  }
}
