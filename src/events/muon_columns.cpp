#include "events/muon_columns.h"

#include <fmt/format.h>

#include <cmath>
#include <string>

#include "base/error.h"

namespace trigstone {

namespace {

constexpr const char* kGroup = "/muons/";
constexpr int kQualityMax = 15;  // four bits

// The one list of columns: writing, checking and reading expand it.
template <typename Visit>
void visit_columns(Visit&& visit) {
  visit("pt_gev", &StandaloneMuon::pt_gev);
  visit("eta", &StandaloneMuon::eta);
  visit("phi", &StandaloneMuon::phi);
  visit("z0_cm", &StandaloneMuon::z0_cm);
  visit("d0_cm", &StandaloneMuon::d0_cm);
  visit("charge", &StandaloneMuon::charge);
  visit("quality", &StandaloneMuon::quality);
  visit("is_pileup", &StandaloneMuon::is_pileup);
  visit("is_fake", &StandaloneMuon::is_fake);
}

bool is_muon(const StandaloneMuon& muon) {
  const bool finite = std::isfinite(muon.pt_gev) && std::isfinite(muon.eta) &&
                      std::isfinite(muon.phi) && std::isfinite(muon.z0_cm) &&
                      std::isfinite(muon.d0_cm);
  return finite && muon.pt_gev >= 0 && std::abs(muon.charge) == 1 && muon.quality >= 0 &&
         muon.quality <= kQualityMax;
}

}  // namespace

void append_muons(Hdf5Writer& file, const std::vector<StandaloneMuon>& muons) {
  visit_columns([&]<typename T>(const char* name, T StandaloneMuon::*member) {
    std::vector<T> values;
    values.reserve(muons.size());
    for (const StandaloneMuon& muon : muons) values.push_back(muon.*member);
    file.append(std::string(kGroup) + name, values);
  });
}

bool check_muon_columns(const Hdf5Reader& file, int64_t events) {
  bool any = file.has_dataset(kMuonOffset);
  visit_columns(
      [&](const char* name, auto) { any = any || file.has_dataset(std::string(kGroup) + name); });
  if (!any) return false;
  const auto demand = [&](const std::string& name, int64_t length) {
    const int64_t found = file.length(name);
    if (found == length) return;
    throw Error(file.where() + ":" + name, fmt::format("{} rows where {} belong", found, length),
                "the file is damaged; make it again");
  };
  demand(kMuonOffset, events + 1);
  visit_columns(
      [&](const char* name, auto) { demand(std::string(kGroup) + name, muon_rows(file)); });
  return true;
}

int64_t muon_rows(const Hdf5Reader& file) { return file.length("/muons/pt_gev"); }

std::vector<StandaloneMuon> read_muons(const Hdf5Reader& file, int64_t begin, int64_t end) {
  std::vector<StandaloneMuon> muons(static_cast<size_t>(end - begin));
  visit_columns([&]<typename T>(const char* name, T StandaloneMuon::*member) {
    const auto values = file.read<T>(std::string(kGroup) + name, begin, end);
    for (size_t i = 0; i < muons.size(); ++i) muons[i].*member = values[i];
  });
  for (size_t i = 0; i < muons.size(); ++i) {
    if (is_muon(muons[i])) continue;
    throw Error(file.where() + ":/muons",
                fmt::format("row {} is no muon", begin + static_cast<int64_t>(i)),
                "the file is damaged; make it again");
  }
  return muons;
}

}  // namespace trigstone
