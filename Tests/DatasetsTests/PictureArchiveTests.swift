import ArchiveWriter
import Datasets
import Formats
import Foundation
import Testing

@Suite("An archive of pictures")
struct PictureArchiveTests {
  let files: [(name: String, bytes: [UInt8])] = [
    ("b/2.pgm", pnm(1)), ("b/10.pgm", pnm(2)), ("a/deep/x.y.pgm", pnm(3)), ("a/0.pgm", pnm(4)),
    ("loose.pgm", pnm(5)), (".hidden/1.pgm", pnm(6)), ("b/._2.pgm", pnm(7)),
    ("b/readme.txt", Array("not a picture".utf8)),
  ]

  @Test(
    "It is read as the folder that it was made of, with the folder's name or without",
    arguments: ArchiveForm.allCases)
  func asFolder(form: ArchiveForm) throws {
    try withTemporaryFolder { folder in
      try write(files, to: folder + "/set")
      let unpacked = try PictureFolder(contentsOf: folder + "/set")
      #expect(unpacked.names == ["a/0", "a/deep/x.y", "b/10", "b/2", "loose"])
      for (index, top) in ["", "./", "set/"].enumerated() {
        let path = "\(folder)/\(index).\(form.rawValue)"
        try write(files.map { (top + $0.name, $0.bytes) }, to: path)
        var progress: [Int] = []
        let set = try PictureFolder(contentsOf: path) { picture, count in
          #expect(count == 5)
          progress.append(picture)
        }
        #expect(set.names == unpacked.names)
        #expect(set.classNames == ["a", "a/deep", "b"])
        #expect(set.pictures.labels == unpacked.pictures.labels)
        #expect(set.pictures.pixels == unpacked.pictures.pixels)
        #expect(progress == [0, 1, 2, 3, 4])
      }
    }
  }

  /// What reading an archive of these entries throws.
  private func error(_ items: [(name: String, item: ArchiveItem)]) throws -> FileError {
    try withTemporaryFolder { folder in
      let path = folder + "/set.tar.gz"
      try writeArchive(path, .tarGzip, items)
      let error = try #require(throws: FileError.self) { try PictureFolder(contentsOf: path) }
      #expect(error.path == path)
      #expect(error.kind == .malformed)
      return error
    }
  }

  @Test("What cannot be read is named, with its entry")
  func unreadable() throws {
    let picture = ("set/a/1.pgm", ArchiveItem.file(pnm(1)))
    let damaged = try error([picture, ("set/a/2.png", .file(Array("no picture".utf8)))])
    #expect(damaged.place == "entry 'set/a/2.png', byte 0")
    #expect(damaged.problem.contains("found no JPEG, PNG, PGM or PPM picture"))
    let gif = try error([picture, ("set/a/2.gif", .file([1]))])
    #expect(gif.place == "entry 'set/a/2.gif'")
    let link = try error([picture, ("set/a/2.pgm", .symbolicLink("1.pgm"))])
    #expect(link.place == "entry 'set/a/2.pgm'")
    #expect(link.problem.contains("link"))
    let twice = try error([picture, picture])
    #expect(twice.problem.contains("twice"))
  }

  @Test("An archive without pictures, or a file that is none, is refused")
  func empty() throws {
    try withTemporaryFolder { folder in
      try writeArchive(folder + "/x.zip", .zip, [("a.txt", .file([1]))])
      #expect(
        message { _ = try PictureFolder(contentsOf: folder + "/x.zip") }.contains("no pictures"))
      try write(pnm(1), to: folder + "/picture.pgm")
      let error = #expect(throws: FileError.self) {
        try PictureFolder(contentsOf: folder + "/picture.pgm")
      }
      #expect(error?.problem.contains("found no archive") == true)
    }
  }

  @Test("Many pictures come in the order of their names, whichever core decodes them")
  func many() throws {
    try withTemporaryFolder { folder in
      let files = (0..<1500).map { i in
        (name: "c\(i % 7)/" + String(format: "%04d", i) + ".pgm", bytes: pnm(UInt8(i % 251)))
      }
      try write(files, to: folder + "/x.tar.zst")
      let set = try PictureFolder(contentsOf: folder + "/x.tar.zst")
      #expect(set.names == files.map { String($0.name.dropLast(4)) }.sorted())
      for (index, name) in set.names.enumerated() {
        let number = try #require(Int(name.suffix(4)))
        #expect(set.pictures.pixels[6 * index] == UInt8(number % 251))
        #expect(Int(set.pictures.labels[index]) == number % 7)
      }
    }
  }
}
