#include "events/show.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <numbers>

namespace trigstone {

namespace {

constexpr int kMapColumns = 60, kMapRows = 16;
constexpr double kEtaMax = 5;
constexpr char kKindLetters[] = "temgh";

// Transverse and longitudinal chi^2 per degree of freedom of a track that has them.
std::string chi2_text(const Token& token) {
  if (token.chi2_rphi == 0 && token.chi2_rz == 0) return "-";
  return fmt::format("{:.1f} {:.1f}", token.chi2_rphi, token.chi2_rz);
}

std::string token_line(size_t number, const Token& token) {
  const std::string kind =
      fmt::format("{}{}", kTokenKindNames[static_cast<size_t>(token.token_kind())],
                  token.is_remainder() ? " rest" : "");
  return fmt::format(
      "{:>4} {:<13} {:>9.2f} {:>7.3f} {:>7.3f} {:>7.2f} {:>7.3f} {:>6.2f} {:>3} {:>10} {}\n",
      number, kind, token.pt_gev, token.eta, token.phi, token.z0_cm, token.dxy_cm, token.depth,
      token.quality, chi2_text(token),
      token.is_fake != 0     ? "fake"
      : token.is_pileup != 0 ? "pile-up"
                             : "hard");
}

// Files made elsewhere say "as in source file", joined ones several units: neither is a unit.
std::string unit_text(const std::string& weight_unit) {
  const bool is_unit =
      !weight_unit.empty() && weight_unit.find_first_of(" \n") == std::string::npos;
  return is_unit ? " " + weight_unit : "";
}

int cell(double value, double low, double high, int cells) {
  return std::clamp(static_cast<int>((value - low) / (high - low) * cells), 0, cells - 1);
}

std::string muons_text(const std::vector<StandaloneMuon>& muons) {
  if (muons.empty()) return "";
  std::string text = fmt::format(
      "{:>4} {:<13} {:>9} {:>7} {:>7} {:>7} {:>7} {:>6} {:>3} {:>10} {}\n", "#", "stand-alone",
      "pT/GeV", "eta", "phi", "z0/cm", "d0/cm", "charge", "q", "", "from");
  for (size_t i = 0; i < muons.size(); ++i) {
    const StandaloneMuon& m = muons[i];
    text += fmt::format(
        "{:>4} {:<13} {:>9.2f} {:>7.3f} {:>7.3f} {:>7.2f} {:>7.2f} {:>6} {:>3} {:>10} {}\n", i,
        "muon", m.pt_gev, m.eta, m.phi, m.z0_cm, m.d0_cm, m.charge, m.quality, "",
        m.is_fake != 0     ? "fake"
        : m.is_pileup != 0 ? "pile-up"
                           : "hard");
  }
  return text;
}

OrderedJson muons_json(const std::vector<StandaloneMuon>& muons) {
  OrderedJson list = OrderedJson::array();
  for (const StandaloneMuon& m : muons) {
    list.push_back({{"pt_gev", m.pt_gev},
                    {"eta", m.eta},
                    {"phi", m.phi},
                    {"z0_cm", m.z0_cm},
                    {"d0_cm", m.d0_cm},
                    {"charge", m.charge},
                    {"quality", m.quality},
                    {"is_fake", m.is_fake != 0},
                    {"is_pileup", m.is_pileup != 0}});
  }
  return list;
}

OrderedJson objects_json(const std::vector<TruthObject>& objects) {
  OrderedJson list = OrderedJson::array();
  for (const TruthObject& o : objects) {
    list.push_back({{"pdg", o.pdg}, {"pt_gev", o.pt_gev}, {"eta", o.eta}, {"phi", o.phi}});
  }
  return list;
}

}  // namespace

std::string event_map(const Event& event) {
  std::vector<std::string> map(kMapRows, std::string(kMapColumns, '.'));
  // Tokens come by falling pT: the first in a cell stays.
  for (const Token& token : event.tokens) {
    if (token.is_remainder()) continue;
    char& shown =
        map[static_cast<size_t>(cell(-token.phi, -std::numbers::pi, std::numbers::pi, kMapRows))]
           [static_cast<size_t>(cell(token.eta, -kEtaMax, kEtaMax, kMapColumns))];
    if (shown != '.') continue;
    const char letter = kKindLetters[static_cast<size_t>(token.token_kind())];
    shown = token.is_pileup != 0
                ? letter
                : static_cast<char>(std::toupper(static_cast<unsigned char>(letter)));
  }
  std::string text;
  for (int row = 0; row < kMapRows; ++row) {
    const char* label = row == 0              ? " +pi"
                        : row == kMapRows - 1 ? " -pi"
                        : row == kMapRows / 2 ? "   0"
                                              : "    ";
    text += fmt::format("{} |{}|\n", label, map[static_cast<size_t>(row)]);
  }
  text += fmt::format("  phi  {:<{}}{}\n", "eta -5", kMapColumns - 3, "+5");
  text += "       T track  E electron  M muon  G photon  H hadron; small letters: pile-up\n";
  return text;
}

std::string event_text(const Event& event, int rows, const std::string& weight_unit) {
  std::string text = fmt::format(
      "event {}  process {}  hard collision {}  pile-up {}  vertex z {:.2f} cm, t {:.3f} ns  "
      "weight {:.4g}{}\n",
      event.id, process_name(event.process), event.hard_id, event.pileup, event.vertex_z_cm,
      event.vertex_t_ns, event.weight, unit_text(weight_unit));
  text += fmt::format(
      "true missing momentum {:.2f} GeV, {} particle jets, {} tokens, {} "
      "stand-alone muons{}\n",
      std::hypot(event.truth.missing_x_gev, event.truth.missing_y_gev), event.truth.jets.size(),
      event.tokens.size(), event.standalone_muons.size(),
      event.truth.label < 0 ? "" : fmt::format(", label {}", event.truth.label));
  text +=
      fmt::format("{:>4} {:<13} {:>9} {:>7} {:>7} {:>7} {:>7} {:>6} {:>3} {:>10} {}\n", "#", "kind",
                  "pT/GeV", "eta", "phi", "z0/cm", "dxy/cm", "depth", "q", "chi2", "from");
  const size_t shown = std::min(event.tokens.size(), static_cast<size_t>(std::max(rows, 0)));
  for (size_t i = 0; i < shown; ++i) text += token_line(i, event.tokens[i]);
  if (shown < event.tokens.size()) {
    text += fmt::format("     … and {} more (--tokens N)\n", event.tokens.size() - shown);
  }
  return text + muons_text(event.standalone_muons) + event_map(event);
}

OrderedJson event_json(const Event& event) {
  OrderedJson tokens = OrderedJson::array();
  for (const Token& t : event.tokens) {
    tokens.push_back({{"kind", kTokenKindNames[static_cast<size_t>(t.token_kind())]},
                      {"remainder", t.is_remainder()},
                      {"pt_gev", t.pt_gev},
                      {"eta", t.eta},
                      {"phi", t.phi},
                      {"z0_cm", t.z0_cm},
                      {"dxy_cm", t.dxy_cm},
                      {"depth", t.depth},
                      {"time_ns", t.time_ns},
                      {"quality", t.quality},
                      {"charge", t.charge},
                      {"hit_pattern", t.hit_pattern},
                      {"chi2_rphi", t.chi2_rphi},
                      {"chi2_rz", t.chi2_rz},
                      {"bend_chi2", t.bend_chi2},
                      {"is_fake", t.is_fake != 0},
                      {"is_pileup", t.is_pileup != 0}});
  }
  return {{"id", event.id},
          {"process", process_name(event.process)},
          {"hard_id", event.hard_id},
          {"weight", event.weight},
          {"pileup", event.pileup},
          {"vertex_z_cm", event.vertex_z_cm},
          {"vertex_t_ns", event.vertex_t_ns},
          {"missing_x_gev", event.truth.missing_x_gev},
          {"missing_y_gev", event.truth.missing_y_gev},
          {"pt_hat_gev", event.truth.pt_hat_gev},
          {"label", event.truth.label},
          {"partons", objects_json(event.truth.partons)},
          {"jets", objects_json(event.truth.jets)},
          {"tokens", tokens},
          {"standalone_muons", muons_json(event.standalone_muons)}};
}

}  // namespace trigstone
