import Datasets
import Formats
import Foundation
import Testing

@Suite("Edge maps")
struct EdgeMapsTests {
  /// A picture whose pixel (x, y) is (x, y, 0), and a map whose pixel is x + y.
  private func maps(_ sizes: [(width: Int, height: Int)]) throws -> EdgeMaps {
    func picture(_ size: (width: Int, height: Int), _ pixel: (UInt8, UInt8) -> [UInt8]) -> Picture {
      let pixels = (0..<size.height).flatMap { y in
        (0..<size.width).flatMap { x in pixel(UInt8(x), UInt8(y)) }
      }
      return Picture(
        width: size.width, height: size.height, channels: pixel(0, 0).count, pixels: pixels)
    }
    return try EdgeMaps(
      pictures: sizes.map { picture($0) { [$0, $1, 0] } },
      maps: sizes.map { picture($0) { [$0 + $1] } },
      names: sizes.indices.map(String.init))
  }

  @Test("The middle of pictures of any sizes, and of their maps")
  func centers() throws {
    let tiles = try maps([(6, 4), (4, 6)]).centers(width: 2, height: 2)
    #expect(tiles.pictures.labels == [0, 1])
    #expect((tiles.pictures.channels, tiles.maps.channels) == (3, 1))
    #expect(tiles.pictures.pixels.prefix(12) == [2, 3, 2, 3, 1, 1, 2, 2, 0, 0, 0, 0])
    #expect(tiles.maps.pixels == [3, 4, 4, 5, 3, 4, 4, 5])
  }

  @Test("Tiles cover every pixel, and lie within the picture", arguments: [(2, 2), (4, 3), (5, 4)])
  func tiles(width: Int, height: Int) throws {
    let maps = try maps([(9, 7), (5, 8)])
    let tiles = try maps.tiles(width: width, height: height)
    let size = width * height
    for (index, picture) in maps.pictures.enumerated() {
      var seen: Set<[UInt8]> = []
      for tile in 0..<tiles.maps.count where tiles.maps.labels[tile] == Int32(index) {
        for i in 0..<size {
          let x = tiles.pictures.pixels[3 * size * tile + i]
          let y = tiles.pictures.pixels[3 * size * tile + size + i]
          #expect(tiles.maps.pixels[size * tile + i] == x + y)
          seen.insert([x, y])
        }
      }
      #expect(seen.count == picture.width * picture.height)
      let least = ((picture.width + width - 1) / width) * ((picture.height + height - 1) / height)
      #expect(tiles.maps.labels.count { $0 == Int32(index) } == least)
    }
  }

  @Test("Some pictures keep their maps and names")
  func selection() throws {
    let maps = try maps([(6, 4), (4, 6), (5, 5)])
    let some = try maps.select([2, 0])
    #expect(some.names == ["2", "0"])
    #expect(some.pictures == [maps.pictures[2], maps.pictures[0]])
    #expect(some.maps == [maps.maps[2], maps.maps[0]])
    #expect(message { _ = try maps.select([]) }.contains("one map"))
  }

  @Test("Tiles larger than a picture, and maps of another size, are refused")
  func errors() throws {
    let maps = try maps([(6, 4), (4, 6)])
    for (width, height) in [(5, 2), (2, 5), (0, 1), (-1, 1)] {
      #expect(
        message { _ = try maps.tiles(width: width, height: height) }.contains("cannot be cut from"))
      #expect(
        message { _ = try maps.centers(width: width, height: height) }.contains("cannot be cut"))
    }
    #expect(
      message {
        _ = try EdgeMaps(
          pictures: [maps.pictures[0]], maps: [maps.maps[1]], names: ["a"])
      }.contains("6 × 4 pixels of 3 channels, its edge map 4 × 6 of 1"))
    #expect(
      message { _ = try EdgeMaps(pictures: [], maps: [], names: []) }.contains("one map"))
  }

  private func files(edges: [String] = ["1", "2"]) -> [(name: String, bytes: [UInt8])] {
    ["train", "test"].flatMap { part in
      ["1", "2"].map { ("\(part)/images/\($0).ppm", pnm(7, channels: 3)) }
        + edges.map { ("\(part)/edges/\($0).pgm", pnm(200)) }
    }
  }

  @Test(
    "BSDS500 pairs pictures with maps of their names", arguments: ["", "/BSDS", "/bsds.tar.xz"])
  func bsds(form: String) throws {
    try withTemporaryFolder { folder in
      let top = form.hasSuffix("xz") ? "bsds500/" : ""
      try write(files().map { (top + $0.name, $0.bytes) }, to: folder + "/set" + form)
      let set = try BSDS500(in: folder + "/set")
      #expect(set.train.names == ["1", "2"])
      #expect(set.test.pictures[1].pixels.allSatisfy { $0 == 7 })
      #expect(set.test.edgeShare() == 1)
      #expect(set.test.edgeShare(threshold: 201) == 0)
    }
  }

  @Test("A set that is not there, or a map of a picture, is named")
  func missing() throws {
    try withTemporaryFolder { folder in
      let missing = #expect(throws: FileError.self) { try BSDS500(in: folder) }
      #expect(missing?.kind == .missing)
      #expect(missing?.remedy?.contains("https://www2.eecs.berkeley.edu") == true)
      try write(files(edges: ["1"]), to: folder + "/a.zip")
      let map = #expect(throws: FileError.self) { try BSDS500(in: folder) }
      #expect(map?.problem.contains("'2' has no edge map") == true, "\(String(describing: map))")
    }
  }

  @Test(
    "The original: 100 and 50 pictures with edges in a few pixels of a hundred",
    .enabled(if: hasSharedData("bsds500"), "the set is not in ../shared/data/bsds500"))
  func original() throws {
    let set = try BSDS500(in: sharedData("bsds500"))
    #expect((set.train.count, set.test.count) == (100, 50))
    #expect(Set(set.train.names).isDisjoint(with: set.test.names))
    let sizes = Set((set.train.pictures + set.test.pictures).map { [$0.width, $0.height] })
    #expect(sizes == [[481, 321], [321, 481]])
    #expect((0.001...0.1).contains(set.train.edgeShare()), "\(set.train.edgeShare())")
    let tiles = try set.test.centers(width: 320, height: 320)
    #expect((tiles.pictures.count, tiles.maps.pixels.count) == (50, 50 * 320 * 320))
  }
}
