import ArchiveWriter
import Formats
import Foundation
import Testing

@Suite("embed writes features", .serialized)
struct EmbedTests {
  /// Six pictures of 3 × 2 in two classes and one without, each with a bright left edge.
  private func writePictures(_ folder: String) throws {
    for (index, name) in ["a/1", "a/2", "b/1", "b/2", "b/3", "loose"].enumerated() {
      let path = "\(folder)/\(name).png"
      try FileManager.default.createDirectory(
        at: URL(filePath: path).deletingLastPathComponent(), withIntermediateDirectories: true)
      let value = UInt8(10 * index)
      try AtomicFile.write(
        PNG.encode(
          pixels: [value + 60, value, value, value + 60, value, value], width: 3, height: 2,
          channels: 1),
        to: path)
    }
  }

  private func texts(_ file: Safetensors, _ key: String) throws -> [String] {
    try JSONDecoder().decode([String].self, from: Data(try #require(file.metadata[key]).utf8))
  }

  @Test("The pixels of a folder: rows in the order of the names, centred and mirrored on request")
  func pixels() throws {
    try withTemporaryFolder { folder in
      try writePictures(folder + "/faces")
      let plain = try margin("embed", "--pixels", "--input", "faces", "--output", "p", in: folder)
      #expect(plain.code == 0, "\(plain.errors)")
      #expect(plain.output == "6 pictures, 6 features each: p\n")
      let file = try Safetensors(contentsOf: folder + "/p")
      #expect(file.entries.keys.sorted() == ["features", "labels"])
      #expect(file.entries["features"]?.shape == [6, 6])
      #expect(file.entries["features"]?.floats?.prefix(7) == [60, 0, 0, 60, 0, 0, 70])
      #expect(file.entries["labels"]?.int64s == [0, 0, 1, 1, 1, -1])
      #expect(try texts(file, "class-names") == ["a", "b"])
      #expect(try texts(file, "names") == ["a/1", "a/2", "b/1", "b/2", "b/3", "loose"])

      let centered = try margin(
        "embed", "--pixels", "--input", "faces", "--center", "--flip", "--output", "c", in: folder)
      #expect(centered.code == 0, "\(centered.errors)")
      let other = try Safetensors(contentsOf: folder + "/c")
      #expect(other.entries["features"]?.floats?.prefix(6) == [40, -20, -20, 40, -20, -20])
      #expect(other.entries["features-flipped"]?.floats?.prefix(6) == [-20, -20, 40, -20, -20, 40])

      let small = try margin(
        "embed", "--pixels", "--input", "faces", "--size", "1x1", "--output", "s", in: folder)
      #expect(small.code == 0, "\(small.errors)")
      #expect(
        try Safetensors(contentsOf: folder + "/s").entries["features"]?.floats
          == [20, 30, 40, 50, 60, 70])
    }
  }

  @Test("An archive gives what the folder gives that it was made of")
  func archive() throws {
    try withTemporaryFolder { folder in
      try writePictures(folder + "/faces")
      let names = ["a/1", "a/2", "b/1", "b/2", "b/3", "loose"].map { "faces/\($0).png" }
      try writeArchive(
        folder + "/faces.tar.xz", .tarXz,
        names.map { ($0, .file(Array(try Data(contentsOf: URL(filePath: "\(folder)/\($0)"))))) })
      for input in ["faces", "faces.tar.xz"] {
        let result = try margin(
          "embed", "--pixels", "--input", input, "--output", input + ".out", in: folder)
        #expect(result.code == 0, "\(result.errors)")
      }
      let written = try ["faces", "faces.tar.xz"].map {
        try Data(contentsOf: URL(filePath: "\(folder)/\($0).out"))
      }
      #expect(written[0] == written[1])
    }
  }

  @Test("A run's own data set gives the features that training left, and any folder its own")
  func run() throws {
    try withTemporaryFolder { folder in
      let train = try wait(
        start(["train", "--loss", "arcface", "--output", "r"] + small, in: folder))
      #expect(train.code == 0, "\(train.errors)")
      let result = try margin("embed", "r", "--flip", "--output", "e", in: folder)
      #expect(result.code == 0, "\(result.errors)")
      let trained = try Safetensors(contentsOf: folder + "/r/embeddings.safetensors")
      let file = try Safetensors(contentsOf: folder + "/e")
      #expect(file.entries["features"]?.bytes == trained.entries["features"]?.bytes)
      #expect(file.entries["labels"]?.bytes == trained.entries["labels"]?.bytes)
      #expect(file.entries["features-flipped"]?.shape == [60, 2])
      #expect(file.entries["features-flipped"]?.bytes != file.entries["features"]?.bytes)
      #expect(try texts(file, "class-names").count == 10)
      #expect(try texts(file, "names").first == "test/0")

      let training = try margin("embed", "r", "--part", "train", "--output", "t", in: folder)
      #expect(training.code == 0, "\(training.errors)")
      #expect(
        try Safetensors(contentsOf: folder + "/t").entries["features"]?.shape == [200, 2])

      try writePictures(folder + "/faces")
      let foreign = try margin("embed", "r", "--input", "faces", "--output", "f", in: folder)
      #expect(foreign.code == 0, "\(foreign.errors)")
      let embedded = try Safetensors(contentsOf: folder + "/f")
      #expect(embedded.entries["features"]?.shape == [6, 2])
      #expect(embedded.entries["features"]?.floats?.allSatisfy(\.isFinite) == true)
      #expect(try texts(embedded, "class-names") == ["a", "b"])
    }
  }

