// Collisions made elsewhere: HepMC 2 (IO_GenEvent) and HepMC 3 (Asciiv3) text files, also
// compressed with gzip, and several listings behind each other.
//
// Each event is cut out of the file, checked line by line and only then given to the HepMC3
// library, so that one damaged event is counted and skipped while the others are read.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "events/collisions.h"
#include "events/event.h"
#include "events/particle.h"
#include "events/text_lines.h"

namespace HepMC3 {
class GenEvent;
}

namespace trigstone {

// A collision that owns its particles.
struct ImportedCollision {
  int64_t number = 0;                    // event number in the file
  double weight = 1;                     // the first of the file's, which is the nominal one
  Process process = Process::kImported;  // hepmc_process.h
  std::vector<Particle> particles;       // visible, stable, |eta| < 5.5
  Truth truth;                           // missing momentum only

  Collision view() const { return {particles, &truth}; }
};

class HepMcReader {
 public:
  // Recognises the format by its first lines. Throws Error for a missing file, LHE (partons without
  // showers) and anything else that is not HepMC text.
  explicit HepMcReader(const std::filesystem::path& path);

  // The next good event, or nothing at the end of the file.
  std::optional<ImportedCollision> next();

  const std::string& format() const { return format_; }  // "HepMC2" or "HepMC3"
  const std::string& generator() const { return generator_; }
  int64_t good_events() const { return good_events_; }
  // What was wrong, and how often: "event is cut short", "momentum is not finite", ….
  const std::map<std::string, int64_t>& problems() const { return problems_; }
  // Place and text of the first problem, empty without one.
  const std::string& first_problem() const { return first_problem_; }
  // At the end: place of the event in which the file breaks off, empty when the file is whole. A
  // listing without its closing line is whole when its last event is.
  std::string cut_off() const;

 private:
  struct Block {
    std::string text;
    int64_t line = 0;  // where it starts in the file
  };
  std::string next_filled_line();
  std::optional<Block> next_block();
  void start_listing(const std::string& line);
  std::optional<ImportedCollision> parse(const Block& block);
  ImportedCollision collect(const HepMC3::GenEvent& event, int64_t line);
  void add_problem(int64_t line, const std::string& what);

  std::string where_, format_, generator_ = "unknown";
  TextLines lines_;
  std::string pending_;  // the E line that ended the block before
  bool closed_ = false;  // the last line was the closing one of a listing
  int64_t last_block_ = 0, broken_block_ = 0, good_events_ = 0;  // blocks by their first line
  std::map<std::string, int64_t> problems_;
  std::string first_problem_;
};

}  // namespace trigstone
