#include "conformance_suite.h"

#include <algorithm>
#include <cctype>
#include <filesystem>

#include "base/files.h"
#include "base/random.h"
#include "graph/text.h"
#include "interpret/interpret_netlist.h"
#include "netlist/random_netlist.h"
#include "test_folders.h"
#include "verify/random_format.h"
#include "verify/random_graph.h"

namespace trigstone {

namespace {

constexpr int kEvents = 12;

std::string file_name(std::string name) {
  for (char& c : name) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  }
  return name + ".graph.txt";
}

void save_crasher(const Question& question) {
  write_file(std::filesystem::path(kBuildFolder) / "crashers" / file_name(question.name),
             to_text(question.graph));
}

// Graphs small enough that a hundred of them fit one Verilator build in little time.
std::vector<Question> questions_for_mutants() {
  std::vector<Question> questions;
  for (Question& question : random_questions(0, 200)) questions.push_back(std::move(question));
  std::stable_sort(questions.begin(), questions.end(), [](const Question& a, const Question& b) {
    return a.graph.size() < b.graph.size();
  });
  return questions;
}

ValueId add_signs(Graph& graph, Random& random, const Shape& shape, int64_t magnitude) {
  Tensor tensor{shape, Format{4, 3}, {}, {}};
  for (int64_t i = element_count(shape); i > 0; --i) {
    tensor.mantissas.push_back(random.chance(0.5) ? magnitude : -magnitude);
  }
  return graph.add_data(Op::kConstant, std::make_shared<Tensor>(std::move(tensor)), "signs");
}

ValueId add_number(Graph& graph, const Format& format, int64_t mantissa) {
  return graph.add_data(Op::kConstant, std::make_shared<Tensor>(Tensor{{}, format, {mantissa}, {}}),
                        "number");
}

// Bits or signs of numbers, two layers of +-w; streamed or resident.
Graph binary_graph(uint64_t seed) {
  Random random(seed, 9);
  Graph graph;
  const bool streamed = random.chance(0.5);
  const int64_t width = random.integer(2, 20);
  const Shape shape = streamed ? Shape{4, width} : Shape{width};
  Attributes attributes = {{"format", FormatMap(Format{6, 3})}, {"shape", shape}};
  if (streamed) attributes["token_axis"] = int64_t{0};
  ValueId x = graph.add(Op::kInput, {}, attributes, "x");
  for (int layer = 0; layer < 2; ++layer) {
    x = graph.add(Op::kCompare, {x, add_number(graph, {6, 3}, random.integer(-9, 9))},
                  {{"relation", std::string("ge")}});
    if (random.chance(0.5)) {
      x = graph.add(Op::kScale, {x}, {{"exponent", int64_t{1}}});
      x = graph.add(Op::kSub, {x, add_number(graph, {2, 2}, 1)});
    }
    const int64_t inputs = graph.shape(x).back(), outputs = random.integer(1, 9);
    const ValueId signs = add_signs(graph, random, {inputs, outputs}, random.integer(1, 3));
    x = graph.add(Op::kLinear, {x, signs}, {}, fmt::format("layer_{}", layer));
  }
  graph.add_output("y", x);
  return graph;
}

NetlistQuestion random_netlist_question(uint64_t seed) {
  RandomNetlist made = random_netlist(seed);
  NetlistQuestion question{fmt::format("random netlist {}", seed),
                           std::move(made.netlist),
                           std::move(made.firmware),
                           {},
                           {}};
  Random random(seed, 5);
  for (int e = 0; e < kEvents; ++e) {
    EventTensors event;
    for (const PortBinding& binding : question.firmware.inputs) {
      Tensor tensor{binding.shape, binding.format, {}, {}};
      for (int64_t i = tensor.size(); i > 0; --i) {
        tensor.mantissas.push_back(random_mantissa(random, binding.format));
      }
      event.push_back(std::move(tensor));
    }
    question.events.push_back(std::move(event));
    question.gaps.push_back(question.firmware.ii + (e % 3 == 2 ? e : 0));
  }
  return question;
}

Answer answer_of(const NetlistQuestion& question) {
  return {run_netlist(question.netlist, question.firmware, question.events, question.gaps, 1,
                      question.loads),
          ""};
}

}  // namespace

