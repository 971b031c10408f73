import Losses
import Testing
import Training

@Suite("Every proxy head")
struct EveryHeadTests {
  @Test(
    "is trained, and taken up again where it stopped with all that it carries along",
    arguments: LossCatalog.all.filter { $0.family == .proxyHead }.map(\.name) + [
      "normface:scale-rule=learned"
    ])
  func resumes(name: String) throws {
    let parts = name.split(separator: ":").map(String.init)
    let configuration = smallConfiguration {
      $0.trainCount = 100
      $0.featureCount = 4
      $0.loss = parts[0]
      $0.lossSettings = parts.count > 1 ? ["scale-rule": "learned"] : [:]
    }
    try withTemporaryFolder { folder in
      #expect(try newRun(configuration, at: folder + "/whole").train())
      _ = try stoppedAndResumed(configuration, at: folder + "/stopped", stop: 3)
      #expect(try finalState(folder + "/stopped") == finalState(folder + "/whole"))
    }
  }
}
