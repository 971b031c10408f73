import Formats
import Foundation
import Testing

@Suite("Bad input gets a clear error and the right exit code, and leaves nothing behind")
struct BadInputTests {
  struct Case: CustomTestStringConvertible, Sendable {
    var arguments: [String]
    var code: Int32
    var message: String

    init(_ arguments: String, _ code: Int32, _ message: String) {
      self.arguments = arguments.split(separator: " ").map(String.init)
      (self.code, self.message) = (code, message)
    }

    var testDescription: String { arguments.joined(separator: " ") }
  }

  @Test(
    "in options",
    arguments: [
      Case("compare --losses arcfase --output o", 64, "did you mean 'arcface'?"),
      Case("compare --losses softmax, --output o", 64, "there is no loss ''"),
      Case("compare --losses softmax,softmax --output o", 64, "given twice"),
      Case("compare --losses center --output o", 64, "proxy head"),
      Case("compare --losses arcface:margin=4 --output o", 64, "out of range"),
      Case("compare --losses arcface:margn=1 --output o", 64, "did you mean 'margin'?"),
      Case("compare --losses softmax --set margin=0.1 --output o", 64, "'margin'"),
      Case("compare --seeds 0 --output o", 64, "--seeds"),
      Case("train --network lenet+ --output o", 64, "did you mean 'lenet'?"),
      Case("train --network vgg99 --output o", 64, "there is no network"),
      Case("train --dataset mnits --output o", 64, "did you mean 'mnist'?"),
      Case("train --loss arcface --set margin=wide --output o", 64, "not a number"),
      Case("train --loss arcface --set scale=-1 --output o", 64, "above 0"),
      Case("train --loss arcface --set beyond-pi=up --output o", 64, "continued"),
      Case("train --set margin --output o", 64, "name=value"),
      Case("train --epochs 0 --output o", 64, "epochs"),
      Case("train --batch-size 0 --output o", 64, "batch size"),
      Case("train --train-count 20 --batch-size 21 --output o", 64, "--batch-size 20"),
      Case("train --train-count 0 --output o", 64, "--train-count"),
      Case("train --samples-per-class 1 --output o", 64, "--samples-per-class 2"),
      Case("train --samples-per-class 4 --output o", 64, "--batch-size 40 or less"),
      Case("train --features 0 --output o", 64, "features"),
      Case("train --precision bf17 --output o", 64, "'float32' and 'bf16'"),
      Case("train --loss-precision bf17 --output o", 64, "'float32' and 'bf16'"),
      Case("train --loss cosface --loss-tolerance 1 --output o", 64, "loss's tolerance"),
      Case("train --loss cosface --sample-classes 0 --output o", 64, "share of sampled classes"),
      Case("train --loss softmax --sample-classes 0.5 --output o", 64, "no bias for each class"),
      Case("train --learning-rate nan --output o", 64, "learning rate"),
      Case("train --threads 0 --output o", 64, "threads"),
      Case("train --output o --resume", 66, "no run to resume"),
      Case("train", 64, "--output"),
      Case("evaluate nowhere", 66, "nowhere: there is no such file, and no run"),
      Case("report nowhere", 66, "nowhere: there is no such file, and no run"),
      Case("losses arcfase", 64, "did you mean 'arcface'?"),
      Case("check arcfase", 64, "did you mean 'arcface'?"),
      Case("advise --classes 1 --features 2", 64, "at least 2 classes"),
      Case("advise --classes 10 --features 0", 64, "at least 1 feature"),
      Case("advise --classes 10 --features 2 --probability 1", 64, "between 0 and 1"),
      Case("advise --classes 10 --features 2 --loss arcfase", 64, "did you mean 'arcface'?"),
      Case("advise --classes 10 --features 2 --set margin=1", 64, "--loss"),
      Case("advise --classes ten --features 2", 64, "ten"),
      Case("advise --features 2", 64, "--classes"),
      Case("train --loss softmax+l2 --output o", 64, "did you mean 'l2-regularization'?"),
      Case("train --loss softmax+elastic-net --set on=conv1 --output o", 64, "network.conv1.*"),
      Case("train --loss softmax+elastic-net --set on=conv1.* --output o", 64, "head.weights"),
      Case("loss softmax --input nowhere.safetensors --output o", 66, "nowhere.safetensors"),
      Case("loss nothing --input i --output o", 64, "there is no loss 'nothing'"),
      Case("loss center --implementation fused --input i --output o", 64, "composed"),
      Case("plot nowhere", 66, "nowhere"),
      Case("plot nowhere --dimensions 4", 64, "--dimensions must be 2 or 3, not 4"),
      Case("plot nowhere --limit 0", 64, "--limit must be at least 1"),
      Case("plot nowhere --method umap", 64, "umap"),
      Case("frobnicate", 64, "frobnicate"),
    ])
  func options(bad: Case) throws {
    try withTemporaryFolder { folder in
      let result = try wait(start(bad.arguments, in: folder))
      #expect(result.code == bad.code, "\(result.errors)")
      #expect(result.errors.contains(bad.message), "\(result.errors)")
      #expect(contents(folder) == [])
    }
  }

