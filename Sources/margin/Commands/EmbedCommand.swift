import ArgumentParser
import Datasets
import Formats
import Foundation
import Torch
import Training

struct EmbedCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "embed",
    abstract: "Write the features of pictures: of a data set, of a folder or an archive.",
    discussion: """
      Examples:

        margin embed runs/first/arcface --output features.safetensors
        margin embed runs/first/arcface --input faces --flip --output faces.safetensors
        margin embed --pixels --input faces.tar.xz --center --output pixels.safetensors

      A folder has a sub-folder for each class, with JPEG, PNG, PGM or PPM pictures in it; an archive
      (tar, also compressed, or zip) is read as the folder that it was made of. The pictures are
      brought to the channels and the size of the run's network. --pixels writes the grey pixels
      themselves: what any network has to beat.

      The file (safetensors) holds 'features', float32 [N, D], and 'labels', int64 [N], −1 for a picture
      without a class; its metadata 'class-names' and 'names' are JSON arrays of text.
      """)

  @Argument(help: ArgumentHelp("The folder of a run.", valueName: "run"))
  var folder: String?

  @Option(help: "The file to write.")
  var output: String

  @Option(help: "A folder or an archive of pictures (default: the run's data set).")
  var input: String?

  @Option(help: "The part of the run's data set: train | test (default: test).")
  var part: Part?

  @Option(help: "Where the data set's files are now (default: where they were in training).")
  var data: String?

  @Flag(help: "Write the grey pixels of the input's pictures, without a run.")
  var pixels = false

  @Flag(help: "With --pixels: bring each picture to the mean 0.")
  var center = false

  @Option(
    help: ArgumentHelp(
      "With --pixels: the size to bring the pictures to (default: theirs, if it is the same).",
      valueName: "width>x<height"))
  var size: String?

  @Flag(help: "Write also 'features-flipped', the features of the mirrored pictures.")
  var flip = false

  enum Part: String, ExpressibleByArgument { case train, test }

  func validate() throws {
    if pixels {
      guard folder == nil else { throw ValidationError("--pixels takes no run: give one of both") }
      guard input != nil else { throw ValidationError("--pixels needs pictures: give --input") }
      guard data == nil else { throw ValidationError("--data is for the data set of a run") }
    } else {
      guard folder != nil else { throw ValidationError("give the folder of a run, or --pixels") }
      guard !center else { throw ValidationError("--center is for --pixels") }
      guard size == nil else {
        throw ValidationError("--size is for --pixels: a run's network has a size")
      }
    }
    guard part == nil || input == nil else {
      throw ValidationError("--part is for the data set of a run: leave out it or --input")
    }
    _ = try parsedSize()
  }

  func run() throws {
    let file = try pixels ? pixelFile() : runFile(folder!)
    try file.write(to: output)
    print(
      "\(file.labels.count) pictures, \(file.features.shape[1]) features each: \(output)")
  }

  private func pixelFile() throws -> EmbeddingFile {
    // A pixel becomes a float of four bytes, twice if mirrored besides.
    let memory = Int(ProcessInfo.processInfo.physicalMemory)
    let set = try readFolder(
      PictureFolder.Options(channels: 1, size: parsedSize(), limit: memory / (flip ? 10 : 5)))
    return EmbeddingFile(
      features: set.pictures.pixelFeatures(isCentered: center),
      flipped: flip ? set.pictures.mirrored().pixelFeatures(isCentered: center) : nil,
      labels: set.pictures.labels, classNames: set.classNames, names: set.names)
  }

  private func runFile(_ folder: String) throws -> EmbeddingFile {
    let run = try openTrained(folder, data: data)
    if input != nil {
      guard let model = run.dataset.train.pictures else {
        throw Failure(
          .usage,
          "\(folder): the run was trained on \(run.dataset.train.noun); --input takes pictures")
      }
      let set = try readFolder(
        PictureFolder.Options(channels: model.channels, size: (model.width, model.height)))
      return try file(run, .pictures(set.pictures), classNames: set.classNames, names: set.names)
    }
    let part = part ?? .test
    let samples = part == .train ? run.dataset.train : run.dataset.test
    return try file(
      run, samples, classNames: run.dataset.classNames,
      names: (0..<samples.count).map { "\(part.rawValue)/\($0)" })
  }

  private func file(
    _ run: TrainingRun, _ samples: Samples, classNames: [String], names: [String]
  ) throws -> EmbeddingFile {
    func features(of samples: Samples, _ what: String) throws -> Safetensors.Entry {
      let progress = ProgressLine(run.directory.path)
      let features = try run.network.features(of: samples) {
        progress.show($0, of: samples.count, what)
      }
      progress.show(samples.count, of: samples.count, what)
      return try Safetensors.Entry(features)
    }
    var mirrored: Safetensors.Entry?
    if flip {
      guard let pictures = samples.pictures else {
        throw Failure(.usage, "--flip is for pictures; these are \(samples.noun)")
      }
      mirrored = try features(of: .pictures(pictures.mirrored()), "mirrored pictures embedded")
    }
    return EmbeddingFile(
      features: try features(of: samples, "\(samples.noun) embedded"), flipped: mirrored,
      labels: samples.labels, classNames: classNames, names: names)
  }

  private func readFolder(_ options: PictureFolder.Options) throws -> PictureFolder {
    let progress = ProgressLine(input!)
    let set = try PictureFolder(contentsOf: input!, options: options) {
      progress.show($0, of: $1, "pictures read")
    }
    progress.show(set.names.count, of: set.names.count, "pictures read")
    return set
  }

  private func parsedSize() throws -> (width: Int, height: Int)? {
    guard let size else { return nil }
    let sides = size.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
    guard sides.count == 2, let width = sides[0], let height = sides[1],
      (1...8192).contains(width), (1...8192).contains(height)
    else {
      throw ValidationError(
        "--size is width and height from 1 to 8192, such as 90x90, not '\(size)'")
    }
    return (width, height)
  }
}
