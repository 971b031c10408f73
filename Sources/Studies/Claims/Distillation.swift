import Datasets
import Evaluation
import Losses
import Networks
import RandomNumbers
import Reports
import Torch
import Training

extension Study {
  /// A large network's softened scores as targets of a small one.
  static let distillation = Study(
    name: "distillation",
    title: "A large network teaches a small one",
    claim:
      "A small network that follows the softened scores of a large one becomes better than one that is "
      + "trained with labels: the scores say which classes a sample resembles, and a temperature above 1 "
      + "lets that be seen. It is more than smoothing labels, and worth most where samples are few.",
    papers: [
      "Hinton, Vinyals, Dean, Distilling the knowledge in a neural network, 2015",
      "Müller, Kornblith, Hinton, When does label smoothing help?, 2019",
    ],
    data: [.mnist]
  ) { session in
    session.stageCount = 2
    let dataset = try session.mnist()
    let plan = DistillationPlan(session.form, sampleCount: dataset.train.count)
    let teacher = try session.result("teacher") {
      try TeacherScores(session.train(plan.teacher, on: dataset, as: "teacher"))
    }
    // Students are too small for several threads, which would wait for each other.
    try session.useOneThread()
    // Several students of a seed cost little; each pair of ways has the same samples and first weights.
    let students = session.seeds.flatMap { seed in
      (0..<plan.studentsOfSeed).map { seed * 100 + UInt64($0) }
    }
    let ways = StudentTarget.all
    let items = plan.settings.indices.flatMap { setting in
      ways.flatMap { way in students.map { (setting: setting, way: way, student: $0) } }
    }
    let results = try session.results(
      for: items,
      named: items.map {
        "\(plan.settings[$0.setting].title), \($0.way.name), student \($0.student)"
      }
    ) { item in
      try plan.student(
        item.way, plan.settings[item.setting], dataset, teacher, seed: item.student,
        progress: session.step)
    }
    return try DistillationResult(
      session: session, plan: plan, teacher: teacher, studentCount: students.count, ways: ways,
      results: results
    ).result()
  }
}

/// What a student is asked for.
struct StudentTarget {
  let name: String
  /// Of the teacher's scores; nil without a teacher.
  var temperature: Double?
  var labelSmoothing = 0.0

  static let temperatures = [1.0, 2, 4, 8, 16]
  /// The weight of the teacher in the loss; the label has the rest.
  static let mix = 0.9
  static let all =
    [
      StudentTarget(name: "labels"),
      StudentTarget(name: "smoothed labels, ε = 0.1", labelSmoothing: 0.1),
    ]
    + temperatures.map { StudentTarget(name: "teacher, T = \($0.cell(0))", temperature: $0) }

  func loss(_ logits: Tensor, labels: Tensor, teacherLogits: Tensor) throws -> Tensor {
    let target = Target(.labels(labels))
    guard let temperature else {
      return try LogitLoss(CrossEntropy(labelSmoothing: labelSmoothing))(logits, target)
    }
    return try Distillation(temperature: temperature, mix: Self.mix)(
      logits, teacherLogits: teacherLogits, target)
  }
}

/// Pixels from 0 up: where nearly all are -1, many hidden units are off, or on, for all digits.
private struct FromZero: Layer {
  func callAsFunction(_ x: Tensor, isTraining: Bool) throws -> Tensor { try x + 1 }
}

/// What the teacher says of all digits.
struct TeacherScores: Codable {
  /// [N, 10], row by row.
  var trainLogits, testLogits: [Float]
  var isRight: [Bool]
  var parameterCount: Int

  init(_ run: TrainingRun) throws {
    func logits(_ samples: Samples) throws -> Tensor {
      try withoutGradients {
        try run.objective.head!.logits(run.network.features(of: samples))
      }
    }
    let test = try logits(run.dataset.test)
    trainLogits = try logits(run.dataset.train).elements()
    testLogits = try test.elements()
    isRight = zip(try test.predictedClasses(), run.dataset.test.labels).map { $0 == Int($1) }
    parameterCount = run.network.parameterCount
  }

  var accuracy: Estimate { .share(isRight.count { $0 }, of: isRight.count) }
}

extension Network {
  fileprivate var parameterCount: Int { parameters.reduce(0) { $0 + $1.tensor.count } }
}

/// How well a student does.
struct StudentScores: Codable {
  var accuracy: Double
  /// The share of test digits whose class is the teacher's.
  var agreement: Double
  /// The mean KL divergence from the teacher to the student at temperature 1.
  var divergence: Double
  var parameterCount: Int
}

/// How much is trained.
struct DistillationPlan {
  struct Setting {
    /// The widths of the student's hidden layers.
    var hidden: [Int]
    var sampleCount, batchSize, epochs: Int

