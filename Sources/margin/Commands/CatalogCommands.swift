import ArgumentParser
import Datasets
import Foundation
import Losses
import Networks
import Training

struct LossesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "losses",
    abstract: "List the losses, or explain one.",
    discussion: """
      Example:

        margin losses arcface
      """)

  @Argument(help: "The loss to explain (default: list all).")
  var name: String?

  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    let entries = try name.map { [try LossCatalog.entry(named: $0)] } ?? LossCatalog.all
    if json {
      let descriptions = try entries.map(Description.init)
      print(String(decoding: try JSONFile.encode(descriptions), as: UTF8.self))
    } else if name != nil {
      print(try explanation(of: entries[0]))
    } else {
      print(list(entries))
    }
  }

  private func list(_ entries: [LossEntry]) -> String {
    let width = entries.map(\.name.count).max()! + 2
    let families = LossEntry.Family.allCases.map { family in
      let lines = entries.filter { $0.family == family }.map { entry in
        let aliases =
          entry.aliases.isEmpty ? "" : " (also \(entry.aliases.joined(separator: ", ")))"
        return "  \(entry.name.padding(toLength: width, withPad: " ", startingAt: 0))"
          + entry.summary + aliases
      }
      return ([family.title] + lines).joined(separator: "\n")
    }
    return families.joined(separator: "\n\n")
      + "\n\nJoin additions to a head by '+', as softmax+center. 'margin losses NAME' explains one."
  }

  private func explanation(of entry: LossEntry) throws -> String {
    let signatures = try entry.makeLoss().signatures
    var lines = ["\(entry.title): \(entry.summary)", "", "  \(entry.formula)"]
    for (index, signature) in signatures.enumerated() {
      lines += ["", index == 0 ? "Inputs:" : "Or:"]
      let width = signature.map(\.input.rawValue.count).max()! + 2
      lines += signature.map { declaration in
        "  " + declaration.input.rawValue.padding(toLength: width, withPad: " ", startingAt: 0)
          + "[\(declaration.axes)] \(declaration.elementDescription)"
          + (declaration.isOptional ? "; optional" : "")
      }
    }
    lines += ["", "Parameters:"]
    let width = (entry.parameters.map(\.name.count).max() ?? 0) + 2
    for parameter in entry.parameters {
      lines.append(
        "  \(parameter.name.padding(toLength: width, withPad: " ", startingAt: 0))"
          + "\(parameter.meaning); \(parameter.range); default \(parameter.defaultValue)")
    }
    if !entry.refusals.isEmpty {
      lines += ["", "No meaning here:"]
      lines += entry.refusals.sorted { $0.key < $1.key }.map { "  \($0.key): \($0.value)" }
    }
    lines += ["", "Conventions:"] + entry.conventions.map { "  \($0)" }
    lines += ["", "Paper: \(entry.paper)"]
    return lines.joined(separator: "\n")
  }

  private struct Description: Encodable {
    struct Parameter: Encodable {
      var name, `default`, range, meaning: String
    }
    struct Input: Encodable {
      var name, shape, elements: String
      var isOptional: Bool

      init(_ declaration: InputDeclaration) {
        (name, shape) = (declaration.input.rawValue, declaration.axes)
        elements = declaration.elementDescription
        isOptional = declaration.isOptional
      }
    }

    var name, title, family, summary, formula, paper: String
    var aliases, conventions: [String]
    /// All there are; optional are those that can be left out in some call.
    var inputs: [Input]
    /// The ways to call it.
    var signatures: [[Input]]
    var parameters: [Parameter]

    init(_ entry: LossEntry) throws {
      (name, title, family) = (entry.name, entry.title, entry.family.rawValue)
      (summary, formula, paper) = (entry.summary, entry.formula, entry.paper)
      (aliases, conventions) = (entry.aliases, entry.conventions)
      let loss = try entry.makeLoss()
      inputs = loss.inputs.map(Input.init)
      signatures = loss.signatures.map { $0.map(Input.init) }
      parameters = entry.parameters.map {
        Parameter(
          name: $0.name, default: "\($0.defaultValue)", range: "\($0.range)", meaning: $0.meaning)
      }
    }
  }
}

struct DatasetsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "datasets", abstract: "List the data sets.",
    discussion: """
      Example:

        margin datasets
      """)

  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    try printCatalog(
      DatasetCatalog.all.map {
        ["name": $0.name, "summary": $0.summary, "source": $0.source, "license": $0.license]
      }, lines: ["summary", "source", "license"], json: json)
  }
}

struct NetworksCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "networks", abstract: "List the networks.",
    discussion: """
      Example:

        margin networks
      """)

  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    try printCatalog(
      NetworkCatalog.all.map {
        [
          "name": $0.name, "summary": $0.summary, "input": $0.input.description, "paper": $0.paper,
        ]
      }, lines: ["summary", "input", "paper"], json: json)
  }
}

private func printCatalog(_ entries: [[String: String]], lines: [String], json: Bool) throws {
  if json {
    print(String(decoding: try JSONFile.encode(entries), as: UTF8.self))
  } else {
    print(
      entries.map { entry in
        ([entry["name"]!] + lines.map { "  \(entry[$0]!)" }).joined(separator: "\n")
      }.joined(separator: "\n\n"))
  }
}
