#include "report/section_reader.h"

#include "base/error.h"

namespace trigstone {

void SectionReader::refuse(const std::string& what, const std::string& hint) const {
  throw Error(where_, what, hint.empty() ? "src/report/report.h describes the form" : hint);
}

bool SectionReader::has(const std::string& key) const {
  return json_.is_object() && json_.contains(key) && !json_.at(key).is_null();
}

const Json& SectionReader::at(const std::string& key) const {
  if (!json_.is_object()) refuse("is no object");
  const auto found = json_.find(key);
  if (found == json_.end()) refuse(fmt::format("'{}' is missing", key));
  return *found;
}

std::string SectionReader::text(const std::string& key) const {
  const Json& value = at(key);
  if (!value.is_string()) refuse(fmt::format("'{}' is no text", key));
  return value.get<std::string>();
}

std::string SectionReader::text_or(const std::string& key, const std::string& fallback) const {
  return has(key) ? text(key) : fallback;
}

double SectionReader::number(const std::string& key) const {
  const Json& value = at(key);
  if (!value.is_number()) refuse(fmt::format("'{}' is no number", key));
  return value.get<double>();
}

bool SectionReader::flag(const std::string& key) const {
  if (!has(key)) return false;
  if (!at(key).is_boolean()) refuse(fmt::format("'{}' is neither true nor false", key));
  return at(key).get<bool>();
}

std::vector<double> SectionReader::numbers(const std::string& key) const {
  if (!at(key).is_array()) refuse(fmt::format("'{}' is no list", key));
  std::vector<double> values;
  for (const Json& value : at(key)) {
    if (!value.is_number()) refuse(fmt::format("'{}' holds something that is no number", key));
    values.push_back(value.get<double>());
  }
  return values;
}

SectionReader SectionReader::child(const std::string& key) const {
  return {at(key), where_ + "/" + key};
}

std::vector<SectionReader> SectionReader::children(const std::string& key) const {
  const Json& list = at(key);
  if (!list.is_array()) refuse(fmt::format("'{}' is no list", key));
  std::vector<SectionReader> result;
  for (size_t i = 0; i < list.size(); ++i) {
    result.emplace_back(list[i], fmt::format("{}/{}/{}", where_, key, i));
  }
  return result;
}

CurveAxis SectionReader::axis(const std::string& key) const {
  const SectionReader reader = child(key);
  CurveAxis axis;
  axis.label = reader.text("label");
  axis.log = reader.flag("log");
  if (reader.has("from")) axis.from = reader.number("from");
  if (reader.has("to")) axis.to = reader.number("to");
  return axis;
}

std::vector<Curve> SectionReader::curves() const {
  std::vector<Curve> curves;
  for (const SectionReader& reader : children("series")) {
    Curve curve;
    curve.name = reader.text("name");
    curve.x = reader.numbers("x");
    curve.y = reader.numbers("y");
    if (reader.has("low")) curve.low = reader.numbers("low");
    if (reader.has("high")) curve.high = reader.numbers("high");
    curve.points = reader.flag("points");
    const size_t n = curve.x.size();
    const auto fits = [n](const std::vector<double>& band) {
      return band.empty() || band.size() == n;
    };
    if (curve.y.size() != n || !fits(curve.low) || !fits(curve.high) ||
        curve.low.empty() != curve.high.empty()) {
      reader.refuse("x, y, low and high differ in length");
    }
    curves.push_back(std::move(curve));
  }
  return curves;
}

std::vector<EventParticle> SectionReader::particles() const {
  std::vector<EventParticle> particles;
  for (const SectionReader& reader : children("particles")) {
    particles.push_back({reader.number("eta"), reader.number("phi"), reader.number("pt_gev"),
                         reader.text("kind"), reader.flag("is_pileup")});
  }
  return particles;
}

}  // namespace trigstone