  // MARK: Output folders

  @Test("where the output cannot go")
  func outputs() throws {
    try withTemporaryFolder { folder in
      try AtomicFile.write("precious", to: folder + "/file")
      try FileManager.default.createDirectory(
        atPath: folder + "/full", withIntermediateDirectories: true)
      try AtomicFile.write("precious", to: folder + "/full/thing")
      for (output, message) in [
        ("file", "not a folder"), ("full", "not empty"), ("file/below", "cannot be made"),
      ] {
        for command in ["train", "compare"] {
          let result = try wait(start([command, "--output", output] + small, in: folder))
          #expect(result.code == 74, "\(output): \(result.errors)")
          #expect(result.errors.contains(message), "\(result.errors)")
        }
      }
      #expect(contents(folder) == ["file", "full", "full/thing"])
    }
  }

  @Test("where the folder is read-only", .enabled(if: getuid() != 0, "root may write anywhere"))
  func readOnly() throws {
    try withTemporaryFolder { folder in
      try FileManager.default.createDirectory(
        atPath: folder + "/locked", withIntermediateDirectories: true,
        attributes: [.posixPermissions: 0o555])
      let result = try wait(start(["train", "--output", "locked"] + small, in: folder))
      #expect(result.code == 74, "\(result.errors)")
    }
  }

  // MARK: Runs and tensors

  @Test("in the file of a loss")
  func lossInputs() throws {
    try withTemporaryFolder { folder in
      let features = Safetensors.Entry([1, 2, 3, 4] as [Float], shape: [2, 2])
      let weights = Safetensors.Entry([1, 2, 3, 4] as [Float], shape: [2, 2])
      let labels = Safetensors.Entry([0, 1] as [Int64], shape: [2])
      let cases: [([String: Safetensors.Entry], String)] = [
        (["features": features, "weights": weights], "'labels'"),
        (["features": features, "weights": weights, "label": labels], "did you mean 'labels'?"),
        (
          [
            "features": features, "weights": weights,
            "labels": Safetensors.Entry([0, 2] as [Int64], shape: [2]),
          ], "2 at [1]"
        ),
        (
          [
            "features": Safetensors.Entry([1, .nan] as [Float], shape: [1, 2]),
            "weights": weights, "labels": Safetensors.Entry([0] as [Int64], shape: [1]),
          ], "nan at [0, 1]"
        ),
        (
          ["features": features, "weights": weights, "labels": labels, "probabilities": features],
          "'probabilities' does not belong there"
        ),
        (
          [
            "features": Safetensors.Entry(elementType: .int8, shape: [2, 1], bytes: [1, 2]),
            "weights": weights, "labels": labels,
          ], "I8"
        ),
      ]
      for (entries, message) in cases {
        try Safetensors(entries: entries).write(to: folder + "/in.safetensors")
        let result = try margin(
          "loss", "softmax", "--input", "in.safetensors", "--output", "out.safetensors", in: folder)
        #expect(result.code == 65, "\(result.errors)")
        #expect(result.errors.contains(message), "\(result.errors)")
        #expect(contents(folder) == ["in.safetensors"])
      }
      try AtomicFile.write("not a safetensors file at all", to: folder + "/in.safetensors")
      let result = try margin(
        "loss", "softmax", "--input", "in.safetensors", "--output", "o", in: folder)
      #expect(result.code == 65, "\(result.errors)")
    }
  }

  @Test("in a run's folder: another network's checkpoint, a corrupt one, other options")
  func runs() throws {
    try withTemporaryFolder { folder in
      #expect(try wait(start(["train", "--output", "a"] + small, in: folder)).code == 0)
      let other = try wait(
        start(["train", "--output", "a", "--resume", "--loss", "arcface"] + small, in: folder))
      #expect(other.code == 64)
      #expect(other.errors.contains("other options"))

      let run = folder + "/a/run.json"
      let text = try String(contentsOfFile: run, encoding: .utf8)
      try AtomicFile.write(
        text.replacingOccurrences(of: "\"featureCount\" : 2", with: "\"featureCount\" : 3"), to: run
      )
      let mismatch = try margin("evaluate", "a", in: folder)
      #expect(mismatch.code == 65, "\(mismatch.errors)")
      #expect(mismatch.errors.contains("[2, 500]"), "\(mismatch.errors)")

      try AtomicFile.write("{", to: run)
      #expect(try margin("evaluate", "a", in: folder).code == 65)

      try AtomicFile.write(text, to: run)
      let checkpoint = contents(folder + "/a").first { $0.hasPrefix("checkpoint-") }!
      var bytes = [UInt8](FileManager.default.contents(atPath: "\(folder)/a/\(checkpoint)")!)
      bytes.replaceSubrange(8..<12, with: [0, 0, 0, 0])
      try AtomicFile.write(bytes, to: "\(folder)/a/\(checkpoint)")
      let corrupt = try margin("evaluate", "a", in: folder)
      #expect(corrupt.code == 65, "\(corrupt.errors)")
      #expect(corrupt.errors.contains(checkpoint))
    }
  }

