#include "events/array_file.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <initializer_list>
#include <numbers>

#include "events/tokens.h"

namespace trigstone {

namespace {

constexpr const char* kChallenge = "/Particles";
constexpr const char* kParticles = "/particle_features";
constexpr const char* kJets = "/jet_features";
constexpr size_t kObjects = 19, kObjectColumns = 4;
constexpr int64_t kMostParticles = 4096;  // of a jet: a damaged shape must not ask for all memory
constexpr double kMostGev = 1e6;          // no collider has more
constexpr float kNone = 0, kMissing = 1, kElectronClass = 2, kMuonClass = 3, kJetClass = 4;

bool is_good(double pt_gev, double eta, double phi) {
  return pt_gev > 0 && pt_gev < kMostGev && std::fabs(eta) < 100 && std::isfinite(phi);
}

float wrapped(double phi) { return static_cast<float>(std::remainder(phi, 2 * std::numbers::pi)); }

void refuse_shape(const Hdf5Reader& file, const char* dataset, const char* wanted) {
  throw Error(fmt::format("{}:{}", file.where(), dataset),
              fmt::format("has the shape [{}] where {} belongs",
                          fmt::join(file.shape(dataset), ","), wanted),
              "this is a file of another kind");
}

// What the dataset calls its columns, in small letters without underscores; empty when it does not.
std::vector<std::string> column_names(const Hdf5Reader& file, const char* dataset) {
  for (const char* attribute : kColumnAttributes) {
    std::vector<std::string> names = file.dataset_texts(dataset, attribute);
    if (names.empty()) continue;
    for (std::string& name : names) {
      std::erase(name, '_');
      std::transform(name.begin(), name.end(), name.begin(),
                     [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    }
    return names;
  }
  return {};
}

// Where the first of `spellings` is that the columns have.
size_t column_place(const Hdf5Reader& file, const char* dataset,
                    const std::vector<std::string>& names, size_t columns,
                    std::initializer_list<const char*> spellings) {
  const std::string place = fmt::format("{}:{}", file.where(), dataset);
  if (names.size() != columns) {
    throw Error(place, fmt::format("names {} of its {} columns", names.size(), columns),
                "its attribute of column names needs one text a column");
  }
  for (const char* spelling : spellings) {
    const auto found = std::find(names.begin(), names.end(), spelling);
    if (found != names.end()) return static_cast<size_t>(found - names.begin());
  }
  throw Error(
      place,
      fmt::format("has no column '{}' among: {}", *spellings.begin(), fmt::join(names, ", ")),
      "name it so in the dataset's attribute of column names");
}

// The token that makes `event` sum to the momentum (x, y); none when it does already.
void add_rest(Event& event, double x_gev, double y_gev) {
  const TransverseSum sum = sum_tokens(event.tokens);
  Token rest;
  rest.kind = static_cast<int8_t>(static_cast<int>(TokenKind::kHadron) | kRemainderFlag);
  rest.pt_gev = static_cast<float>(std::hypot(x_gev - sum.x_gev, y_gev - sum.y_gev));
  rest.phi = static_cast<float>(std::atan2(y_gev - sum.y_gev, x_gev - sum.x_gev));
  if (rest.pt_gev > 0) event.tokens.push_back(rest);
}

}  // namespace

ArrayFile::ArrayFile(const std::filesystem::path& path) : file_(path) {
  if (file_.has_dataset(kChallenge)) {
    check_challenge();
  } else if (file_.has_dataset(kParticles) || file_.has_dataset(kJets)) {
    check_jetnet();
  } else {
    throw Error(path.string(), fmt::format("holds no events: {}", file_.listing()),
                "needs trigstone.events, Particles[N,19,4], or particle_features[N,P,4] with "
                "jet_features[N,4]; for other kinds see python -m trigstone.convert");
  }
}

std::optional<Process> ArrayFile::process() const {
  if (!file_.has_attribute("process")) return {};
  try {
    return process_from_name(file_.text("process"), file_.where());
  } catch (const Error&) {  // no text, or another program's name
    return {};
  }
}

void ArrayFile::check_challenge() {
  const std::vector<int64_t> shape = file_.shape(kChallenge);
  particles_ = kObjects;
  columns_ = kObjectColumns;
  if (shape.size() != 3 || shape[1] != kObjects || shape[2] != kObjectColumns) {
    refuse_shape(file_, kChallenge, "[N,19,4]");
  }
  size_ = shape[0];
}

void ArrayFile::check_jetnet() {
  jets_ = true;
  const std::vector<int64_t> particles = file_.shape(kParticles), jets = file_.shape(kJets);
  const bool is_named = !column_names(file_, kParticles).empty();
  if (particles.size() != 3 || particles[1] < 1 || particles[1] > kMostParticles ||
      particles[2] < 3 || particles[2] > (is_named ? kMostParticles : 4)) {
    refuse_shape(file_, kParticles, "[N,P,4]");
  }
  if (jets.size() != 2 || jets[0] != particles[0] || jets[1] < 2 || jets[1] > kMostParticles) {
    refuse_shape(file_, kJets, fmt::format("[{},4]", particles[0]).c_str());
  }
  size_ = particles[0];
  particles_ = static_cast<size_t>(particles[1]);
  columns_ = static_cast<size_t>(particles[2]);
  jet_columns_ = static_cast<size_t>(jets[1]);
  find_columns();
}

void ArrayFile::find_columns() {
  const std::vector<std::string> particle = column_names(file_, kParticles);
  if (particle.empty()) {
    if (columns_ == 4) place_.mask = 3;
  } else {
    place_.eta = column_place(file_, kParticles, particle, columns_, {"etarel", "eta"});
    place_.phi = column_place(file_, kParticles, particle, columns_, {"phirel", "phi"});
    place_.pt = column_place(file_, kParticles, particle, columns_, {"ptrel", "pt"});
    const auto mask = std::find(particle.begin(), particle.end(), "mask");
    if (mask != particle.end()) place_.mask = static_cast<size_t>(mask - particle.begin());
  }
  const std::vector<std::string> jet = column_names(file_, kJets);
  if (jet.empty()) return;
  place_.jet_pt = column_place(file_, kJets, jet, jet_columns_, {"pt", "jetpt"});
  place_.jet_eta = column_place(file_, kJets, jet, jet_columns_, {"eta", "jeteta"});
}

void ArrayFile::add(Event& event, TokenKind kind, double pt_gev, double eta, double phi) {
  if (!is_good(pt_gev, eta, phi)) {
    ++problems_["particle without positive pT and finite direction"];
    return;
  }
  Token token;
  token.kind = static_cast<int8_t>(kind);
  token.pt_gev = static_cast<float>(pt_gev);
  token.eta = static_cast<float>(eta);
  token.phi = wrapped(phi);
  token.depth = kind == TokenKind::kHadron ? 1.0F : 0.0F;
  event.tokens.push_back(token);
}

void ArrayFile::fill_challenge(Event& event, const float* rows) {
  const float* missing = nullptr;
  for (size_t i = 0; i < kObjects; ++i) {
    const float* row = rows + i * kObjectColumns;
    if (row[0] == 0) continue;
    const float number = row[3];
    if (number == kMissing) {
      missing = row;
    } else if (number == kElectronClass) {
      add(event, TokenKind::kElectron, row[0], row[1], row[2]);
    } else if (number == kMuonClass) {
      add(event, TokenKind::kMuon, row[0], row[1], row[2]);
    } else if (number == kJetClass) {
      add(event, TokenKind::kHadron, row[0], row[1], row[2]);
    } else if (number != kNone) {
      ++problems_["particle of an unknown class"];
    }
  }
  event.tokens = select_tokens(std::move(event.tokens), {});
  if (missing == nullptr) return;
  if (!is_good(missing[0], 0, missing[2])) {
    ++problems_["missing momentum that is not finite"];
    return;
  }
  const double pt_gev = missing[0], phi = missing[2];
  add_rest(event, -pt_gev * std::cos(phi), -pt_gev * std::sin(phi));
}

void ArrayFile::fill_jetnet(Event& event, const float* particles, const float* jet) {
  const double pt_gev = jet[place_.jet_pt], eta = jet[place_.jet_eta];
  if (!is_good(pt_gev, eta, 0)) {
    ++problems_["jet without positive pT and finite direction"];
    return;
  }
  event.truth.jets.push_back({0, static_cast<float>(pt_gev), static_cast<float>(eta), 0});
  for (size_t i = 0; i < particles_; ++i) {
    const float* row = particles + i * columns_;
    const bool there = place_.mask ? row[*place_.mask] > 0 : row[place_.pt] != 0;
    if (!there) continue;
    add(event, TokenKind::kHadron, row[place_.pt] * pt_gev, eta + row[place_.eta], row[place_.phi]);
  }
  event.tokens = select_tokens(std::move(event.tokens), {});
}

std::vector<Event> ArrayFile::read(int64_t begin, int64_t end) {
  const auto rows = file_.read_rows<float>(jets_ ? kParticles : kChallenge, begin, end);
  const auto jets = jets_ ? file_.read_rows<float>(kJets, begin, end) : std::vector<float>();
  std::vector<Event> events(static_cast<size_t>(end - begin));
  for (size_t i = 0; i < events.size(); ++i) {
    events[i].id = begin + static_cast<int64_t>(i);
    const float* row = rows.data() + i * particles_ * columns_;
    if (jets_) {
      fill_jetnet(events[i], row, jets.data() + i * jet_columns_);
    } else {
      fill_challenge(events[i], row);
    }
  }
  return events;
}

}  // namespace trigstone
