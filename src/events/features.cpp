#include "events/features.h"

#include <algorithm>
#include <cmath>
#include <sstream>

#include "base/error.h"
#include "events/event_shards.h"

namespace trigstone {

namespace {

constexpr float kLogPtScale = 10.0F, kPtScaleGev = 128.0F, kEtaScale = 5.0F, kZ0ScaleCm = 16.0F;
constexpr float kQualityScale = 7.0F;
constexpr size_t kFirstKindFeature = 9;
constexpr int64_t kReadBlock = 1024;  // events held as structures while a batch is filled

float bounded(float value, float low, float high) {
  return std::isnan(value) ? 0.0F : std::clamp(value, low, high);
}

}  // namespace

const std::array<FeatureInfo, kTokenFeatures> kFeatureInfo = {{{"log_pt", 0, 1},
                                                               {"pt", 0, 1},
                                                               {"eta", -1, 1},
                                                               {"sin_phi", -1, 1},
                                                               {"cos_phi", -1, 1},
                                                               {"z0", -1, 1},
                                                               {"dxy", -1, 1},
                                                               {"depth", 0, 1},
                                                               {"quality", 0, 1},
                                                               {"is_track", 0, 1},
                                                               {"is_electron", 0, 1},
                                                               {"is_muon", 0, 1},
                                                               {"is_photon", 0, 1},
                                                               {"is_hadron", 0, 1}}};

std::array<float, kTokenFeatures> token_features(const Token& token) {
  const float pt_gev = std::max(0.0F, token.pt_gev);
  std::array<float, kTokenFeatures> values = {
      std::log2(1 + pt_gev) / kLogPtScale,
      pt_gev / kPtScaleGev,
      token.eta / kEtaScale,
      std::sin(token.phi),
      std::cos(token.phi),
      token.z0_cm / kZ0ScaleCm,
      std::copysign(std::sqrt(std::fabs(token.dxy_cm)), token.dxy_cm),
      token.depth,
      static_cast<float>(token.quality) / kQualityScale};
  values[kFirstKindFeature + static_cast<size_t>(token.token_kind())] = 1;
  for (size_t i = 0; i < values.size(); ++i) {
    values[i] = bounded(values[i], kFeatureInfo[i].minimum, kFeatureInfo[i].maximum);
  }
  return values;
}

namespace {

TokenBatch empty_batch(int64_t events, int max_tokens) {
  const auto rows = static_cast<size_t>(events), slots = rows * static_cast<size_t>(max_tokens);
  TokenBatch batch;
  batch.events = events;
  batch.max_tokens = max_tokens;
  batch.values.resize(slots * kTokenFeatures);
  batch.valid.resize(slots);
  batch.is_pileup.resize(slots);
  batch.kind.resize(slots, -1);
  batch.pt_gev.resize(slots);
  batch.process.resize(rows);
  batch.accept.resize(rows);
  batch.weight.resize(rows);
  batch.id.resize(rows);
  batch.hard_id.resize(rows);
  batch.collision.resize(rows);
  batch.missing_x_gev.resize(rows);
  batch.missing_y_gev.resize(rows);
  return batch;
}

void fill_event(TokenBatch& batch, size_t row, const Event& event) {
  batch.process[row] = static_cast<int16_t>(event.process);
  batch.accept[row] = event.process != Process::kMinimumBias;
  batch.weight[row] = event.weight;
  batch.id[row] = event.id;
  batch.hard_id[row] = event.hard_id;
  batch.missing_x_gev[row] = event.truth.missing_x_gev;
  batch.missing_y_gev[row] = event.truth.missing_y_gev;
  const auto slots = static_cast<size_t>(batch.max_tokens);
  size_t slot = row * slots;
  const size_t end = slot + slots;
  for (const Token& token : event.tokens) {
    if (slot == end) return;
    if (token.is_remainder()) continue;
    const auto values = token_features(token);
    std::copy(values.begin(), values.end(),
              batch.values.begin() + static_cast<ptrdiff_t>(slot * kTokenFeatures));
    batch.valid[slot] = 1;
    batch.is_pileup[slot] = token.is_pileup != 0;
    batch.kind[slot] = token.kind;
    batch.pt_gev[slot] = token.pt_gev;
    ++slot;
  }
}

// FNV-1a, never 0.
uint64_t hash_of(const std::string& text) {
  uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) hash = (hash ^ static_cast<uint8_t>(c)) * 0x100000001b3;
  return std::max<uint64_t>(hash, 1);
}

void check_slots(int max_tokens) {
  if (max_tokens < 1) throw Error("max_tokens", fmt::format("is {}", max_tokens), "use at least 1");
}

}  // namespace

uint64_t collision_key(const Event& event, const EventFileInfo& info) {
  if (event.hard_id < 0 || event.process == Process::kMinimumBias) return 0;
  const std::string start = fmt::format("{}.h5 ", process_name(event.process));
  std::string library;
  std::istringstream lines(info.library);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with(start)) continue;
    if (!library.empty()) return 0;
    library = line;
  }
  // Toy collisions come from the seed alone.
  if (event.process == Process::kToy) library = std::to_string(info.seed);
  return hash_of(fmt::format("{}{}\n{}", start, library, event.hard_id));
}

TokenBatch make_batch(std::span<const Event> events, int max_tokens) {
  check_slots(max_tokens);
  TokenBatch batch = empty_batch(static_cast<int64_t>(events.size()), max_tokens);
  for (size_t row = 0; row < events.size(); ++row) fill_event(batch, row, events[row]);
  return batch;
}

TokenBatch load_tokens(const std::filesystem::path& path, int64_t begin, int64_t end,
                       int max_tokens) {
  check_slots(max_tokens);
  const EventShards reader(path);
  if (end < 0) end = reader.size();
  if (begin < 0 || begin > end || end > reader.size()) {
    throw Error(path.string(), fmt::format("events {}..{} asked of {}", begin, end, reader.size()),
                "ask for events inside the file");
  }
  TokenBatch batch = empty_batch(end - begin, max_tokens);
  for (int64_t first = begin; first < end; first += kReadBlock) {
    const auto events = reader.read(first, std::min(end, first + kReadBlock));
    for (size_t i = 0; i < events.size(); ++i) {
      const auto at = first + static_cast<int64_t>(i);
      const auto row = static_cast<size_t>(at - begin);
      fill_event(batch, row, events[i]);
      batch.collision[row] = collision_key(events[i], reader.info_of(at));
    }
  }
  return batch;
}

}  // namespace trigstone
