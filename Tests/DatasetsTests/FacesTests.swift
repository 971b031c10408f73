import Datasets
import Formats
import Foundation
import Testing

@Suite("ORL")
struct ORLTests {
  private var files: [(name: String, bytes: [UInt8])] {
    (1...11).flatMap { person in
      (1...10).map { ("s\(person)/\($0).pgm", pnm(UInt8(10 * person + $0), width: 4, height: 6)) }
    }
  }

  @Test(
    "The first seven pictures of each person are for training, the last three for the test",
    arguments: ["", "/orl_faces", "/att_faces.zip", "/orl.tar.xz"])
  func dataset(form: String) throws {
    try withTemporaryFolder { folder in
      let top = form.hasSuffix("xz") ? "orl/" : ""
      try write(files.map { (top + $0.name, $0.bytes) }, to: folder + "/set" + form)
      let set = try ORL.load(DatasetOptions(folder: folder + "/set"), size: (2, 3))
      #expect((set.train.count, set.test.count, set.classCount) == (77, 33, 11))
      #expect((set.train.pictures!.width, set.train.pictures!.height) == (2, 3))
      #expect(set.classNames.prefix(3) == ["s1", "s10", "s11"])
      // Numbers are ordered by their value: 10 comes last.
      let first = (0..<33).filter { set.test.labels[$0] == 0 }.map {
        set.test.pictures!.pixels[6 * $0]
      }
      #expect(first == [18, 19, 20])
      let all = try ORL.pictures(in: folder + "/set")
      #expect((all.pictures.count, all.pictures.width, all.pictures.height) == (110, 4, 6))
    }
  }

  @Test("A set that is not there is named, with its address; of several archives none is guessed")
  func errors() throws {
    try withTemporaryFolder { folder in
      let missing = #expect(throws: FileError.self) {
        try ORL.load(DatasetOptions(folder: folder))
      }
      #expect(missing?.kind == .missing)
      #expect(missing?.remedy?.contains("https://cam-orl.co.uk") == true)
      for name in ["a.zip", "b.tar"] { try write(files, to: folder + "/" + name) }
      let several = #expect(throws: FileError.self) { try ORL.pictures(in: folder) }
      #expect(several?.problem.contains("a.zip, b.tar") == true)
      #expect(try ORL.pictures(in: folder + "/b.tar").pictures.count == 110)
      #expect(
        throws: FileError.self, performing: { try ORL.pictures(in: folder + "/nowhere") })
    }
  }

  @Test(
    "The original: ten pictures each of 40 people",
    .enabled(if: hasSharedData("orl"), "the original is not in ../shared/data/orl"))
  func original() throws {
    let set = try ORL.load(DatasetOptions(folder: sharedData("orl")))
    #expect((set.train.count, set.test.count, set.classCount) == (280, 120, 40))
    #expect(
      (set.train.pictures!.channels, set.train.pictures!.height, set.train.pictures!.width) == (
        1, 56, 46
      ))
    for label in 0..<Int32(40) {
      #expect(set.train.labels.count { $0 == label } == 7)
    }
    let whole = try ORL.pictures(in: sharedData("orl")).pictures
    #expect((whole.count, whole.height, whole.width) == (400, 112, 92))
  }
}

@Suite("Labeled Faces in the Wild")
struct LFWTests {
  /// Ada has 12 pictures, Bo 10, Cy 2, Di 1.
  private var files: [(name: String, bytes: [UInt8])] {
    [("Ada", 12), ("Bo", 10), ("Cy", 2), ("Di", 1)].flatMap { person, count in
      (1...count).map { i in
        (person + "/" + person + String(format: "_%04d.ppm", i), pnm(UInt8(i), channels: 3))
      }
    }
  }
  private let pairs = "2 1\nAda 1 2\nAda 3 Bo 1\nCy 1 2\nCy 1 Di 1\n"

