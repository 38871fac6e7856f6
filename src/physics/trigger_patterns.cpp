#include "physics/trigger_patterns.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "base/error.h"
#include "events/track_word.h"
#include "physics/global_trigger.h"
#include "physics/regions.h"
#include "physics/word_json.h"

namespace trigstone {

namespace {

constexpr int kFramesOfPeriod6 = 54;  // nine a crossing

struct Plan {
  int links = 1, slices = 1, gap = 0;

  int frames() const { return kFramesOfPeriod6 * slices; }
  int payload() const { return frames() - gap; }
};

using Payload = std::vector<std::vector<uint64_t>>;  // [link][frame], without the gap

enum class Width { kFrame, kTwoFrames, kPair };

template <class Word>
std::vector<uint64_t> frames_of(const std::vector<Word>& words, Width width, OddLayout layout) {
  std::vector<uint64_t> frames;
  for (size_t i = 0; i < words.size(); ++i) {
    const WideWord bits = pack(words[i]);
    switch (width) {
      case Width::kFrame:
        frames.push_back(bits[0]);
        break;
      case Width::kTwoFrames:
        frames.insert(frames.end(), bits.begin(), bits.end());
        break;
      case Width::kPair: {
        const WideWord next = i + 1 < words.size() ? pack(words[i + 1]) : WideWord{};
        const auto three = pack_pair(bits, next, layout);
        frames.insert(frames.end(), three.begin(), three.end());
        ++i;
        break;
      }
    }
  }
  return frames;
}

template <class Word>
std::vector<Word> words_of(std::span<const uint64_t> frames, Width width, OddLayout layout) {
  std::vector<Word> words;
  const size_t step = width == Width::kFrame ? 1 : width == Width::kTwoFrames ? 2 : 3;
  for (size_t i = 0; i + step <= frames.size(); i += step) {
    switch (width) {
      case Width::kFrame:
        words.push_back(unpack<Word>({frames[i], 0}));
        break;
      case Width::kTwoFrames:
        words.push_back(unpack<Word>({frames[i], frames[i + 1]}));
        break;
      case Width::kPair:
        for (const WideWord& bits :
             unpack_pair({frames[i], frames[i + 1], frames[i + 2]}, layout)) {
          words.push_back(unpack<Word>(bits));
        }
        break;
    }
  }
  return words;
}

constexpr Plan kTrackPlan{2 * kTrackSectors, 3, 6};

int track_link(const Token& token) {
  return 2 * track_sector(token.phi) + (token.eta >= 0 ? 1 : 0);
}

Payload track_payload(const Event& event) {
  std::vector<std::vector<TrackWord>> links(static_cast<size_t>(kTrackPlan.links));
  const int most = kTrackPlan.payload() / 3 * 2;
  const auto limit = static_cast<size_t>(most);
  for (const Token& token : event.tokens) {
    if (!has_track(token) || momentum_of(token).pt_gev == 0) continue;
    auto& words = links[static_cast<size_t>(track_link(token))];
    if (words.size() < limit) words.push_back(track_word(token));
  }
  Payload payload;
  for (const auto& words : links) {
    payload.push_back(frames_of(words, Width::kPair, OddLayout::kTracks));
  }
  return payload;
}

constexpr Plan kPuppiPlan{34, 1, 0};

struct PuppiBoard {
  int first_link = 0, links = 0;
  std::vector<int> regions;

