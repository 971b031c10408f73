import Datasets
import Formats
import Foundation
import Testing

@Suite("MNIST")
struct MNISTTests {
  @Test(
    "The original files: 60,000 and 10,000 pictures with the published class counts",
    .enabled(if: hasSharedMNIST, "the original MNIST is not in ../shared/data/mnist"))
  func original() throws {
    let set = try MNIST.load(DatasetOptions(folder: sharedMNIST))
    #expect((set.train.count, set.test.count, set.classCount) == (60_000, 10_000, 10))
    #expect(
      (set.train.pictures!.channels, set.train.pictures!.height, set.train.pictures!.width) == (
        1, 28, 28
      ))
    let counts = (Int32(0)..<10).map { digit in set.train.labels.count { $0 == digit } }
    #expect(counts == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949])
    let testCounts = (Int32(0)..<10).map { digit in set.test.labels.count { $0 == digit } }
    #expect(testCounts == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009])
  }

  @Test(
    "The original files are those that a download must bring",
    .enabled(if: hasSharedMNIST, "the original MNIST is not in ../shared/data/mnist"))
  func digests() throws {
    for file in MNIST.files {
      let content = try bytes(sharedMNIST + "/" + file.name)
      #expect(content.count == file.byteCount)
      #expect(SHA256.digest(of: content) == file.sha256)
    }
  }

  @Test(
    "Files under any of their usual names are found",
    arguments: [("", "-"), ("", "."), (".gz", "-"), (".gz", ".")])
  func names(suffix: String, separator: String) throws {
    try withTemporaryFolder { folder in
      try writeSmallMNIST(to: folder, suffix: suffix, separator: separator)
      let set = try MNIST.load(DatasetOptions(folder: folder))
      #expect(set.train.labels == [3, 1, 4, 1])
      #expect(set.test.labels == [5, 9])
      #expect(set.train.pictures!.pixels == (0..<24).map { $0 })
    }
  }

  @Test("The first pictures are taken on request, and no more than there are")
  func counts() throws {
    try withTemporaryFolder { folder in
      try writeSmallMNIST(to: folder)
      let set = try MNIST.load(DatasetOptions(folder: folder, trainCount: 2, testCount: 1))
      #expect(set.train.labels == [3, 1])
      #expect(set.test.labels == [5])
      for count in [-1, 0, 5, .max] {
        let text = message {
          _ = try MNIST.load(DatasetOptions(folder: folder, trainCount: count))
        }
        #expect(text.contains("\(count) pictures were asked for, and the file holds 4"))
      }
    }
  }

  @Test("Missing files are named, beside all four that are expected")
  func missingFiles() throws {
    try withTemporaryFolder { folder in
      try writeSmallMNIST(to: folder)
      try FileManager.default.removeItem(atPath: folder + "/t10k-labels-idx1-ubyte")
      let error = #expect(throws: FileError.self) {
        try MNIST.load(DatasetOptions(folder: folder))
      }
      #expect(error?.kind == .missing)
      #expect(error?.path == folder)
      #expect(error?.problem.hasPrefix("t10k-labels-idx1-ubyte is missing") == true)
      #expect(error?.problem.contains("train-images-idx3-ubyte, train-labels-idx1-ubyte") == true)
    }
  }

  @Test("A folder that is not there, or is a file, is missing")
  func missingFolder() throws {
    try withTemporaryFolder { folder in
      try AtomicFile.write("a file", to: folder + "/file")
      for path in ["/nowhere", "/file"] {
        let error = #expect(throws: FileError.self) {
          try MNIST.load(DatasetOptions(folder: folder + path))
        }
        #expect(error?.kind == .missing)
        #expect(error?.problem.contains("no such folder") == true)
      }
    }
  }

  /// Writes the small set with one file replaced, and loads it.
  private func load(replacing name: String, with bytes: [UInt8]) throws -> (String, FileError?) {
    try withTemporaryFolder { folder in
      try writeSmallMNIST(to: folder)
      try AtomicFile.write(bytes, to: folder + "/" + name)
      do {
        _ = try MNIST.load(DatasetOptions(folder: folder))
        return ("(nothing was thrown)", nil)
      } catch {
        return (String(describing: error), error as? FileError)
      }
    }
  }

  /// An IDX file of the given shape, its bytes counting up from 0.
  private func idx(_ shape: [Int], values: [UInt8]? = nil) -> [UInt8] {
    let sizes = shape.flatMap { size -> [UInt8] in [0, 0, UInt8(size >> 8), UInt8(size & 255)] }
    return [0, 0, 8, UInt8(shape.count)] + sizes
      + (values ?? (0..<shape.reduce(1, *)).map { UInt8(truncatingIfNeeded: $0) })
  }

  @Test("Labels where pictures belong, and pictures where labels belong")
  func mislabelled() throws {
    let (pictures, _) = try load(replacing: "train-images-idx3-ubyte", with: idx([4]))
    #expect(pictures.contains("train-images-idx3-ubyte: header: found labels, 4, expected pict"))
    let (labels, error) = try load(replacing: "t10k-labels-idx1-ubyte", with: idx([2, 2, 3]))
    #expect(labels.contains("t10k-labels-idx1-ubyte: header: found pictures, 2 × 2 × 3, expect"))
    #expect(error?.kind == .malformed)
    let (other, _) = try load(replacing: "train-labels-idx1-ubyte", with: idx([4, 2]))
    #expect(other.contains("found 2 dimensions, 4 × 2, expected labels"))
  }

  @Test("More or fewer labels than pictures")
  func countsDiffer() throws {
    let (text, error) = try load(replacing: "train-labels-idx1-ubyte", with: idx([5]))
    #expect(text.contains("train-labels-idx1-ubyte: header: found 5 labels, expected 4"))
    #expect(error?.kind == .malformed)
  }

  @Test("A label above 9 is refused with its place")
  func labelOutside() throws {
    let (text, error) = try load(
      replacing: "train-labels-idx1-ubyte", with: idx([4], values: [3, 1, 10, 1]))
    #expect(text.contains("train-labels-idx1-ubyte: label 2 (byte 10): found 10, expected a class"))
    #expect(error?.kind == .malformed)
  }

  @Test(
    "Files without a picture, and pictures without pixels", arguments: [[0, 2, 3], [4, 0, 3]])
  func empty(shape: [Int]) throws {
    let (text, error) = try load(replacing: "train-images-idx3-ubyte", with: idx(shape))
    #expect(text.contains("train-images-idx3-ubyte: header: found no pixels"))
    #expect(error?.kind == .malformed)
  }

  @Test("Training and test pictures of two sizes")
  func twoSizes() throws {
    let (text, _) = try load(replacing: "t10k-images-idx3-ubyte", with: idx([2, 3, 3]))
    #expect(text.contains("pictures of 1 × 2 × 3 (channels × height × width) in the training set"))
    #expect(text.contains("pictures of 1 × 3 × 3 (channels × height × width) in the test set"))
  }

  @Test("One class only")
  func oneClass() throws {
    let (text, _) = try load(
      replacing: "train-labels-idx1-ubyte", with: idx([4], values: [7, 7, 7, 7]))
    #expect(text.contains("mnist") && text.contains("class 7"))
  }

  @Test("Truncated, oversized, wrong magic, no gzip after all: the file is named")
  func damaged() throws {
    let good = idx([4, 2, 3])
    let zipped = Gzip.compress(good)
    let damaged: [[UInt8]] = [
      [], good.dropLast(), good + [0], [1] + good.dropFirst(), zipped.dropLast(9), zipped + [7],
      [0x1F, 0x8B, 8], idx([0xFFFF, 0xFFFF, 0xFFFF], values: []),
    ].map(Array.init)
    for bytes in damaged {
      let (text, error) = try load(replacing: "train-images-idx3-ubyte", with: bytes)
      #expect(text.contains("train-images-idx3-ubyte: "))
      #expect(error?.kind == .malformed)
    }
  }

  @Test("Without a folder: from the cache, after downloading once what is not there")
  func cache() throws {
    try withTemporaryFolder { folder in
      let (files, server) = try serve(folder + "/origin")
      defer { server.stop() }
      func load() throws -> Dataset {
        try MNIST.load(
          DatasetOptions(), cache: folder + "/cache/mnist", mirrors: [server.url("mnist")],
          files: files)
      }
      #expect(try load().train.labels == [3, 1, 4, 1])
      #expect(server.requests.count == 4)
      #expect(contents(of: folder + "/cache/mnist") == files.map(\.name).sorted())
      #expect(try load().test.labels == [5, 9])
      #expect(server.requests.count == 4)
      try FileManager.default.removeItem(atPath: folder + "/cache/mnist/" + files[3].name)
      _ = try load()
      #expect(server.requests.last == "mnist/" + files[3].name)
      #expect(server.requests.count == 5)
    }
  }

  @Test("Offline: the mirrors are named, and the way out is --data")
  func offline() throws {
    try withTemporaryFolder { folder in
      let mirrors = try [LoopbackServer.deadURL(), LoopbackServer.deadURL()]
      let error = #expect(throws: FileError.self) {
        try MNIST.load(
          DatasetOptions(), cache: folder + "/cache", mirrors: mirrors, files: MNIST.files)
      }
      #expect(error?.kind == .missing)
      for mirror in mirrors {
        #expect(error?.problem.contains(mirror.absoluteString) == true)
      }
      #expect(error?.remedy?.contains("--data") == true)
      #expect(contents(of: folder).isEmpty)
    }
  }

  /// The small set on a server, in its folder "mnist", and what a download of it must bring.
  private func serve(_ folder: String) throws -> ([RemoteFile], LoopbackServer) {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try writeSmallMNIST(to: folder, suffix: ".gz")
    var replies: [String: LoopbackServer.Reply] = [:]
    let files = try MNIST.files.map { file in
      let content = try bytes(folder + "/" + file.name)
      replies["mnist/" + file.name] = .init(body: content)
      return RemoteFile(
        name: file.name, byteCount: content.count, sha256: SHA256.digest(of: content))
    }
    return (files, try LoopbackServer(replies))
  }
}
