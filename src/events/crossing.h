// One bunch crossing: a hard collision, pile-up around it, the detector's tokens.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "events/collisions.h"
#include "events/detector.h"
#include "events/event.h"

namespace trigstone {

struct CrossingOptions {
  double pileup_mean = 200;  // mean number of collisions beside the hard one
  uint64_t seed = 1;
};

// Every crossing draws from streams of its own that depend on (seed, event id) alone, so events are
// the same in any order and on any number of threads.
class CrossingMaker {
 public:
  // `minimum_bias` may be null when the mean pile-up is 0 and no minimum-bias event is asked for;
  // it must be prepared for the same detector.
  CrossingMaker(const DetectorConfig& config, const CrossingOptions& options,
                std::shared_ptr<const PreparedCollisions> minimum_bias);
  // Prepares the library itself: simple, and slow for few crossings.
  CrossingMaker(const DetectorConfig& config, const CrossingOptions& options,
                const Collisions* minimum_bias);

  // Row `hard_id` of `library` with Poisson pile-up, both turned by a random angle and mirrored in
  // half of the cases. The weight is the collision's. Events that give the same `orientation` show
  // the hard collision from the same side, whatever their id. `view` is the library's.
  Event signal(int64_t id, const Collisions& library, int64_t hard_id,
               std::optional<uint64_t> orientation = {}, int64_t view = 0);
  // The same of a collision that lies in no library.
  Event signal(int64_t id, const Collision& collision, Process process, int64_t hard_id,
               float weight, std::optional<uint64_t> orientation = {});
  // A crossing without a chosen collision: Poisson(pileup_mean) minimum-bias collisions, or exactly
  // one when the mean is 0. The most active one (sum pT^2 of tracks) plays the hard collision, as a
  // vertex finder would choose; the others are pile-up. Zero collisions give an empty event.
  Event minimum_bias(int64_t id);
  // A collision from elsewhere, not turned, with Poisson pile-up.
  Event imported(int64_t id, const Collision& collision, float weight);

  int64_t bad_particles() const { return detector_.bad_particles(); }

 private:
  struct Streams {
    Random crossing, response, timing, quality, muons;
  };
  Streams streams(int64_t id) const;
  Placement draw_placement(Random& random, bool turned) const;
  struct Drawn {
    int64_t row;
    Placement placement;
  };
  std::vector<Drawn> draw_collisions(int64_t count, Random& random) const;
  void add_pileup(Event& event, int64_t count, Streams& streams);
  void add_hard(Event& event, const Collision& collision, const Placement& placement,
                Streams& streams);
  void read_out(Event& event, Streams& streams);

  DetectorConfig config_;
  CrossingOptions options_;
  std::shared_ptr<const PreparedCollisions> minimum_bias_;
  Detector detector_;
};

}  // namespace trigstone
