#include "events/hepmc.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <array>
#include <cmath>
#include <sstream>

#include "base/files.h"
#include "base/random.h"
#include "base/testing.h"
#include "events/convert.h"
#include "events/event_file.h"
#include "events/event_testing.h"

namespace trigstone {
namespace {

const char* kHeader3 =
    "HepMC::Version 3.02.05\nHepMC::Asciiv3-START_EVENT_LISTING\nT Toy\\|1.0\\|\n";
const char* kEvent3 =
    "E 7 1 4\nU GEV MM\n"
    "P 1 0 25 0 0 0 125 125 2\n"
    "V -1 0 [1] @ 0 0 0 0\n"
    "P 2 -1 22 30 40 0 50 0 1\n"
    "P 3 -1 12 -10 0 5 11.18 0 1\n"
    "P 4 -1 211 0 5 5 7.07 0.14 1\n";
const char* kEnd3 = "HepMC::Asciiv3-END_EVENT_LISTING\n";
const char* kHeader2 = "\nHepMC::Version 2.06.09\nHepMC::IO_GenEvent-START_EVENT_LISTING\n";
const char* kEvent2 =
    "E 3 -1 -1 -1 -1 0 0 1 0 0 0 1 2.5\n"
    "U MEV CM\n"
    "V -1 0 0 0 0 0 1 2 0\n"
    "P 1 25 0 0 0 125000 125000 2 0 0 -1 0\n"
    "P 2 22 30000 40000 0 50000 0 1 0 0 0 0\n"
    "P 3 -211 0 5000 5000 7070 140 1 0 0 0 0\n";
const char* kEnd2 = "HepMC::IO_GenEvent-END_EVENT_LISTING\n";

struct Result {
  std::vector<ImportedCollision> collisions;
  std::map<std::string, int64_t> problems;
  std::string first_problem;
};

Result read_text(const std::string& text) {
  const TestFolder folder;
  write_file(folder / "toy.hepmc", text);
  HepMcReader reader(folder / "toy.hepmc");
  Result result;
  while (auto collision = reader.next()) result.collisions.push_back(*collision);
  result.problems = reader.problems();
  result.first_problem = reader.first_problem();
  return result;
}

TEST(HepMc, VersionThreeIsRead) {
  const Result result = read_text(std::string(kHeader3) + kEvent3 + kEvent3 + kEnd3);
  ASSERT_EQ(result.collisions.size(), 2U);
  const ImportedCollision& collision = result.collisions[0];
  EXPECT_EQ(collision.number, 7);
  ASSERT_EQ(collision.particles.size(), 2U);
  EXPECT_FLOAT_EQ(collision.particles[0].pt_gev, 50);
  EXPECT_FLOAT_EQ(collision.particles[0].phi, std::atan2(40.F, 30.F));
  EXPECT_EQ(collision.particles[1].charge, 1);
  EXPECT_FLOAT_EQ(collision.particles[1].eta, std::asinh(1.F));
  EXPECT_FLOAT_EQ(collision.truth.missing_x_gev, -10);
  EXPECT_TRUE(result.problems.empty());
}

TEST(HepMc, VersionTwoIsReadInItsOwnUnits) {
  const Result result = read_text(std::string(kHeader2) + kEvent2 + kEnd2);
  ASSERT_EQ(result.collisions.size(), 1U) << result.first_problem;
  const ImportedCollision& collision = result.collisions[0];
  EXPECT_EQ(collision.number, 3);
  EXPECT_EQ(collision.weight, 2.5);
  ASSERT_EQ(collision.particles.size(), 2U);
  EXPECT_FLOAT_EQ(collision.particles[0].pt_gev, 50);
  EXPECT_EQ(collision.particles[1].charge, -1);
}

TEST(HepMc, DisplacedParticlesHaveImpactParameters) {
  std::string text = std::string(kHeader3) + kEvent3 + kEnd3;
  text.replace(text.find("@ 0 0 0 0"), 9, "@ 2 0 3 0");  // mm; the pion flies along +y
  const Result result = read_text(text);
  ASSERT_EQ(result.collisions.size(), 1U);
  const Particle& pion = result.collisions[0].particles[1];
  EXPECT_NEAR(std::fabs(pion.dxy_cm), 0.2, 1e-6);
  EXPECT_NEAR(pion.dz_cm, 0.3, 1e-6);
  EXPECT_NEAR(pion.path_cm, 0, 1e-6);
  text.replace(text.find("@ 2 0 3 0"), 9, "@ 2 7 3 0");
  const ImportedCollision farther = read_text(text).collisions.at(0);
  EXPECT_NEAR(farther.particles[1].path_cm, 0.7, 1e-6);
  EXPECT_NEAR(farther.particles[1].dz_cm, 0.3 - 0.7, 1e-6);  // it flies at 45 degrees
  EXPECT_EQ(farther.particles[0].path_cm, 0);                // a photon has no track
}

// A muon made two metres up the y axis: no track, but a stand-alone muon. In units of mm.
TEST(HepMc, AMuonMadeMetresAwayIsFound) {
  std::string event = kEvent3;
  event.replace(event.find("@ 0 0 0 0"), 9, "@ 0 2000 0 0");
  event.replace(event.find("P 4 -1 211 0 5 5 7.07 0.14 1"), 28, "P 4 -1 13 20 1 2 20.1 0.1 1 ");
  std::string text = kHeader3;
  for (int i = 0; i < 40; ++i) text += event;
  const TestFolder folder;
  write_file(folder / "m.hepmc", text + kEnd3);
  ConvertOptions options;
  options.crossing.pileup_mean = 0;
  convert_events(folder / "m.hepmc", folder / "m.h5", options);
  int found = 0;
  for (const Event& one : EventReader(folder / "m.h5").read(0, 40)) {
    found += static_cast<int>(one.standalone_muons.size());
    EXPECT_TRUE(std::none_of(one.tokens.begin(), one.tokens.end(), [](const Token& token) {
      return token.token_kind() == TokenKind::kMuon;
    }));
    for (const StandaloneMuon& muon : one.standalone_muons) {
      EXPECT_NEAR(std::fabs(muon.d0_cm), 200, 35);  // the field moves it by a few centimetres
    }
  }
  EXPECT_GT(found, 30);
}

TEST(HepMc, OneDamagedEventIsCountedAndTheOthersRead) {
  const auto with = [](const std::string& from, const std::string& to) {
    std::string bad = kEvent3;
    bad.replace(bad.find(from), from.size(), to);
    return read_text(std::string(kHeader3) + kEvent3 + bad + kEvent3 + kEnd3);
  };
  const auto expect = [](const Result& result, const char* what) {
    EXPECT_EQ(result.collisions.size(), 2U) << what;
    ASSERT_EQ(result.problems.size(), 1U) << what;
    EXPECT_EQ(result.problems.begin()->first, what);
    EXPECT_EQ(result.problems.begin()->second, 1);
    EXPECT_NE(result.first_problem.find("toy.hepmc:1"), std::string::npos) << result.first_problem;
  };
  expect(with("P 4 -1 211 0 5 5 7.07 0.14 1\n", ""), "event is cut short");
  expect(with("P 4 -1", "P 4 -9"), "a particle or vertex number is out of range");
  expect(with("P 4 -1", "P 5 -1"), "a particle or vertex number is out of range");
  expect(with("[1]", "[77]"), "a particle or vertex number is out of range");
  expect(with("P 4 -1 211 0 5", "P 4 -1 211 0 five"), "a line is broken");
  expect(with("U GEV MM", "what is this"), "a line is broken");
  expect(with("E 7 1 4", "E 7 1 99999999999999999999"), "a line is broken");
}

TEST(HepMc, MomentaThatAreNoNumbersAreCounted) {
  std::string event = kEvent3;
  event.replace(event.find("30 40 0 50"), 10, "nan 40 0 5");
  const Result result = read_text(std::string(kHeader3) + event + kEnd3);
  ASSERT_EQ(result.collisions.size(), 1U);
  EXPECT_EQ(result.collisions[0].particles.size(), 1U);
  EXPECT_EQ(result.problems.at("momentum is not finite, particle left out"), 1);
}

TEST(HepMc, AWeightThatIsNoNumberBecomesOne) {
  std::string event = kEvent2;
  event.replace(event.find("1 2.5"), 5, "1 nan");
  const Result result = read_text(std::string(kHeader2) + event + kEnd2);
  ASSERT_EQ(result.collisions.size(), 1U);
  EXPECT_EQ(result.collisions[0].weight, 1);
  EXPECT_EQ(result.problems.at("event weight is not finite, taken as 1"), 1);
}

// kEvent3 with a process number, a boson and what it decays to, as Pythia 8 writes it.
std::string event_of(int number, int boson, int first, int second, int status = 22) {
  return fmt::format(
      "E 7 2 4\nU GEV MM\nW 0.25 0.5\nA 0 signal_process_id {}\n"
      "P 1 0 {} 0 0 0 125 125 {}\nV -1 0 [1] @ 0 0 0 0\nP 2 -1 {} 0 0 0 125 125 {}\n"
      "V -2 0 [2]\nP 3 -2 {} 30 40 0 50 0 1\nP 4 -2 {} -30 -40 0 50 0 1\n",
      number, boson, status, boson, status, first, second);
}

TEST(HepMc, TheProcessComesFromPythiasNumberAndTheDecay) {
  const auto process = [](const std::string& event, const std::string& tool = "Pythia8") {
    std::string header = kHeader3;
    header.replace(header.find("Toy"), 3, tool);
    const Result result = read_text(header + event + kEnd3);
    EXPECT_EQ(result.collisions.size(), 1U) << result.first_problem;
    return result.collisions.empty() ? "none" : process_name(result.collisions[0].process);
  };
  EXPECT_STREQ(process(event_of(221, 23, 11, -11)), "zee");
  EXPECT_STREQ(process(event_of(241, 23, -13, 13)), "zmumu");
  EXPECT_STREQ(process(event_of(221, 23, 16, -16)), "znunu");
  EXPECT_STREQ(process(event_of(221, 23, 1, -1)), "imported");
  EXPECT_STREQ(process(event_of(222, 24, -11, 12)), "wlnu");
  EXPECT_STREQ(process(event_of(222, -24, 13, -14)), "wlnu");
  EXPECT_STREQ(process(event_of(222, 24, 2, -1)), "imported");
  EXPECT_STREQ(process(event_of(902, 25, 5, -5)), "hbb");
  EXPECT_STREQ(process(event_of(907, 25, 22, 22)), "vbf_hgamgam");
  EXPECT_STREQ(process(event_of(907, 25, 24, -24)), "imported");
  EXPECT_STREQ(process(event_of(101, 21, 211, -211)), "minbias");
  EXPECT_STREQ(process(event_of(111, 21, 211, -211)), "qcd");
  EXPECT_STREQ(process(event_of(201, 21, 211, 22)), "gammajet");
  EXPECT_STREQ(process(event_of(601, 21, 6, -6)), "ttbar");
  EXPECT_STREQ(process(event_of(9999, 23, 11, -11)), "imported");
  // Contradicted by the particles: other generators number otherwise.
  EXPECT_STREQ(process(event_of(102, 25, 5, -5)), "imported");
  EXPECT_STREQ(process(event_of(601, 23, 11, -11)), "imported");
  EXPECT_STREQ(process(event_of(221, 23, 11, -11), "Sherpa"), "imported");
  EXPECT_STREQ(process(event_of(221, 23, 11, -11), "Pythia6"), "imported");
  EXPECT_STREQ(process(kEvent3), "imported");
}

TEST(HepMc, VersionTwoHasTheProcessInItsFirstLine) {
  std::string event = kEvent2;
  event.replace(event.find("-1 0 0 1 0 0 0 1 2.5"), 20, "-1 902 0 1 0 0 0 1 2.5");
  event.replace(event.find(" 22 "), 4, " 5 ");
  event.replace(event.find(" -211 "), 6, " -5 ");
  const auto process = [&] {
    const Result result = read_text(std::string(kHeader2) + event + kEnd2);
    EXPECT_EQ(result.collisions.size(), 1U) << result.first_problem;
    return result.collisions.at(0).process;
  };
  // No tool is named: the number counts with the status codes of Pythia 8.
  EXPECT_EQ(process(), Process::kImported);
  event.replace(event.find("125000 2 "), 9, "125000 62 ");
  EXPECT_EQ(process(), Process::kHiggsToBottoms);
}

TEST(HepMc, ProcessAndWeightStayInTheEventFile) {
  const TestFolder folder;
  std::string header = kHeader3;
  header.replace(header.find("Toy"), 3, "Pythia8");
  write_file(folder / "z.hepmc", header + event_of(221, 23, 11, -11) + kEvent3 + kEnd3);
  ConvertOptions options;
  convert_events(folder / "z.hepmc", folder / "z.h5", options);
  const EventReader reader(folder / "z.h5");
  const auto events = reader.read(0, 2);
  EXPECT_EQ(events[0].process, Process::kZToElectrons);
  EXPECT_EQ(events[0].weight, 0.25F);  // the first of two
  EXPECT_EQ(events[1].process, Process::kImported);
  EXPECT_EQ(events[1].weight, 1);
  EXPECT_EQ(reader.info().weight_unit, "as in source file");
  options.process = Process::kQcd;
  convert_events(folder / "z.hepmc", folder / "q.h5", options);
  EXPECT_EQ(EventReader(folder / "q.h5").read(0, 1)[0].process, Process::kQcd);
}

TEST(HepMc, OtherFilesAreRefused) {
  const TestFolder folder;
  const auto message = [&](const std::string& text) {
    write_file(folder / "x", text);
    return message_of([&] { HepMcReader reader(folder / "x"); });
  };
  EXPECT_NE(message("<LesHouchesEvents version=\"1.0\">\n").find("is a Les Houches file"),
            std::string::npos);
  EXPECT_NE(message("hello\nworld\n").find("is not HepMC 2 or HepMC 3 text"), std::string::npos);
  EXPECT_NE(message("").find("is not HepMC 2 or HepMC 3 text"), std::string::npos);
  EXPECT_NE(message("HepMC::Version 3\n").find("is not HepMC"), std::string::npos);
  EXPECT_NE(message_of([] { HepMcReader reader("nowhere.hepmc"); }).find("cannot open"),
            std::string::npos);
  EXPECT_NE(message_of([&] { HepMcReader reader(folder.path()); }).find("is a folder"),
            std::string::npos);
  write_file(folder / "empty", std::string(kHeader3) + kEnd3);
  EXPECT_NE(message_of([&] {
              convert_events(folder / "empty", folder / "e.h5", ConvertOptions());
            }).find("holds no good event"),
            std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(folder / "e.h5"));
}

std::string gzipped(const std::string& text) {
  const TestFolder folder;
  const std::string path = (folder / "text.gz").string();
  gzFile file = gzopen(path.c_str(), "wb");
  gzwrite(file, text.data(), static_cast<unsigned>(text.size()));
  gzclose(file);
  return read_file(path);
}

TEST(HepMc, CompressedAndJoinedFilesAreRead) {
  const std::string second = std::string(kHeader2) + kEvent2 + kEnd2;
  const std::string both = std::string(kHeader3) + kEvent3 + kEvent3 + kEnd3 + second;
  const Result plain = read_text(both), packed = read_text(gzipped(both));
  ASSERT_EQ(plain.collisions.size(), 3U);
  EXPECT_TRUE(plain.problems.empty());
  ASSERT_EQ(packed.collisions.size(), 3U);
  const auto momenta = [](const ImportedCollision& collision) {
    std::vector<std::array<float, 3>> all;
    for (const Particle& p : collision.particles) all.push_back({p.pt_gev, p.eta, p.phi});
    return all;
  };
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(momenta(packed.collisions[i]), momenta(plain.collisions[i]));
  }
  EXPECT_EQ(momenta(plain.collisions[2]), momenta(read_text(second).collisions[0]));
}

// Cut at every byte: either the file is whole, or it is refused, or with keep_complete it gives the
// events that are whole.
void expect_complete_events(const std::string& header, const std::string& event,
                            const std::string& end) {
  const TestFolder folder;
  const std::string two = header + event + event, whole = two + end;
  for (size_t size = header.size() + event.size(); size <= whole.size(); size += 7) {
    write_quickly(folder / "cut", whole.substr(0, size));
    ConvertOptions options;
    options.keep_complete = true;
    const ConvertReport kept = convert_events(folder / "cut", folder / "e.h5", options);
    EXPECT_EQ(kept.events, size < two.size() ? 1 : 2) << size;
    const bool cut = size > header.size() + event.size() && size < two.size();
    EXPECT_EQ(!kept.cut_off.empty(), cut) << size;
    std::filesystem::remove(folder / "e.h5");
    options.keep_complete = false;
    const auto convert = [&] { convert_events(folder / "cut", folder / "e.h5", options); };
    if (cut) {
      EXPECT_NE(message_of(convert).find("breaks off in this event, after 1 good"),
                std::string::npos);
    } else {
      convert();
    }
    EXPECT_EQ(std::filesystem::exists(folder / "e.h5"), !cut) << size;
  }
}

TEST(HepMc, AFileThatBreaksOffKeepsItsCompleteEvents) {
  expect_complete_events(kHeader3, kEvent3, kEnd3);
  expect_complete_events(kHeader2, kEvent2, kEnd2);
}

TEST(HepMc, ACutCompressedFileKeepsItsCompleteEvents) {
  const TestFolder folder;
  std::string text = kHeader3;
  for (int i = 0; i < 400; ++i) text += kEvent3;
  const std::string packed = gzipped(text + kEnd3);
  write_file(folder / "cut.gz", packed.substr(0, packed.size() - packed.size() / 3));
  EXPECT_NE(message_of([&] {
              convert_events(folder / "cut.gz", folder / "e.h5", ConvertOptions());
            }).find("--keep-complete"),
            std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(folder / "e.h5"));
  ConvertOptions options;
  options.keep_complete = true;
  options.process = Process::kTopPairs;
  const ConvertReport kept = convert_events(folder / "cut.gz", folder / "e.h5", options);
  EXPECT_FALSE(kept.cut_off.empty());
  EXPECT_GT(kept.events, 100);
  EXPECT_LT(kept.events, 400);
  const EventReader reader(folder / "e.h5");
  EXPECT_EQ(reader.size(), kept.events);
  EXPECT_EQ(reader.read(0, 1)[0].process, Process::kTopPairs);
}

// Visible stable particles of a file, counted by reading the P lines alone.
int64_t count_visible(const std::filesystem::path& path, size_t status_word, size_t pdg_word) {
  std::istringstream stream(read_file(path));
  int64_t count = 0;
  for (std::string line; std::getline(stream, line);) {
    if (line[0] != 'P') continue;
    std::istringstream words(line);
    std::vector<std::string> fields;
    for (std::string word; words >> word;) fields.push_back(word);
    const size_t first = pdg_word + 1;
    const double x = std::stod(fields[first]), y = std::stod(fields[first + 1]),
                 z = std::stod(fields[first + 2]);
    const bool seen = std::fabs(std::asinh(z / std::hypot(x, y))) < 5.5;
    if (fields[status_word] == "1" && !is_neutrino(std::stoi(fields[pdg_word])) && seen) ++count;
  }
  return count;
}

struct RealFile {
  const char* name;
  const char* format;
  size_t status_word, pdg_word;
};
constexpr RealFile kRealFiles[] = {{"pyhepmc/last_event_issue.hepmc", "HepMC2", 8, 2},
                                   {"pyhepmc/pythia6.dat", "HepMC3", 9, 3},
                                   {"pyhepmc/sibyll21.dat", "HepMC3", 9, 3}};

TEST(HepMc, RealFilesAreConverted) {
  for (const RealFile& real : kRealFiles) {
    const auto path = interop_file(real.name);
    if (path.empty()) GTEST_SKIP() << "TRIGSTONE_INTEROP is not set";
    HepMcReader reader(path);
    EXPECT_EQ(reader.format(), real.format);
    const auto collision = reader.next();
    ASSERT_TRUE(collision) << reader.first_problem();
    EXPECT_EQ(static_cast<int64_t>(collision->particles.size()),
              count_visible(path, real.status_word, real.pdg_word));
    EXPECT_FALSE(reader.next());
    EXPECT_TRUE(reader.problems().empty());
    const TestFolder folder;
    const ConvertReport report = convert_events(path, folder / "e.h5", ConvertOptions());
    EXPECT_EQ(report.events, 1);
    const auto events = EventReader(folder / "e.h5").read(0, 1);
    EXPECT_EQ(events[0].process, Process::kImported);
    EXPECT_EQ(static_cast<int64_t>(events[0].tokens.size()), report.tokens);
    EXPECT_GT(report.tokens, 0);
  }
}

TEST(HepMc, ARealLesHouchesFileIsRefused) {
  const auto path = interop_file("pyhepmc/pp.lhe");
  if (path.empty()) GTEST_SKIP() << "TRIGSTONE_INTEROP is not set";
  EXPECT_NE(message_of([&] { HepMcReader reader(path); }).find("is a Les Houches file"),
            std::string::npos);
}

TEST(HepMc, PileupIsAddedToImportedEvents) {
  const TestFolder folder;
  write_file(folder / "toy.hepmc", std::string(kHeader3) + kEvent3 + kEnd3);
  ConvertOptions options;
  options.crossing = {30, 1};
  options.sample = sample_folder();
  convert_events(folder / "toy.hepmc", folder / "e.h5", options);
  const auto events = EventReader(folder / "e.h5").read(0, 1);
  EXPECT_GT(events[0].pileup, 5);
  EXPECT_GT(events[0].tokens.size(), 30U);
}

// A file cut anywhere, or with damaged bytes, gives events, counted problems or an Error.
void expect_no_crash(const std::string& text, uint64_t seed, int trials) {
  const TestFolder folder;
  const int status = status_of_child([&] {
    Random random(seed);
    for (int trial = 0; trial < trials; ++trial) {
      std::string damaged = text;
      const auto place = [&] {
        return static_cast<size_t>(random.integer(0, static_cast<int64_t>(text.size()) - 1));
      };
      if (trial % 2 == 0) {
        damaged.resize(place());
      } else {
        for (int64_t i = random.integer(1, 3); i > 0; --i) {
          damaged[place()] = "0123456789-.eE PVUWA[],@\n\0x"[random.integer(0, 26)];
        }
      }
      write_quickly(folder / "damaged", damaged);
      try {
        HepMcReader reader(folder / "damaged");
        while (reader.next()) {
        }
      } catch (const Error&) {
      }
    }
    return 0;
  });
  EXPECT_EQ(status, 0);
}

TEST(HepMc, DamagedFilesNeverCrash) {
  expect_no_crash(std::string(kHeader3) + kEvent3 + kEvent3 + kEnd3, 1, 300);
  expect_no_crash(std::string(kHeader2) + kEvent2 + kEvent2 + kEnd2, 2, 300);
  for (const RealFile& real : kRealFiles) {
    const auto path = interop_file(real.name);
    if (path.empty()) continue;
    const std::string text = read_file(path);
    expect_no_crash(text, 3, text.size() > 100'000 ? 10 : 150);
  }
}

}  // namespace
}  // namespace trigstone
