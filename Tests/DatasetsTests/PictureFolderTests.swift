import Datasets
import Formats
import Foundation
import Testing

@Suite("A folder of pictures")
struct PictureFolderTests {
  /// Writes a grey picture of one value, 3 × 2 unless said otherwise.
  func write(
    _ value: UInt8, _ path: String, width: Int = 3, height: Int = 2, channels: Int = 1
  ) throws {
    try FileManager.default.createDirectory(
      at: URL(filePath: path).deletingLastPathComponent(), withIntermediateDirectories: true)
    let pixels = [UInt8](repeating: value, count: width * height * channels)
    if path.hasSuffix(".png") {
      try AtomicFile.write(
        PNG.encode(pixels: pixels, width: width, height: height, channels: channels), to: path)
    } else {
      try AtomicFile.write(
        Array("P\(channels == 1 ? 5 : 6) \(width) \(height) 255\n".utf8) + pixels, to: path)
    }
  }

  @Test("Classes are the paths of sub-folders; pictures come in the order of their names")
  func order() throws {
    try withTemporaryFolder { folder in
      try write(1, folder + "/b/2.png")
      try write(2, folder + "/b/1.PGM")
      try write(3, folder + "/a/deep/x.y.png")
      try write(4, folder + "/a/0.png")
      try write(5, folder + "/loose.png")
      try write(6, folder + "/.hidden/1.png")
      try write(7, folder + "/b/._1.png")
      try AtomicFile.write("not a picture", to: folder + "/b/readme.txt")
      try AtomicFile.write("not a picture", to: folder + "/b/png")
      var progress: [Int] = []
      let set = try PictureFolder(contentsOf: folder) { picture, count in
        #expect(count == 5)
        progress.append(picture)
      }
      #expect(set.names == ["a/0", "a/deep/x.y", "b/1", "b/2", "loose"])
      #expect(set.classNames == ["a", "a/deep", "b"])
      #expect(set.pictures.labels == [0, 1, 2, 2, PictureFolder.noClass])
      #expect(set.pictures.pixels == [4, 3, 2, 1, 5].flatMap { [UInt8](repeating: $0, count: 6) })
      #expect((set.pictures.width, set.pictures.height, set.pictures.channels) == (3, 2, 1))
      #expect(progress == [0, 1, 2, 3, 4])
    }
  }

  @Test("Pictures are brought to a size and to channels on request, and refused otherwise")
  func sizes() throws {
    try withTemporaryFolder { folder in
      try write(1, folder + "/a/1.png")
      try write(9, folder + "/a/2.png", width: 6, height: 4, channels: 3)
      let different = message { _ = try PictureFolder(contentsOf: folder) }
      #expect(different.contains("'a/2.png' has 6 × 4 pixels, but 'a/1.png' 3 × 2"))
      let options = PictureFolder.Options(size: (3, 2))
      let colors = message { _ = try PictureFolder(contentsOf: folder, options: options) }
      #expect(colors.contains("'a/2.png' is in colours, but 'a/1.png' grey"))
      for channels in [1, 3] {
        let set = try PictureFolder(
          contentsOf: folder, options: PictureFolder.Options(channels: channels, size: (3, 2)))
        let size = 6 * channels
        #expect(set.pictures.channels == channels)
        #expect(
          set.pictures.pixels
            == [UInt8](repeating: 1, count: size) + [UInt8](repeating: 9, count: size))
      }
    }
  }

  @Test("Pictures that there is no memory for are refused after the first one")
  func memory() throws {
    try withTemporaryFolder { folder in
      for i in 0..<3 { try write(1, folder + "/a/\(i).png") }
      try AtomicFile.write("not looked at", to: folder + "/a/3.png")
      let options = PictureFolder.Options(limit: 23)
      let text = message { _ = try PictureFolder(contentsOf: folder, options: options) }
      #expect(text.contains("4 pictures of 3 × 2 pixels take more than the 23 bytes"), "\(text)")
    }
  }

  @Test("What cannot be read is named")
  func unreadable() throws {
    try withTemporaryFolder { folder in
      #expect(message { _ = try PictureFolder(contentsOf: folder) }.contains("no pictures"))
      let error = #expect(throws: FileError.self) {
        try PictureFolder(contentsOf: folder + "/nowhere")
      }
      #expect(error?.kind == .missing)
      try write(1, folder + "/set/a/1.png")
      try AtomicFile.write("no picture", to: folder + "/set/a/2.jpg")
      #expect(
        message { _ = try PictureFolder(contentsOf: folder + "/set") }
          .hasPrefix(folder + "/set/a/2.jpg: "))
      try FileManager.default.removeItem(atPath: folder + "/set/a/2.jpg")
      try AtomicFile.write("GIF89a", to: folder + "/set/a/2.gif")
      #expect(
        message { _ = try PictureFolder(contentsOf: folder + "/set") }.contains("a/2.gif: "))
      try FileManager.default.removeItem(atPath: folder + "/set/a/2.gif")
      try write(1, folder + "/set/a/1.pgm")
      #expect(
        message { _ = try PictureFolder(contentsOf: folder + "/set") }
          .contains("'a/1.pgm' and 'a/1.png' have the same name"))
    }
  }

  @Test("Links are followed, and those that lead back are refused")
  func links() throws {
    try withTemporaryFolder { folder in
      try write(1, folder + "/there/1.png")
      try FileManager.default.createDirectory(
        atPath: folder + "/set", withIntermediateDirectories: true)
      try FileManager.default.createSymbolicLink(
        atPath: folder + "/set/a", withDestinationPath: folder + "/there")
      #expect(try PictureFolder(contentsOf: folder + "/set").names == ["a/1"])
      try FileManager.default.createSymbolicLink(
        atPath: folder + "/there/back", withDestinationPath: folder + "/set")
      let error = #expect(throws: FileError.self) {
        try PictureFolder(contentsOf: folder + "/set")
      }
      #expect(error?.problem.contains("lies in") == true)
    }
  }

  @Test("Mirrored sets exchange left and right in every channel")
  func mirrored() throws {
    let set = try PictureSet(
      pixels: Array(1...12), labels: [4], channels: 2, height: 2, width: 3)
    #expect(set.mirrored().pixels == [3, 2, 1, 6, 5, 4, 9, 8, 7, 12, 11, 10])
    #expect(set.mirrored().labels == [4])
    #expect(set.mirrored().mirrored().pixels == set.pixels)
  }
}
