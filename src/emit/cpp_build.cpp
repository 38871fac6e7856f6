#include "emit/cpp_build.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <fstream>

#include "base/error.h"
#include "base/files.h"
#include "base/process.h"
#include "base/threads.h"

namespace trigstone {

namespace {

namespace fs = std::filesystem;

// Sources in one compile unit: a compiler reads the standard library once for all of them.
constexpr size_t kSourcesPerUnit = 25;

constexpr const char* kMain = R"(
int main(int, char** argv) {{
  std::FILE* in = std::fopen(argv[2], "rb");
  std::FILE* out = std::fopen(argv[3], "wb");
  if (in == nullptr || out == nullptr) return 2;
  switch (std::atoi(argv[1])) {{
{cases}    default: return 2;
  }}
  return std::fclose(out) == 0 ? 0 : 2;
}}
)";

std::string run_text(const CppSource& source) {
  std::string read, write;
  int64_t in = 0, out = 0;
  for (const CppField& f : source.inputs) {
    read += fmt::format("    for (int i = 0; i < {}; ++i) input.{}[i] = ({})x[{} + i];\n",
                        element_count(f.shape), f.name, f.type, in);
    in += element_count(f.shape);
  }
  for (const CppField& f : source.outputs) {
    write += fmt::format("    for (int i = 0; i < {}; ++i) y[{} + i] = output.{}[i];\n",
                         element_count(f.shape), out, f.name);
    out += element_count(f.shape);
  }
  return fmt::format(
      "bool run_{0}(std::FILE* in, std::FILE* out) {{\n"
      "  static std::int64_t x[{1}], y[{2}];\n"
      "  while (std::fread(x, 8, {1}, in) == {1}) {{\n"
      "    {0}::Input input = {{}};\n"
      "    {0}::Output output;\n"
      "{3}    {0}::run(input, output);\n{4}"
      "    if (std::fwrite(y, 8, {2}, out) != {2}) return false;\n"
      "  }}\n"
      "  return true;\n"
      "}}\n",
      source.name, in + 1, out + 1, read, write);
}

int64_t numbers_of(const std::vector<CppField>& fields) {
  int64_t count = 0;
  for (const CppField& f : fields) count += element_count(f.shape);
  return count;
}

// Without waiting for the disk: nobody needs these files after a crash.
void write_quickly(const fs::path& path, std::string_view content) {
  std::ofstream file(path, std::ios::binary);
  file.write(content.data(), static_cast<std::streamsize>(content.size()));
  if (!file.flush()) throw Error(path.string(), "cannot write", "free some disk space");
}

void run_tool(const std::vector<std::string>& arguments, const fs::path& folder) {
  const ProcessResult result = run_process(arguments, folder);
  if (result.status == 0) return;
  internal_error(fmt::format("{} in {} failed with status {}:\n{}", arguments[0], folder.string(),
                             result.status, result.output.substr(0, 4000)));
}

}  // namespace

CppModels::CppModels(std::vector<CppSource> sources, const fs::path& folder, const Config& config)
    : sources_(std::move(sources)), folder_(fs::absolute(folder)) {
  fs::create_directories(folder_);
  std::string declared = "#include <cstdint>\n#include <cstdio>\n#include <cstdlib>\n", cases;
  std::vector<std::string> units(sources_.size() / kSourcesPerUnit + 1, declared);
  for (size_t i = 0; i < sources_.size(); ++i) {
    const CppSource& source = sources_[i];
    write_quickly(folder_ / (source.name + ".h"), source.header);
    write_quickly(folder_ / (source.name + ".cpp"), source.source);
    units[i / kSourcesPerUnit] +=
        fmt::format("#include \"{}.cpp\"\n{}", source.name, run_text(source));
    declared += fmt::format("bool run_{}(std::FILE*, std::FILE*);\n", source.name);
    cases += fmt::format("    case {}: if (!run_{}(in, out)) return 2; break;\n", i, source.name);
  }
  units.push_back(declared + fmt::format(kMain, fmt::arg("cases", cases)));
  std::vector<std::string> compile, link = {"c++", "-o", "models"};
  if (program_exists("ccache")) compile.push_back("ccache");
  compile.insert(compile.end(),
                 {"c++", "-std=c++17", "-c", "-Wall", "-Werror", "-Wno-unused-function",
                  "-Wno-unused-parameter", "-Wno-unused-variable", "-Wno-unused-const-variable"});
  if (config.sanitize) {
    compile.insert(compile.end(), {"-O1", "-fsanitize=undefined", "-fno-sanitize-recover=all"});
    link.insert(link.end(), {"-fsanitize=undefined"});
  } else {
    compile.push_back("-O2");
  }
  for (size_t u = 0; u < units.size(); ++u) {
    write_quickly(folder_ / fmt::format("unit_{}.cpp", u), units[u]);
    link.push_back(fmt::format("unit_{}.o", u));
  }
  parallel_blocks(static_cast<int64_t>(units.size()), 1, config.jobs,
                  [&](int64_t begin, int64_t end) {
                    for (int64_t u = begin; u < end; ++u) {
                      std::vector<std::string> command = compile;
                      command.push_back(fmt::format("unit_{}.cpp", u));
                      run_tool(command, folder_);
                    }
                  });
  run_tool(link, folder_);
}

std::vector<EventTensors> CppModels::run(size_t model,
                                         const std::vector<EventTensors>& events) const {
  const CppSource& source = sources_.at(model);
  std::vector<int64_t> numbers;
  for (const EventTensors& event : events) {
    for (size_t i = 0; i < source.inputs.size(); ++i) {
      ensure(event.at(i).shape == source.inputs[i].shape, "a tensor of another shape");
      numbers.insert(numbers.end(), event[i].mantissas.begin(), event[i].mantissas.end());
    }
    numbers.push_back(0);  // so that a model without inputs has events
  }
  const std::string input = fmt::format("{}.in", model), output = fmt::format("{}.out", model);
  write_quickly(folder_ / input,
                {reinterpret_cast<const char*>(numbers.data()), 8 * numbers.size()});
  run_tool({"./models", std::to_string(model), input, output}, folder_);
  const std::string bytes = read_file(folder_ / output);
  const auto each = static_cast<size_t>(numbers_of(source.outputs)) + 1;
  ensure(bytes.size() == events.size() * each * 8, "the program stopped early");
  std::vector<int64_t> seen(events.size() * each);
  std::memcpy(seen.data(), bytes.data(), bytes.size());
  fs::remove(folder_ / input);
  fs::remove(folder_ / output);
  std::vector<EventTensors> results;
  for (size_t e = 0; e < events.size(); ++e) {
    auto from = seen.begin() + static_cast<std::ptrdiff_t>(e * each);
    EventTensors& event = results.emplace_back();
    for (const CppField& f : source.outputs) {
      const auto end = from + element_count(f.shape);
      event.push_back({f.shape, f.format, {from, end}, {}});
      from = end;
    }
  }
  return results;
}

}  // namespace trigstone
