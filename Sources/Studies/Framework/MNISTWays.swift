import Datasets
import Training

extension StudySession {
  /// MNIST, as much of it as fits the form.
  func mnist() throws -> Dataset {
    try dataset(
      .mnist, trainCount: choose(smoke: 512, quick: 12_000, full: 30_000),
      testCount: choose(smoke: 300, quick: 2_000, full: nil))
  }

  /// A network that is quick enough to let many settings be tried.
  var smallNetwork: String { form == .smoke ? "lenet" : "lenet++quarter" }

  /// The small network in words.
  var smallNetworkTitle: String {
    form == .smoke ? "LeNet" : "LeNet++ with a quarter of its channels"
  }

  /// A way of training the small network on the digits.
  func mnistWay(
    _ name: String, _ loss: String, _ settings: [String: String] = [:], featureCount: Int = 2
  ) -> LossComparison.Way {
    LossComparison.Way(
      name,
      RunConfiguration(
        dataset: "mnist",
        network: smallNetwork,
        featureCount: featureCount, loss: loss, settings: settings,
        epochs: choose(smoke: 1, quick: 6, full: 5)))
  }

  /// What trainings of `mnistWay` are made of, as the beginning of a page's method.
  func mnistMethod(_ dataset: Dataset, _ training: TrainingOptions? = nil) -> String {
    let training = training ?? mnistWay("", "softmax").configuration.training
    return "A \(smallNetworkTitle) on \(dataset.train.count) digits of MNIST, \(training.epochs) "
      + "pass\(training.epochs == 1 ? "" : "es") of AdamW in batches of \(training.batchSize)"
  }
}