std::vector<Question> random_questions(uint64_t first, uint64_t count, int events) {
  std::vector<Question> questions;
  for (uint64_t seed = first; seed < first + count; ++seed) {
    questions.push_back(random_question(seed, events));
  }
  return questions;
}

std::vector<Question> crasher_questions() {
  std::vector<std::filesystem::path> files;
  const std::filesystem::path folder = std::filesystem::path(kSourceFolder) / "tests" / "crashers";
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().string().ends_with(".graph.txt")) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  std::vector<Question> questions;
  for (const std::filesystem::path& file : files) {
    const uint64_t seed = questions.size();
    Question question{
        file.filename().string(), parse_graph(read_file(file), file.string()), {}, seed};
    for (const EventTensors& event : random_events(question.graph, seed, 40)) {
      question.events.push_back(with_garbage(question.graph, event, seed));
    }
    questions.push_back(std::move(question));
  }
  return questions;
}

std::vector<Question> binary_questions(uint64_t count, int events) {
  std::vector<Question> questions;
  for (uint64_t i = 0; i < count; ++i) {
    const uint64_t seed = 15 + i % 5 + 20 * (i / 5);  // those that lower_question builds with xnor
    Question question{fmt::format("binary {}", seed), binary_graph(seed), {}, seed};
    for (const EventTensors& event : random_events(question.graph, seed, events)) {
      question.events.push_back(with_garbage(question.graph, event, seed));
    }
    questions.push_back(std::move(question));
  }
  return questions;
}

void expect_conformance(const Engine& engine, const std::vector<Question>& questions) {
  const std::vector<Answer> right = interpreter_engine().run(questions);
  const std::vector<Answer> answers = engine.run(questions);
  ASSERT_EQ(answers.size(), questions.size());
  for (size_t i = 0; i < questions.size(); ++i) {
    ASSERT_EQ(right[i].refusal, "") << questions[i].name;
    const auto found = difference(right[i], answers[i], output_names(questions[i].graph));
    if (!found) continue;
    save_crasher(questions[i]);
    ADD_FAILURE() << engine.name << ": " << *found << "\n  ask again: " << questions[i].name
                  << " --with " << engine.name << "\n  graph: " << kBuildFolder << "/crashers/"
                  << file_name(questions[i].name);
  }
}

std::vector<BrokenGraph> broken_graphs(int questions_per_mutant) {
  const std::vector<Question> questions = questions_for_mutants();
  const std::vector<Answer> right = interpreter_engine().run(questions);
  std::vector<BrokenGraph> broken;
  for (const GraphMutant& mutant : graph_mutants()) {
    int found = 0;
    for (size_t i = 0; i < questions.size() && found < questions_per_mutant; ++i) {
      Question wrong = questions[i];
      wrong.graph = mutant.apply(wrong.graph);
      if (differing_events(right[i], interpreter_engine().run({wrong})[0]) == 0) continue;
      broken.push_back({mutant.name, std::move(wrong), right[i]});
      ++found;
    }
    EXPECT_GT(found, 0) << "survives the questions: " << mutant.name;
  }
  return broken;
}

std::vector<BrokenNetlist> broken_netlists(int questions_per_mutant) {
  std::vector<NetlistQuestion> questions;
  for (const Question& question : questions_for_mutants()) {
    questions.push_back(lower_question(question));
  }
  for (uint64_t seed = 0; seed < 200; ++seed) questions.push_back(random_netlist_question(seed));
  std::vector<Answer> right;
  for (const NetlistQuestion& question : questions) right.push_back(answer_of(question));
  std::vector<BrokenNetlist> broken;
  for (const NetlistMutant& mutant : netlist_mutants()) {
    int found = 0;
    for (size_t i = 0; i < questions.size() && found < questions_per_mutant; ++i) {
      NetlistQuestion wrong = questions[i];
      wrong.netlist = mutant.apply(wrong.netlist);
      if (wrong.netlist == questions[i].netlist) continue;
      if (differing_events(right[i], answer_of(wrong)) == 0) continue;
      broken.push_back({mutant.name, std::move(wrong), right[i]});
      ++found;
    }
    EXPECT_GT(found, 0) << "survives the questions: " << mutant.name;
  }
  return broken;
}

}  // namespace trigstone
