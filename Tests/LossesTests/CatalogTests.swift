import Losses
import Testing
import Torch

@Suite("Every loss of the catalogue")
struct CatalogTests {
  @Test("has the gradient of its value: error ≤ 1e-7 in float64", arguments: LossCatalog.all)
  func gradient(entry: LossEntry) throws {
    for named in try proveGradient(of: entry) {
      let proof = named.proof
      #expect(proof.error <= 1e-7, "\(entry.name), \(named.name): \(proof.input) \(proof.error)")
    }
  }

  @Test("is found by its name and aliases, which no other loss has")
  func names() throws {
    let names = LossCatalog.all.flatMap { [$0.name] + $0.aliases }
    #expect(Set(names).count == names.count)
    for entry in LossCatalog.all {
      for name in [entry.name] + entry.aliases {
        #expect(try LossCatalog.entry(named: name).name == entry.name)
      }
    }
  }

  @Test("refuses values out of range and names it does not have", arguments: LossCatalog.all)
  func settings(entry: LossEntry) throws {
    for parameter in entry.parameters {
      for bad in ["-1e99", "nan", "inf", "much", ""] {
        #expect(throws: LossError.self, "\(entry.name) \(parameter.name)=\(bad)") {
          try entry.makeLoss([parameter.name: bad])
        }
      }
      _ = try entry.makeLoss([parameter.name: parameter.defaultValue.description])
    }
    #expect(throws: LossError.self) { try entry.makeLoss(["no-such-parameter": "1"]) }
  }

  @Test("stays finite, gradients too, at extreme inputs", arguments: LossCatalog.all)
  func extremes(entry: LossEntry) throws {
    let failure = try firstFailure(of: entry.makeLoss(), draws: 300)
    #expect(failure == nil, "\(entry.name): \(failure ?? "")")
  }
}

@Suite("Mistyped names")
struct SuggestionTests {
  @Test("get the nearest one")
  func nearest() {
    let error = #expect(throws: LossError.self) { try LossCatalog.entry(named: "arcfase") }
    #expect(error?.description.contains("did you mean 'arcface'?") == true)
    #expect(suggestion(for: "zebra", among: ["softmax", "arcface"]) == "")
  }
}

@Suite("Objectives")
struct ObjectiveTests {
  @Test("are a head and additions, with settings for one term or for all")
  func parsing() throws {
    let specification = try ObjectiveSpecification(
      "arcface+center", settings: ["margin": "0.25", "center.weight": "0.5", "scale": "20"])
    #expect(specification.terms.map(\.entry.name) == ["arcface", "center"])
    #expect(specification.terms[0].values["margin"] == .number(0.25))
    #expect(specification.terms[1].values["weight"] == .number(0.5))
    #expect(specification.title == "ArcFace + Center loss")
    let weighted = try ObjectiveSpecification("softmax+0.01*center")
    #expect(weighted.terms.map(\.weight) == [1, 0.01])
    #expect(weighted.title == "Softmax + 0.01 · Center loss")
  }

  @Test("refuse what cannot be trained, and settings nobody has")
  func refusals() {
    for name in [
      "center", "softmax+", "softmax+2*", "0*softmax", "softmax+cross-entropy", "", "sofmax",
    ] {
      #expect(throws: LossError.self, "\(name)") {
        try Objective(
          ObjectiveSpecification(name), classCount: 3, featureCount: 2, seed: 0)
      }
    }
    #expect(throws: LossError.self) {
      try ObjectiveSpecification("softmax", settings: ["margin": "0.1"])
    }
    #expect(throws: LossError.self) {
      try Objective(
        ObjectiveSpecification("softmax", settings: ["reduction": "none"]), classCount: 3,
        featureCount: 2, seed: 0)
    }
  }

  @Test("add center loss to the head's")
  func addition() throws {
    let features = try Tensor([3, 4, 0, 0] as [Float], shape: [2, 2])
    let labels = try Tensor([0, 1] as [Int64])
    func value(_ name: String) throws -> Double {
      try Objective(
        ObjectiveSpecification(name, settings: name.contains("center") ? ["weight": "0.1"] : [:]),
        classCount: 2, featureCount: 2, seed: 3)(features, labels: labels).item()
    }
    // Centres start at 0: λ · ½ · mean(25, 0).
    #expect(try abs(value("softmax+center") - value("softmax") - 0.1 * 0.5 * 12.5) < 1e-6)
  }
}

@Suite("Center loss")
struct CenterLossTests {
  @Test("moves centres by the paper's rule, and leaves absent classes alone")
  func rule() throws {
    let centers = try Tensor([0, 0, 10, 10, 5, 5] as [Float], shape: [3, 2])
    let features = try Tensor([2, 0, 4, 0, 10, 13] as [Float], shape: [3, 2])
    try CenterLoss(weight: 1, centerRate: 0.5).update(
      centers: centers, features: features, labels: Tensor([0, 0, 1] as [Int64]))
    // Class 0: −0.5 · ((0−2)+(0−4)) / 3 = 1; class 1: −0.5 · (0, −3) / 2 = (0, 0.75).
    #expect(try centers.elements() == [1, 0, 10, 10.75, 5, 5] as [Float])
  }
}

@Suite("Inputs of a loss are checked by name and place")
struct LossInputsTests {
  let good: LossInputs

  init() throws {
    good = [
      .features: try Tensor([1, 2, 3, 4] as [Float], shape: [2, 2]),
      .weights: try Tensor([1, 2, 3, 4, 5, 6] as [Float], shape: [3, 2]),
      .labels: try Tensor([0, 2] as [Int64]),
    ]
  }

  func problem(_ change: (inout LossInputs) throws -> Void) throws -> String? {
    var inputs = good
    try change(&inputs)
    do { try LossCatalog.entry(named: "softmax").makeLoss().validate(inputs) } catch let error
      as LossError
    { return error.description }
    return nil
  }

  @Test func goodOnesPass() throws { #expect(try problem { _ in } == nil) }

  @Test func badOnesAreNamed() throws {
    #expect(
      try problem { $0[.labels] = try Tensor([0, 3] as [Int64]) }?.contains("3 at [1]") == true)
    #expect(try problem { $0[.labels] = try Tensor([0] as [Int64]) }?.contains("N = 1") == true)
    #expect(
      try problem { $0[.labels] = try Tensor([0, 1] as [Float]) }?.contains("int64") == true)
    #expect(
      try problem { $0[.features] = try Tensor([1, 2, .nan, 4] as [Float], shape: [2, 2]) }?
        .contains("nan at [1, 0]") == true)
    #expect(
      try problem { $0[.weights] = try Tensor([1, 2] as [Float], shape: [1, 2]) }?
        .contains("labels") == true)
    #expect(
      try problem { $0[.features] = try Tensor([1, 2] as [Float]) }?.contains("axes") == true)
    #expect(
      try problem { $0[.features] = try Tensor([1, 2, 3, 4] as [Double], shape: [2, 2]) }?
        .contains("float") == true)
    #expect(
      try problem { $0[.features] = try Tensor([] as [Float], shape: [0, 2]) }?.contains("empty")
        == true)
  }
}