  @Test(
    "People are chosen by their pictures and by the folds of the pairs",
    arguments: ["", "/lfw", "/lfw.tar.gz"])
  func people(form: String) throws {
    try withTemporaryFolder { folder in
      let top = form.hasSuffix("gz") ? "lfw/" : ""
      try write(files.map { (top + $0.name, $0.bytes) }, to: folder + "/set" + form)
      try write(Array(pairs.utf8), to: folder + "/set/pairs.txt")
      let faces = try LFW(in: folder + "/set")
      #expect(faces.pictureCounts == ["Ada": 12, "Bo": 10, "Cy": 2, "Di": 1])
      #expect(try faces.pictures().pictures.count == 25)
      #expect(try faces.pictures(atLeast: 2).classNames == ["Ada", "Bo", "Cy"])
      let file = try faces.pairs()
      #expect(file.people() == ["Ada", "Bo", "Cy", "Di"])
      let judged = file.people(inFolds: [1])
      #expect(judged == ["Cy", "Di"])
      let train = try faces.pictures(atLeast: 2) { !judged.contains($0) }
      let test = try faces.pictures { judged.contains($0) }
      #expect(train.classNames == ["Ada", "Bo"])
      #expect(test.classNames == ["Cy", "Di"])
      #expect(
        Set(file.pairs.filter { $0.fold == 1 }.flatMap { [$0.first, $0.second] })
          .isSubset(of: test.names))
      #expect(message { _ = try faces.pictures(atLeast: 13) }.contains("of 4 people none"))

      let set = try LFW.load(DatasetOptions(folder: folder + "/set"))
      #expect(set.classNames == ["Ada", "Bo"])
      #expect((set.train.count, set.test.count) == (18, 4))
      #expect(
        (set.train.pictures!.channels, set.train.pictures!.height, set.train.pictures!.width) == (
          1, 90, 90
        ))
      #expect(
        stride(from: 0, to: 4, by: 1).map { set.test.pictures!.pixels[8100 * $0] } == [
          5, 5, 10, 10,
        ])
      #expect(set.test.labels == [0, 1, 0, 1])
    }
  }

  @Test("What is missing is named, with its address")
  func errors() throws {
    try withTemporaryFolder { folder in
      let missing = #expect(throws: FileError.self) { try LFW(in: folder) }
      #expect(missing?.kind == .missing)
      #expect(missing?.description.contains("http://vis-www.cs.umass.edu/lfw/") == true)
      try write(files, to: folder + "/lfw.tgz.tar")
      let pairs = #expect(throws: FileError.self) { try LFW(in: folder).pairs() }
      #expect(pairs?.path == folder + "/pairs.txt")
      #expect(pairs?.remedy?.contains("9f1ba174") == true)
      try write([("x/y.pgm", pnm(1)), ("z/z_1.pgm", pnm(1))], to: folder + "/other.zip")
      let foreign = #expect(throws: FileError.self) { try LFW(in: folder + "/other.zip") }
      #expect(foreign?.description.contains("NAME/NAME_0001") == true)
    }
  }

  @Test(
    "The original: 13,233 pictures of 5,749 people; the folds of the pairs share nobody",
    .enabled(if: hasSharedData("lfw"), "the original is not in ../shared/data/lfw"))
  func original() throws {
    let faces = try LFW(in: sharedData("lfw"))
    #expect(faces.pictureCounts.count == 5749)
    #expect(faces.pictureCounts.values.reduce(0, +) == 13_233)
    #expect(faces.pictureCounts.values.count { $0 >= 10 } == 158)
    let pairs = try faces.pairs()
    let folds = (0..<10).map { pairs.people(inFolds: [$0]) }
    #expect(folds.reduce(0) { $0 + $1.count } == pairs.people().count)
    #expect(pairs.people().isSubset(of: faces.pictureCounts.keys))
    let few = try faces.pictures(atLeast: 100)
    #expect(few.classNames.contains("George_W_Bush"))
    #expect((few.pictures.channels, few.pictures.height, few.pictures.width) == (3, 90, 90))
  }
}