    var student: String { hidden.map(String.init).joined(separator: " and ") + " hidden units" }
    var title: String { "\(student), \(sampleCount) digits" }
  }
  let teacher: RunConfiguration
  /// From few to many samples for the first student, then what others there are.
  let settings: [Setting]
  let studentsOfSeed: Int

  /// Wide enough to follow the teacher, as in the paper, and too narrow for it.
  private static let (wide, narrow) = ([300, 300], [32])

  init(_ form: StudyForm, sampleCount: Int) {
    switch form {
    case .smoke:
      settings = [
        Setting(hidden: Self.narrow, sampleCount: 100, batchSize: 50, epochs: 2),
        Setting(hidden: Self.narrow, sampleCount: 200, batchSize: 50, epochs: 2),
      ]
      studentsOfSeed = 2
    case .quick:
      settings = [
        Setting(hidden: Self.wide, sampleCount: 300, batchSize: 50, epochs: 100),
        Setting(hidden: Self.wide, sampleCount: sampleCount, batchSize: 100, epochs: 8),
        Setting(hidden: Self.narrow, sampleCount: sampleCount, batchSize: 100, epochs: 8),
      ]
      studentsOfSeed = 3
    case .full:
      settings = [
        Setting(hidden: Self.wide, sampleCount: 300, batchSize: 50, epochs: 200),
        Setting(hidden: Self.wide, sampleCount: 3_000, batchSize: 100, epochs: 60),
        Setting(hidden: Self.wide, sampleCount: sampleCount, batchSize: 100, epochs: 12),
        Setting(hidden: Self.narrow, sampleCount: sampleCount, batchSize: 100, epochs: 12),
      ]
      studentsOfSeed = 2
    }
    teacher = RunConfiguration(
      dataset: "mnist",
      network: form == .smoke ? "lenet" : form == .quick ? "lenet++quarter" : "lenet++",
      featureCount: 64, loss: "softmax", epochs: form == .smoke ? 1 : form == .quick ? 6 : 4)
  }

  /// Trains a student and judges it.
  func student(
    _ way: StudentTarget, _ setting: Setting, _ dataset: Dataset, _ teacher: TeacherScores,
    seed: UInt64, progress: (Double) throws -> Void
  ) throws -> StudentScores {
    let (train, test) = (dataset.train.pictures!, dataset.test)
    let classCount = dataset.classCount
    var random = SplitMix64(seed, 1)
    let samples = Array(
      (0..<train.count).shuffled(using: &random).prefix(setting.sampleCount))
    let network = try Network.perceptron(
      train.pictureByteCount, hidden: setting.hidden, classCount,
      after: [("from-zero", FromZero())],
      seed: seed)
    try network.fit(
      BatchOrder(
        count: samples.count, batchSize: setting.batchSize, epochs: setting.epochs, seed: seed),
      learningRate: 0.003, progress: progress
    ) { order in
      let indices = order.indices.map { samples[$0] }
      let batch = try train.batch(indices)
      let teacherLogits = try Tensor(
        indices.flatMap {
          teacher.trainLogits[$0 * classCount..<($0 + 1) * classCount]
        }, shape: [indices.count, classCount])
      return try way.loss(
        network(batch.inputs, isTraining: true), labels: batch.labels, teacherLogits: teacherLogits)
    }
    return try withoutGradients {
      let logits = try network.features(of: test)
      let teacherLogits = try Tensor(teacher.testLogits, shape: [test.count, classCount])
      let (said, taught) = try (logits.predictedClasses(), teacherLogits.predictedClasses())
      let count = Double(test.count)
      return StudentScores(
        accuracy: Double(zip(said, test.labels).count { $0 == Int($1) }) / count,
        agreement: Double(zip(said, taught).count { $0 == $1 }) / count,
        divergence: try Distillation(temperature: 1, mix: 1)(logits, teacherLogits: teacherLogits)
          .item(),
        parameterCount: network.parameterCount)
    }
  }
}

/// What came of the students.
private struct DistillationResult {
  let session: StudySession
  let plan: DistillationPlan
  let teacher: TeacherScores
  let studentCount: Int
  let ways: [StudentTarget]
  /// By setting, then by way, then by student.
  let results: [StudentScores]

  private func students(_ setting: Int, _ way: Int) -> [StudentScores] {
    let start = (setting * ways.count + way) * studentCount
    return Array(results[start..<start + studentCount])
  }

  private func mean(_ setting: Int, _ way: Int, _ number: (StudentScores) -> Double) -> Estimate {
    .mean(students(setting, way).map(number))
  }

