/// The data sets of the studies, by their folders in the one that `--data` names.
public enum StudyData: String, Codable, Sendable, CaseIterable {
  case mnist, omniglot, lfw, orl, bsds500, uci
  case cifar10 = "cifar10-jpeg"
  case trec = "text/trec"
  case sst2 = "text/sst2"

  /// Its name in the catalogue of data sets; nil for what is no classification.
  var catalogName: String? {
    switch self {
    case .mnist: "mnist"
    case .omniglot: "omniglot"
    case .lfw: "lfw"
    case .orl: "orl"
    case .cifar10: "cifar10"
    case .trec: "trec"
    case .sst2: "sst2"
    case .bsds500, .uci: nil
    }
  }
}
