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
    let ways = StudentTarget.all
    let items = plan.settings.indices.flatMap { setting in
      ways.flatMap { way in
        plan.settings[setting].students(session.seeds).map {
          (setting: setting, way: way, student: $0)
        }
      }
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
      session: session, plan: plan, teacher: teacher, sampleCount: dataset.train.count, ways: ways,
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
    /// How many students each seed of the study has.
    var studentsOfSeed: Int

    /// The seeds of all students.
    func students(_ seeds: [UInt64]) -> [UInt64] {
      seeds.flatMap { seed in (0..<studentsOfSeed).map { seed * 100 + UInt64($0) } }
    }

    var student: String { hidden.map(String.init).joined(separator: " and ") + " hidden units" }
    var title: String { "\(student), \(sampleCount) digits" }
  }
  let teacher: RunConfiguration
  /// From few to many samples for the first student, then what others there are.
  let settings: [Setting]

  init(_ form: StudyForm, sampleCount: Int) {
    // Wide enough to follow the teacher and smaller than it, as in the paper, and too narrow for it.
    let (wide, narrow) = form == .full ? ([300, 300], [32]) : ([64], [16])
    func setting(
      _ hidden: [Int], _ count: Int, batchSize: Int = 100, epochs: Int, students: Int
    ) -> Setting {
      Setting(
        hidden: hidden, sampleCount: count, batchSize: batchSize, epochs: epochs,
        studentsOfSeed: students)
    }
    settings =
      switch form {
      case .smoke:
        [
          setting(narrow, 100, batchSize: 50, epochs: 2, students: 2),
          setting(narrow, 200, batchSize: 50, epochs: 2, students: 2),
        ]
      case .quick:
        [
          setting(wide, 300, batchSize: 50, epochs: 100, students: 3),
          setting(wide, sampleCount, epochs: 8, students: 3),
          setting(narrow, sampleCount, epochs: 8, students: 3),
        ]
      case .full:
        // Few samples make students that differ much, and cost little.
        [
          setting(wide, 300, batchSize: 50, epochs: 200, students: 4),
          setting(wide, 3_000, epochs: 60, students: 4),
          setting(wide, sampleCount, epochs: 12, students: 2),
          setting(narrow, sampleCount, epochs: 12, students: 2),
        ]
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
  /// Of the teacher, and of which students see some.
  let sampleCount: Int
  let ways: [StudentTarget]
  /// By setting, then by way, then by student.
  let results: [StudentScores]

  private func count(_ setting: Int) -> Int {
    plan.settings[setting].students(session.seeds).count
  }

  private func students(_ setting: Int, _ way: Int) -> [StudentScores] {
    let start =
      (0..<setting).reduce(0) { $0 + ways.count * count($1) } + way * count(setting)
    return Array(results[start..<start + count(setting)])
  }

  private func mean(_ setting: Int, _ way: Int, _ number: (StudentScores) -> Double) -> Estimate {
    .mean(students(setting, way).map(number))
  }

  /// The ways whose temperature is above 1.
  private var softened: [Int] { ways.indices.filter { (ways[$0].temperature ?? 0) > 1 } }

  /// Each student's accuracy: with a way, or the mean with several.
  private func accuracies(_ setting: Int, _ chosen: [Int]) -> [Double] {
    let all = chosen.map { students(setting, $0).map(\.accuracy) }
    return all[0].indices.map { student in
      all.reduce(0) { $0 + $1[student] } / Double(all.count)
    }
  }

  private func contrast(_ setting: Int, _ chosen: [Int], minus other: Int) -> Contrast {
    Contrast(accuracies(setting, chosen), accuracies(setting, [other]))
  }

  /// The students of softened scores against those of another way: one verdict, over all temperatures
  /// together, as with one for each of them some would come out by chance.
  private func finding(_ setting: Int, minus other: Int, _ statement: String) -> Finding {
    let mean = contrast(setting, softened, minus: other)
    return Finding(
      "\(plan.settings[setting].title): \(statement)", mean.isLarger,
      "\(mean.points) ("
        + softened.map { way in
          "T = \(ways[way].temperature!.cell(0)): "
            + contrast(setting, [way], minus: other).points
        }.joined(separator: "; ") + ")")
  }

  private func findings(_ setting: Int) -> [Finding] {
    let teacher = "students of softened scores, T = 2 to 16 together, are better than those of"
    return [
      finding(setting, minus: 0, "\(teacher) labels"),
      finding(setting, minus: 1, "\(teacher) smoothed labels"),
      finding(
        setting, minus: ways.firstIndex { $0.temperature == 1 }!,
        "\(teacher) the scores as they are, T = 1"),
    ]
  }

  /// The share of the errors with labels that softened scores spare the first student with few samples, less
  /// the share with many: in points many samples leave little to gain.
  private var worthOfFew: Finding {
    let many = plan.settings.lastIndex { $0.hidden == plan.settings[0].hidden }!
    func spared(_ setting: Int) -> [Double] {
      zip(accuracies(setting, softened), accuracies(setting, [0])).map { taught, untaught in
        (taught - untaught) / max(1 - untaught, 1e-9)
      }
    }
    // Not paired: the students of one seed have nothing but its number in common.
    let (few, all) = (Estimate.mean(spared(0)), Estimate.mean(spared(many)))
    let contrast = Contrast([few], [all])
    return Finding(
      "\(plan.settings[0].student): softened scores spare a larger share of the errors with "
        + "\(plan.settings[0].sampleCount) digits than with \(plan.settings[many].sampleCount)",
      contrast.isLarger,
      "\(few.percent) % against \(all.percent) % of the errors of students of labels")
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
      }, note: "Means over \(count(setting)) students with their 95 % intervals.")
  }

  func result() throws -> StudyResult {
    let taught = ways.indices.filter { ways[$0].temperature != nil }
    for (index, setting) in plan.settings.enumerated() {
      func gain(_ way: Int, at temperature: Double) -> RunSummary.Point {
        contrast(index, [way], minus: 0).difference.point(at: temperature, times: 100)
      }
      let smoothed = gain(1, at: 1).y
      try session.figure(
        "gain-\(setting.hidden[0])-\(setting.sampleCount)",
        Figures.curves(
          [
            (
              "taught",
              RunSummary.Curve(
                name: "", points: taught.map { gain($0, at: ways[$0].temperature!) })
            ),
            (
              "smoothed labels",
              RunSummary.Curve(
                name: "", points: taught.map { .init(x: ways[$0].temperature!, y: smoothed) })
            ),
            (
              "labels",
              RunSummary.Curve(
                name: "", points: taught.map { .init(x: ways[$0].temperature!, y: 0) })
            ),
          ], xTitle: "temperature T", xIsLogarithmic: true,
          yTitle: "More digits right than by labels, points", yIsLogarithmic: false),
        caption:
          "Students of \(setting.title): what they gain on students of labels, by the temperature of the "
          + "teacher's scores."
      )
    }
    return StudyResult(
      method:
        "The teacher, \(plan.teacher.network) with softmax, has \(teacher.parameterCount) parameters and "
        + "is trained on \(sampleCount) digits of MNIST (accuracy \(teacher.accuracy.percent) %). "
        + "Students are perceptrons, trained by AdamW: "
        + plan.settings.indices.map { setting in
          "\(plan.settings[setting].title), \(plan.settings[setting].epochs) passes "
            + "(\(students(setting, 0)[0].parameterCount) parameters)"
        }.joined(separator: "; ")
        + "; by labels, by smoothed labels, or by the teacher's scores at a temperature with "
        + "\((StudentTarget.mix * 100).cell(0)) % of the loss and labels with the rest. Each way has "
        + "the same students as the others: as many, with the same samples and first weights.",
      tables: plan.settings.indices.map(table),
      findings: plan.settings.indices.flatMap(findings) + [worthOfFew],
      caveats: [
        "The teacher has seen all digits with their labels: few samples are those of the student alone.",
        "All students have one teacher.",
      ],
      uncertainty:
        "± is half a 95 % interval over the students, by which differences are paired (Student).")
  }
}
