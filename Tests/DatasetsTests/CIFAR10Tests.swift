import Datasets
import Formats
import Foundation
import Testing

@Suite("CIFAR-10 as folders of pictures")
struct CIFAR10Tests {
  private func files(test: [String] = ["cat", "dog"]) -> [(name: String, bytes: [UInt8])] {
    let train = ["cat", "dog"].flatMap { name in
      (0..<3).map { (name: "train/\(name)/000\($0).ppm", bytes: pnm(UInt8($0), channels: 3)) }
    }
    return train + test.map { ("test/\($0)/0000.ppm", pnm(9, channels: 3)) }
  }

  @Test(
    "Two parts of the same classes, from folders or an archive",
    arguments: ["", "/cifar", "/CIFAR-10-images-master.zip", "/cifar10.tar.xz"])
  func parts(form: String) throws {
    try withTemporaryFolder { folder in
      let top = form.hasSuffix("zip") ? "CIFAR-10-images-master/" : ""
      try write(files().map { (top + $0.name, $0.bytes) }, to: folder + "/set" + form)
      let set = try CIFAR10.load(DatasetOptions(folder: folder + "/set"))
      #expect(set.classNames == ["cat", "dog"])
      #expect(set.train.labels == [0, 1, 0, 1, 0, 1])
      #expect(
        (set.train.pictures!.channels, set.train.pictures!.height, set.train.pictures!.width) == (
          3, 32, 32
        ))
      #expect(set.test.labels == [0, 1])
      #expect(set.test.pictures!.pixels.allSatisfy { $0 == 9 })
    }
  }

  @Test("A part that is missing, or lacks a class, is named")
  func errors() throws {
    try withTemporaryFolder { folder in
      let missing = #expect(throws: FileError.self) {
        try CIFAR10.load(DatasetOptions(folder: folder))
      }
      #expect(missing?.kind == .missing)
      #expect(missing?.remedy?.contains("https://github.com/YoongiKim") == true)
      try write(files(test: ["cat"]), to: folder + "/a")
      #expect(
        message { _ = try CIFAR10.load(DatasetOptions(folder: folder + "/a")) }
          .contains("no pictures of the class 'dog' in 'test'"))
      try write(files(test: []), to: folder + "/b.zip")
      #expect(
        message { _ = try CIFAR10.load(DatasetOptions(folder: folder + "/b.zip")) }
          .contains("no pictures in 't"))
    }
  }

  @Test(
    "The original's classes, and the first pictures of each",
    .enabled(if: hasSharedData("cifar10-jpeg"), "the set is not in ../shared/data/cifar10-jpeg"))
  func original() throws {
    let set = try CIFAR10.load(
      DatasetOptions(folder: sharedData("cifar10-jpeg"), trainCount: 2000, testCount: 500))
    #expect(
      set.classNames == [
        "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
      ])
    #expect((set.train.count, set.test.count) == (2000, 500))
    for label in 0..<Int32(10) { #expect(set.train.labels.count { $0 == label } == 200) }
  }
}
