import Datasets
import Formats
import Foundation
import Testing

@Suite("Omniglot")
struct OmniglotTests {
  /// Two alphabets of two and one characters, each drawn by all 20; the drawers' numbers are the ink.
  private var files: [(name: String, bytes: [UInt8])] {
    ["Greek/character01/0001", "Greek/character02/0002", "Latin/character01/0003"].flatMap { name in
      (1...20).map { drawer in
        (name + String(format: "_%02d.pgm", drawer), pnm(255 - UInt8(drawer), width: 4, height: 4))
      }
    }
  }

  @Test(
    "A part has characters, alphabets and drawers, from a folder or an archive",
    arguments: ["images_background", "images_background.zip", "images_background.tar.xz"])
  func part(form: String) throws {
    try withTemporaryFolder { folder in
      let top = form.contains(".") ? "images_background/" : ""
      try write(files.map { (top + $0.name, $0.bytes) }, to: folder + "/" + form)
      let set = try Omniglot(.background, in: folder, side: 2)
      #expect(
        set.classNames == ["Greek/character01", "Greek/character02", "Latin/character01"])
      #expect(set.alphabets == ["Greek", "Latin"])
      #expect(set.alphabetOfClass == [0, 0, 1])
      #expect(set.drawers == (0..<3).flatMap { _ in Array(1...20) })
      #expect(set.names[21] == "Greek/character02/0002_02")
      #expect((set.pictures.channels, set.pictures.height, set.pictures.width) == (1, 2, 2))
      // Ink is bright.
      #expect(
        set.pictures.pixels == set.drawers.flatMap { [UInt8](repeating: UInt8($0), count: 4) })
    }
  }

  @Test("To classify, 16 people's drawings are for training and four others' for the test")
  func dataset() throws {
    try withTemporaryFolder { folder in
      try write(files, to: folder + "/images_background")
      let set = try Omniglot.load(DatasetOptions(folder: folder), side: 1)
      #expect((set.train.count, set.test.count, set.classCount) == (48, 12, 3))
      #expect(Set(set.train.pictures!.pixels) == Set(1...16))
      #expect(Set(set.test.pictures!.pixels) == Set(17...20))
      // The classes take turns, so that the first pictures are of all.
      let few = try Omniglot.load(
        DatasetOptions(folder: folder, trainCount: 6, testCount: 3), side: 1)
      #expect(few.train.labels == [0, 1, 2, 0, 1, 2])
      #expect(few.train.pictures!.pixels == [1, 1, 1, 2, 2, 2])
      #expect(few.test.labels == [0, 1, 2])
      #expect(
        message {
          _ = try Omniglot.load(DatasetOptions(folder: folder, trainCount: 49), side: 1)
        }.contains("49 training pictures were asked for, and there are 48"))
    }
  }

  @Test("A part that is not there is named, with its address; foreign files are refused")
  func errors() throws {
    try withTemporaryFolder { folder in
      let missing = #expect(throws: FileError.self) { try Omniglot(.evaluation, in: folder) }
      #expect(missing?.kind == .missing)
      #expect(missing?.path == folder)
      #expect(missing?.problem.contains("images_evaluation.zip (MD5 6b91aef0") == true)
      #expect(missing?.remedy?.contains("https://github.com/brendenlake/omniglot") == true)
      let unsaid = #expect(throws: FileError.self) { try Omniglot.load(DatasetOptions()) }
      #expect(unsaid?.remedy?.contains("--data FOLDER") == true)
      for name in ["Greek/0001_01", "Greek/a/0001_21", "Greek/a/0001", "Greek/a/0001_x"] {
        let path = folder + "/" + UUID().uuidString
        try write(pnm(1), to: "\(path)/images_background/\(name).pgm")
        let error = #expect(throws: FileError.self, "\(name)") {
          try Omniglot(.background, in: path)
        }
        #expect(error?.place == "picture '\(name).pgm'")
      }
    }
  }

  @Test(
    "The original: 964 and 659 characters of 30 and 20 alphabets, none in both parts",
    .enabled(if: hasSharedData("omniglot"), "the original is not in ../shared/data/omniglot"))
  func original() throws {
    let parts = try Omniglot.Part.allCases.map { try Omniglot($0, in: sharedData("omniglot")) }
    #expect(parts.map(\.classNames.count) == [964, 659])
    #expect(parts.map(\.alphabets.count) == [30, 20])
    #expect(parts.map(\.pictures.count) == [19_280, 13_180])
    #expect(Set(parts[0].alphabets).isDisjoint(with: parts[1].alphabets))
    for part in parts {
      #expect((part.pictures.height, part.pictures.width) == (28, 28))
      #expect(Array(part.drawers.prefix(21)) == Array(1...20) + [1])
      // Ink covers a small share of the paper.
      let mean =
        Double(part.pictures.pixels.reduce(0) { $0 + Int($1) })
        / Double(part.pictures.pixels.count)
      #expect((10...40).contains(mean), "\(mean)")
    }
    #expect(parts[0].classNames[0] == "Alphabet_of_the_Magi/character01")
  }
}
