// Reads one section of a results file key by key; every message names the JSON pointer.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "report/sections.h"

namespace trigstone {

class SectionReader {
 public:
  SectionReader(const Json& json, std::string where) : json_(json), where_(std::move(where)) {}

  [[noreturn]] void refuse(const std::string& what, const std::string& hint = "") const;
  bool has(const std::string& key) const;  // present and not null
  const Json& at(const std::string& key) const;
  std::string text(const std::string& key) const;
  std::string text_or(const std::string& key, const std::string& fallback) const;
  double number(const std::string& key) const;
  bool flag(const std::string& key) const;  // false when absent
  std::vector<double> numbers(const std::string& key) const;
  // Readers of the members of an object or the elements of a list.
  SectionReader child(const std::string& key) const;
  std::vector<SectionReader> children(const std::string& key) const;

  CurveAxis axis(const std::string& key) const;
  std::vector<Curve> curves() const;
  std::vector<EventParticle> particles() const;

  const Json& json() const { return json_; }
  const std::string& where() const { return where_; }

 private:
  const Json& json_;
  std::string where_;
};

}  // namespace trigstone
