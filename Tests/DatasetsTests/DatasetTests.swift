import Datasets
import Testing

@Suite("PictureSet and Dataset")
struct DatasetTests {
  @Test("A prefix holds the first pictures with their labels")
  func prefix() throws {
    let first = try smallPictures(labels: [7, 8, 9]).prefix(2)
    #expect(first.count == 2)
    #expect(first.labels == [7, 8])
    #expect(first.pixels == [0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1])
    #expect((first.channels, first.height, first.width) == (1, 2, 3))
  }

  @Test("A prefix longer than the set is the set; an empty one is empty")
  func prefixAtTheEnds() throws {
    let set = try smallPictures(labels: [7, 8])
    #expect(set.prefix(5).labels == set.labels)
    #expect(set.prefix(0).pixels.isEmpty)
  }

  @Test("Pixels that are not one picture for each label are refused", arguments: [0, 5, 7, 12])
  func countsThatDiffer(pixelCount: Int) {
    let text = message {
      _ = try PictureSet(
        pixels: [UInt8](repeating: 0, count: pixelCount), labels: [0], channels: 1, height: 2,
        width: 3)
    }
    #expect(text.contains("1 × 2 × 3") && text.contains("\(pixelCount) bytes"))
  }

  @Test("Dimensions without pixels, negative or beyond all memory are refused")
  func dimensions() {
    for (height, width) in [(0, 3), (-2, -3), (Int.max, 3)] {
      #expect(throws: DatasetError.self) {
        try PictureSet(pixels: [0], labels: [0, 1], channels: 1, height: height, width: width)
      }
    }
  }

  @Test("A data set counts its classes by their names")
  func classes() throws {
    let set = try Dataset(
      name: "pets", train: smallPictures(labels: [0, 1]), test: smallPictures(labels: [1]),
      classNames: ["cat", "dog"])
    #expect(set.classCount == 2)
  }

  @Test("An empty part is refused by name")
  func emptyPart() {
    let text = dataset(train: [0, 1], test: [])
    #expect(text.contains("pets") && text.contains("the test set is empty"))
    #expect(dataset(train: [], test: [0]).contains("the training set is empty"))
  }

  @Test(
    "A label outside the classes is refused with its place",
    arguments: [-1, 2, 300] as [Int32])
  func labelOutside(label: Int32) {
    let text = dataset(train: [0, 1, label], test: [0])
    #expect(text.contains("label \(label) of sample 2 of the training set"))
    #expect(text.contains("from 0 to 1"))
  }

  @Test("One class leaves nothing to tell apart")
  func oneClass() {
    #expect(dataset(train: [1, 1, 1], test: [0]).contains("'dog'"))
  }

  @Test("Pictures of two sizes are refused with both sizes")
  func twoSizes() {
    let text = dataset(train: [0, 1], test: [0], testHeight: 4)
    #expect(text.contains("1 × 2 × 3") && text.contains("1 × 4 × 3"))
  }

  private func dataset(train: [Int32], test: [Int32], testHeight: Int = 2) -> String {
    message {
      _ = try Dataset(
        name: "pets", train: smallPictures(labels: train),
        test: smallPictures(labels: test, height: testHeight), classNames: ["cat", "dog"])
    }
  }

  @Test("The catalogue finds its sets by name, and nothing else")
  func catalogue() {
    #expect(
      DatasetCatalog.all.map(\.name) == [
        "digits", "mnist", "omniglot", "orl", "lfw", "cifar10", "trec", "sst2",
      ])
    #expect(DatasetCatalog.entry(named: "mnist")?.name == "mnist")
    #expect(DatasetCatalog.entry(named: "imagenet") == nil)
  }

  @Test("A set written as IDX files is read back as it was")
  func writesIDX() throws {
    try withTemporaryFolder { folder in
      let set = try Dataset(
        name: "small", train: smallPictures(labels: [0, 1, 2]), test: smallPictures(labels: [2]),
        classNames: ["a", "b", "c"])
      try set.writeIDX(to: folder + "/new/folder")
      let read = try MNIST.load(DatasetOptions(folder: folder + "/new/folder"))
      #expect(read.train.pictures!.pixels == set.train.pictures!.pixels)
      #expect(read.train.labels == set.train.labels)
      #expect(read.test.pictures!.pixels == set.test.pictures!.pixels)
      #expect((read.test.pictures!.height, read.test.pictures!.width) == (2, 3))
    }
  }

  @Test("Colour pictures do not fit MNIST's files, and nothing is written")
  func colourAsIDX() throws {
    try withTemporaryFolder { folder in
      let set = try Dataset(
        name: "colour", train: smallPictures(labels: [0, 1], channels: 3),
        test: smallPictures(labels: [0], channels: 3), classNames: ["a", "b"])
      #expect(throws: DatasetError.self) { try set.writeIDX(to: folder + "/x") }
      #expect(contents(of: folder).isEmpty)
    }
  }
}