  /// The ways of some temperatures minus another way.
  private func contrasts(
    _ setting: Int, from least: Double = 1, minus other: Int,
    _ number: (StudentScores) -> Double = { $0.accuracy }
  ) -> [(temperature: Double, contrast: Contrast)] {
    ways.indices.compactMap { way in
      guard let temperature = ways[way].temperature, temperature >= least else { return nil }
      return (
        temperature: temperature,
        contrast: Contrast(
          students(setting, way).map(number), students(setting, other).map(number))
      )
    }
  }

  private func evidence(_ contrasts: [(temperature: Double, contrast: Contrast)]) -> String {
    contrasts.map { "T = \($0.temperature.cell(0)): \($0.contrast.points)" }
      .joined(separator: "; ")
  }

  private func findings(_ setting: Int) -> [Finding] {
    let digits = plan.settings[setting].title
    let labels = contrasts(setting, minus: 0)
    let smoothed = contrasts(setting, minus: 1)
    let softened = contrasts(setting, from: 2, minus: 2)
    return [
      Finding(
        "\(digits): students of the teacher are better than those of labels, at every temperature",
        .init(labels.map(\.contrast.isLarger)), evidence(labels)),
      Finding(
        "\(digits): they are better than those of smoothed labels",
        .init(smoothed.map(\.contrast.isLarger)), evidence(smoothed)),
      Finding(
        "\(digits): temperatures above 1 teach more than 1",
        .init(softened.map(\.contrast.isLarger)), evidence(softened)),
    ]
  }

  /// What the teacher adds for the first student with few samples, less what it adds with many.
  private var worthOfFew: Finding {
    let many = plan.settings.lastIndex { $0.hidden == plan.settings[0].hidden }!
    let contrasts = ways.indices.compactMap { way in
      ways[way].temperature.map { temperature in
        func gains(_ setting: Int) -> [Double] {
          zip(students(setting, way), students(setting, 0)).map { $0.accuracy - $1.accuracy }
        }
        return (temperature: temperature, contrast: Contrast(gains(0), gains(many)))
      }
    }
    return Finding(
      "\(plan.settings[0].student): the teacher adds more with \(plan.settings[0].sampleCount) digits "
        + "than with \(plan.settings[many].sampleCount)",
      .init(contrasts.map(\.contrast.isLarger)), evidence(contrasts))
  }

  private func table(_ setting: Int) -> StudyTable {
    StudyTable(
      "Students of \(plan.settings[setting].title)",
      columns: ["", "accuracy %", "agreement with the teacher %", "KL from the teacher, nats"],
      rows: ways.indices.map { way in
        [
          ways[way].name, mean(setting, way, \.accuracy).percent,
          mean(setting, way, \.agreement).percent, mean(setting, way, \.divergence).cell(3),
        ]
      }, note: "Means over \(studentCount) students with their 95 % intervals.")
  }

  func result() throws -> StudyResult {
    for (index, setting) in plan.settings.enumerated() {
      let temperatures = StudentTarget.temperatures
      func level(_ way: Int) -> RunSummary.Curve {
        let accuracy = mean(index, way, \.accuracy)
        return RunSummary.Curve(
          temperatures, temperatures.map { _ in accuracy.value * 100 })
      }
      try session.figure(
        "accuracy-\(setting.hidden[0])-\(setting.sampleCount)",
        Figures.curves(
          [
            (
              "taught",
              RunSummary.Curve(
                temperatures,
                ways.indices.filter { ways[$0].temperature != nil }.map {
                  mean(index, $0, \.accuracy)
                }, times: 100)
            ),
            ("labels", level(0)), ("smoothed", level(1)),
          ], xTitle: "temperature T", xIsLogarithmic: true, yTitle: "Accuracy of students, %",
          yIsLogarithmic: false),
        caption:
          "Students of \(setting.title), by the temperature of the teacher's scores."
      )
    }
    return StudyResult(
      method:
        "The teacher, \(plan.teacher.network) with softmax, has \(teacher.parameterCount) parameters and "
        + "is trained on all digits of the training set (accuracy \(teacher.accuracy.percent) %). "
        + "Students are perceptrons, trained by AdamW: "
        + plan.settings.indices.map { setting in
          "\(plan.settings[setting].title), \(plan.settings[setting].epochs) passes "
            + "(\(students(setting, 0)[0].parameterCount) parameters)"
        }.joined(separator: "; ")
        + "; by labels, by smoothed labels, or by the teacher's scores at a temperature with "
        + "\((StudentTarget.mix * 100).cell(0)) % of the loss and labels with the rest. Each way has "
        + "\(studentCount) students, and the same samples and first weights as the others.",
      tables: plan.settings.indices.map(table),
      findings: plan.settings.indices.flatMap(findings) + [worthOfFew],
      caveats: [
        "The teacher has seen all training digits with their labels: few samples are those of the "
          + "student alone.",
        "All students have one teacher; intervals are over students.",
      ])
  }
}
