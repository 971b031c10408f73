import Formats

/// The pictures of every class, divided into a training and a test part.
struct ClassSplit {
  typealias File = PictureFiles.File

  private let found: PictureFiles
  let classNames: [String]
  /// The files of each class.
  let train, test: [[File]]

  /// Divides the pictures of each class, its folder, as `isTest` says of a picture's place in the
  /// class and of how many the class has. Classes are in the order of their names, pictures in that
  /// of their numbers.
  init(_ found: PictureFiles, isTest: (_ index: Int, _ count: Int) -> Bool) {
    let classes = Dictionary(grouping: found.files, by: { $0.folder ?? "" })
    self.found = found
    classNames = classes.keys.sorted()
    let ordered = classNames.map { classes[$0]!.sorted { $0.isNumberedBefore($1) } }
    train = ordered.map { files in
      files.indices.filter { !isTest($0, files.count) }.map { files[$0] }
    }
    test = ordered.map { files in
      files.indices.filter { isTest($0, files.count) }.map { files[$0] }
    }
  }

  /// Puts two parts together that are published apart; classes that only one has are in both, and
  /// empty in the other.
  init(train: PictureFiles, test: PictureFiles) {
    let parts = [train, test].map { Dictionary(grouping: $0.files, by: { $0.folder ?? "" }) }
    let classNames = Set(parts.flatMap(\.keys)).sorted()
    found = train
    self.classNames = classNames
    self.train = classNames.map { parts[0][$0] ?? [] }
    self.test = classNames.map { parts[1][$0] ?? [] }
  }

  /// Decodes the pictures that the options ask for.
  ///
  /// They come from all classes in turn, the first of each class, then the second of each, and so
  /// on: the first n are of as many classes as can be.
  ///
  /// - Throws: `DatasetError` where there are fewer pictures than asked for, or they do not make up a
  ///   usable set; `FileError` where one cannot be read.
  func dataset(
    named name: String, _ options: DatasetOptions, pictures: PictureFolder.Options,
    transform: (PictureSet) throws -> PictureSet = { $0 }
  ) throws -> Dataset {
    func part(_ classes: [[File]], _ what: String, count: Int?) throws -> PictureSet {
      let chosen = try Self.inTurn(classes, name: name, what: what, count: count)
      options.report?("\(name): decoding \(chosen.count) \(what) pictures from \(found.root)")
      var files = found
      files.files = chosen.map(\.file)
      return try transform(
        files.pictureSet(labels: chosen.map(\.label), options: pictures))
    }
    return try Dataset(
      name: name, train: part(train, "training", count: options.trainCount),
      test: part(test, "test", count: options.testCount), classNames: classNames)
  }

  private static func inTurn(
    _ classes: [[File]], name: String, what: String, count: Int?
  ) throws(DatasetError) -> [(file: File, label: Int32)] {
    var all: [(file: File, label: Int32)] = []
    for turn in 0..<(classes.map(\.count).max() ?? 0) {
      for (label, files) in classes.enumerated() where turn < files.count {
        all.append((files[turn], Int32(label)))
      }
    }
    let count = count ?? all.count
    guard !all.isEmpty, (1...all.count).contains(count) else {
      throw DatasetError(
        "\(name): \(count) \(what) pictures were asked for, and there are \(all.count)",
        remedy: all.isEmpty ? "Check that the set is whole." : "Ask for 1 to \(all.count).")
    }
    return Array(all.prefix(count))
  }
}
