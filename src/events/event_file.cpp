#include "events/event_file.h"

#include <fmt/ranges.h>

#include <array>

#include "base/json.h"
#include "base/version.h"
#include "events/muon_columns.h"

namespace trigstone {

namespace {

// More elements than any event has: a damaged offset must not ask for all memory.
constexpr int64_t kMaxElementsPerEvent = 1 << 20;
// Columns of /tokens that older files and files of converters lack; their values are 0 then.
constexpr std::array kLaterColumns = {"charge",    "hit_pattern", "is_fake",
                                      "chi2_rphi", "chi2_rz",     "bend_chi2"};
constexpr const char* kLabelColumn = "/truth/label";  // the same, -1

// One value per item of `items`.
template <typename T, typename Items, typename Get>
std::vector<T> column(const Items& items, Get get) {
  std::vector<T> values;
  values.reserve(items.size());
  for (const auto& item : items) values.push_back(static_cast<T>(get(item)));
  return values;
}

// Ends of the ragged rows, counted on from `position`; the first block also writes the leading 0.
template <typename Get>
std::vector<int64_t> row_ends(std::span<const Event> events, int64_t& position, bool first,
                              Get rows) {
  std::vector<int64_t> ends;
  if (first) ends.push_back(0);
  for (const Event& event : events) {
    position += static_cast<int64_t>(rows(event).size());
    ends.push_back(position);
  }
  return ends;
}

template <typename Get>
auto flattened(std::span<const Event> events, Get rows) {
  std::remove_cvref_t<decltype(rows(events.front()))> all;
  for (const Event& event : events) {
    const auto& some = rows(event);
    all.insert(all.end(), some.begin(), some.end());
  }
  return all;
}

void append_tokens(Hdf5Writer& file, const std::vector<Token>& tokens) {
  file.append("/tokens/kind", column<int8_t>(tokens, [](const Token& t) { return t.kind; }));
  file.append("/tokens/quality", column<int8_t>(tokens, [](const Token& t) { return t.quality; }));
  file.append("/tokens/is_pileup",
              column<int8_t>(tokens, [](const Token& t) { return t.is_pileup; }));
  file.append("/tokens/pt_gev", column<float>(tokens, [](const Token& t) { return t.pt_gev; }));
  file.append("/tokens/eta", column<float>(tokens, [](const Token& t) { return t.eta; }));
  file.append("/tokens/phi", column<float>(tokens, [](const Token& t) { return t.phi; }));
  file.append("/tokens/z0_cm", column<float>(tokens, [](const Token& t) { return t.z0_cm; }));
  file.append("/tokens/dxy_cm", column<float>(tokens, [](const Token& t) { return t.dxy_cm; }));
  file.append("/tokens/depth", column<float>(tokens, [](const Token& t) { return t.depth; }));
  file.append("/tokens/time_ns", column<float>(tokens, [](const Token& t) { return t.time_ns; }));
  file.append("/tokens/charge", column<int8_t>(tokens, [](const Token& t) { return t.charge; }));
  file.append("/tokens/hit_pattern",
              column<int8_t>(tokens, [](const Token& t) { return t.hit_pattern; }));
  file.append("/tokens/is_fake", column<int8_t>(tokens, [](const Token& t) { return t.is_fake; }));
  file.append("/tokens/chi2_rphi",
              column<float>(tokens, [](const Token& t) { return t.chi2_rphi; }));
  file.append("/tokens/chi2_rz", column<float>(tokens, [](const Token& t) { return t.chi2_rz; }));
  file.append("/tokens/bend_chi2",
              column<float>(tokens, [](const Token& t) { return t.bend_chi2; }));
}

void append_objects(Hdf5Writer& file, const std::string& prefix, bool has_pdg,
                    const std::vector<TruthObject>& objects) {
  if (has_pdg) {
    file.append(prefix + "pdg", column<int16_t>(objects, [](const auto& o) { return o.pdg; }));
  }
  file.append(prefix + "pt_gev", column<float>(objects, [](const auto& o) { return o.pt_gev; }));
  file.append(prefix + "eta", column<float>(objects, [](const auto& o) { return o.eta; }));
  file.append(prefix + "phi", column<float>(objects, [](const auto& o) { return o.phi; }));
}

}  // namespace

EventWriter::EventWriter(const std::filesystem::path& path, const EventFileInfo& info)
    : pending_(path), file_(pending_.path(), path.string()), has_muons_(info.has_muons) {
  file_.text("schema", fmt::format("{}/{}", kEventsSchema, kEventsVersion));
  file_.text("trigstone", kVersion);
  file_.text("generator", info.generator);
  file_.text("tune", info.tune);
  file_.text("detector", info.detector);
  file_.text("library", info.library);
  file_.text("process_names", fmt::format("{}", fmt::join(kProcessNames, ",")));
  file_.text("kind_names", fmt::format("{}", fmt::join(kTokenKindNames, ",")));
  file_.text("weight_unit", info.weight_unit);
  for (const auto& [name, text] : info.source) file_.text(name, text);
  file_.integer("seed", info.seed);
  file_.number("pileup_mean", info.pileup_mean);
  file_.number("luminosity_hz_per_pb", info.luminosity_hz_per_pb);
  append({});  // an event file without events still has all its columns
}

void EventWriter::append(std::span<const Event> events) {
  const bool first = !started_;
  const auto event_column = [&]<typename T>(const char* name, T, auto get) {
    file_.append(name, column<T>(events, get));
  };
  event_column("/events/id", int64_t{}, [](const Event& e) { return e.id; });
  event_column("/events/hard_id", int32_t{}, [](const Event& e) { return e.hard_id; });
  event_column("/events/weight", float{}, [](const Event& e) { return e.weight; });
  event_column("/events/process", int16_t{}, [](const Event& e) { return e.process; });
  event_column("/events/pileup", int16_t{}, [](const Event& e) { return e.pileup; });
  event_column("/events/vertex_z_cm", float{}, [](const Event& e) { return e.vertex_z_cm; });
  event_column("/events/vertex_t_ns", float{}, [](const Event& e) { return e.vertex_t_ns; });
  const auto library = [](const Event& e) -> const auto& { return e.library_id; };
  file_.append("/events/library_offset", row_ends(events, library_rows_, first, library));
  file_.append("/events/library_id", flattened(events, library));
  const auto tokens = [](const Event& e) -> const auto& { return e.tokens; };
  file_.append("/tokens/offset", row_ends(events, tokens_, first, tokens));
  append_tokens(file_, flattened(events, tokens));
  if (has_muons_) {
    const auto muons = [](const Event& e) -> const auto& { return e.standalone_muons; };
    file_.append(kMuonOffset, row_ends(events, muons_, first, muons));
    append_muons(file_, flattened(events, muons));
  }
  append_truth(events, first);
  started_ = true;
  written_ += static_cast<int64_t>(events.size());
}

void EventWriter::append_truth(std::span<const Event> events, bool first) {
  file_.append("/truth/missing_x_gev",
               column<float>(events, [](const Event& e) { return e.truth.missing_x_gev; }));
  file_.append("/truth/missing_y_gev",
               column<float>(events, [](const Event& e) { return e.truth.missing_y_gev; }));
  file_.append("/truth/pt_hat_gev",
               column<float>(events, [](const Event& e) { return e.truth.pt_hat_gev; }));
  file_.append(kLabelColumn, column<int32_t>(events, [](const Event& e) { return e.truth.label; }));
  const auto partons = [](const Event& e) -> const auto& { return e.truth.partons; };
  file_.append("/truth/parton_offset", row_ends(events, partons_, first, partons));
  append_objects(file_, "/truth/parton_", true, flattened(events, partons));
  const auto jets = [](const Event& e) -> const auto& { return e.truth.jets; };
  file_.append("/truth/jet_offset", row_ends(events, jets_, first, jets));
  append_objects(file_, "/truth/jet_", false, flattened(events, jets));
}

void EventWriter::commit() {
  file_.close();
  pending_.commit();
}

EventReader::EventReader(const std::filesystem::path& path) : file_(path) {
  const std::string schema = file_.has_attribute("schema") ? file_.text("schema") : "";
  check_schema_text(schema, kEventsSchema, kEventsVersion, file_.where());
  info_ = {file_.text("generator"),
           file_.text("tune"),
           file_.text("detector"),
           file_.text("library"),
           file_.integer("seed"),
           file_.number("pileup_mean"),
           file_.number("luminosity_hz_per_pb"),
           file_.has_attribute("weight_unit") ? file_.text("weight_unit") : "pb",
           {},
           false};
  for (const char* name : kSourceAttributes) {
    if (file_.has_attribute(name)) info_.source[name] = file_.text(name);
  }
  size_ = file_.length("/events/id");
  check_columns();
  info_.has_muons = check_muon_columns(file_, size_);
}

// All columns exist and have the length that belongs to them.
void EventReader::check_columns() const {
  const auto demand = [this](const std::string& group, std::initializer_list<const char*> names,
                             int64_t length) {
    for (const char* name : names) {
      const int64_t found = file_.length(group + name);
      if (found == length) continue;
      throw Error(file_.where() + ":" + group + name,
                  fmt::format("{} rows where {} belong", found, length),
                  "the file is damaged; make it again");
    }
  };
  demand("/events/", {"hard_id", "weight", "process", "pileup", "vertex_z_cm", "vertex_t_ns"},
         size_);
  demand("/events/", {"library_offset"}, size_ + 1);
  demand("/tokens/", {"offset"}, size_ + 1);
  demand("/tokens/",
         {"quality", "is_pileup", "pt_gev", "eta", "phi", "z0_cm", "dxy_cm", "depth", "time_ns"},
         file_.length("/tokens/kind"));
  for (const char* name : kLaterColumns) {
    if (!file_.has_dataset(std::string("/tokens/") + name)) continue;
    demand("/tokens/", {name}, file_.length("/tokens/kind"));
  }
  demand("/truth/", {"missing_x_gev", "missing_y_gev", "pt_hat_gev"}, size_);
  if (file_.has_dataset(kLabelColumn)) demand("/truth/", {"label"}, size_);
  demand("/truth/", {"parton_offset", "jet_offset"}, size_ + 1);
  demand("/truth/parton_", {"pt_gev", "eta", "phi"}, file_.length("/truth/parton_pdg"));
  demand("/truth/jet_", {"eta", "phi"}, file_.length("/truth/jet_pt_gev"));
}

EventReader::Ragged EventReader::read_ragged(const std::string& name, int64_t begin, int64_t end,
                                             int64_t elements) const {
  Ragged rows{file_.read<int64_t>(name, begin, end + 1)};
  bool good = rows.offset.front() >= 0 && rows.offset.back() <= elements;
  for (size_t i = 1; good && i < rows.offset.size(); ++i) {
    const int64_t size = rows.offset[i] - rows.offset[i - 1];
    good = size >= 0 && size <= kMaxElementsPerEvent;
  }
  if (!good) {
    throw Error(file_.where() + ":" + name, "offsets do not fit the column",
                "the file is damaged; make it again");
  }
  return rows;
}

void EventReader::read_tokens(std::span<Event> events, int64_t begin, int64_t end) const {
  const Ragged rows = read_ragged("/tokens/offset", begin, end, file_.length("/tokens/kind"));
  const int64_t first = rows.offset.front(), last = rows.offset.back();
  const auto kind = file_.read<int8_t>("/tokens/kind", first, last);
  const auto quality = file_.read<int8_t>("/tokens/quality", first, last);
  const auto is_pileup = file_.read<int8_t>("/tokens/is_pileup", first, last);
  const auto pt_gev = file_.read<float>("/tokens/pt_gev", first, last);
  const auto eta = file_.read<float>("/tokens/eta", first, last);
  const auto phi = file_.read<float>("/tokens/phi", first, last);
  const auto z0_cm = file_.read<float>("/tokens/z0_cm", first, last);
  const auto dxy_cm = file_.read<float>("/tokens/dxy_cm", first, last);
  const auto depth = file_.read<float>("/tokens/depth", first, last);
  const auto time_ns = file_.read<float>("/tokens/time_ns", first, last);
  const auto later = [&]<typename T>(const char* name, T) {
    const std::string path = std::string("/tokens/") + name;
    return file_.has_dataset(path) ? file_.read<T>(path, first, last)
                                   : std::vector<T>(static_cast<size_t>(last - first));
  };
  const auto charge = later("charge", int8_t{}), hit_pattern = later("hit_pattern", int8_t{}),
             is_fake = later("is_fake", int8_t{});
  const auto chi2_rphi = later("chi2_rphi", float{}), chi2_rz = later("chi2_rz", float{}),
             bend_chi2 = later("bend_chi2", float{});
  for (size_t event = 0; event < events.size(); ++event) {
    for (int64_t row = rows.offset[event]; row < rows.offset[event + 1]; ++row) {
      const auto i = static_cast<size_t>(row - first);
      const Token token{kind[i],    quality[i],   is_pileup[i], pt_gev[i],
                        eta[i],     phi[i],       z0_cm[i],     dxy_cm[i],
                        depth[i],   time_ns[i],   charge[i],    hit_pattern[i],
                        is_fake[i], chi2_rphi[i], chi2_rz[i],   bend_chi2[i]};
      if (token.kind < 0 || (token.kind & ~kRemainderFlag) >= kTokenKinds) {
        throw Error(fmt::format("{}:/tokens/kind", file_.where()),
                    fmt::format("row {} has kind {}", row, token.kind),
                    "the file is damaged; make it again");
      }
      events[event].tokens.push_back(token);
    }
  }
}

void EventReader::read_standalone_muons(std::span<Event> events, int64_t begin, int64_t end) const {
  const Ragged rows = read_ragged(kMuonOffset, begin, end, muon_rows(file_));
  const int64_t first = rows.offset.front();
  const auto muons = read_muons(file_, first, rows.offset.back());
  for (size_t event = 0; event < events.size(); ++event) {
    events[event].standalone_muons.assign(muons.begin() + (rows.offset[event] - first),
                                          muons.begin() + (rows.offset[event + 1] - first));
  }
}

std::vector<std::vector<TruthObject>> EventReader::read_objects(const std::string& prefix,
                                                                bool has_pdg, int64_t begin,
                                                                int64_t end) const {
  const Ragged rows = read_ragged(prefix + "offset", begin, end, file_.length(prefix + "pt_gev"));
  const int64_t first = rows.offset.front(), last = rows.offset.back();
  const auto pdg = has_pdg ? file_.read<int16_t>(prefix + "pdg", first, last)
                           : std::vector<int16_t>(static_cast<size_t>(last - first));
  const auto pt_gev = file_.read<float>(prefix + "pt_gev", first, last);
  const auto eta = file_.read<float>(prefix + "eta", first, last);
  const auto phi = file_.read<float>(prefix + "phi", first, last);
  std::vector<std::vector<TruthObject>> objects(static_cast<size_t>(end - begin));
  for (size_t event = 0; event < objects.size(); ++event) {
    for (int64_t row = rows.offset[event]; row < rows.offset[event + 1]; ++row) {
      const auto i = static_cast<size_t>(row - first);
      objects[event].push_back({pdg[i], pt_gev[i], eta[i], phi[i]});
    }
  }
  return objects;
}

void EventReader::read_truth(std::span<Event> events, int64_t begin, int64_t end) const {
  const auto missing_x_gev = file_.read<float>("/truth/missing_x_gev", begin, end);
  const auto missing_y_gev = file_.read<float>("/truth/missing_y_gev", begin, end);
  const auto pt_hat_gev = file_.read<float>("/truth/pt_hat_gev", begin, end);
  const auto label = file_.has_dataset(kLabelColumn) ? file_.read<int32_t>(kLabelColumn, begin, end)
                                                     : std::vector<int32_t>(events.size(), -1);
  auto partons = read_objects("/truth/parton_", true, begin, end);
  auto jets = read_objects("/truth/jet_", false, begin, end);
  for (size_t i = 0; i < events.size(); ++i) {
    events[i].truth = {missing_x_gev[i],      missing_y_gev[i],   pt_hat_gev[i],
                       std::move(partons[i]), std::move(jets[i]), label[i]};
  }
}

std::vector<Event> EventReader::read(int64_t begin, int64_t end) const {
  if (begin < 0 || end < begin || end > size_) {
    throw Error(file_.where(), fmt::format("events {}..{} asked of {}", begin, end, size_),
                "ask for events inside the file");
  }
  const auto id = file_.read<int64_t>("/events/id", begin, end);
  const auto hard_id = file_.read<int32_t>("/events/hard_id", begin, end);
  const auto weight = file_.read<float>("/events/weight", begin, end);
  const auto process = file_.read<int16_t>("/events/process", begin, end);
  const auto pileup = file_.read<int16_t>("/events/pileup", begin, end);
  const auto vertex_z_cm = file_.read<float>("/events/vertex_z_cm", begin, end);
  const auto vertex_t_ns = file_.read<float>("/events/vertex_t_ns", begin, end);
  const Ragged library =
      read_ragged("/events/library_offset", begin, end, file_.length("/events/library_id"));
  const auto library_id =
      file_.read<int32_t>("/events/library_id", library.offset.front(), library.offset.back());
  std::vector<Event> events(id.size());
  for (size_t i = 0; i < events.size(); ++i) {
    if (process[i] < 0 || static_cast<size_t>(process[i]) >= kProcessNames.size()) {
      throw Error(
          file_.where() + ":/events/process",
          fmt::format("event {} has process {}", begin + static_cast<int64_t>(i), process[i]),
          "the file is damaged; make it again");
    }
    Event& event = events[i];
    event.id = id[i];
    event.hard_id = hard_id[i];
    event.weight = weight[i];
    event.process = static_cast<Process>(process[i]);
    event.pileup = pileup[i];
    event.vertex_z_cm = vertex_z_cm[i];
    event.vertex_t_ns = vertex_t_ns[i];
    const auto row = [&](size_t k) {
      return library_id.begin() + (library.offset[k] - library.offset.front());
    };
    event.library_id.assign(row(i), row(i + 1));
  }
  read_tokens(events, begin, end);
  if (info_.has_muons) read_standalone_muons(events, begin, end);
  read_truth(events, begin, end);
  return events;
}

}  // namespace trigstone