  @Test(
    "Bad input gets an exact message and leaves no file",
    arguments: [
      ("embed --output o", 64, "give the folder of a run, or --pixels"),
      ("embed r --pixels --input faces --output o", 64, "takes no run"),
      ("embed --pixels --output o", 64, "--input"),
      ("embed r --center --output o", 64, "--center is for --pixels"),
      ("embed r --size 9x9 --output o", 64, "--size is for --pixels"),
      ("embed r --input faces --part test --output o", 64, "--part"),
      ("embed --pixels --input faces --size 9 --output o", 64, "not '9'"),
      ("embed --pixels --input faces --size 0x9 --output o", 64, "not '0x9'"),
      ("embed --pixels --input nowhere --output o", 66, "nowhere"),
      ("embed --pixels --input faces", 64, "--output"),
      ("embed --pixels --input empty --output o", 65, "no pictures"),
      ("embed --pixels --input mixed --output o", 65, "'b.png' has 3 × 2 pixels"),
      ("embed --pixels --input broken --output o", 65, "broken/a/1.jpg"),
      ("embed --pixels --input faces --output nowhere/o", 74, "nowhere/o"),
      ("embed nowhere --output o", 66, "nowhere/run.json"),
    ] as [(String, Int32, String)])
  func badInput(command: String, code: Int32, message: String) throws {
    try withTemporaryFolder { folder in
      try writePictures(folder + "/faces")
      for name in ["empty", "mixed", "broken/a"] {
        try FileManager.default.createDirectory(
          atPath: "\(folder)/\(name)", withIntermediateDirectories: true)
      }
      try AtomicFile.write("no JPEG", to: folder + "/broken/a/1.jpg")
      try AtomicFile.write(
        PNG.encode(pixels: [1], width: 1, height: 1, channels: 1), to: folder + "/mixed/a.png")
      try AtomicFile.write(
        PNG.encode(pixels: [1, 2, 3, 4, 5, 6], width: 3, height: 2, channels: 1),
        to: folder + "/mixed/b.png")
      let before = contents(folder)
      let result = try wait(start(command.split(separator: " ").map(String.init), in: folder))
      #expect(result.code == code, "\(result.errors)")
      #expect(result.errors.contains(message), "\(result.errors)")
      #expect(contents(folder) == before)
    }
  }
}