  int frames_a_region() const { return kFramesOfPeriod6 / static_cast<int>(regions.size()); }
};

std::vector<PuppiBoard> puppi_boards() {
  std::vector<PuppiBoard> boards;
  int link = 0;
  const auto add = [&](int links, std::vector<int> regions) {
    boards.push_back({link, links, std::move(regions)});
    link += links;
  };
  const auto range = [](int first, int count) {
    std::vector<int> regions;
    for (int i = 0; i < count; ++i) regions.push_back(first + i);
    return regions;
  };
  for (int third = 0; third < 3; ++third) {
    std::vector<int> regions;
    for (int eta = 0; eta < 6; ++eta) {
      for (int slice = 3 * third; slice < 3 * third + 3; ++slice)
        regions.push_back(9 * eta + slice);
    }
    add(6, regions);
  }
  add(3, range(54, 9));
  add(3, range(63, 9));
  add(4, range(72, 18));
  add(3, range(90, 9));
  add(3, range(99, 9));
  ensure(link == kPuppiPlan.links, "boards and links of candidates");
  return boards;
}

Payload puppi_payload(const Event& event) {
  const auto candidates = region_candidates(event.tokens, find_vertex(event.tokens));
  Payload payload(static_cast<size_t>(kPuppiPlan.links), std::vector<uint64_t>(kFramesOfPeriod6));
  for (const PuppiBoard& board : puppi_boards()) {
    const int frames = board.frames_a_region();
    for (size_t r = 0; r < board.regions.size(); ++r) {
      const auto& own = candidates[static_cast<size_t>(board.regions[r])];
      for (size_t i = 0; i < own.size(); ++i) {
        const int place = static_cast<int>(i);
        const int link = board.first_link + place / frames;
        const int frame = static_cast<int>(r) * frames + place % frames;
        payload[static_cast<size_t>(link)][static_cast<size_t>(frame)] = pack_puppi(own[i]);
      }
    }
  }
  return payload;
}

constexpr Plan kRegionMuonPlan{5, 1, 0};

// The boards whose regions read muons, in the order of their links.
std::vector<PuppiBoard> muon_boards() {
  std::vector<PuppiBoard> boards = puppi_boards();
  std::erase_if(boards, [](const PuppiBoard& board) {
    return correlator_regions()[static_cast<size_t>(board.regions.front())].limits.muons == 0;
  });
  ensure(boards.size() == static_cast<size_t>(kRegionMuonPlan.links), "boards with muons");
  return boards;
}

Payload region_muon_payload(const Event& event) {
  const auto inputs = region_inputs(event.tokens, event.standalone_muons);
  Payload payload;
  for (const PuppiBoard& board : muon_boards()) {
    std::vector<uint64_t>& link = payload.emplace_back();
    for (const int r : board.regions) {
      const Region& region = correlator_regions()[static_cast<size_t>(r)];
      std::vector<RegionMuonWord> words;
      for (const int i : inputs[static_cast<size_t>(r)].muons) {
        words.push_back(region_muon_word(event.standalone_muons[static_cast<size_t>(i)], region));
      }
      words.resize(static_cast<size_t>(region.limits.muons));  // empty slots stand for none
      const auto frames = frames_of(words, Width::kPair, OddLayout::kGlobal);
      link.insert(link.end(), frames.begin(), frames.end());
    }
  }
  return payload;
}

bool is_valid(const GlobalSumWord& word) { return word.valid; }
bool is_valid(const GlobalVertexWord& word) { return word.valid; }
template <class Word>
bool is_valid(const Word& word) {
  return word.momentum.valid;
}

// Calls visit(the list of `words` that `object` names, its width in frames).
template <class Words, class Visit>
void visit_global(Words& words, TriggerObject object, Visit visit) {
  switch (object) {
    case TriggerObject::kJets:
      return visit(words.jets, Width::kTwoFrames);
    case TriggerObject::kWideJets:
      return visit(words.wide_jets, Width::kTwoFrames);
    case TriggerObject::kSums:
      return visit(words.sums, Width::kFrame);
    case TriggerObject::kTaus:
      return visit(words.taus, Width::kTwoFrames);
    case TriggerObject::kElectrons:
      return visit(words.electrons, Width::kPair);
    case TriggerObject::kPhotons:
      return visit(words.photons, Width::kPair);
    case TriggerObject::kMuons:
      return visit(words.muons, Width::kTwoFrames);
    case TriggerObject::kVertices:
      return visit(words.vertices, Width::kFrame);
    case TriggerObject::kStandaloneMuons:
      return visit(words.standalone_muons, Width::kFrame);
    case TriggerObject::kTracks:
    case TriggerObject::kPuppi:
    case TriggerObject::kRegionMuons:
      internal_error("not an object of the Global Trigger");
  }
}

Plan plan_of(TriggerObject object) {
  if (object == TriggerObject::kTracks) return kTrackPlan;
  if (object == TriggerObject::kRegionMuons) return kRegionMuonPlan;
  return object == TriggerObject::kPuppi ? kPuppiPlan : Plan{};
}

Payload payload_of(const Event& event, TriggerObject object) {
  if (object == TriggerObject::kTracks) return track_payload(event);
  if (object == TriggerObject::kPuppi) return puppi_payload(event);
  if (object == TriggerObject::kRegionMuons) return region_muon_payload(event);
  const GlobalTriggerWords words = global_trigger_words(event, classical_objects(event));
  Payload payload;
  visit_global(words, object, [&](const auto& list, Width width) {
    payload.push_back(frames_of(list, width, OddLayout::kGlobal));
  });
  return payload;
}

void put_packet(const std::vector<uint64_t>& payload, int payload_frames, int start,
                std::vector<Frame>& frames) {
  ensure(payload.size() <= static_cast<size_t>(payload_frames), "a packet overflows its frames");
  for (int i = 0; i < payload_frames; ++i) {
    const int place = start + i;
    Frame& frame = frames[static_cast<size_t>(place)];
    const auto at = static_cast<size_t>(i);
    frame.data = at < payload.size() ? payload[at] : 0;
    frame.valid = true;
    frame.start_of_packet = i == 0;
    frame.end_of_packet = i + 1 == payload_frames;
    frame.start_of_orbit = place == 0;
  }
}

// The first frame of event `event`, and the slice of links that carries it.
int start_of(int64_t event, const Plan& plan) {
  return static_cast<int>(event / plan.slices) * plan.frames() +
         static_cast<int>(event % plan.slices) * kFramesOfPeriod6;
}

std::vector<OrderedJson> objects_of(const std::vector<uint64_t>& frames, int link,
                                    TriggerObject object) {
  std::vector<OrderedJson> objects;
  const auto add = [&](size_t slot, OrderedJson json) {
    json["slot"] = slot;
    objects.push_back(std::move(json));
  };
  if (object == TriggerObject::kTracks) {
    const auto words = words_of<TrackWord>(frames, Width::kPair, OddLayout::kTracks);
    for (size_t i = 0; i < words.size(); ++i) {
      if (words[i].valid) add(i, to_json(words[i], link / 2));
    }
  } else if (object == TriggerObject::kPuppi) {
    for (size_t i = 0; i < frames.size(); ++i) {
      const PuppiWord word = unpack_puppi(frames[i]);
      if (word.pt > 0) add(i, to_json(word));
    }
  } else if (object == TriggerObject::kRegionMuons) {
    const auto words = words_of<RegionMuonWord>(frames, Width::kPair, OddLayout::kGlobal);
    const PuppiBoard board = muon_boards()[static_cast<size_t>(link)];
    const size_t a_region = words.size() / board.regions.size();
    for (size_t i = 0; i < words.size(); ++i) {
      const int r = board.regions[i / a_region];
      if (words[i].pt == 0) continue;
      OrderedJson json = {{"region", r}};
      json.update(to_json(words[i], correlator_regions()[static_cast<size_t>(r)]));
      add(i % a_region, std::move(json));
    }
  } else {
    GlobalTriggerWords words;
    visit_global(words, object, [&](auto& list, Width width) {
      list = words_of<typename std::remove_reference_t<decltype(list)>::value_type>(
          frames, width, OddLayout::kGlobal);
      for (size_t i = 0; i < list.size(); ++i) {
        if (is_valid(list[i])) add(i, to_json(list[i]));
      }
    });
  }
  return objects;
}

}  // namespace

TriggerObject trigger_object_named(std::string_view name, const std::string& where) {
  const auto found = std::find(kTriggerObjectNames.begin(), kTriggerObjectNames.end(), name);
  if (found == kTriggerObjectNames.end()) {
    throw Error(where, fmt::format("no trigger object '{}'", name),
                fmt::format("one of {}", fmt::join(kTriggerObjectNames, ", ")));
  }
  return static_cast<TriggerObject>(found - kTriggerObjectNames.begin());
}

void check_file_tells(TriggerObject object, const EventFileInfo& info, const std::string& where) {
  const bool muons =
      object == TriggerObject::kStandaloneMuons || object == TriggerObject::kRegionMuons;
  if (!muons || info.has_muons) return;
  throw Error(where, "does not tell of stand-alone muons",
              "make it with `trigstone events generate`, or convert generated collisions (HepMC)");
}

Pattern trigger_pattern(std::span<const Event> events, TriggerObject object) {
  const Plan plan = plan_of(object);
  const auto count = static_cast<int64_t>(events.size());
  int frames = 0;
  for (int64_t i = 0; i < count; ++i) {
    frames = std::max(frames, start_of(i, plan) + plan.frames());
  }
  Pattern pattern;
  for (int link = 0; link < plan.links * plan.slices; ++link) {
    pattern.links.push_back({link, std::vector<Frame>(static_cast<size_t>(frames))});
  }
  for (int64_t i = 0; i < count; ++i) {
    const Payload payload = payload_of(events[static_cast<size_t>(i)], object);
    const int slice = static_cast<int>(i % plan.slices);
    for (int link = 0; link < plan.links; ++link) {
      const int column = link * plan.slices + slice;
      auto& target = pattern.links[static_cast<size_t>(column)];
      put_packet(payload[static_cast<size_t>(link)], plan.payload(), start_of(i, plan),
                 target.frames);
    }
  }
  return pattern;
}

std::vector<OrderedJson> read_trigger_pattern(const Pattern& pattern, TriggerObject object,
                                              const std::string& where) {
  const Plan plan = plan_of(object);
  const int columns = plan.links * plan.slices;
  const auto expected = static_cast<size_t>(columns);
  if (pattern.links.size() != expected) {
    throw Error(where,
                fmt::format("holds {} links where {} of '{}' belong", pattern.links.size(),
                            expected, kTriggerObjectNames[static_cast<size_t>(object)]),
                "name the object that the file was written for");
  }
  std::vector<OrderedJson> rows;
  const auto length = static_cast<int>(pattern.links.front().frames.size());
  for (int64_t event = 0; start_of(event, plan) + plan.payload() <= length; ++event) {
    const int start = start_of(event, plan), slice = static_cast<int>(event % plan.slices);
    for (int link = 0; link < plan.links; ++link) {
      const int column = link * plan.slices + slice;
      const auto& frames = pattern.links[static_cast<size_t>(column)].frames;
      std::vector<uint64_t> payload;
      for (int i = start; i < start + plan.payload(); ++i) {
        const Frame& frame = frames[static_cast<size_t>(i)];
        payload.push_back(frame.valid ? frame.data : 0);
      }
      for (OrderedJson& object_json : objects_of(payload, link, object)) {
        OrderedJson row = {{"event", event}, {"link", link}, {"slot", object_json["slot"]}};
        object_json.erase("slot");
        row.update(object_json);
        rows.push_back(std::move(row));
      }
    }
  }
  return rows;
}

}  // namespace trigstone
