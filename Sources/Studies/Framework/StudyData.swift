/// The data sets of the studies, by their folders in the one that `--data` names.
public enum StudyData: String, Codable, Sendable, CaseIterable {
  case mnist, omniglot, lfw, orl, bsds500, uci
  case cifar10 = "cifar10-jpeg"
  case trec = "text/trec"
  case sst2 = "text/sst2"
}