  // MARK: Data

  /// Four IDX files of 20 pictures of `side`×`side`, with labels from `label`.
  private func writeSet(
    _ folder: String, side: Int = 28, testSide: Int = 28, label: (Int) -> UInt8 = { UInt8($0 % 10) }
  ) throws {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    for (part, side) in [("train", side), ("t10k", testSide)] {
      try IDX(shape: [20, side, side], bytes: [UInt8](repeating: 9, count: 20 * side * side))
        .write(to: "\(folder)/\(part)-images-idx3-ubyte", compressed: false)
      try IDX(shape: [20], bytes: (0..<20).map(label))
        .write(to: "\(folder)/\(part)-labels-idx1-ubyte", compressed: false)
    }
  }

  @Test("in a data set's files")
  func data() throws {
    let images = "train-images-idx3-ubyte"
    let labels = "train-labels-idx1-ubyte"
    let changes: [(String, Int32, (String) throws -> Void)] = [
      ("truncated", 65, { try cut("\($0)/\(images)", by: 1) }),
      ("oversized", 65, { try append([1], to: "\($0)/\(images)") }),
      (
        "wrong magic", 65,
        {
          try AtomicFile.write(
            [9, 9, 9, 9] + [UInt8](repeating: 0, count: 90), to: "\($0)/\(images)")
        }
      ),
      (
        "truncated gzip", 65,
        { folder in
          let bytes = [UInt8](FileManager.default.contents(atPath: "\(folder)/\(images)")!)
          try AtomicFile.write(Array(Gzip.compress(bytes).dropLast(9)), to: "\(folder)/\(images)")
        }
      ),
      ("empty file", 65, { try AtomicFile.write([UInt8](), to: "\($0)/\(labels)") }),
      (
        "mislabelled", 65,
        { folder in
          let bytes = [UInt8](FileManager.default.contents(atPath: "\(folder)/\(images)")!)
          try AtomicFile.write(bytes, to: "\(folder)/\(labels)")
        }
      ),
      ("missing", 66, { try FileManager.default.removeItem(atPath: "\($0)/\(labels)") }),
      (
        "empty set", 65,
        { folder in
          try IDX(shape: [0, 28, 28], bytes: []).write(to: "\(folder)/\(images)", compressed: false)
          try IDX(shape: [0], bytes: []).write(to: "\(folder)/\(labels)", compressed: false)
        }
      ),
      (
        "fewer labels", 65,
        {
          try IDX(shape: [3], bytes: [0, 1, 2]).write(to: "\($0)/\(labels)", compressed: false)
        }
      ),
      ("label outside", 65, { try writeSet($0, label: { UInt8($0) }) }),
      ("one class", 65, { try writeSet($0, label: { _ in 3 }) }),
      ("two sizes", 65, { try writeSet($0, testSide: 20) }),
    ]
    try withTemporaryFolder { folder in
      for (name, code, change) in changes {
        let path = "\(folder)/\(name.replacingOccurrences(of: " ", with: "-"))"
        try writeSet(path)
        try change(path)
        let result = try margin(
          "train", "--dataset", "mnist", "--data", path, "--batch-size", "5", "--epochs", "1",
          "--output", "o", in: folder)
        #expect(result.code == code, "\(name): \(result.errors)")
        #expect(result.errors.hasPrefix("margin: error: "), "\(name): \(result.errors)")
        #expect(!contents(folder).contains("o"))
      }
      // The same set without a fault trains.
      try writeSet(folder + "/good")
      let good = try margin(
        "train", "--dataset", "mnist", "--data", "good", "--batch-size", "5", "--epochs", "1",
        "--output", "o", in: folder)
      #expect(good.code == 0, "\(good.errors)")
      let small = try margin(
        "train", "--dataset", "mnist", "--data", "good", "--batch-size", "21", "--output", "p",
        in: folder)
      #expect(small.code == 64)
    }
  }
}

private func cut(_ path: String, by count: Int) throws {
  try AtomicFile.write(
    Array([UInt8](FileManager.default.contents(atPath: path)!).dropLast(count)), to: path)
}

private func append(_ bytes: [UInt8], to path: String) throws {
  try AtomicFile.write([UInt8](FileManager.default.contents(atPath: path)!) + bytes, to: path)
}
