// .npz: a zip archive of .npy members, through libzip.
#include <zip.h>

#include <memory>

#include "base/error.h"
#include "base/files.h"
#include "base/npy.h"

namespace trigstone {

namespace {

constexpr uint64_t kMaxMemberBytes = uint64_t{1} << 34;  // refuses a deflated bomb
constexpr std::string_view kSuffix = ".npy";

// Closes without writing: a reader has nothing to write, a failed writer must not.
struct Discard {
  void operator()(zip_t* archive) const { zip_discard(archive); }
};
using Archive = std::unique_ptr<zip_t, Discard>;

Archive open_archive(const std::filesystem::path& path, const std::string& where, int flags) {
  int code = 0;
  Archive archive(zip_open(path.c_str(), flags, &code));
  if (archive) return archive;
  zip_error_t error;
  zip_error_init_with_code(&error, code);
  const std::string reason = zip_error_strerror(&error);
  zip_error_fini(&error);
  throw Error(where, "is not a readable .npz file: " + reason, "write it with numpy.savez");
}

std::string read_member(zip_t* archive, zip_uint64_t index, const std::string& where) {
  const auto close = [](zip_file_t* file) { zip_fclose(file); };
  const std::unique_ptr<zip_file_t, decltype(close)> file(zip_fopen_index(archive, index, 0),
                                                          close);
  if (!file) {
    throw Error(where, fmt::format("cannot be unpacked: {}", zip_strerror(archive)),
                "write it with numpy.savez");
  }
  std::string bytes;
  std::string block(size_t{1} << 20, '\0');
  while (true) {
    const zip_int64_t got = zip_fread(file.get(), block.data(), block.size());
    if (got < 0) {
      throw Error(where, fmt::format("cannot be unpacked: {}", zip_file_strerror(file.get())),
                  "the file may be truncated; write it again");
    }
    if (got == 0) return bytes;
    bytes.append(block, 0, static_cast<size_t>(got));
    if (bytes.size() > kMaxMemberBytes)
      throw Error(where, "unpacks to more than 16 GiB", "save its arrays as .npy files");
  }
}

}  // namespace

std::map<std::string, NpyArray> read_npz(const std::filesystem::path& path) {
  const Archive archive = open_archive(path, path.string(), ZIP_RDONLY);
  std::map<std::string, NpyArray> arrays;
  const zip_int64_t count = zip_get_num_entries(archive.get(), 0);
  for (zip_int64_t i = 0; i < count; ++i) {
    const auto index = static_cast<zip_uint64_t>(i);
    const char* entry = zip_get_name(archive.get(), index, 0);
    std::string name = entry == nullptr ? "" : entry;
    const std::string where = fmt::format("{}:{}", path.string(), name);
    if (!name.ends_with(kSuffix)) {
      throw Error(where, "is not a .npy member", "write the file with numpy.savez");
    }
    name.resize(name.size() - kSuffix.size());
    arrays[name] = parse_npy(read_member(archive.get(), index, where), where);
  }
  return arrays;
}

namespace {

// Writes the archive; `source_of` gives the data of a member, which libzip reads when it closes the
// archive.
template <class Members, class SourceOf>
void write_members(const std::filesystem::path& path, const Members& members, SourceOf source_of) {
  ensure(!members.empty(), "libzip writes no empty archive");
  PendingFile pending(path);
  Archive archive = open_archive(pending.path(), path.string(), ZIP_CREATE | ZIP_TRUNCATE);
  const auto check = [&](bool done) {
    if (done) return;
    throw Error(path.string(), fmt::format("cannot write: {}", zip_strerror(archive.get())),
                "free some disk space or choose another path");
  };
  for (const auto& [name, content] : members) {
    const std::string member_name = name + std::string(kSuffix);
    zip_source_t* source = source_of(archive.get(), content);
    check(source != nullptr);
    const zip_int64_t index =
        zip_file_add(archive.get(), member_name.c_str(), source, ZIP_FL_ENC_UTF_8);
    if (index < 0) zip_source_free(source);
    check(index >= 0);
    const auto member = static_cast<zip_uint64_t>(index);
    check(zip_set_file_compression(archive.get(), member, ZIP_CM_STORE, 0) == 0);
    // A fixed date, so that equal arrays give equal files: 1 January 1980, the oldest zip knows.
    check(zip_file_set_dostime(archive.get(), member, 0, 1 << 5 | 1, 0) == 0);
  }
  check(zip_close(archive.get()) == 0);
  (void)archive.release();  // zip_close freed it
  pending.commit();
}

}  // namespace

void write_npz(const std::filesystem::path& path, const std::map<std::string, NpyArray>& arrays) {
  std::map<std::string, std::string> members;
  for (const auto& [name, array] : arrays) members[name] = format_npy(array);
  write_members(path, members, [](zip_t* archive, const std::string& bytes) {
    return zip_source_buffer(archive, bytes.data(), bytes.size(), 0);
  });
}

void write_npz_files(const std::filesystem::path& path,
                     const std::map<std::string, std::filesystem::path>& files) {
  write_members(path, files, [](zip_t* archive, const std::filesystem::path& file) {
    return zip_source_file(archive, file.c_str(), 0, -1);
  });
}

}  // namespace trigstone
